import { type AdaptiveConfig, adaptiveCases, outputSizes } from '../kernels/adaptive.ts';
import { averagePooling } from '../kernels/averagePooling.ts';
import { overImages } from '../kernels/pooling.ts';
import { adaptiveRanges } from '../kernels/poolRanges.ts';
import { adaptiveWindows } from '../kernels/poolWindows.ts';
import { averagesBySums } from '../kernels/windowSums.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * The mean of every window, where there are as many windows as the output has rows and columns: they cover the input,
 * differ by one in size, overlap where they do not divide it, and repeat where the output is larger. input [..., rows,
 * columns], output [..., height, width], usually with batch and channel before.
 */
export const adaptiveAvgPool2d = defineLayer<AdaptiveConfig>({
  name: 'adaptiveAvgPool2d',
  formula:
    'y[n, c, r, s] = mean of x[n, c, i, j] over floor(r rows / height) <= i < ceil((r + 1) rows / height), and j alike',
  source: 'torch.nn.AdaptiveAvgPool2d',
  linear: ['input'],
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc => adaptiveCases(fc),

  ...averagePooling(
    (input, config) =>
      overImages('adaptiveAvgPool2d', input, outputSizes('adaptiveAvgPool2d', input, config), adaptiveWindows),
    (high, wide) => high.covered.length * wide.covered.length,
  ),

  alternatives: {
    sums: averagesBySums(
      (input, config) =>
        overImages('adaptiveAvgPool2d', input, outputSizes('adaptiveAvgPool2d', input, config), adaptiveRanges),
      (high, wide) => (high.to - high.from) * (wide.to - wide.from),
    ),
  },

  examples: [
    {
      name: 'five columns to three: the windows 0-1, 1-3, 3-4 overlap',
      source: 'by hand',
      config: { outputSize: [null, 3] },
      args: { input: tensor([1, 1, 1, 5], [1, 3, 5, 4, 8]) },
      outputs: { output: tensor([1, 1, 1, 3], [2, 4, 6]) },
      upstream: { output: tensor([1, 1, 1, 3], [2, 3, 4]) },
      gradients: { input: tensor([1, 1, 1, 5], [1, 2, 1, 3, 2]) },
    },
    {
      name: 'more windows than rows: an element is the mean of several',
      source: 'by hand',
      config: { outputSize: [3, 1] },
      args: { input: tensor([1, 2, 2, 2], [1, 3, 5, 7, 0, 2, 4, -6]) },
      outputs: { output: tensor([1, 2, 3, 1], [2, 4, 6, 1, 0, -1]) },
      upstream: { output: tensor([1, 2, 3, 1], [2, 4, 6, 1, 0, -1]) },
      gradients: { input: tensor([1, 2, 2, 2], [2, 2, 4, 4, 0.5, 0.5, -0.5, -0.5]) },
    },
  ],
});
