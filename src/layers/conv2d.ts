import type * as FastCheck from 'fast-check';
import { convolutionByProducts } from '../kernels/convolutionByProducts.ts';
import { convolutionCases } from '../kernels/convolutionCases.ts';
import { type ConvolutionConfig, convolutionSizes, expectOutput } from '../kernels/convolutionSizes.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { type Engine, plain } from '../kernels/kernels.ts';
import { simd } from '../kernels/simd.ts';
import { type CaseSpec, defineLayer } from '../layer.ts';
import { emptyLike, mapTensor, sizeOf, type Tensor, type Tensors, tensor, zerosLike } from '../tensor.ts';

export type Conv2dConfig = ConvolutionConfig;

/**
 * Two-dimensional convolution as networks have it: cross-correlation, the kernel not flipped. input [batch, in, rows,
 * columns], weight [out, in / groups, kernel rows, kernel columns], bias [out], output [batch, out, rows, columns]; the
 * batch axis may be missing. Padding counts as 0. Input that no window covers, where the stride leaves a remainder,
 * gets gradient 0.
 *
 * A constant `connections` [out, in] of 0 and 1 may say which filter sees which channel, as in LeNet-5: a pair that is
 * 0 adds nothing, whatever its weights, and they get gradient 0. With groups it can only take away.
 */
export const conv2d = defineLayer<Conv2dConfig>({
  name: 'conv2d',
  formula:
    'y[n, o, r, s] = b[o] + sum over i, p, q of W[o, i, p, q] x[n, group(o) + i, r stride + p dilation - padding, s stride + q dilation - padding]',
  source: 'torch.nn.Conv2d; connections: LeCun et al. 1998, table I',
  linear: ['input', 'weight', 'bias'],
  constants: ['connections'],
  axes: {
    input: ['batch', 'channel', 'row', 'column'],
    weight: ['out', 'in', 'kernel row', 'kernel column'],
    bias: ['out'],
    connections: ['out', 'in'],
    output: ['batch', 'channel', 'row', 'column'],
  },
  cases: fc => cases(fc),

  forward(args, config) {
    const { input, weight, bias, connections } = args;
    const { batch, inChannels, outChannels, groupIn, groupOut, ...sizes } = sizesOf(args, config);
    const [[rows, columns], [kernelRows, kernelColumns]] = [sizes.extents, sizes.kernel];
    const [[strideRows, strideColumns], [dilationRows, dilationColumns]] = [sizes.stride, sizes.dilation];
    const { outRows, outColumns, top, left } = placesOf(sizes);
    const x = input.data;
    const W = weight.data;
    const y = emptyLike(x, batch * outChannels * outRows * outColumns);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outChannels; o++) {
        const group = Math.floor(o / groupOut) * groupIn;
        for (let r = 0; r < outRows; r++) {
          for (let s = 0; s < outColumns; s++) {
            let sum = bias ? bias.data[o] : 0;
            for (let i = 0; i < groupIn; i++) {
              if (connections && connections.data[o * inChannels + group + i] === 0) continue;
              for (let p = 0; p < kernelRows; p++) {
                const row = r * strideRows + p * dilationRows - top;
                if (row < 0 || row >= rows) continue;
                const xAt = ((n * inChannels + group + i) * rows + row) * columns;
                const WAt = ((o * groupIn + i) * kernelRows + p) * kernelColumns;
                for (let q = 0; q < kernelColumns; q++) {
                  const column = s * strideColumns + q * dilationColumns - left;
                  if (column >= 0 && column < columns) sum += W[WAt + q] * x[xAt + column];
                }
              }
            }
            y[((n * outChannels + o) * outRows + r) * outColumns + s] = sum;
          }
        }
      }
    }
    return { output: { shape: [...sizes.batchShape, outChannels, outRows, outColumns], data: y } };
  },

  vjp(args, upstream, config) {
    const { input, weight, bias, connections } = args;
    const { batch, inChannels, outChannels, groupIn, groupOut, ...sizes } = sizesOf(args, config);
    const [[rows, columns], [kernelRows, kernelColumns]] = [sizes.extents, sizes.kernel];
    const [[strideRows, strideColumns], [dilationRows, dilationColumns]] = [sizes.stride, sizes.dilation];
    const { outRows, outColumns, top, left } = placesOf(sizes);
    const x = input.data;
    const W = weight.data;
    const dOutput = upstream.output.data;
    const dx = emptyLike(x);
    const dW = emptyLike(W);
    const db = bias && zerosLike(bias);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outChannels; o++) {
        const group = Math.floor(o / groupOut) * groupIn;
        for (let r = 0; r < outRows; r++) {
          for (let s = 0; s < outColumns; s++) {
            const dy = dOutput[((n * outChannels + o) * outRows + r) * outColumns + s];
            if (db) db.data[o] += dy;
            for (let i = 0; i < groupIn; i++) {
              if (connections && connections.data[o * inChannels + group + i] === 0) continue;
              for (let p = 0; p < kernelRows; p++) {
                const row = r * strideRows + p * dilationRows - top;
                if (row < 0 || row >= rows) continue;
                const xAt = ((n * inChannels + group + i) * rows + row) * columns;
                const WAt = ((o * groupIn + i) * kernelRows + p) * kernelColumns;
                for (let q = 0; q < kernelColumns; q++) {
                  const column = s * strideColumns + q * dilationColumns - left;
                  if (column < 0 || column >= columns) continue;
                  dx[xAt + column] += dy * W[WAt + q];
                  dW[WAt + q] += dy * x[xAt + column];
                }
              }
            }
          }
        }
      }
    }
    return {
      input: { shape: input.shape, data: dx },
      weight: { shape: weight.shape, data: dW },
      ...(db && { bias: db }),
    };
  },

  alternatives: { im2col: byMatrixProducts(plain), simd: byMatrixProducts(simd) },

  examples: [
    {
      name: 'a 2x2 kernel on a 3x3 image',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: 2, hasBias: true },
      args: {
        input: tensor([1, 1, 3, 3], [1, 2, 0, 0, 1, 3, 2, 0, 1]),
        weight: tensor([1, 1, 2, 2], [1, -1, 2, 0.5]),
        bias: tensor([1], [0.5]),
      },
      outputs: { output: tensor([1, 1, 2, 2], [0, 6, 3.5, -1]) },
      upstream: { output: tensor([1, 1, 2, 2], [1, 2, -1, 4]) },
      gradients: {
        input: tensor([1, 1, 3, 3], [1, 1, -2, 1, 9.5, -3, -2, 7.5, 2]),
        weight: tensor([1, 1, 2, 2], [9, 13, 0, 11]),
        bias: tensor([1], [6]),
      },
    },
    {
      name: '"same" padding of an even kernel: the zero is at the end',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: [1, 2], hasBias: false, padding: 'same' },
      args: { input: tensor([1, 1, 1, 3], [1, 2, 3]), weight: tensor([1, 1, 1, 2], [1, 10]) },
      outputs: { output: tensor([1, 1, 1, 3], [21, 32, 3]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 3], [1, 12, 24]), weight: tensor([1, 1, 1, 2], [17, 8]) },
    },
    {
      name: 'two groups, and a stride that leaves the last column uncovered',
      source: 'by hand',
      config: { inChannels: 2, outChannels: 2, kernel: [1, 2], groups: 2, hasBias: false, stride: [1, 2] },
      args: {
        input: tensor([1, 2, 1, 5], [1, 2, 3, 4, 5, 1, 0, -1, 2, 7]),
        weight: tensor([2, 1, 1, 2], [1, 2, 3, -1]),
      },
      outputs: { output: tensor([1, 2, 1, 2], [5, 11, 3, -5]) },
      upstream: { output: tensor([1, 2, 1, 2], [1, -1, 2, 1]) },
      gradients: {
        input: tensor([1, 2, 1, 5], [1, 2, -1, -2, 0, 6, -2, 3, -1, 0]),
        weight: tensor([2, 1, 1, 2], [-2, -2, 1, 2]),
      },
    },
    {
      name: 'dilation and padding',
      source: 'by hand',
      config: { inChannels: 1, outChannels: 1, kernel: [1, 2], hasBias: false, padding: [0, 1], dilation: [1, 2] },
      args: { input: tensor([1, 1, 1, 3], [1, 2, 3]), weight: tensor([1, 1, 1, 2], [1, 10]) },
      outputs: { output: tensor([1, 1, 1, 3], [20, 31, 2]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 3], [2, 14, 20]), weight: tensor([1, 1, 1, 2], [10, 8]) },
    },
    {
      name: 'an unconnected pair adds nothing and gets gradient 0',
      source: 'by hand',
      config: { inChannels: 2, outChannels: 2, kernel: 1 },
      args: {
        input: tensor([1, 2, 1, 1], [2, 3]),
        weight: tensor([2, 2, 1, 1], [1, 5, 7, 2]),
        bias: tensor([2], [1, 0]),
        connections: tensor([2, 2], [1, 0, 1, 1]),
      },
      outputs: { output: tensor([1, 2, 1, 1], [3, 20]) },
      upstream: { output: tensor([1, 2, 1, 1], [1, -2]) },
      gradients: {
        input: tensor([1, 2, 1, 1], [-13, -4]),
        weight: tensor([2, 2, 1, 1], [2, 0, -4, -6]),
        bias: tensor([2], [1, -2]),
      },
    },
  ],
});

/** The sizes that arguments and config agree on. */
function sizesOf(args: Tensors, config: Conv2dConfig) {
  const sizes = convolutionSizes('conv2d', 2, args, config);
  const { connections } = args;
  if (connections) expectShape('conv2d', 'connections', connections, [sizes.outChannels, sizes.inChannels]);
  return sizes;
}

/** How many places the window has, and how much padding comes before the first row and column. */
function placesOf({
  extents,
  kernel,
  stride,
  dilation,
  pads,
}: Pick<ReturnType<typeof sizesOf>, 'extents' | 'kernel' | 'stride' | 'dilation' | 'pads'>) {
  const [rows, columns] = extents;
  const heightOfWindow = dilation[0] * (kernel[0] - 1) + 1;
  const widthOfWindow = dilation[1] * (kernel[1] - 1) + 1;
  if (pads === 'same') {
    const outRows = Math.ceil(rows / stride[0]);
    const outColumns = Math.ceil(columns / stride[1]);
    const addedRows = Math.max((outRows - 1) * stride[0] + heightOfWindow - rows, 0);
    const addedColumns = Math.max((outColumns - 1) * stride[1] + widthOfWindow - columns, 0);
    return { outRows, outColumns, top: Math.floor(addedRows / 2), left: Math.floor(addedColumns / 2) };
  }
  const [[top, bottom], [left, right]] = pads;
  const outRows = Math.floor((top + rows + bottom - heightOfWindow) / stride[0]) + 1;
  const outColumns = Math.floor((left + columns + right - widthOfWindow) / stride[1]) + 1;
  expectOutput('conv2d', extents, [outRows, outColumns]);
  return { outRows, outColumns, top, left };
}

/** The same by matrix products over unrolled windows, the weights of pairs that are not connected being 0. */
function byMatrixProducts(engine: Engine) {
  const products = convolutionByProducts('conv2d', 2, engine);
  const withConnected = (args: Tensors): Tensors => ({ ...args, weight: connected(args.weight, args.connections) });
  return {
    forward: (args: Tensors, config: Conv2dConfig) => products.forward(withConnected(args), config),
    vjp(args: Tensors, upstream: Tensors, config: Conv2dConfig): Tensors {
      const gradients = products.vjp(withConnected(args), upstream, config);
      return { ...gradients, weight: connected(gradients.weight, args.connections) };
    },
  };
}

/** The weights (or their gradient) with 0 for the pairs that are not connected. */
function connected(weight: Tensor, connections: Tensor | undefined): Tensor {
  if (!connections) return weight;
  const [outChannels, groupIn, kernelRows, kernelColumns] = weight.shape;
  const [, inChannels] = connections.shape;
  const groupOut = outChannels / (inChannels / groupIn);
  return mapTensor(weight, (value, at) => {
    const o = Math.floor(at / (groupIn * kernelRows * kernelColumns));
    const i = Math.floor(at / (kernelRows * kernelColumns)) % groupIn;
    return connections.data[o * inChannels + Math.floor(o / groupOut) * groupIn + i] === 0 ? 0 : value;
  });
}

/** Those of any convolution, and a table of connections with some. */
function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<Conv2dConfig>> {
  return fc
    .record({
      spec: convolutionCases(fc, 2),
      unconnected: fc.option(fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }), { freq: 2 }),
    })
    .map(({ spec: { config, args }, unconnected }) => {
      if (!unconnected) return { config, args };
      const shape = [config.outChannels, config.inChannels];
      // The first pair is connected, so that something is.
      const values = unconnected.slice(0, sizeOf(shape)).map((not, at) => (not && at > 0 ? 0 : 1));
      return { config, args: { ...args, connections: { shape, integer: true, range: [0, 1], values } } };
    });
}
