import { transposedByProducts } from '../kernels/convolutionByProducts.ts';
import { transposedCases } from '../kernels/convolutionCases.ts';
import type { TransposedConvolutionConfig } from '../kernels/convolutionSizes.ts';
import { directTransposedConvolution } from '../kernels/directConvolution.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * Two-dimensional transposed convolution: every input spreads over a window of the output, and what overlaps adds up;
 * the adjoint of conv2d. input [batch, in, rows, columns], weight [in, out / groups, kernel rows, kernel columns], bias
 * [out], output [batch, out, rows, columns], along each axis (extent - 1) stride - 2 padding + dilation (kernel - 1) +
 * outputPadding + 1; the batch axis may be missing. Output that no window reaches is the bias alone.
 */
export const convTranspose2d = defineLayer<TransposedConvolutionConfig>({
  name: 'convTranspose2d',
  formula:
    'y[n, group(i) + o, r stride + k dilation - padding] = b[group(i) + o] + sum over i, r, k of W[i, o, k] x[n, i, r]; r and k are [row, column]',
  source: 'torch.nn.ConvTranspose2d',
  linear: ['input', 'weight', 'bias'],
  axes: {
    input: ['batch', 'channel', 'row', 'column'],
    weight: ['in', 'out', 'kernel row', 'kernel column'],
    bias: ['out'],
    output: ['batch', 'channel', 'row', 'column'],
  },
  cases: fc => transposedCases(fc, 2),

  ...directTransposedConvolution('convTranspose2d', 2),
  alternatives: { col2im: transposedByProducts('convTranspose2d', 2) },

  examples: [
    {
      name: 'a 2x2 kernel from a 2x2 image',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: 2 },
      args: {
        input: tensor([1, 1, 2, 2], [1, 2, 3, 4]),
        weight: tensor([1, 1, 2, 2], [1, -1, 2, 0]),
        bias: tensor([1], [1]),
      },
      outputs: { output: tensor([1, 1, 3, 3], [2, 2, -1, 6, 6, -3, 7, 9, 1]) },
      upstream: { output: tensor([1, 1, 3, 3], [1, 0, -1, 0, 2, 0, 1, 0, 1]) },
      gradients: {
        input: tensor([1, 1, 2, 2], [1, 5, 0, 2]),
        weight: tensor([1, 1, 2, 2], [9, 4, 7, 6]),
        bias: tensor([1], [4]),
      },
    },
    {
      name: 'stride, padding and outputPadding along the columns only',
      source: 'by hand',
      config: {
        inChannels: 1,
        outChannels: 1,
        kernel: [1, 2],
        hasBias: false,
        stride: [1, 2],
        padding: [0, 1],
        outputPadding: [0, 1],
      },
      args: { input: tensor([1, 1, 1, 2], [1, 2]), weight: tensor([1, 1, 1, 2], [1, 10]) },
      outputs: { output: tensor([1, 1, 1, 3], [10, 2, 20]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 3]) },
      gradients: { input: tensor([1, 1, 1, 2], [10, 32]), weight: tensor([1, 1, 1, 2], [4, 7]) },
    },
    {
      name: 'two groups of one channel to two, and a dilation along the rows',
      source: 'by hand',
      config: { inChannels: 2, outChannels: 4, kernel: [2, 1], groups: 2, hasBias: false, dilation: [2, 1] },
      args: {
        input: tensor([1, 2, 1, 1], [2, 3]),
        weight: tensor([2, 2, 2, 1], [1, 5, 2, 6, 3, 7, 4, 8]),
      },
      outputs: { output: tensor([1, 4, 3, 1], [2, 0, 10, 4, 0, 12, 9, 0, 21, 12, 0, 24]) },
      upstream: { output: tensor([1, 4, 3, 1], [1, 9, 0, 1, 9, 0, 0, 9, 2, 0, 9, -1]) },
      gradients: {
        input: tensor([1, 2, 1, 1], [3, 6]),
        weight: tensor([2, 2, 2, 1], [2, 0, 2, 0, 0, 6, 0, -3]),
      },
    },
  ],
});
