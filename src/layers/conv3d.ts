import { convolutionByProducts } from '../kernels/convolutionByProducts.ts';
import { convolutionCases } from '../kernels/convolutionCases.ts';
import type { ConvolutionConfig } from '../kernels/convolutionSizes.ts';
import { directConvolution } from '../kernels/directConvolution.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * Three-dimensional convolution: cross-correlation, the kernel not flipped. input [batch, in, planes, rows, columns],
 * weight [out, in / groups, kernel planes, kernel rows, kernel columns], bias [out], output [batch, out, planes, rows,
 * columns]; the batch axis may be missing. Padding counts as 0. Input that no window covers, where the stride leaves a
 * remainder, gets gradient 0.
 */
export const conv3d = defineLayer<ConvolutionConfig>({
  name: 'conv3d',
  formula:
    'y[n, o, r] = b[o] + sum over i, k of W[o, i, k] x[n, group(o) + i, r stride + k dilation - padding]; r and k are [plane, row, column]',
  source: 'torch.nn.Conv3d',
  linear: ['input', 'weight', 'bias'],
  axes: {
    input: ['batch', 'channel', 'plane', 'row', 'column'],
    weight: ['out', 'in', 'kernel plane', 'kernel row', 'kernel column'],
    bias: ['out'],
    output: ['batch', 'channel', 'plane', 'row', 'column'],
  },
  cases: fc => convolutionCases(fc, 3),

  ...directConvolution('conv3d', 3),
  alternatives: { im2col: convolutionByProducts('conv3d', 3) },

  examples: [
    {
      name: 'a kernel as large as the input',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: 2 },
      args: {
        input: tensor([1, 1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
        weight: tensor([1, 1, 2, 2, 2], [1, 0, 0, 0, 0, 0, 0, 2]),
        bias: tensor([1], [0.5]),
      },
      outputs: { output: tensor([1, 1, 1, 1, 1], [17.5]) },
      upstream: { output: tensor([1, 1, 1, 1, 1], [2]) },
      gradients: {
        input: tensor([1, 1, 2, 2, 2], [2, 0, 0, 0, 0, 0, 0, 4]),
        weight: tensor([1, 1, 2, 2, 2], [2, 4, 6, 8, 10, 12, 14, 16]),
        bias: tensor([1], [2]),
      },
    },
    {
      name: 'two planes of padding, and a stride that skips a column',
      source: 'by hand',
      config: {
        inChannels: 1,
        outChannels: 1,
        kernel: [2, 1, 1],
        hasBias: false,
        stride: [1, 1, 2],
        padding: [1, 0, 0],
      },
      args: { input: tensor([1, 1, 1, 1, 3], [1, 2, 3]), weight: tensor([1, 1, 2, 1, 1], [1, 10]) },
      outputs: { output: tensor([1, 1, 2, 1, 2], [10, 30, 1, 3]) },
      upstream: { output: tensor([1, 1, 2, 1, 2], [1, 2, 3, 4]) },
      gradients: { input: tensor([1, 1, 1, 1, 3], [13, 0, 24]), weight: tensor([1, 1, 2, 1, 1], [15, 7]) },
    },
  ],
});
