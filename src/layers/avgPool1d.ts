import { averagePooling } from '../kernels/averagePooling.ts';
import { type PoolSettings, sequenceAxes } from '../kernels/poolAxis.ts';
import { poolCases } from '../kernels/poolCases.ts';
import { overSequences } from '../kernels/pooling.ts';
import { poolRanges } from '../kernels/poolRanges.ts';
import { poolWindows } from '../kernels/poolWindows.ts';
import { averagesBySums } from '../kernels/windowSums.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

export interface AvgPool1dConfig extends Omit<PoolSettings, 'dilation'> {
  /** Whether the padding counts as zeros, and not as nothing; true unless said. */
  readonly countIncludePad?: boolean;
}

/**
 * The mean of every window of a sequence. input [..., places], output [..., windows], usually with batch and channel
 * before. What a window has beyond the padding, in ceil mode, never counts.
 */
export const avgPool1d = defineLayer<AvgPool1dConfig>({
  name: 'avgPool1d',
  formula: 'y[n, c, s] = sum over q of x[n, c, s stride + q - padding] / places(s)',
  source: 'torch.nn.AvgPool1d',
  linear: ['input'],
  axes: { input: ['batch', 'channel', 'place'], output: ['batch', 'channel', 'place'] },
  cases: fc =>
    fc.tuple(poolCases(fc, 1, ['padding', 'ceilMode']), fc.boolean()).map(([{ settings, input }, countIncludePad]) => ({
      config: { ...settings, countIncludePad },
      args: { input },
    })),

  ...averagePooling(
    (input, config) => overSequences('avgPool1d', input, axesOf(config), poolWindows),
    (_, { covered, padded }, { countIncludePad = true }) => (countIncludePad ? padded : covered.length),
  ),

  alternatives: {
    sums: averagesBySums(
      (input, config) => overSequences('avgPool1d', input, axesOf(config), poolRanges),
      (_, { from, to, padded }, { countIncludePad = true }) => (countIncludePad ? padded : to - from),
    ),
  },

  examples: [
    {
      name: 'overlapping windows, and a place that none covers',
      source: 'by hand',
      config: { kernel: 3, stride: 2 },
      args: { input: tensor([1, 2, 6], [1, 2, 3, 4, 5, 9, 0, 3, 0, -3, 6, 9]) },
      outputs: { output: tensor([1, 2, 2], [2, 4, 1, 1]) },
      upstream: { output: tensor([1, 2, 2], [3, 6, 9, -3]) },
      gradients: { input: tensor([1, 2, 6], [1, 1, 3, 2, 2, 0, 3, 3, 2, -1, -1, 0]) },
    },
    {
      name: 'padding counts as zeros',
      source: 'by hand',
      config: { kernel: 2, stride: 2, padding: 1 },
      args: { input: tensor([1, 4], [2, 3, 5, 8]) },
      outputs: { output: tensor([1, 3], [1, 4, 4]) },
      upstream: { output: tensor([1, 3], [2, 4, 6]) },
      gradients: { input: tensor([1, 4], [1, 2, 2, 3]) },
    },
    {
      name: 'countIncludePad false: padding counts as nothing',
      source: 'by hand',
      config: { kernel: 2, stride: 2, padding: 1, countIncludePad: false },
      args: { input: tensor([1, 4], [2, 3, 5, 8]) },
      outputs: { output: tensor([1, 3], [2, 4, 8]) },
      upstream: { output: tensor([1, 3], [2, 4, 6]) },
      gradients: { input: tensor([1, 4], [2, 2, 2, 6]) },
    },
  ],
});

/** An average has no dilation. */
function axesOf({ kernel, stride, padding, ceilMode }: AvgPool1dConfig) {
  return sequenceAxes('avgPool1d', { kernel, stride, padding, ceilMode });
}
