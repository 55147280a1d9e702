import { maxPooling } from '../kernels/maxPooling.ts';
import { imageAxes, type PoolSettings } from '../kernels/poolAxis.ts';
import { poolCases } from '../kernels/poolCases.ts';
import { overImages } from '../kernels/pooling.ts';
import { poolRanges } from '../kernels/poolRanges.ts';
import { poolWindows } from '../kernels/poolWindows.ts';
import { poolingByWinners } from '../kernels/winners.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

export type MaxPool2dConfig = PoolSettings;

/**
 * The largest value of every window. input [..., rows, columns], output [..., rows, columns], usually with batch and
 * channel before. Padding counts as -infinity. Of equal maxima the first in row-major order wins, and the gradient of
 * a window goes to its winner alone; where windows overlap, gradients add. NaN is larger than anything (of several,
 * the last wins). A window with no element, which only a dilation can make, is -infinity.
 */
export const maxPool2d = defineLayer<MaxPool2dConfig>({
  name: 'maxPool2d',
  formula: 'y[n, c, r, s] = max over p, q of x[n, c, r stride + p dilation - padding, s stride + q dilation - padding]',
  source: 'torch.nn.MaxPool2d',
  kinks: 'two equal maxima in one window',
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc =>
    poolCases(fc, 2, ['padding', 'ceilMode', 'dilation']).map(({ settings, input }) => ({
      config: settings,
      args: { input },
    })),

  ...maxPooling((input, config) => overImages('maxPool2d', input, imageAxes('maxPool2d', config), poolWindows)),

  alternatives: {
    winners: poolingByWinners((input, config) =>
      overImages('maxPool2d', input, imageAxes('maxPool2d', config), poolRanges),
    ),
  },

  examples: [
    {
      name: 'overlapping windows; of equal maxima the first wins',
      source: 'by hand',
      config: { kernel: 2, stride: 1 },
      args: { input: tensor([1, 1, 2, 3], [1, 5, 2, 3, 4, 5]) },
      outputs: { output: tensor([1, 1, 1, 2], [5, 5]) },
      upstream: { output: tensor([1, 1, 1, 2], [1, 2]) },
      gradients: { input: tensor([1, 1, 2, 3], [0, 3, 0, 0, 0, 0]) },
    },
    {
      name: 'all equal',
      source: 'by hand',
      config: { kernel: 2 },
      args: { input: tensor([1, 1, 2, 4], [-1, -1, 0, 0, -1, -1, 0, 0]) },
      outputs: { output: tensor([1, 1, 1, 2], [-1, 0]) },
      upstream: { output: tensor([1, 1, 1, 2], [3, 5]) },
      gradients: { input: tensor([1, 1, 2, 4], [3, 0, 5, 0, 0, 0, 0, 0]) },
    },
    {
      name: 'ceilMode: the last window reaches past the end',
      source: 'by hand',
      config: { kernel: [1, 3], stride: [1, 2], ceilMode: true },
      args: { input: tensor([1, 1, 1, 4], [1, -1, 3, 2]) },
      outputs: { output: tensor([1, 1, 1, 2], [3, 3]) },
      upstream: { output: tensor([1, 1, 1, 2], [1, 4]) },
      gradients: { input: tensor([1, 1, 1, 4], [0, 0, 5, 0]) },
    },
    {
      name: 'ceilMode: a window that would start in the padding after the input is left out',
      source: 'by hand',
      config: { kernel: [1, 2], stride: [1, 2], padding: [0, 1], ceilMode: true },
      args: { input: tensor([1, 1, 1, 5], [-1, -2, -3, -5, -4]) },
      outputs: { output: tensor([1, 1, 1, 3], [-1, -2, -4]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 5], [1, 2, 0, 0, 4]) },
    },
    {
      name: 'dilation, and two channels',
      source: 'by hand',
      config: { kernel: [1, 2], stride: 1, dilation: [1, 2] },
      args: { input: tensor([1, 2, 1, 4], [1, 9, 2, 8, 7, 3, 5, 6]) },
      outputs: { output: tensor([1, 2, 1, 2], [2, 9, 7, 6]) },
      upstream: { output: tensor([1, 2, 1, 2], [3, 4, 5, 6]) },
      gradients: { input: tensor([1, 2, 1, 4], [0, 4, 3, 0, 5, 0, 0, 6]) },
    },
    {
      name: '"same" padding: the odd column is at the end',
      source: 'by hand',
      config: { kernel: [1, 2], stride: 1, padding: 'same' },
      args: { input: tensor([1, 1, 1, 3], [-1, -2, -3]) },
      outputs: { output: tensor([1, 1, 1, 3], [-1, -2, -3]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 3], [1, 2, 4]) },
    },
  ],
});
