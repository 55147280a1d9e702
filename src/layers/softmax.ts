import { shapesWithAxis } from '../arbitraries.ts';
import { classAxis } from '../kernels/axis.ts';
import { onlineSoftmax, onlineSoftmaxGradient, softmaxAlong, softmaxGradient } from '../kernels/softmax.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

export interface SoftmaxConfig {
  /** The axis along which the outputs sum to 1; negative counts from the end. Left out: 0 for rank 0, 1 and 3, else 1. */
  readonly axis?: number | null;
}

/**
 * Probabilities from logits along one axis. input and output of one shape, whatever it is. The largest of the axis is
 * subtracted first, so that no exp overflows. -infinity has probability 0 and gradient 0; where the whole axis is
 * -infinity, or one of it is +infinity, the result is NaN.
 */
export const softmax = defineLayer<SoftmaxConfig>({
  name: 'softmax',
  formula:
    'y[i] = exp(x[i] - m) / sum over j of exp(x[j] - m), m = max x; dx[i] = y[i] (dy[i] - sum over j of dy[j] y[j])',
  source: 'torch.nn.Softmax',
  cases: fc => shapesWithAxis(fc).map(({ shape, axis }) => ({ config: { axis }, args: { input: shape } })),

  forward: ({ input }, { axis }) => ({ output: softmaxAlong(input, classAxis('softmax', axis, input.shape)) }),
  vjp: ({ input }, upstream, { axis }, { output: y }) => ({
    input: softmaxGradient(y, upstream.output, classAxis('softmax', axis, input.shape)),
  }),

  alternatives: {
    online: {
      forward: ({ input }, { axis }) => ({
        output: onlineSoftmax('softmax', input, classAxis('softmax', axis, input.shape)),
      }),
      vjp: ({ input }, upstream, { axis }, { output: y }) => ({
        input: onlineSoftmaxGradient('softmax', y, upstream.output, classAxis('softmax', axis, input.shape)),
      }),
    },
  },

  examples: [
    {
      name: 'logarithms: one to two to three',
      source: 'by hand: the mean of the upstream is (6 - 18) / 6 = -2',
      config: { axis: -1 },
      args: { input: tensor([1, 3], [0, Math.LN2, Math.log(3)]) },
      outputs: { output: tensor([1, 3], [1 / 6, 1 / 3, 1 / 2]) },
      upstream: { output: tensor([1, 3], [6, 0, -6]) },
      gradients: { input: tensor([1, 3], [4 / 3, 2 / 3, -2]) },
    },
    {
      name: 'down the columns',
      source: 'by hand',
      config: { axis: -2 },
      args: { input: tensor([2, 2], [0, 0, Math.log(3), 0]) },
      outputs: { output: tensor([2, 2], [0.25, 0.5, 0.75, 0.5]) },
      upstream: { output: tensor([2, 2], [1, 2, 5, 4]) },
      gradients: { input: tensor([2, 2], [-0.75, -0.5, 0.75, 0.5]) },
    },
    {
      name: 'no overflow; what is -infinity has no part in it',
      source: 'by hand',
      config: { axis: 0 },
      args: { input: tensor([3], [-Infinity, 1000, 1000]) },
      outputs: { output: tensor([3], [0, 0.5, 0.5]) },
      upstream: { output: tensor([3], [7, 1, 3]) },
      gradients: { input: tensor([3], [0, -0.5, 0.5]) },
    },
    {
      name: 'no axis given, rank 3: the first',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 1, 1], [0, Math.log(3)]) },
      outputs: { output: tensor([2, 1, 1], [0.25, 0.75]) },
      upstream: { output: tensor([2, 1, 1], [4, 8]) },
      gradients: { input: tensor([2, 1, 1], [-0.75, 0.75]) },
    },
  ],
});
