import { type AdaptiveConfig, adaptiveCases, outputSizes } from '../kernels/adaptive.ts';
import { maxPooling } from '../kernels/maxPooling.ts';
import { overImages } from '../kernels/pooling.ts';
import { adaptiveRanges } from '../kernels/poolRanges.ts';
import { adaptiveWindows } from '../kernels/poolWindows.ts';
import { poolingByWinners } from '../kernels/winners.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * The largest value of every window, where there are as many windows as the output has rows and columns, laid out as in
 * adaptiveAvgPool2d. input [..., rows, columns], output [..., height, width], usually with batch and channel before. Of
 * equal maxima the first in row-major order wins and gets all of the gradient; where windows overlap, gradients add.
 */
export const adaptiveMaxPool2d = defineLayer<AdaptiveConfig>({
  name: 'adaptiveMaxPool2d',
  formula:
    'y[n, c, r, s] = max of x[n, c, i, j] over floor(r rows / height) <= i < ceil((r + 1) rows / height), and j alike',
  source: 'torch.nn.AdaptiveMaxPool2d',
  kinks: 'two equal maxima in one window',
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc => adaptiveCases(fc),

  ...maxPooling((input, config) =>
    overImages('adaptiveMaxPool2d', input, outputSizes('adaptiveMaxPool2d', input, config), adaptiveWindows),
  ),

  alternatives: {
    winners: poolingByWinners((input, config) =>
      overImages('adaptiveMaxPool2d', input, outputSizes('adaptiveMaxPool2d', input, config), adaptiveRanges),
    ),
  },

  examples: [
    {
      name: 'five columns to three: the windows 0-1, 1-3, 3-4 overlap; of equal maxima the first wins',
      source: 'by hand',
      config: { outputSize: [null, 3] },
      args: { input: tensor([1, 1, 1, 5], [1, 3, 2, 3, 3]) },
      outputs: { output: tensor([1, 1, 1, 3], [3, 3, 3]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 5], [0, 3, 0, 4, 0]) },
    },
    {
      name: 'one window for all, two channels',
      source: 'by hand',
      config: { outputSize: 1 },
      args: { input: tensor([1, 2, 2, 2], [-4, -2, -3, -5, 7, 8, 9, 6]) },
      outputs: { output: tensor([1, 2, 1, 1], [-2, 9]) },
      upstream: { output: tensor([1, 2, 1, 1], [3, 5]) },
      gradients: { input: tensor([1, 2, 2, 2], [0, 3, 0, 0, 0, 0, 5, 0]) },
    },
    {
      name: 'more windows than columns: an element wins several',
      source: 'by hand',
      config: { outputSize: [1, 3] },
      args: { input: tensor([1, 1, 1, 2], [1, 2]) },
      outputs: { output: tensor([1, 1, 1, 3], [1, 2, 2]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 2], [1, 6]) },
    },
  ],
});
