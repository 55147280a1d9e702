import type * as FastCheck from 'fast-check';
import { convolve, convolveBackward } from '../kernels/convolution.ts';
import type { Windows } from '../kernels/im2col.ts';
import { type Padding, sidesOf } from '../kernels/padding.ts';
import { type NumberOrPair, numbersOrPairs, pair } from '../kernels/pair.ts';
import { type CaseSpec, defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, mapTensor, type Tensor, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface Conv2dConfig {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: NumberOrPair;
  /** Both channel counts are split into as many groups; a filter sees the channels of its own. 1 unless said. */
  readonly groups?: number;
  /** Without a bias there is no argument `bias`; true unless said. */
  readonly hasBias?: boolean;
  readonly stride?: NumberOrPair;
  /** 0 unless said. 'same' goes with any stride: output = ceil(input / stride), an odd zero at the end. */
  readonly padding?: Padding;
  readonly dilation?: NumberOrPair;
}

/**
 * Two-dimensional convolution as networks have it: cross-correlation, the kernel not flipped. input [batch, in, rows,
 * columns], weight [out, in / groups, kernel rows, kernel columns], bias [out], output [batch, out, rows, columns].
 * Padding counts as 0. Input that no window covers, where the stride leaves a remainder, gets gradient 0.
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
    const { batch, inChannels, rows, columns, outChannels, groupIn, groupOut, kernelRows, kernelColumns } = sizes(
      args,
      config,
    );
    const [strideRows, strideColumns] = pair('stride', config.stride ?? 1);
    const [dilationRows, dilationColumns] = pair('dilation', config.dilation ?? 1);
    const { outRows, outColumns, top, left } = places(rows, columns, config);
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
    return { output: { shape: [batch, outChannels, outRows, outColumns], data: y } };
  },

  vjp(args, upstream, config) {
    const { input, weight, bias, connections } = args;
    const { batch, inChannels, rows, columns, outChannels, groupIn, groupOut, kernelRows, kernelColumns } = sizes(
      args,
      config,
    );
    const [strideRows, strideColumns] = pair('stride', config.stride ?? 1);
    const [dilationRows, dilationColumns] = pair('dilation', config.dilation ?? 1);
    const { outRows, outColumns, top, left } = places(rows, columns, config);
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

  alternatives: { im2col: byMatrixProducts() },

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
function sizes({ input, weight, bias, connections }: Tensors, config: Conv2dConfig) {
  const { inChannels, outChannels, groups = 1 } = config;
  if (!Number.isInteger(groups) || groups < 1 || inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new RangeError(
      `conv2d has ${inChannels} channels, ${outChannels} filters and ${groups} groups; both counts must be multiples of the groups`,
    );
  }
  const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
  const [batch, , rows, columns] = input.shape;
  const groupIn = inChannels / groups;
  expectShape('input', input, ['batch', inChannels, 'rows', 'columns']);
  expectShape('weight', weight, [outChannels, groupIn, kernelRows, kernelColumns]);
  if (bias) expectShape('bias', bias, [outChannels]);
  if (connections) expectShape('connections', connections, [outChannels, inChannels]);
  const groupOut = outChannels / groups;
  return { batch, inChannels, rows, columns, outChannels, groups, groupIn, groupOut, kernelRows, kernelColumns };
}

/** An extent that may be any is given by its name. */
function expectShape(name: string, { shape }: Tensor, expected: readonly (number | string)[]): void {
  if (
    shape.length !== expected.length ||
    expected.some((extent, axis) => typeof extent === 'number' && extent !== shape[axis])
  ) {
    throw new RangeError(
      `the ${name} of conv2d has shape [${shape.join(', ')}]; its config asks for [${expected.join(', ')}]`,
    );
  }
}

/** How many places the window has, and how much padding comes before the first row and column. */
function places(rows: number, columns: number, config: Conv2dConfig) {
  const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
  const [strideRows, strideColumns] = pair('stride', config.stride ?? 1);
  const [dilationRows, dilationColumns] = pair('dilation', config.dilation ?? 1);
  const sides = sidesOf(config.padding ?? 0);
  const heightOfWindow = dilationRows * (kernelRows - 1) + 1;
  const widthOfWindow = dilationColumns * (kernelColumns - 1) + 1;
  if (sides === 'same') {
    const outRows = Math.ceil(rows / strideRows);
    const outColumns = Math.ceil(columns / strideColumns);
    const addedRows = Math.max((outRows - 1) * strideRows + heightOfWindow - rows, 0);
    const addedColumns = Math.max((outColumns - 1) * strideColumns + widthOfWindow - columns, 0);
    return { outRows, outColumns, top: Math.floor(addedRows / 2), left: Math.floor(addedColumns / 2) };
  }
  const [top, left, bottom, right] = sides;
  const outRows = Math.floor((top + rows + bottom - heightOfWindow) / strideRows) + 1;
  const outColumns = Math.floor((left + columns + right - widthOfWindow) / strideColumns) + 1;
  if (outRows < 1 || outColumns < 1) {
    throw new RangeError(
      `a conv2d window of ${heightOfWindow} x ${widthOfWindow} does not fit in an input of ${top + rows + bottom} x ${left + columns + right} (padding included); enlarge the input or its padding`,
    );
  }
  return { outRows, outColumns, top, left };
}

/** The same by matrix products over unrolled windows. */
function byMatrixProducts(): Implementation<Conv2dConfig> {
  return {
    forward(args, config) {
      const { input, weight, bias, connections } = args;
      const { batch, outChannels, groups } = sizes(args, config);
      const windows = windowsOf(args, config);
      const { outRows, outColumns } = windows;
      const y = emptyLike(input.data, batch * outChannels * outRows * outColumns);
      if (bias) spreadBias(bias.data, outRows * outColumns, y);
      convolve(input.data, connected(weight, connections).data, y, batch, groups, windows);
      return { output: { shape: [batch, outChannels, outRows, outColumns], data: y } };
    },

    vjp(args, { output }, config) {
      const { input, weight, bias, connections } = args;
      const { batch, outChannels, groups } = sizes(args, config);
      const windows = windowsOf(args, config);
      const W = connected(weight, connections);
      const dx = zerosLike(input);
      const dW = zerosLike(weight);
      convolveBackward(input.data, W.data, output.data, dx.data, dW.data, batch, groups, windows);
      const db = bias && { shape: bias.shape, data: sumsByChannel(output.data, outChannels, batch) };
      return { input: dx, weight: connected(dW, connections), ...(db && { bias: db }) };
    },
  };
}

function windowsOf({ input, weight }: Tensors, { padding = 0, ...config }: Conv2dConfig): Windows {
  const [, , rows, columns] = input.shape;
  const [, channels, kernelRows, kernelColumns] = weight.shape;
  const [strideRows, strideColumns] = pair('stride', config.stride ?? 1);
  const [dilationRows, dilationColumns] = pair('dilation', config.dilation ?? 1);
  const sides = sidesOf(padding);
  const height = along(rows, kernelRows, strideRows, dilationRows, sides === 'same' ? sides : [sides[0], sides[2]]);
  const width = along(
    columns,
    kernelColumns,
    strideColumns,
    dilationColumns,
    sides === 'same' ? sides : [sides[1], sides[3]],
  );
  return {
    channels,
    rows,
    columns,
    kernelRows,
    kernelColumns,
    strideRows,
    strideColumns,
    dilationRows,
    dilationColumns,
    top: height.before,
    left: width.before,
    outRows: height.count,
    outColumns: width.count,
  };
}

/** Along one axis: how many windows lie within it, the first of them `before` the input. */
function along(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  pads: 'same' | readonly [number, number],
) {
  const reach = dilation * (kernel - 1);
  if (pads === 'same') {
    // The last window starts at the last multiple of the stride inside the input, and may reach past its end.
    const lastStart = size - 1 - ((size - 1) % stride);
    return { before: Math.floor(Math.max(lastStart + reach + 1 - size, 0) / 2), count: lastStart / stride + 1 };
  }
  const starts = pads[0] + size + pads[1] - reach;
  if (starts < 1) {
    throw new RangeError(
      `a conv2d window of ${reach + 1} does not fit in an extent of ${pads[0] + size + pads[1]} (padding included); enlarge the input or its padding`,
    );
  }
  return { before: pads[0], count: Math.ceil(starts / stride) };
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

/** Every place of a channel of y gets its bias. */
function spreadBias(bias: Data, places: number, y: Data): void {
  for (let map = 0; map * places < y.length; map++) y.fill(bias[map % bias.length], map * places, (map + 1) * places);
}

/** The sum of dy [batch, channels, places] over batch and places. */
function sumsByChannel(dy: Data, channels: number, batch: number): Data {
  const places = dy.length / (channels * batch);
  const sums = emptyLike(dy, channels);
  for (let map = 0; map < batch * channels; map++) {
    let sum = 0;
    for (let at = map * places; at < (map + 1) * places; at++) sum += dy[at];
    sums[map % channels] += sum;
  }
  return sums;
}

/** Few enough elements that a forward takes microseconds: batch, then channels a group, then groups give way. */
const MOST_ELEMENTS = 150;

function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<Conv2dConfig>> {
  const pads = fc.integer({ min: 0, max: 2 });
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      groups: fc.integer({ min: 1, max: 3 }),
      groupIn: fc.integer({ min: 1, max: 3 }),
      groupOut: fc.integer({ min: 1, max: 3 }),
      kernel: numbersOrPairs(fc, { min: 1, max: 3 }),
      stride: numbersOrPairs(fc, { min: 1, max: 3 }),
      dilation: numbersOrPairs(fc, { min: 1, max: 2 }),
      padding: fc.oneof<FastCheck.WeightedArbitrary<Padding>[]>(
        { weight: 3, arbitrary: numbersOrPairs(fc, { min: 0, max: 2 }) },
        { weight: 1, arbitrary: fc.constant('same') },
        { weight: 1, arbitrary: fc.tuple(pads, pads, pads, pads) },
      ),
      // Rows and columns beyond the smallest input that holds a window.
      spare: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
      hasBias: fc.boolean(),
      unconnected: fc.option(fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }), { freq: 2 }),
    })
    .map(drawn => {
      const [rows, columns] = smallestInput(drawn).map((smallest, axis) => smallest + drawn.spare[axis]);
      const affordable = Math.max(Math.floor(MOST_ELEMENTS / (rows * columns)), 1);
      const groups = Math.min(drawn.groups, affordable);
      const groupIn = Math.min(drawn.groupIn, Math.floor(affordable / groups), Math.floor(4 / groups));
      const batch = Math.min(drawn.batch, Math.floor(affordable / (groups * groupIn)));
      const inChannels = groups * groupIn;
      const outChannels = groups * Math.min(drawn.groupOut, Math.floor(4 / groups));
      const { kernel, stride, dilation, padding, hasBias, unconnected } = drawn;
      const [kernelRows, kernelColumns] = pair('kernel', kernel);
      return {
        config: { inChannels, outChannels, kernel, groups, hasBias, stride, padding, dilation },
        args: {
          input: [batch, inChannels, rows, columns],
          weight: [outChannels, groupIn, kernelRows, kernelColumns],
          ...(hasBias && { bias: [outChannels] }),
          ...(unconnected && {
            connections: {
              shape: [outChannels, inChannels],
              integer: true,
              range: [0, 1] as const,
              // The first pair is connected, so that something is.
              values: unconnected.slice(0, outChannels * inChannels).map((not, at) => (not && at > 0 ? 0 : 1)),
            },
          }),
        },
      };
    });
}

/** The smallest rows and columns that hold one window of a drawn config. */
function smallestInput({ kernel, dilation, padding }: Pick<Required<Conv2dConfig>, 'kernel' | 'dilation' | 'padding'>) {
  const [kernelRows, kernelColumns] = pair('kernel', kernel);
  const [dilationRows, dilationColumns] = pair('dilation', dilation);
  const sides = sidesOf(padding);
  if (sides === 'same') return [1, 1];
  const [top, left, bottom, right] = sides;
  return [
    Math.max(dilationRows * (kernelRows - 1) + 1 - top - bottom, 1),
    Math.max(dilationColumns * (kernelColumns - 1) + 1 - left - right, 1),
  ];
}
