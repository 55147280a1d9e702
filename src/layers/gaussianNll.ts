import { shapes } from '../arbitraries.ts';
import { broadcastPositions } from '../broadcast.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import {
  type LossConfig,
  lossReductions,
  reduceTerms,
  scaleOverInput,
  spreadUpstream,
} from '../kernels/lossReduction.ts';
import { nonNegative, real } from '../kernels/real.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, sameShape, type Tensor, tensor, zerosLike } from '../tensor.ts';

export interface GaussianNllConfig extends LossConfig {
  /** With the constant log(2 pi) / 2; false unless said. */
  readonly full?: boolean;
  /** The least variance: a smaller one counts as this; 1e-6 unless said. */
  readonly epsilon?: number;
}

/**
 * Negative log-likelihood under normal distributions of mean `input` and variance `var`. input and target of one shape,
 * whatever it is; var of that shape too, or one for every row: of the same shape with a last extent of 1, or without the
 * last axis. loss [], or of input's shape with reduction 'none'.
 *
 * A variance below epsilon counts as epsilon and gets the gradient that epsilon has, as in PyTorch, not 0.
 */
export const gaussianNll = defineLayer<GaussianNllConfig>({
  name: 'gaussianNll',
  formula: 'loss = mean over i of (log v + (x[i] - t[i])^2 / v) / 2, v = max(var[i], epsilon); full: + log(2 pi) / 2',
  source: 'torch.nn.GaussianNLLLoss',
  constants: ['target'],
  expression: {
    of: ({ full }) => `(log(var) + (input - target)^2 / var) / 2${full ? ' + log(2 * pi) / 2' : ''}`,
    scale: scaleOverInput,
  },

  cases: fc =>
    fc
      .record({
        shape: fc.noBias(shapes(fc, { maxRank: 3, maxExtent: 3 })),
        perRow: fc.boolean(),
        reduction: lossReductions(fc),
        full: fc.boolean(),
        epsilon: fc.constantFrom(1e-6, 0.125),
      })
      .map(({ shape, perRow, ...config }) => ({
        config,
        args: {
          input: shape,
          var: { shape: perRow ? [...shape.slice(0, -1), 1] : shape, range: [0.125, 8] },
          target: shape,
        },
      })),

  forward({ input, target, var: variance }, { reduction, full = false, epsilon = 1e-6 }) {
    expectSameShape('gaussianNll', { input, target });
    const least = real('gaussianNll', 'epsilon', epsilon, nonNegative);
    const at = positionsOf(variance, input);
    const constant = full ? Math.log(2 * Math.PI) / 2 : 0;
    const terms = mapTensor(input, (x, i) => {
      const v = Math.max(variance.data[at[i]], least);
      return (Math.log(v) + (x - target.data[i]) ** 2 / v) / 2 + constant;
    });
    return { loss: reduceTerms(terms, reduction) };
  },

  vjp({ input, target, var: variance }, { loss }, { reduction, epsilon = 1e-6 }) {
    const at = positionsOf(variance, input);
    const dTerms = spreadUpstream(loss, input.shape, reduction);
    const dInput = zerosLike(input);
    const dVar = zerosLike(variance);
    for (const [i, d] of dTerms.data.entries()) {
      const v = Math.max(variance.data[at[i]], epsilon);
      const r = input.data[i] - target.data[i];
      dInput.data[i] = (d * r) / v;
      dVar.data[at[i]] += (d * (1 / v - r ** 2 / v ** 2)) / 2;
    }
    return { input: dInput, var: dVar };
  },

  examples: [
    {
      name: 'a variance for every element, full; one below epsilon',
      source: 'by hand: log(2) / 2 + 4 / 4 and log(1/2) / 2, both + log(2 pi) / 2',
      config: { reduction: 'sum', full: true, epsilon: 0.5 },
      args: { input: tensor([2], [3, 1]), target: tensor([2], [1, 1]), var: tensor([2], [2, 0.125]) },
      outputs: { loss: tensor([], [1 + Math.log(2 * Math.PI)]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2], [4, 0]), var: tensor([2], [-1, 4]) },
    },
    {
      name: 'a variance for every row, without the last axis: as many rows as columns',
      source: 'by hand',
      config: { reduction: 'none' },
      args: {
        input: tensor([2, 2], [1, 2, 0, 2]),
        target: tensor([2, 2], [0, 0, 0, 1]),
        var: tensor([2], [1, 0.5]),
      },
      outputs: { loss: tensor([2, 2], [0.5, 2, -Math.LN2 / 2, 1 - Math.LN2 / 2]) },
      upstream: { loss: tensor([2, 2], [1, 2, 3, 4]) },
      gradients: { input: tensor([2, 2], [1, 4, 0, 8]), var: tensor([2], [-3, -1]) },
    },
    {
      name: 'the same with a last extent of 1, the mean',
      source: 'by hand',
      config: {},
      args: {
        input: tensor([2, 2], [1, 2, 0, 2]),
        target: tensor([2, 2], [0, 0, 0, 1]),
        var: tensor([2, 1], [1, 0.5]),
      },
      outputs: { loss: tensor([], [(3.5 - Math.LN2) / 4]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2, 2], [1, 2, 0, 2]), var: tensor([2, 1], [-1.5, 0]) },
    },
  ],
});

/** For every element of the input, where its variance is. */
function positionsOf({ shape }: Tensor, input: Tensor): Int32Array {
  const rows = input.shape.slice(0, -1);
  const shapeOfRows = [...rows, 1];
  if (sameShape(shape, input.shape) || sameShape(shape, shapeOfRows)) return broadcastPositions(shape, input.shape);
  if (sameShape(shape, rows)) return broadcastPositions(shapeOfRows, input.shape);
  throw new RangeError(
    `gaussianNll has an input of shape [${input.shape.join(', ')}] and a var of shape [${shape.join(', ')}]; give [${input.shape.join(', ')}], [${shapeOfRows.join(', ')}] or [${rows.join(', ')}]`,
  );
}
