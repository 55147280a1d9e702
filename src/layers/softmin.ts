import { shapesWithAxis } from '../arbitraries.ts';
import { classAxis } from '../kernels/axis.ts';
import { onlineSoftmax, onlineSoftmaxGradient, softmaxAlong, softmaxGradient } from '../kernels/softmax.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, type Tensor, tensor } from '../tensor.ts';

export interface SoftminConfig {
  /** The axis along which the outputs sum to 1; negative counts from the end. Left out: 0 for rank 0, 1 and 3, else 1. */
  readonly axis?: number | null;
}

/**
 * Softmax of -x: the least of the axis has the highest probability. input and output of one shape, whatever it is. The
 * least is subtracted first, so that no exp overflows. infinity has probability 0 and gradient 0; where the whole axis is
 * infinity, or one of it is -infinity, the result is NaN.
 */
export const softmin = defineLayer<SoftminConfig>({
  name: 'softmin',
  formula:
    'y[i] = exp(m - x[i]) / sum over j of exp(m - x[j]), m = min x; dx[i] = -y[i] (dy[i] - sum over j of dy[j] y[j])',
  source: 'torch.nn.Softmin',
  cases: fc => shapesWithAxis(fc).map(({ shape, axis }) => ({ config: { axis }, args: { input: shape } })),

  forward: ({ input }, { axis }) => ({
    output: softmaxAlong(negative(input), classAxis('softmin', axis, input.shape)),
  }),
  vjp: ({ input }, upstream, { axis }, { output: y }) => ({
    input: negative(softmaxGradient(y, upstream.output, classAxis('softmin', axis, input.shape))),
  }),

  alternatives: {
    online: {
      forward: ({ input }, { axis }) => ({
        output: onlineSoftmax('softmin', negative(input), classAxis('softmin', axis, input.shape)),
      }),
      vjp: ({ input }, upstream, { axis }, { output: y }) => ({
        input: negative(onlineSoftmaxGradient('softmin', y, upstream.output, classAxis('softmin', axis, input.shape))),
      }),
    },
  },

  examples: [
    {
      name: 'logarithms: six to three to two',
      source: 'by hand: the mean of the upstream is (66 - 22) / 11 = 4',
      config: { axis: -1 },
      args: { input: tensor([1, 3], [0, Math.LN2, Math.log(3)]) },
      outputs: { output: tensor([1, 3], [6 / 11, 3 / 11, 2 / 11]) },
      upstream: { output: tensor([1, 3], [11, 0, -11]) },
      gradients: { input: tensor([1, 3], [-42 / 11, 12 / 11, 30 / 11]) },
    },
    {
      name: 'no overflow; what is infinity has no part in it',
      source: 'by hand',
      config: { axis: 0 },
      args: { input: tensor([3], [Infinity, -1000, -1000]) },
      outputs: { output: tensor([3], [0, 0.5, 0.5]) },
      upstream: { output: tensor([3], [7, 1, 3]) },
      gradients: { input: tensor([3], [0, 0.5, -0.5]) },
    },
    {
      name: 'no axis given, rank 2: the second',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2], [0, Math.log(3), 5, 5]) },
      outputs: { output: tensor([2, 2], [0.75, 0.25, 0.5, 0.5]) },
      upstream: { output: tensor([2, 2], [4, 8, 2, 4]) },
      gradients: { input: tensor([2, 2], [0.75, -0.75, 0.5, -0.5]) },
    },
  ],
});

function negative(from: Tensor): Tensor {
  return mapTensor(from, x => -x);
}
