import { shapes } from '../arbitraries.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, mapTensor, type Tensors, tensor } from '../tensor.ts';

export interface SumSquaredErrorConfig {
  /** Half of the sum, so that the gradient is input - target; false unless said. */
  readonly half?: boolean;
  /** 'sum' unless said; 'batchMean' divides the sum by the first extent. */
  readonly reduction?: 'sum' | 'batchMean';
}

/**
 * Sum of squared differences, over all elements. input and target of one shape, loss []. With 'batchMean' it is
 * divided by the number of samples (a scalar is one), not by that of the elements.
 */
export const sumSquaredError = defineLayer<SumSquaredErrorConfig>({
  name: 'sumSquaredError',
  formula: 'loss = scale * sum over n, i of (x[n, i] - t[n, i])^2, scale = (1 or 1/2) * (1 or 1/batch)',
  source: 'Bishop 2006, eq. 5.11',
  constants: ['target'],
  expression: { of: () => '(input - target)^2', scale: scaleOf },

  cases: fc =>
    fc
      .record({
        shape: shapes(fc, { maxRank: 3 }),
        half: fc.boolean(),
        reduction: fc.constantFrom('sum' as const, 'batchMean' as const),
      })
      .map(({ shape, half, reduction }) => ({
        config: { half, reduction },
        args: { input: shape, target: { shape, differentiable: false } },
      })),

  forward(args, config) {
    const { input, target } = args;
    const scale = scaleOf(args, config);
    let sum = 0;
    for (let i = 0; i < input.data.length; i++) sum += (input.data[i] - target.data[i]) ** 2;
    const loss = emptyLike(input.data, 1);
    loss[0] = scale * sum;
    return { loss: { shape: [], data: loss } };
  },

  vjp(args, { loss }, config) {
    const { input, target } = args;
    const dLoss = loss.data[0];
    const scale = scaleOf(args, config);
    return { input: mapTensor(input, (x, i) => dLoss * scale * 2 * (x - target.data[i])) };
  },

  examples: [
    {
      name: 'the sum',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2], [1, 2, 3, 4]), target: tensor([2, 2], [0, 2, 5, 1]) },
      outputs: { loss: tensor([], [14]) },
      upstream: { loss: tensor([], [0.5]) },
      gradients: { input: tensor([2, 2], [1, 0, -2, 3]) },
    },
    {
      name: 'half of it, per sample',
      source: 'by hand',
      config: { half: true, reduction: 'batchMean' },
      args: { input: tensor([2, 2], [1, 2, 3, 4]), target: tensor([2, 2], [0, 2, 5, 1]) },
      outputs: { loss: tensor([], [3.5]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2, 2], [2, 0, -4, 6]) },
    },
  ],
});

function scaleOf({ input, target }: Tensors, { half = false, reduction = 'sum' }: SumSquaredErrorConfig): number {
  expectSameShape('sumSquaredError', { input, target });
  if (reduction !== 'sum' && reduction !== 'batchMean') {
    throw new RangeError(`sumSquaredError has reduction ${JSON.stringify(reduction)}; give "sum" or "batchMean"`);
  }
  const [batch = 1] = reduction === 'batchMean' ? input.shape : [];
  return (half ? 0.5 : 1) / batch;
}
