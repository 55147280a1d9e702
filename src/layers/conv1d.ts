import { convolutionByProducts } from '../kernels/convolutionByProducts.ts';
import { convolutionCases } from '../kernels/convolutionCases.ts';
import type { ConvolutionConfig } from '../kernels/convolutionSizes.ts';
import { directConvolution } from '../kernels/directConvolution.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * One-dimensional convolution: cross-correlation, the kernel not flipped. input [batch, in, length], weight [out, in /
 * groups, kernel], bias [out], output [batch, out, length]; the batch axis may be missing. Padding counts as 0. Input
 * that no window covers, where the stride leaves a remainder, gets gradient 0.
 */
export const conv1d = defineLayer<ConvolutionConfig>({
  name: 'conv1d',
  formula: 'y[n, o, r] = b[o] + sum over i, k of W[o, i, k] x[n, group(o) + i, r stride + k dilation - padding]',
  source: 'torch.nn.Conv1d',
  linear: ['input', 'weight', 'bias'],
  axes: {
    input: ['batch', 'channel', 'position'],
    weight: ['out', 'in', 'kernel position'],
    bias: ['out'],
    output: ['batch', 'channel', 'position'],
  },
  cases: fc => convolutionCases(fc, 1),

  ...directConvolution('conv1d', 1),
  alternatives: { im2col: convolutionByProducts('conv1d', 1) },

  examples: [
    {
      name: 'a kernel of two',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: 2 },
      args: {
        input: tensor([1, 1, 4], [1, 2, -1, 3]),
        weight: tensor([1, 1, 2], [2, 1]),
        bias: tensor([1], [0.5]),
      },
      outputs: { output: tensor([1, 1, 3], [4.5, 3.5, 1.5]) },
      upstream: { output: tensor([1, 1, 3], [1, -1, 2]) },
      gradients: {
        input: tensor([1, 1, 4], [2, -1, 3, 2]),
        weight: tensor([1, 1, 2], [-3, 9]),
        bias: tensor([1], [2]),
      },
    },
    {
      name: 'stride, padding and dilation: every other element is in no window',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: [2], hasBias: false, stride: 2, padding: 1, dilation: 2 },
      args: { input: tensor([1, 1, 4], [1, 2, 3, 4]), weight: tensor([1, 1, 2], [1, 10]) },
      outputs: { output: tensor([1, 1, 2], [20, 42]) },
      upstream: { output: tensor([1, 1, 2], [1, 2]) },
      gradients: { input: tensor([1, 1, 4], [0, 12, 0, 20]), weight: tensor([1, 1, 2], [4, 10]) },
    },
    {
      name: '"same" padding of an even kernel: the zero is at the end',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: 2, hasBias: false, padding: 'same' },
      args: { input: tensor([1, 1, 3], [1, 2, 3]), weight: tensor([1, 1, 2], [1, 10]) },
      outputs: { output: tensor([1, 1, 3], [21, 32, 3]) },
      upstream: { output: tensor([1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 3], [1, 12, 24]), weight: tensor([1, 1, 2], [17, 8]) },
    },
    {
      name: 'two groups, without a batch axis',
      source: 'by hand',
      config: { inChannels: 2, outChannels: 2, kernel: 1, groups: 2, hasBias: false },
      args: { input: tensor([2, 2], [1, 2, 3, 4]), weight: tensor([2, 1, 1], [5, -1]) },
      outputs: { output: tensor([2, 2], [5, 10, -3, -4]) },
      upstream: { output: tensor([2, 2], [1, 1, 2, 0]) },
      gradients: { input: tensor([2, 2], [5, 5, -2, 0]), weight: tensor([2, 1, 1], [3, 6]) },
    },
  ],
});
