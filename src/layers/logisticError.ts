import { shapes } from '../arbitraries.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, mapTensor, type Tensors, tensor } from '../tensor.ts';

export interface LogisticErrorConfig {
  /** 'sum' unless said; 'batchMean' divides the sum by the first extent. */
  readonly reduction?: 'sum' | 'batchMean';
}

/**
 * Logistic error (binary cross-entropy) of probabilities: input in [0, 1], target in [0, 1], of one shape; loss [].
 * With 'batchMean' it is divided by the number of samples (a scalar is one), not by that of the elements.
 *
 * At the edge: 0 log 0 = 0, so that a probability of exactly 0 or 1 costs nothing where the target agrees and infinity
 * where it does not (nothing is clamped). A term whose factor t or 1 - t is 0 has derivative 0, so that
 * the gradient is 1 at y = t = 0 and -1 at y = t = 1: the one-sided derivatives.
 */
export const logisticError = defineLayer<LogisticErrorConfig>({
  name: 'logisticError',
  formula:
    'loss = -scale * sum over n, i of (t[n, i] log y[n, i] + (1 - t[n, i]) log(1 - y[n, i])), scale = 1 or 1/batch',
  source: 'Bishop 2006, eq. 5.21',
  constants: ['target'],
  expression: { of: () => '-(target * log(input) + (1 - target) * log(1 - input))', scale: scaleOf },

  cases: fc =>
    fc
      .record({ shape: shapes(fc, { maxRank: 3 }), reduction: fc.constantFrom('sum' as const, 'batchMean' as const) })
      .map(({ shape, reduction }) => ({
        config: { reduction },
        args: {
          input: { shape, range: [0.05, 0.95] },
          target: { shape, range: [0, 1], differentiable: false },
        },
      })),

  forward(args, config) {
    const { input, target } = args;
    const scale = scaleOf(args, config);
    let sum = 0;
    for (let i = 0; i < input.data.length; i++) {
      const y = input.data[i];
      const t = target.data[i];
      sum -= timesLog(t, Math.log(y)) + timesLog(1 - t, Math.log1p(-y));
    }
    const loss = emptyLike(input.data, 1);
    loss[0] = scale * sum;
    return { loss: { shape: [], data: loss } };
  },

  vjp(args, { loss }, config) {
    const { target } = args;
    const scale = scaleOf(args, config);
    const dLoss = loss.data[0];
    return {
      input: mapTensor(args.input, (y, i) => {
        const t = target.data[i];
        return dLoss * scale * ((1 - t === 0 ? 0 : (1 - t) / (1 - y)) - (t === 0 ? 0 : t / y));
      }),
    };
  },

  examples: [
    {
      name: 'one right, one half right',
      source: 'by hand: log 2 + log(4/3) = log(8/3)',
      config: { reduction: 'sum' },
      args: { input: tensor([2, 1], [0.5, 0.25]), target: tensor([2, 1], [1, 0]) },
      outputs: { loss: tensor([], [Math.log(8 / 3)]) },
      upstream: { loss: tensor([], [3]) },
      gradients: { input: tensor([2, 1], [-6, 4]) },
    },
    {
      name: 'a target between 0 and 1, per sample',
      source: 'by hand: -(1/4 log 1/2 + 3/4 log 1/2) / 2, twice',
      config: { reduction: 'batchMean' },
      args: { input: tensor([2], [0.5, 0.5]), target: tensor([2], [0.25, 0.25]) },
      outputs: { loss: tensor([], [Math.LN2]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([2], [1, 1]) },
    },
    {
      name: 'certain and right costs nothing',
      source: 'by hand: 0 log 0 = 0',
      config: {},
      args: { input: tensor([2], [0, 1]), target: tensor([2], [0, 1]) },
      outputs: { loss: tensor([], [0]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([2], [2, -2]) },
    },
  ],
});

/** factor * log, where 0 log 0 = 0. */
function timesLog(factor: number, log: number): number {
  return factor === 0 ? 0 : factor * log;
}

function scaleOf({ input, target }: Tensors, { reduction = 'sum' }: LogisticErrorConfig): number {
  expectSameShape('logisticError', { input, target });
  if (reduction !== 'sum' && reduction !== 'batchMean') {
    throw new RangeError(`logisticError has reduction ${JSON.stringify(reduction)}; give "sum" or "batchMean"`);
  }
  const [batch = 1] = reduction === 'batchMean' ? input.shape : [];
  return 1 / batch;
}
