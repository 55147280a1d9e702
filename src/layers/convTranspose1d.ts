import { transposedByProducts } from '../kernels/convolutionByProducts.ts';
import { transposedCases } from '../kernels/convolutionCases.ts';
import type { TransposedConvolutionConfig } from '../kernels/convolutionSizes.ts';
import { directTransposedConvolution } from '../kernels/directConvolution.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * One-dimensional transposed convolution: every input spreads over a window of the output, and what overlaps adds up;
 * the adjoint of conv1d. input [batch, in, length], weight [in, out / groups, kernel], bias [out], output [batch, out,
 * (length - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1]; the batch axis may be missing. Output
 * that no window reaches is the bias alone.
 */
export const convTranspose1d = defineLayer<TransposedConvolutionConfig>({
  name: 'convTranspose1d',
  formula:
    'y[n, group(i) + o, r stride + k dilation - padding] = b[group(i) + o] + sum over i, r, k of W[i, o, k] x[n, i, r]',
  source: 'torch.nn.ConvTranspose1d',
  linear: ['input', 'weight', 'bias'],
  axes: {
    input: ['batch', 'channel', 'position'],
    weight: ['in', 'out', 'kernel position'],
    bias: ['out'],
    output: ['batch', 'channel', 'position'],
  },
  cases: fc => transposedCases(fc, 1),

  ...directTransposedConvolution('convTranspose1d', 1),
  alternatives: { col2im: transposedByProducts('convTranspose1d', 1) },

  examples: [
    {
      name: 'windows that overlap in one element',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: 3, stride: 2 },
      args: {
        input: tensor([1, 1, 2], [1, 2]),
        weight: tensor([1, 1, 3], [1, 0, -1]),
        bias: tensor([1], [0.5]),
      },
      outputs: { output: tensor([1, 1, 5], [1.5, 0.5, 1.5, 0.5, -1.5]) },
      upstream: { output: tensor([1, 1, 5], [1, 2, 3, 4, 5]) },
      gradients: {
        input: tensor([1, 1, 2], [-2, -2]),
        weight: tensor([1, 1, 3], [7, 10, 13]),
        bias: tensor([1], [15]),
      },
    },
    {
      name: 'padding cuts off both ends, outputPadding gives one back at the end',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: [3], hasBias: false, stride: 2, padding: 1, outputPadding: 1 },
      args: { input: tensor([1, 1, 2], [1, 10]), weight: tensor([1, 1, 3], [1, 2, 3]) },
      outputs: { output: tensor([1, 1, 4], [2, 13, 20, 30]) },
      upstream: { output: tensor([1, 1, 4], [1, 2, 3, 4]) },
      gradients: { input: tensor([1, 1, 2], [8, 20]), weight: tensor([1, 1, 3], [20, 31, 42]) },
    },
    {
      name: 'where no window reaches there is the bias',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: 1, stride: 3, outputPadding: 2 },
      args: { input: tensor([1, 1, 2], [1, 2]), weight: tensor([1, 1, 1], [5]), bias: tensor([1], [1]) },
      outputs: { output: tensor([1, 1, 6], [6, 1, 1, 11, 1, 1]) },
      upstream: { output: tensor([1, 1, 6], [1, 1, 1, 2, 1, 1]) },
      gradients: { input: tensor([1, 1, 2], [5, 10]), weight: tensor([1, 1, 1], [5]), bias: tensor([1], [7]) },
    },
    {
      name: 'two groups of one channel to two',
      source: 'by hand',
      config: { inChannels: 2, outChannels: 4, kernel: 1, groups: 2, hasBias: false },
      args: { input: tensor([1, 2, 1], [2, 3]), weight: tensor([2, 2, 1], [1, 2, 3, 4]) },
      outputs: { output: tensor([1, 4, 1], [2, 4, 9, 12]) },
      upstream: { output: tensor([1, 4, 1], [1, 1, 2, -1]) },
      gradients: { input: tensor([1, 2, 1], [3, 2]), weight: tensor([2, 2, 1], [2, 2, 6, -3]) },
    },
  ],
});
