import { averagePooling } from '../kernels/averagePooling.ts';
import { imageAxes, type PoolSettings } from '../kernels/poolAxis.ts';
import { poolCases } from '../kernels/poolCases.ts';
import { overImages } from '../kernels/pooling.ts';
import { type PoolRange, poolRanges } from '../kernels/poolRanges.ts';
import { type PoolWindow, poolWindows } from '../kernels/poolWindows.ts';
import { averagesBySums } from '../kernels/windowSums.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

export interface AvgPool2dConfig extends Omit<PoolSettings, 'dilation'> {
  /** Whether the padding counts as zeros, and not as nothing; true unless said. */
  readonly countIncludePad?: boolean;
  /** Divides every sum, whatever the window covers. Not 0. */
  readonly divisorOverride?: number | null;
}

/**
 * The mean of every window. input [..., rows, columns], output [..., rows, columns], usually with batch and channel
 * before. What a window has beyond the padding, in ceil mode, never counts; the padding counts as zeros, or not at all
 * without countIncludePad. An element that several windows cover gets the sum of what each gives it, one that none
 * covers gets 0.
 */
export const avgPool2d = defineLayer<AvgPool2dConfig>({
  name: 'avgPool2d',
  formula: 'y[n, c, r, s] = sum over p, q of x[n, c, r stride + p - padding, s stride + q - padding] / places(r, s)',
  source: 'torch.nn.AvgPool2d',
  linear: ['input'],
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc =>
    fc
      .record({
        pool: poolCases(fc, 2, ['padding', 'ceilMode']),
        countIncludePad: fc.boolean(),
        // What it overrides must be seen too.
        divisorOverride: fc.constantFrom(undefined, undefined, undefined, undefined, 3, -5),
      })
      .map(({ pool: { settings, input }, countIncludePad, divisorOverride }) => ({
        config: { ...settings, countIncludePad, ...(divisorOverride && { divisorOverride }) },
        args: { input },
      })),

  ...averagePooling((input, config) => overImages('avgPool2d', input, axesOf(config), poolWindows), placesCounted),

  alternatives: {
    sums: averagesBySums((input, config) => overImages('avgPool2d', input, axesOf(config), poolRanges), areaCounted),
  },

  examples: [
    {
      name: 'overlapping windows, two channels',
      source: 'by hand',
      config: { kernel: 2, stride: 1 },
      args: { input: tensor([1, 2, 2, 3], [1, 2, 3, 5, 4, 3, 0, 4, 0, 8, 0, -4]) },
      outputs: { output: tensor([1, 2, 1, 2], [3, 3, 3, 0]) },
      upstream: { output: tensor([1, 2, 1, 2], [4, 8, -4, 1]) },
      gradients: { input: tensor([1, 2, 2, 3], [1, 3, 2, 1, 3, 2, -1, -0.75, 0.25, -1, -0.75, 0.25]) },
    },
    {
      name: 'ceilMode: what a window has beyond the input does not count',
      source: 'by hand',
      config: { kernel: [1, 2], stride: [1, 2], ceilMode: true },
      args: { input: tensor([1, 1, 1, 3], [1, 2, 5]) },
      outputs: { output: tensor([1, 1, 1, 2], [1.5, 5]) },
      upstream: { output: tensor([1, 1, 1, 2], [2, 3]) },
      gradients: { input: tensor([1, 1, 1, 3], [1, 1, 3]) },
    },
    {
      name: 'ceilMode with padding: the padding counts as zeros, what lies beyond it does not count',
      source: 'by hand',
      config: { kernel: [1, 4], stride: [1, 3], padding: [0, 1], ceilMode: true },
      args: { input: tensor([1, 1, 1, 4], [4, 8, 12, 6]) },
      outputs: { output: tensor([1, 1, 1, 2], [6, 6]) },
      upstream: { output: tensor([1, 1, 1, 2], [4, 6]) },
      gradients: { input: tensor([1, 1, 1, 4], [1, 1, 3, 2]) },
    },
    {
      name: 'countIncludePad false: a corner window has one element',
      source: 'by hand',
      config: { kernel: 2, padding: 1, countIncludePad: false },
      args: { input: tensor([1, 1, 2, 2], [1, 2, 3, 4]) },
      outputs: { output: tensor([1, 1, 2, 2], [1, 2, 3, 4]) },
      upstream: { output: tensor([1, 1, 2, 2], [5, 6, 7, 8]) },
      gradients: { input: tensor([1, 1, 2, 2], [5, 6, 7, 8]) },
    },
    {
      name: 'divisorOverride, also for the clipped window',
      source: 'by hand',
      config: { kernel: [2, 1], divisorOverride: 4, ceilMode: true },
      args: { input: tensor([1, 1, 3, 1], [1, 3, 8]) },
      outputs: { output: tensor([1, 1, 2, 1], [1, 2]) },
      upstream: { output: tensor([1, 1, 2, 1], [4, 8]) },
      gradients: { input: tensor([1, 1, 3, 1], [1, 1, 2]) },
    },
  ],
});

/** An average has no dilation. */
function axesOf({ kernel, stride, padding, ceilMode }: AvgPool2dConfig) {
  return imageAxes('avgPool2d', { kernel, stride, padding, ceilMode });
}

/** What the sum of a window is divided by. */
function placesCounted(high: PoolWindow, wide: PoolWindow, config: AvgPool2dConfig): number {
  if (overridden(config)) return config.divisorOverride;
  return config.countIncludePad === false ? high.covered.length * wide.covered.length : high.padded * wide.padded;
}

/** The same for windows as ranges. */
function areaCounted(high: PoolRange, wide: PoolRange, config: AvgPool2dConfig): number {
  if (overridden(config)) return config.divisorOverride;
  return config.countIncludePad === false ? (high.to - high.from) * (wide.to - wide.from) : high.padded * wide.padded;
}

/** Whether the config has a divisor of its own. */
function overridden(config: AvgPool2dConfig): config is AvgPool2dConfig & { divisorOverride: number } {
  const { divisorOverride } = config;
  if (divisorOverride === 0 || Number.isNaN(divisorOverride)) {
    throw new RangeError(
      `divisorOverride of avgPool2d is ${divisorOverride}; give a number other than 0, or leave it out`,
    );
  }
  return typeof divisorOverride === 'number';
}
