import { type CaseSpec, conv1d, conv2d, defineLayer, type Layer, type Tensor, tensor } from '../../../src/index.ts';
import { type Data, indexOf, mapTensor, zerosLike } from '../../../src/tensor.ts';
import { all, type FurtherFault, spoilt, where } from './fault.ts';

/** One product of a convolution over images: its filter, tap and cell, and the flat positions of what it joins. */
interface Product {
  readonly o: number;
  readonly a: number;
  readonly b: number;
  readonly row: number;
  readonly column: number;
  readonly y: number;
  readonly w: number;
  readonly x: number;
}

interface Window {
  readonly stride?: number;
  readonly padding?: number;
}

/** How many windows lie along an axis. */
const windows = (extent: number, kernel: number, { stride = 1, padding = 0 }: Window) =>
  Math.floor((extent + 2 * padding - kernel) / stride) + 1;

/** Visits every product of a convolution: images [batch, channel, row, column], filters [filter, channel, row, column]. */
function products(
  images: readonly number[],
  filters: readonly number[],
  window: Window,
  visit: (product: Product) => void,
): void {
  const [batch, channels, height, width] = images;
  const [count, , K, L] = filters;
  const { stride = 1, padding = 0 } = window;
  const [rows, columns] = [windows(height, K, window), windows(width, L, window)];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < count; o++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          for (let c = 0; c < channels; c++) {
            for (let a = 0; a < K; a++) {
              for (let b = 0; b < L; b++) {
                const [row, column] = [i * stride + a - padding, j * stride + b - padding];
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const y = ((n * count + o) * rows + i) * columns + j;
                const w = ((o * channels + c) * K + a) * L + b;
                const x = ((n * channels + c) * height + row) * width + column;
                visit({ o, a, b, row, column, y, w, x });
              }
            }
          }
        }
      }
    }
  }
}

/** What a backward pass reads and writes: images and filters, and their gradients. */
interface Numbers {
  readonly X: Data;
  readonly W: Data;
  readonly dX: Data;
  readonly dW: Data;
}

/** A convolution of stride 1 by hand, whose backward does `collect` with every product and the upstream at its output. */
function convolution(
  name: string,
  images: readonly number[],
  filters: readonly number[],
  collect: (product: Product, dy: number, numbers: Numbers) => void,
  { padding = 0, axes }: { padding?: number; axes?: Layer['axes'] } = {},
): Layer {
  const extents = [2, 3].map(axis => windows(images[axis], filters[axis], { padding }));
  return defineLayer({
    name,
    args: { input: images, weight: filters },
    axes,
    forward({ input, weight }) {
      const output = tensor([images[0], filters[0], ...extents]);
      products(images, filters, { padding }, ({ y, w, x }) => {
        output.data[y] += input.data[x] * weight.data[w];
      });
      return { output };
    },
    vjp({ input, weight }, { output }) {
      const [dInput, dWeight] = [zerosLike(input), zerosLike(weight)];
      const numbers = { X: input.data, W: weight.data, dX: dInput.data, dW: dWeight.data };
      products(images, filters, { padding }, product => collect(product, output.data[product.y], numbers));
      return { input: dInput, weight: dWeight };
    },
  });
}

const named = {
  input: ['image', 'map', 'y', 'x'],
  weight: ['filter', 'map', 'ky', 'kx'],
};

/** A kernel laid over every `stride`-th place of each row: input [batch, length], kernel [taps], as many windows as fit. */
function strided(name: string, dInput: (input: Tensor, kernel: Data, dy: Data, stride: number) => Tensor): Layer {
  const fitting = (length: number, taps: number, stride: number) => Math.floor((length - taps) / stride) + 1;
  return defineLayer<{ stride: number }>({
    name,
    linear: ['input', 'kernel'],
    cases: fc =>
      fc
        .record({
          batch: fc.integer({ min: 1, max: 3 }),
          taps: fc.integer({ min: 2, max: 4 }),
          stride: fc.integer({ min: 1, max: 3 }),
          count: fc.integer({ min: 1, max: 4 }),
          rest: fc.nat(2),
        })
        .filter(({ taps, stride, rest }) => stride <= taps && rest < stride)
        .map(
          ({ batch, taps, stride, count, rest }): CaseSpec<{ stride: number }> => ({
            config: { stride },
            args: { input: [batch, taps + (count - 1) * stride + rest], kernel: [taps] },
          }),
        ),
    forward({ input, kernel }, { stride }) {
      const [batch, length] = input.shape;
      const taps = kernel.data.length;
      const count = fitting(length, taps, stride);
      const output = tensor([batch, count]);
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < count; i++) {
          for (let k = 0; k < taps; k++) {
            output.data[n * count + i] += kernel.data[k] * input.data[n * length + i * stride + k];
          }
        }
      }
      return { output };
    },
    vjp({ input, kernel }, { output }, { stride }) {
      const [batch, length] = input.shape;
      const taps = kernel.data.length;
      const count = fitting(length, taps, stride);
      const dKernel = zerosLike(kernel);
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < count; i++) {
          for (let k = 0; k < taps; k++) {
            dKernel.data[k] += output.data[n * count + i] * input.data[n * length + i * stride + k];
          }
        }
      }
      return { input: dInput(input, kernel.data, output.data, stride), kernel: dKernel };
    },
  });
}

/** Where an element of [filter, channel, row, column] lies in the memory of [row, column, channel, filter]. */
function inChannelsLast([o, c, a, b]: readonly number[], [O, C, , L]: readonly number[]): number {
  return ((a * L + b) * C + c) * O + o;
}

/** Convolutions that are wrong. */
export const convolutionFaults: readonly FurtherFault[] = [
  {
    name: 'the kernel is turned upside down only, not left to right, in dx',
    layer: convolution('conv', [2, 2, 4, 5], [3, 2, 2, 3], ({ b, x, w }, dy, { X, W, dX, dW }) => {
      dX[x] += dy * W[w - b + (2 - b)];
      dW[w] += dy * X[x];
    }),
    argument: 'input',
    causes: ['flipped-kernel'],
    wrong: all,
  },
  {
    name: 'rows and columns of each kernel are exchanged in dW',
    layer: convolution('conv3x3', [2, 3, 5, 4], [2, 3, 3, 3], ({ a, b, x, w }, dy, { X, W, dX, dW }) => {
      dX[x] += dy * W[w];
      dW[w - 3 * a - b + 3 * b + a] += dy * X[x];
    }),
    argument: 'weight',
    causes: ['transposed'],
    wrong: shape => where(shape, ([, , a, b]) => a !== b),
  },
  {
    name: 'dW is summed up in the memory of a kernel with its channels last',
    layer: convolution(
      'conv2x2',
      [2, 3, 4, 3],
      [4, 3, 2, 2],
      ({ x, w }, dy, { X, W, dX, dW }) => {
        const shape = [4, 3, 2, 2];
        dX[x] += dy * W[w];
        dW[inChannelsLast(indexOf(w, shape), shape)] += dy * X[x];
      },
      { axes: named },
    ),
    argument: 'weight',
    causes: ['transposed'],
    wrong: shape => where(shape, (index, position) => inChannelsLast(index, shape) !== position),
  },
  {
    name: 'dx of a padded convolution is filled from the second to the last but one of rows and columns',
    layer: convolution(
      'same3x3',
      [2, 2, 5, 6],
      [2, 2, 3, 3],
      ({ row, column, x, w }, dy, { X, W, dX, dW }) => {
        if (row > 0 && row < 4 && column > 0 && column < 5) dX[x] += dy * W[w];
        dW[w] += dy * X[x];
      },
      { padding: 1, axes: named },
    ),
    argument: 'input',
    causes: ['border', 'zero'],
    wrong: shape => where(shape, ([, , row, column]) => row === 0 || row === 4 || column === 0 || column === 5),
  },
  {
    name: 'filters are told apart in dW by their number in a block of 16, of 18 filters',
    layer: convolution(
      'wide',
      [2, 4, 7, 6],
      [18, 4, 5, 5],
      ({ o, x, w }, dy, { X, W, dX, dW }) => {
        dX[x] += dy * W[w];
        dW[(o % 16) * 100 + (w % 100)] += dy * X[x];
      },
      { axes: named },
    ),
    argument: 'weight',
    causes: ['wrong-channel'],
    wrong: shape => where(shape, ([o]) => o < 2 || o > 15),
  },
  {
    name: 'the kernel of a true convolution gets the gradient of one that is not turned',
    layer: defineLayer({
      name: 'convolve2d',
      args: { image: [6, 7], kernel: [3, 3] },
      forward({ image, kernel }) {
        const output = tensor([4, 5]);
        products([1, 1, 6, 7], [1, 1, 3, 3], {}, ({ y, w, x }) => {
          output.data[y] += image.data[x] * kernel.data[8 - w];
        });
        return { output };
      },
      vjp({ image, kernel }, { output }) {
        const [dImage, dKernel] = [zerosLike(image), zerosLike(kernel)];
        products([1, 1, 6, 7], [1, 1, 3, 3], {}, ({ y, w, x }) => {
          dImage.data[x] += output.data[y] * kernel.data[8 - w];
          dKernel.data[w] += output.data[y] * image.data[x];
        });
        return { image: dImage, kernel: dKernel };
      },
    }),
    argument: 'kernel',
    causes: ['flipped-kernel'],
    wrong: shape => where(shape, (_, position) => position !== 4),
  },
  {
    name: 'the kernel of a transposed convolution is turned in dx, as it is in that of a plain one',
    layer: defineLayer({
      name: 'upconvolution',
      args: { input: [2, 3, 3, 4], weight: [3, 2, 3, 2] },
      linear: ['input', 'weight'],
      forward({ input, weight }) {
        const output = tensor([2, 2, 7, 8]);
        products(output.shape, weight.shape, { stride: 2 }, ({ y, w, x }) => {
          output.data[x] += input.data[y] * weight.data[w];
        });
        return { output };
      },
      vjp({ input, weight }, { output }) {
        const [dInput, dWeight] = [zerosLike(input), zerosLike(weight)];
        products(output.shape, weight.shape, { stride: 2 }, ({ y, w, x }) => {
          const tap = w % 6;
          dInput.data[y] += output.data[x] * weight.data[w - tap + (5 - tap)];
          dWeight.data[w] += output.data[x] * input.data[y];
        });
        return { input: dInput, weight: dWeight };
      },
    }),
    argument: 'input',
    causes: ['flipped-kernel'],
    wrong: all,
  },
  {
    name: 'the gradient of the bias is the mean over the places, summed over the batch',
    layer: spoilt(conv2d, ({ bias }) => ({ bias: mapTensor(bias, value => value / 12) }), [
      {
        config: { inChannels: 3, outChannels: 4, kernel: 3 },
        args: { input: [2, 3, 5, 6], weight: [4, 3, 3, 3], bias: [4] },
      },
    ]),
    argument: 'bias',
    causes: ['scaled', 'wrongly-reduced'],
    factor: 1 / 12,
    wrong: all,
  },
  {
    name: 'dW of a causal convolution is that of one padded on both sides',
    layer: defineLayer({
      name: 'causalConv',
      config: { dilation: 2 },
      args: { input: [2, 2, 9], weight: [3, 2, 3] },
      axes: { input: ['batch', 'channel', 'time'], weight: ['filter', 'channel', 'tap'] },
      linear: ['input', 'weight'],
      forward({ input, weight }, { dilation }) {
        const output = tensor([2, 3, 9]);
        causal(dilation, ({ y, w, x, t }, back) => {
          if (t >= back) output.data[y] += weight.data[w] * input.data[x - back];
        });
        return { output };
      },
      vjp({ input, weight }, { output }, { dilation }) {
        const [dInput, dWeight] = [zerosLike(input), zerosLike(weight)];
        causal(dilation, ({ y, w, x, t }, back) => {
          if (t >= back) dInput.data[x - back] += output.data[y] * weight.data[w];
          const at = t - back + dilation;
          if (at >= 0 && at < 9) dWeight.data[w] += output.data[y] * input.data[x - t + at];
        });
        return { input: dInput, weight: dWeight };
      },
    }),
    argument: 'weight',
    // Every tap but the last has the gradient of the next.
    causes: ['shifted'],
    wrong: all,
  },
  {
    name: 'filters of a depthwise convolution with two for each channel read channel o mod C in dW, not o / 2',
    layer: defineLayer({
      name: 'depthwise',
      args: { input: [2, 3, 7], weight: [6, 3] },
      axes: { input: ['batch', 'channel', 'time'], weight: ['filter', 'tap'] },
      forward({ input, weight }) {
        const output = tensor([2, 6, 5]);
        depthwise((y, o, w, x) => {
          output.data[y] += input.data[x(Math.floor(o / 2))] * weight.data[w];
        });
        return { output };
      },
      vjp({ input, weight }, { output }) {
        const [dInput, dWeight] = [zerosLike(input), zerosLike(weight)];
        depthwise((y, o, w, x) => {
          dInput.data[x(Math.floor(o / 2))] += output.data[y] * weight.data[w];
          dWeight.data[w] += output.data[y] * input.data[x(o % 3)];
        });
        return { input: dInput, weight: dWeight };
      },
    }),
    argument: 'weight',
    causes: ['wrong-channel'],
    wrong: shape => where(shape, ([o]) => Math.floor(o / 2) !== o % 3),
  },
  {
    name: 'a filter around a ring does not go around it in dx',
    layer: defineLayer({
      name: 'circularFilter',
      args: { input: [3, 8], kernel: [3] },
      forward({ input, kernel }) {
        const output = tensor([3, 8]);
        around((n, t, k) => {
          output.data[n * 8 + t] += kernel.data[k] * input.data[n * 8 + ((t + k) % 8)];
        });
        return { output };
      },
      vjp({ input, kernel }, { output }) {
        const [dInput, dKernel] = [zerosLike(input), zerosLike(kernel)];
        around((n, t, k) => {
          const dy = output.data[n * 8 + t];
          dKernel.data[k] += dy * input.data[n * 8 + ((t + k) % 8)];
          if (t + k < 8) dInput.data[n * 8 + t + k] += dy * kernel.data[k];
        });
        return { input: dInput, kernel: dKernel };
      },
    }),
    argument: 'input',
    causes: ['border'],
    wrong: shape => where(shape, ([, t]) => t < 2),
  },
  {
    name: 'where the stride leaves a remainder, the zeros for it are put before dx, not behind it',
    layer: strided('stridedFilter', (input, kernel, dy, stride) => {
      const [batch, length] = input.shape;
      const count = dy.length / batch;
      const rest = length - kernel.length - (count - 1) * stride;
      const dx = zerosLike(input);
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < count; i++) {
          kernel.forEach((weight, k) => {
            dx.data[n * length + rest + i * stride + k] += dy[n * count + i] * weight;
          });
        }
      }
      return dx;
    }),
    argument: 'input',
    causes: ['stride-remainder', 'shifted'],
    wrong: (shape, { kernel }, { stride }) =>
      (shape[1] - kernel.data.length) % stride === 0 ? where(shape, () => false) : 'all',
  },
  {
    name: 'the windows are counted by rounding up in backward, one too few where the stride fits',
    layer: strided('stridedFilter', (input, kernel, dy, stride) => {
      const [batch, length] = input.shape;
      const count = dy.length / batch;
      const dx = zerosLike(input);
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < Math.ceil((length - kernel.length) / stride); i++) {
          kernel.forEach((weight, k) => {
            dx.data[n * length + i * stride + k] += dy[n * count + i] * weight;
          });
        }
      }
      return dx;
    }),
    argument: 'input',
    causes: ['border', 'stride-remainder'],
    wrong: (shape, { kernel }, { stride }) =>
      where(shape, ([, t]) => {
        const [length, taps] = [shape[1], kernel.data.length];
        return (length - taps) % stride === 0 && t >= length - taps;
      }),
  },
  {
    name: 'the derivative of an L1 penalty is left in dW',
    layer: spoilt(conv1d, ({ weight }, args) => ({
      weight: mapTensor(weight, (value, i) => value + 0.001 * Math.sign(args.weight.data[i])),
    })),
    argument: 'weight',
    causes: ['weight-decay'],
    wrong: all,
  },
];

/** Every output, weight and input at the same time, by flat position, of the causal convolution; how far back the tap looks. */
function causal(
  dilation: number,
  visit: (at: { y: number; w: number; x: number; t: number }, back: number) => void,
): void {
  for (let n = 0; n < 2; n++) {
    for (let o = 0; o < 3; o++) {
      for (let c = 0; c < 2; c++) {
        for (let t = 0; t < 9; t++) {
          for (let k = 0; k < 3; k++) {
            visit({ y: (n * 3 + o) * 9 + t, w: (o * 2 + c) * 3 + k, x: (n * 2 + c) * 9 + t, t }, dilation * (2 - k));
          }
        }
      }
    }
  }
}

/** Every output, filter and weight of the depthwise convolution, and where the input lies once its channel is known. */
function depthwise(visit: (y: number, o: number, w: number, x: (channel: number) => number) => void): void {
  for (let n = 0; n < 2; n++) {
    for (let o = 0; o < 6; o++) {
      for (let t = 0; t < 5; t++) {
        for (let k = 0; k < 3; k++) {
          visit((n * 6 + o) * 5 + t, o, o * 3 + k, channel => (n * 3 + channel) * 7 + t + k);
        }
      }
    }
  }
}

/** Every sample, place and tap of the filter around a ring. */
function around(visit: (n: number, t: number, k: number) => void): void {
  for (let n = 0; n < 3; n++) for (let t = 0; t < 8; t++) for (let k = 0; k < 3; k++) visit(n, t, k);
}
