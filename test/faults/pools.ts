import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  avgPool1d,
  avgPool2d,
  avgUnpool2d,
  type CaseSpec,
  globalAvgPool2d,
  type Layer,
  lpPool2d,
  maxPool1d,
  maxUnpool2d,
  subsample2d,
  type Tensors,
} from '../../src/index.ts';
import { pair } from '../../src/kernels/pair.ts';
import { mapTensor, type Tensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, wrong } from './fault.ts';
import { everyWindow, faultyPool, type Window, winnerOf, type Work } from './windows.ts';

/** A layer whose gradients are right but for those that `change` replaces, in the given settings. */
function changed<C>(
  layer: Layer<C>,
  cases: Layer<C>['cases'],
  change: (right: Tensors, args: Tensors, dy: Tensor, config: C) => Tensors,
): Layer<C> {
  return wrong(layer, {
    cases,
    vjp: (args, upstream, config) => {
      const right = rightGradients(layer, args, upstream, config);
      return { ...right, ...change(right, args, upstream.output, config) };
    },
  });
}

/** Gives every place that a window covers its share of the gradient, as an average pool does. */
function spread(work: Work, divisor: (window: Window) => number): void {
  everyWindow(work, window => {
    for (const position of window.covered) work.dx[position] += work.dy[window.at] / divisor(window);
  });
}

/** The windows [from, to) of an adaptive pool, as `bounds` has them along an axis, and which of its outputs each is. */
function everyAdaptiveWindow(
  input: Tensor,
  dy: Tensor,
  bounds: (i: number, size: number, count: number) => readonly [number, number],
  visit: (covered: readonly number[], at: number) => void,
): void {
  const [rows, columns] = input.shape.slice(-2);
  const [height, width] = dy.shape.slice(-2);
  for (let at = 0; at < dy.data.length; at++) {
    const [top, bottom] = bounds(Math.floor(at / width) % height, rows, height);
    const [left, right] = bounds(at % width, columns, width);
    const map = Math.floor(at / (height * width));
    const covered: number[] = [];
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) covered.push((map * rows + row) * columns + column);
    }
    visit(covered, at);
  }
}

const adaptive = (i: number, size: number, count: number) =>
  [Math.floor((i * size) / count), Math.ceil(((i + 1) * size) / count)] as const;

/** The gradient of an adaptive average over windows with these bounds. */
function adaptiveAverage(input: Tensor, dy: Tensor, bounds: typeof adaptive): Tensor {
  const dx = zerosLike(input);
  everyAdaptiveWindow(input, dy, bounds, (covered, at) => {
    for (const position of covered) dx.data[position] += dy.data[at] / covered.length;
  });
  return dx;
}

const exact = { verdict: 'fail', check: 'exact', argument: 'input' } as const;
const numeric = { verdict: 'fail', check: 'gradient', argument: 'input' } as const;

const sequence: CaseSpec = { config: { kernel: 2, stride: 1 }, args: { input: [2, 2, 6] } };
const paddedSequence: CaseSpec = { config: { kernel: 2, stride: 2, padding: 1 }, args: { input: [2, 2, 6] } };
const clipped: CaseSpec = { config: { kernel: 2, ceilMode: true }, args: { input: [1, 1, 3, 5] } };
/** Overlapping windows of 2 x 2, whose means are exact. */
const fiveToFour: CaseSpec = { config: { outputSize: [2, 4] }, args: { input: [2, 2, 3, 5] } };
const image: CaseSpec = { config: {}, args: { input: [3, 2, 2, 4] } };
const overlappingTrained: CaseSpec = {
  config: { kernel: 2, stride: 1 },
  args: { input: [3, 2, 3, 4], weight: [2], bias: [2] },
};
const unpooled: CaseSpec = { config: { kernel: 2 }, args: { input: [3, 2, 2, 3], weight: [2], bias: [2] } };
const overlappingUnpooled: CaseSpec = { ...unpooled, config: { kernel: 2, stride: 1 } };
const unpoolAt = (index: readonly number[]): CaseSpec => ({
  config: { outputSize: [2, 3] },
  args: { input: [1, 2, 2, 2], index: { shape: [1, 2, 2, 2], integer: true, values: index } },
});
const different = unpoolAt([4, 1, 2, 0, 5, 2, 3, 1]);
const duplicates = unpoolAt([4, 1, 4, 0, 5, 2, 3, 1]);

/** Pools other than maxPool2d, and unpoolings, that are wrong. */
export const pools: readonly Fault[] = [
  {
    name: 'where windows of a sequence overlap, the last one to write wins (maxPool1d)',
    layer: faultyPool(maxPool1d, [sequence], work =>
      everyWindow(work, ({ covered, at }) => {
        work.dx[winnerOf(work.x, covered)] = work.dy[at];
      }),
    ),
    expected: { ...exact, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'the winner is counted in the padded sequence (maxPool1d)',
    layer: faultyPool(maxPool1d, [paddedSequence], work =>
      everyWindow(work, ({ covered, at }) => {
        const place = winnerOf(work.x, covered) + 1;
        if (place < work.dx.length) work.dx[place] += work.dy[at];
      }),
    ),
    expected: { ...exact, causes: ['shifted'] },
  },
  {
    name: 'every tied maximum gets the whole gradient (maxPool1d)',
    layer: faultyPool(
      maxPool1d,
      [{ config: { kernel: 3 }, args: { input: { shape: [1, 1, 6], values: [2, 5, 5, 4, 1, 3] } } }],
      work =>
        everyWindow(work, ({ covered, at }) => {
          const best = work.x[winnerOf(work.x, covered)];
          for (const position of covered) if (work.x[position] === best) work.dx[position] += work.dy[at];
        }),
    ),
    expected: { ...numeric, code: 'ties', wrong: { count: 2, index: [0, 0, 1] }, causes: ['ties'] },
  },
  {
    name: 'backward steps by the kernel, forward by the stride (maxPool1d)',
    layer: faultyPool(maxPool1d, [sequence], work =>
      everyWindow({ ...work, config: { ...work.config, stride: work.config.kernel } }, ({ covered, at }) => {
        if (covered.length > 0) work.dx[winnerOf(work.x, covered)] += work.dy[at];
      }),
    ),
    expected: { ...exact, causes: ['another-config'] },
  },
  {
    name: 'backward divides by the kernel where forward leaves the padding out (avgPool1d)',
    layer: faultyPool(
      avgPool1d,
      [{ config: { kernel: 2, padding: 1, countIncludePad: false }, args: { input: [2, 2, 6] } }],
      work => spread(work, () => 2),
    ),
    expected: { ...exact, wrong: { count: 8, index: [0, 0, 0] }, causes: ['scaled', 'another-config', 'border'] },
  },
  {
    name: 'where windows of a sequence overlap, the last one to write wins (avgPool1d)',
    layer: faultyPool(avgPool1d, [sequence], work =>
      everyWindow(work, ({ covered, at }) => {
        for (const position of covered) work.dx[position] = work.dy[at] / 2;
      }),
    ),
    expected: { ...exact, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'backward forgets that the padding shifts the windows (avgPool1d)',
    layer: faultyPool(avgPool1d, [paddedSequence], work =>
      spread({ ...work, config: { ...work.config, padding: 0 } }, () => 2),
    ),
    expected: { ...exact, causes: ['shifted', 'another-config'] },
  },
  {
    name: 'backward divides by the whole window, forward by what ceil mode leaves of it (avgPool2d)',
    layer: faultyPool(avgPool2d, [clipped], work => spread(work, () => 4)),
    expected: { ...exact, wrong: { count: 7, index: [0, 0, 2, 4] }, causes: ['scaled', 'stride-remainder', 'border'] },
  },
  {
    name: 'backward divides by what a window covers, forward by the padding too (avgPool2d)',
    layer: faultyPool(avgPool2d, [{ config: { kernel: 2, padding: 1 }, args: { input: [1, 2, 4, 6] } }], work =>
      spread(work, ({ covered }) => covered.length),
    ),
    expected: { ...exact, causes: ['another-config', 'border', 'scaled'] },
  },
  {
    name: 'the divisor of its own is forgotten in backward (avgPool2d)',
    layer: faultyPool(avgPool2d, [{ config: { kernel: 2, divisorOverride: 8 }, args: { input: [1, 2, 4, 6] } }], work =>
      spread(work, () => 4),
    ),
    expected: { ...exact, causes: ['scaled', 'another-config'] },
  },
  {
    name: 'backward swaps the height and the width of windows, as many places in both (avgPool2d)',
    layer: faultyPool(avgPool2d, [{ config: { kernel: [1, 2], stride: 1 }, args: { input: [1, 2, 4, 4] } }], work =>
      spread({ ...work, config: { ...work.config, kernel: [2, 1] } }, () => 2),
    ),
    expected: { ...exact, causes: ['transposed', 'another-config'] },
  },
  {
    name: 'the last windows are lost where the stride leaves a remainder, in the settings that the layer itself draws (avgPool2d)',
    layer: changed(avgPool2d, avgPool2d.cases, ({ input: dx }, { input }, _dy, config) => {
      const [stride] = pair('stride', config.stride ?? config.kernel);
      const [rows, columns] = input.shape.slice(-2);
      const lost = (at: number) => rows % stride !== 0 && Math.floor(at / columns) % rows === rows - 1;
      return { input: mapTensor(dx, (value, at) => (lost(at) ? 0 : value)) };
    }),
    expected: { ...exact, causes: ['stride-remainder', 'zero', 'border'] },
  },
  {
    name: 'the mean is a sum in backward (globalAvgPool2d)',
    layer: changed(globalAvgPool2d, [image], ({ input }) => ({ input: mapTensor(input, dx => 8 * dx) })),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'backward takes the image for a square (globalAvgPool2d)',
    layer: changed(globalAvgPool2d, [image], ({ input }) => ({ input: mapTensor(input, dx => (dx * 8) / 4) })),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'the gradient is divided by the batch as well (globalAvgPool2d)',
    layer: changed(globalAvgPool2d, [{ ...image, args: { input: [2, 2, 2, 4] } }], ({ input }) => ({
      input: mapTensor(input, dx => dx / 2),
    })),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'every channel gets the gradient of the first (globalAvgPool2d)',
    layer: changed(globalAvgPool2d, [image], ({ input: dx }) => ({
      input: mapTensor(dx, (_, at) => dx.data[at - (at % 16)]),
    })),
    expected: { ...exact, causes: ['wrong-channel'] },
  },
  {
    name: 'backward lays windows side by side, as they lie only where their number divides the input (adaptiveAvgPool2d)',
    layer: changed(adaptiveAvgPool2d, [fiveToFour], (_right, { input }, dy) => ({
      input: adaptiveAverage(input, dy, (i, size, count) => {
        const length = Math.floor(size / count);
        return [i * length, (i + 1) * length];
      }),
    })),
    expected: { ...exact, causes: ['stride-remainder'] },
  },
  {
    name: 'windows end where the next begins (adaptiveAvgPool2d)',
    layer: changed(adaptiveAvgPool2d, [fiveToFour], (_right, { input }, dy) => ({
      input: adaptiveAverage(input, dy, (i, size, count) => [
        Math.floor((i * size) / count),
        Math.floor(((i + 1) * size) / count),
      ]),
    })),
    expected: { ...exact, causes: ['stride-remainder'] },
  },
  {
    name: 'where windows overlap, the last one to write wins (adaptiveAvgPool2d)',
    layer: changed(adaptiveAvgPool2d, [fiveToFour], (_right, { input }, dy) => {
      const dx = zerosLike(input);
      everyAdaptiveWindow(input, dy, adaptive, (covered, at) => {
        for (const position of covered) dx.data[position] = dy.data[at] / covered.length;
      });
      return { input: dx };
    }),
    expected: { ...exact, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'an element that wins two windows is credited once (adaptiveMaxPool2d)',
    layer: changed(adaptiveMaxPool2d, [fiveToFour], (_right, { input }, dy) => {
      const dx = zerosLike(input);
      everyAdaptiveWindow(input, dy, adaptive, (covered, at) => {
        dx.data[winnerOf(input.data, covered)] = dy.data[at];
      });
      return { input: dx };
    }),
    expected: { ...exact, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'the winner is counted from the start of its window (adaptiveMaxPool2d)',
    layer: changed(adaptiveMaxPool2d, [fiveToFour], (_right, { input }, dy) => {
      const dx = zerosLike(input);
      everyAdaptiveWindow(input, dy, adaptive, (covered, at) => {
        dx.data[covered.indexOf(winnerOf(input.data, covered))] += dy.data[at];
      });
      return { input: dx };
    }),
    expected: { ...exact, causes: ['shifted'] },
  },
  {
    name: 'windows end where the next begins (adaptiveMaxPool2d)',
    layer: changed(adaptiveMaxPool2d, [fiveToFour], (_right, { input }, dy) => {
      const dx = zerosLike(input);
      const short = (i: number, size: number, count: number) =>
        [Math.floor((i * size) / count), Math.floor(((i + 1) * size) / count)] as const;
      everyAdaptiveWindow(input, dy, short, (covered, at) => {
        dx.data[winnerOf(input.data, covered)] += dy.data[at];
      });
      return { input: dx };
    }),
    expected: { ...exact, causes: ['stride-remainder'] },
  },
  {
    name: 'the gradient of a window of zeros is 0 / 0 (lpPool2d)',
    layer: changed(
      lpPool2d,
      [{ config: { norm: 2, kernel: 1 }, args: { input: [1, 1, 2, 3] } }],
      (_right, args, dy) => ({
        input: mapTensor(dy, (value, at) => (value * args.input.data[at]) / Math.abs(args.input.data[at])),
      }),
    ),
    expected: { verdict: 'fail', check: 'gradient', argument: 'input', code: 'non-finite', causes: ['non-finite'] },
  },
  {
    name: 'negative elements get the gradient of their magnitude (lpPool2d)',
    layer: changed(
      lpPool2d,
      [{ config: { norm: 2, kernel: 2, stride: 1 }, args: { input: [2, 1, 3, 4] } }],
      ({ input: dx }, { input }) => ({ input: mapTensor(dx, (value, at) => value * Math.sign(input.data[at])) }),
    ),
    expected: { ...numeric, causes: ['argument-sign', 'sign-flipped'] },
  },
  {
    name: 'the derivative of the root is left out (lpPool2d)',
    layer: faultyPool(lpPool2d, [{ config: { norm: 2, kernel: 2 }, args: { input: [2, 1, 4, 4] } }], work =>
      everyWindow(work, ({ covered, at }) => {
        for (const position of covered) work.dx[position] += 2 * work.x[position] * work.dy[at];
      }),
    ),
    expected: { ...numeric, causes: ['missing-activation-derivative'] },
  },
  {
    name: 'the norm is 2 in backward, whatever it is (lpPool2d)',
    layer: faultyPool(lpPool2d, [{ config: { norm: 4, kernel: 2 }, args: { input: [2, 1, 4, 4] } }], work =>
      everyWindow(work, ({ covered, at }) => {
        const length = Math.hypot(...covered.map(position => work.x[position]));
        for (const position of covered) work.dx[position] += (work.x[position] / length) * work.dy[at];
      }),
    ),
    expected: { ...numeric, causes: ['another-config'] },
  },
  {
    name: 'where windows overlap, each place passes its gradient from the first of them only (subsample2d)',
    layer: changed(subsample2d, [overlappingTrained], (_right, { input, weight }, dy, config) => {
      const dx = zerosLike(input);
      const visited = new Set<number>();
      everyWindow(workOf(input, dy, dx, config), ({ covered, at, map }) => {
        for (const position of covered) {
          if (!visited.has(position)) dx.data[position] = (dy.data[at] * weight.data[map % 2]) / 4;
          visited.add(position);
        }
      });
      return { input: dx };
    }),
    expected: { ...exact, causes: ['not-reduced'] },
  },
  {
    name: 'the weight is forgotten in dx, as it may be where it is 1 (subsample2d)',
    layer: changed(subsample2d, [overlappingTrained], ({ input: dx }, { weight }) => ({
      input: mapTensor(dx, (value, at) => value / weight.data[Math.floor(at / 12) % 2]),
    })),
    expected: { ...exact, causes: ['argument-ignored', 'non-finite'] },
  },
  {
    name: 'the gradient of the weight takes the sum of a window for its mean (subsample2d)',
    layer: changed(subsample2d, [overlappingTrained], ({ weight }) => ({ weight: mapTensor(weight, dw => 4 * dw) })),
    expected: { ...exact, argument: 'weight', causes: ['scaled'] },
  },
  {
    name: 'weight and bias get the gradients of all channels (subsample2d)',
    layer: changed(subsample2d, [overlappingTrained], ({ weight, bias }) => ({
      weight: mapTensor(weight, () => weight.data[0] + weight.data[1]),
      bias: mapTensor(bias, () => bias.data[0] + bias.data[1]),
    })),
    expected: { ...exact, argument: ['weight', 'bias'], causes: ['wrongly-reduced'] },
  },
  {
    name: 'the gradient of the bias holds the last sample only (subsample2d)',
    layer: changed(subsample2d, [overlappingTrained], ({ bias }, _args, dy) => ({
      bias: mapTensor(bias, (_, c) => sumOf(dy, dy.data.length - (2 - c) * 6, 6)),
    })),
    expected: { ...exact, argument: 'bias', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'backward divides by the window, as if unpooling were the adjoint of the mean (avgUnpool2d)',
    layer: changed(avgUnpool2d, [unpooled], ({ input }) => ({ input: mapTensor(input, dx => dx / 4) })),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'where windows overlap, each place passes its gradient to the last of them only (avgUnpool2d)',
    layer: changed(avgUnpool2d, [overlappingUnpooled], (_right, { input, weight }, dy, config) => {
      const dx = zerosLike(input);
      const last = new Map<number, Window>();
      // Windows lie on the output here, one for each element of the input.
      everyWindow(workOf(dy, input, dx, config), window => {
        for (const position of window.covered) last.set(position, window);
      });
      for (const [position, { at, map }] of last) dx.data[at] += dy.data[position] * weight.data[map % 2];
      return { input: dx };
    }),
    expected: { ...exact, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'the bias is summed over the windows, which overlap (avgUnpool2d)',
    layer: changed(avgUnpool2d, [overlappingUnpooled], ({ bias }, { input }, dy, config) => {
      const db = zerosLike(bias);
      everyWindow(workOf(dy, input, zerosLike(input), config), ({ covered, map }) => {
        for (const position of covered) db.data[map % 2] += dy.data[position];
      });
      return { bias: db };
    }),
    expected: { ...exact, argument: 'bias', causes: ['wrongly-reduced'] },
  },
  {
    name: 'the gradient of the weight is averaged over the batch (avgUnpool2d)',
    layer: changed(avgUnpool2d, [{ ...unpooled, args: { ...unpooled.args, input: [2, 2, 2, 3] } }], ({ weight }) => ({
      weight: mapTensor(weight, dw => dw / 2),
    })),
    expected: { ...exact, argument: 'weight', causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'a value that another overwrites gets its gradient too (maxUnpool2d)',
    layer: changed(maxUnpool2d, [duplicates], (_right, { input, index }, dy) => ({
      input: mapTensor(input, (_, at) => dy.data[Math.floor(at / 4) * 6 + index.data[at]]),
    })),
    expected: { ...exact, wrong: { count: 1, index: [0, 0, 0, 0] } },
  },
  {
    name: 'indices count over the whole tensor in backward, within each image in forward (maxUnpool2d)',
    layer: changed(maxUnpool2d, [different], (_right, { input, index }, dy) => ({
      input: mapTensor(input, (_, at) => dy.data[index.data[at]]),
    })),
    expected: { ...exact, causes: ['wrong-channel', 'misplaced'] },
  },
  {
    name: 'rows are as long as the output is high (maxUnpool2d)',
    layer: changed(maxUnpool2d, [different], (_right, { input, index }, dy) => ({
      input: mapTensor(input, (_, at) => {
        const [row, column] = [Math.floor(index.data[at] / 2), index.data[at] % 2];
        return dy.data[Math.floor(at / 4) * 6 + ((row * 3 + column) % 6)];
      }),
    })),
    expected: { ...exact, causes: ['transposed', 'misplaced'] },
  },
];

/** What `everyWindow` needs of windows that lie on `image`, one for each element of `values`. */
function workOf(image: Tensor, values: Tensor, dx: Tensor, config: CaseSpec['config']): Work {
  const [rows, columns] = image.shape.slice(-2);
  const [outRows, outColumns] = values.shape.slice(-2);
  return { x: image.data, dy: values.data, dx: dx.data, rows, columns, outRows, outColumns, config };
}

function sumOf({ data }: Tensor, from: number, count: number): number {
  return data.subarray(from, from + count).reduce((sum, value) => sum + value, 0);
}
