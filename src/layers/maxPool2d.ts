import type * as FastCheck from 'fast-check';
import { type NumberOrPair, numbersOrPairs, pair } from '../kernels/pair.ts';
import { type CaseSpec, defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, sizeOf, type Tensor, tensor, zerosLike } from '../tensor.ts';

export interface MaxPool2dConfig {
  readonly kernel: NumberOrPair;
  /** As the kernel unless said: windows side by side. */
  readonly stride?: NumberOrPair;
  /** 0 unless said; at most half a window. 'same': output = ceil(input / stride), an odd row or column at the end. */
  readonly padding?: NumberOrPair | 'same';
  /** Also windows that reach past the end, as long as they start in the input or in the padding before it. */
  readonly ceilMode?: boolean;
  readonly dilation?: NumberOrPair;
}

/**
 * The largest value of every window. input [..., rows, columns], output [..., rows, columns], usually with batch and
 * channel before. Padding counts as -infinity. Of equal maxima the first in row-major order wins, and the gradient of
 * a window goes to its winner alone; where windows overlap, gradients add. NaN is larger than anything (of several,
 * the last wins). A window with no element, which only a dilation can make, is -infinity.
 */
export const maxPool2d = defineLayer<MaxPool2dConfig>({
  name: 'maxPool2d',
  formula: 'y[n, c, r, s] = max over p, q of x[n, c, r stride + p dilation - padding, s stride + q dilation - padding]',
  source: 'torch.nn.MaxPool2d',
  kinks: 'two equal maxima in one window',
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc => cases(fc),

  forward({ input }, config) {
    const { maps, rows, columns } = mapsOf(input);
    const windowRows = windowsAlong('height', rows, config);
    const windowColumns = windowsAlong('width', columns, config);
    const y = emptyLike(input.data, maps * windowRows.length * windowColumns.length);
    let at = 0;
    for (let map = 0; map < maps; map++) {
      for (const rowsOfWindow of windowRows) {
        for (const columnsOfWindow of windowColumns) {
          const winner = winnerOf(input.data, map * rows * columns, columns, rowsOfWindow, columnsOfWindow);
          y[at++] = winner === undefined ? -Infinity : input.data[winner];
        }
      }
    }
    const shape = [...input.shape.slice(0, -2), windowRows.length, windowColumns.length];
    return { output: { shape, data: y } };
  },

  vjp({ input }, { output }, config) {
    const { maps, rows, columns } = mapsOf(input);
    const windowRows = windowsAlong('height', rows, config);
    const windowColumns = windowsAlong('width', columns, config);
    const dx = zerosLike(input);
    let at = 0;
    for (let map = 0; map < maps; map++) {
      for (const rowsOfWindow of windowRows) {
        for (const columnsOfWindow of windowColumns) {
          const dy = output.data[at++];
          const winner = winnerOf(input.data, map * rows * columns, columns, rowsOfWindow, columnsOfWindow);
          if (winner !== undefined) dx.data[winner] += dy;
        }
      }
    }
    return { input: dx };
  },

  alternatives: { winners: byWinners() },

  examples: [
    {
      name: 'overlapping windows; of equal maxima the first wins',
      source: 'by hand',
      config: { kernel: 2, stride: 1 },
      args: { input: tensor([1, 1, 2, 3], [1, 5, 2, 3, 4, 5]) },
      outputs: { output: tensor([1, 1, 1, 2], [5, 5]) },
      upstream: { output: tensor([1, 1, 1, 2], [1, 2]) },
      gradients: { input: tensor([1, 1, 2, 3], [0, 3, 0, 0, 0, 0]) },
    },
    {
      name: 'all equal',
      source: 'by hand',
      config: { kernel: 2 },
      args: { input: tensor([1, 1, 2, 4], [-1, -1, 0, 0, -1, -1, 0, 0]) },
      outputs: { output: tensor([1, 1, 1, 2], [-1, 0]) },
      upstream: { output: tensor([1, 1, 1, 2], [3, 5]) },
      gradients: { input: tensor([1, 1, 2, 4], [3, 0, 5, 0, 0, 0, 0, 0]) },
    },
    {
      name: 'ceilMode: the last window reaches past the end',
      source: 'by hand',
      config: { kernel: [1, 3], stride: [1, 2], ceilMode: true },
      args: { input: tensor([1, 1, 1, 4], [1, -1, 3, 2]) },
      outputs: { output: tensor([1, 1, 1, 2], [3, 3]) },
      upstream: { output: tensor([1, 1, 1, 2], [1, 4]) },
      gradients: { input: tensor([1, 1, 1, 4], [0, 0, 5, 0]) },
    },
    {
      name: 'ceilMode: a window that would start in the padding after the input is left out',
      source: 'by hand',
      config: { kernel: [1, 2], stride: [1, 2], padding: [0, 1], ceilMode: true },
      args: { input: tensor([1, 1, 1, 5], [-1, -2, -3, -5, -4]) },
      outputs: { output: tensor([1, 1, 1, 3], [-1, -2, -4]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 5], [1, 2, 0, 0, 4]) },
    },
    {
      name: 'dilation, and two channels',
      source: 'by hand',
      config: { kernel: [1, 2], stride: 1, dilation: [1, 2] },
      args: { input: tensor([1, 2, 1, 4], [1, 9, 2, 8, 7, 3, 5, 6]) },
      outputs: { output: tensor([1, 2, 1, 2], [2, 9, 7, 6]) },
      upstream: { output: tensor([1, 2, 1, 2], [3, 4, 5, 6]) },
      gradients: { input: tensor([1, 2, 1, 4], [0, 4, 3, 0, 5, 0, 0, 6]) },
    },
    {
      name: '"same" padding: the odd column is at the end',
      source: 'by hand',
      config: { kernel: [1, 2], stride: 1, padding: 'same' },
      args: { input: tensor([1, 1, 1, 3], [-1, -2, -3]) },
      outputs: { output: tensor([1, 1, 1, 3], [-1, -2, -3]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 4]) },
      gradients: { input: tensor([1, 1, 1, 3], [1, 2, 4]) },
    },
  ],
});

type Side = 'height' | 'width';

/** The settings along one axis of the image. */
function settings(side: Side, config: MaxPool2dConfig) {
  const axis = side === 'height' ? 0 : 1;
  const kernel = pair('kernel', config.kernel)[axis];
  const stride = pair('stride', config.stride ?? config.kernel)[axis];
  const dilation = pair('dilation', config.dilation ?? 1)[axis];
  const extent = dilation * (kernel - 1) + 1;
  if (config.padding === 'same') return { kernel, stride, dilation, extent, padding: config.padding };
  const padding = pair('padding', config.padding ?? 0, 0)[axis];
  if (padding > extent / 2) {
    throw new RangeError(`a maxPool2d window of ${side} ${extent} has padding ${padding}; give at most half of it`);
  }
  return { kernel, stride, dilation, extent, padding };
}

function tooSmall(side: Side, size: number, extent: number): RangeError {
  return new RangeError(
    `no maxPool2d window of ${side} ${extent} fits in an input of ${size}; enlarge the input or its padding`,
  );
}

/** The indices that each window along one axis covers, those in the padding left out. */
function windowsAlong(side: Side, size: number, config: MaxPool2dConfig): number[][] {
  const { kernel, stride, dilation, extent, padding } = settings(side, config);
  const shared = padding === 'same' ? Math.max(extent - (size % stride || stride), 0) : 2 * padding;
  const before = Math.floor(shared / 2);
  const after = shared - before;
  const windows: number[][] = [];
  for (let start = -before; start < size; start += stride) {
    const previousEnd = start - stride + extent;
    const end = start + extent;
    // Either it ends within the padded input or, in ceil mode, the one before it did so with something to spare.
    if (end > size + after && !(config.ceilMode && previousEnd < size + after)) break;
    const covered: number[] = [];
    for (let k = 0; k < kernel; k++) {
      const index = start + k * dilation;
      if (index >= 0 && index < size) covered.push(index);
    }
    windows.push(covered);
  }
  if (windows.length === 0) throw tooSmall(side, size, extent);
  return windows;
}

/** Where in the data the winner is among these rows and columns of a map; undefined where there are none. */
function winnerOf(x: Data, map: number, columns: number, rowsOfWindow: number[], columnsOfWindow: number[]) {
  let winner: number | undefined;
  for (const row of rowsOfWindow) {
    for (const column of columnsOfWindow) {
      const at = map + row * columns + column;
      if (winner === undefined || x[at] > x[winner] || Number.isNaN(x[at])) winner = at;
    }
  }
  return winner;
}

/** The image's rows and columns, and how many images there are. */
function mapsOf({ shape }: Tensor) {
  if (shape.length < 2) {
    throw new RangeError(
      `maxPool2d has an input of shape [${shape.join(', ')}]; it needs [batch, channel, row, column]`,
    );
  }
  const [rows, columns] = shape.slice(-2);
  return { maps: sizeOf(shape.slice(0, -2)), rows, columns };
}

/** The same with one sweep over all windows for each place in the kernel, keeping the winners so far. */
function byWinners(): Implementation<MaxPool2dConfig> {
  return {
    forward({ input }, config) {
      const { outRows, outColumns, values } = sweep(input, config);
      return { output: { shape: [...input.shape.slice(0, -2), outRows, outColumns], data: values } };
    },
    vjp({ input }, { output }, config) {
      const { winners } = sweep(input, config);
      const dx = zerosLike(input);
      for (let at = 0; at < winners.length; at++) if (winners[at] >= 0) dx.data[winners[at]] += output.data[at];
      return { input: dx };
    },
  };
}

/** The largest value of every window, and the flat index where it was found; -1 where nothing was. */
function sweep(input: Tensor, config: MaxPool2dConfig) {
  const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
  const [strideRows, strideColumns] = pair('stride', config.stride ?? config.kernel);
  const [dilationRows, dilationColumns] = pair('dilation', config.dilation ?? 1);
  const { maps, rows, columns } = mapsOf(input);
  const { before: top, count: outRows } = placesAlong('height', rows, config);
  const { before: left, count: outColumns } = placesAlong('width', columns, config);
  const x = input.data;
  const values = emptyLike(x, maps * outRows * outColumns).fill(-Infinity);
  const winners = new Int32Array(values.length).fill(-1);
  for (let p = 0; p < kernelRows; p++) {
    for (let q = 0; q < kernelColumns; q++) {
      const shift = q * dilationColumns - left;
      const first = Math.max(Math.ceil(-shift / strideColumns), 0);
      const end = Math.min(Math.ceil((columns - shift) / strideColumns), outColumns);
      for (let map = 0; map < maps; map++) {
        for (let r = 0; r < outRows; r++) {
          const row = r * strideRows + p * dilationRows - top;
          if (row < 0 || row >= rows) continue;
          const from = (map * rows + row) * columns + shift;
          const to = (map * outRows + r) * outColumns;
          for (let s = first; s < end; s++) {
            const value = x[from + s * strideColumns];
            if (value > values[to + s] || winners[to + s] < 0 || Number.isNaN(value)) {
              values[to + s] = value;
              winners[to + s] = from + s * strideColumns;
            }
          }
        }
      }
    }
  }
  return { outRows, outColumns, values, winners };
}

/** How many windows there are along one axis, and how far the first begins before the input. */
function placesAlong(side: Side, size: number, config: MaxPool2dConfig): { count: number; before: number } {
  const { stride, extent, padding } = settings(side, config);
  if (padding === 'same') {
    const count = Math.ceil(size / stride);
    return { count, before: Math.floor(Math.max((count - 1) * stride + extent - size, 0) / 2) };
  }
  const steps = (size + 2 * padding - extent) / stride;
  let count = (config.ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
  if (config.ceilMode && (count - 1) * stride >= size + padding) count--;
  if (count < 1) throw tooSmall(side, size, extent);
  return { count, before: padding };
}

function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<MaxPool2dConfig>> {
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      channels: fc.integer({ min: 1, max: 3 }),
      kernel: numbersOrPairs(fc, { min: 1, max: 3 }),
      stride: fc.option(numbersOrPairs(fc, { min: 1, max: 3 }), { nil: undefined, freq: 2 }),
      dilation: numbersOrPairs(fc, { min: 1, max: 2 }),
      padding: fc.oneof<FastCheck.WeightedArbitrary<NumberOrPair | 'same'>[]>(
        { weight: 3, arbitrary: numbersOrPairs(fc, { min: 0, max: 1 }) },
        { weight: 1, arbitrary: fc.constant('same') },
      ),
      ceilMode: fc.boolean(),
      spare: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
    })
    .map(({ batch, channels, stride, spare, ...drawn }) => {
      const kernel = pair('kernel', drawn.kernel);
      const dilation = pair('dilation', drawn.dilation);
      const padding = atMostHalf(drawn.padding, kernel);
      const [rows, columns] = [0, 1].map(axis => {
        const extent = dilation[axis] * (kernel[axis] - 1) + 1;
        if (padding === 'same') return extent + spare[axis];
        // At least a dilation, so that no window lies in the padding with all that it covers.
        return Math.max(extent - 2 * pair('padding', padding, 0)[axis], dilation[axis]) + spare[axis];
      });
      const maps = Math.max(Math.floor(150 / (rows * columns)), 1);
      const shownChannels = Math.min(channels, maps);
      return {
        config: { ...drawn, padding, ...(stride !== undefined && { stride }) },
        args: { input: [Math.min(batch, Math.floor(maps / shownChannels)), shownChannels, rows, columns] },
      };
    });
}

/** A padding that is at most half of the kernel along each axis. */
function atMostHalf(padding: NumberOrPair | 'same', kernel: readonly [number, number]): NumberOrPair | 'same' {
  if (padding === 'same') return padding;
  const [height, width] = pair('padding', padding, 0);
  const fitting = [Math.min(height, Math.floor(kernel[0] / 2)), Math.min(width, Math.floor(kernel[1] / 2))] as const;
  return typeof padding === 'number' && fitting[0] === fitting[1] ? fitting[0] : fitting;
}
