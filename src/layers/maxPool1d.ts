import { maxPooling } from '../kernels/maxPooling.ts';
import { type PoolSettings, sequenceAxes } from '../kernels/poolAxis.ts';
import { poolCases } from '../kernels/poolCases.ts';
import { overSequences } from '../kernels/pooling.ts';
import { poolRanges } from '../kernels/poolRanges.ts';
import { poolWindows } from '../kernels/poolWindows.ts';
import { poolingByWinners } from '../kernels/winners.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

export type MaxPool1dConfig = PoolSettings;

/**
 * The largest value of every window of a sequence. input [..., places], output [..., windows], usually with batch and
 * channel before. Conventions as in maxPool2d: padding counts as -infinity, and of equal maxima the first wins and
 * gets all of the gradient.
 */
export const maxPool1d = defineLayer<MaxPool1dConfig>({
  name: 'maxPool1d',
  formula: 'y[n, c, s] = max over q of x[n, c, s stride + q dilation - padding]',
  source: 'torch.nn.MaxPool1d',
  kinks: 'two equal maxima in one window',
  axes: { input: ['batch', 'channel', 'place'], output: ['batch', 'channel', 'place'] },
  cases: fc =>
    poolCases(fc, 1, ['padding', 'ceilMode', 'dilation']).map(({ settings, input }) => ({
      config: settings,
      args: { input },
    })),

  ...maxPooling((input, config) => overSequences('maxPool1d', input, sequenceAxes('maxPool1d', config), poolWindows)),

  alternatives: {
    winners: poolingByWinners((input, config) =>
      overSequences('maxPool1d', input, sequenceAxes('maxPool1d', config), poolRanges),
    ),
  },

  examples: [
    {
      name: 'overlapping windows share a winner; of equal maxima the first wins',
      source: 'by hand',
      config: { kernel: 3, stride: 2 },
      args: { input: tensor([1, 2, 6], [1, 4, 2, 0, -1, 5, 3, 3, 7, 1, 7, 2]) },
      outputs: { output: tensor([1, 2, 2], [4, 2, 7, 7]) },
      upstream: { output: tensor([1, 2, 2], [1, 2, 4, 8]) },
      gradients: { input: tensor([1, 2, 6], [0, 1, 2, 0, 0, 0, 0, 0, 12, 0, 0, 0]) },
    },
    {
      name: 'padding is never the largest; ceilMode: the last window reaches past the end',
      source: 'by hand',
      config: { kernel: 3, stride: 2, padding: 1, ceilMode: true },
      args: { input: tensor([1, 4], [-5, -2, -3, -4]) },
      outputs: { output: tensor([1, 3], [-2, -2, -4]) },
      upstream: { output: tensor([1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 4], [0, 3, 0, 4]) },
    },
  ],
});
