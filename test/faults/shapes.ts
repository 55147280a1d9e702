import {
  concat,
  flatten,
  type Layer,
  pad,
  pixelShuffle,
  slice,
  type Tensors,
  upsample,
  zeroPad2d,
} from '../../src/index.ts';
import { axisOf } from '../../src/kernels/axis.ts';
import type { Config } from '../../src/layer.ts';
import { indexOf, mapTensor, sizeOf, stridesOf, type Tensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs, wrong } from './fault.ts';

/** A layer of one input with this backward. */
function backward(layer: Layer, dInput: (dy: Tensor, input: Tensor, config: Config) => Tensor): Layer {
  return wrong(layer, { vjp: ({ input }, { output }, config) => ({ input: dInput(output, input, config) }) });
}

/** The backward of another config, where that takes an upstream of the same shape. */
function backwardUnder(layer: Layer, other: (config: Config) => Config): Layer {
  return backward(layer, (dy, input, config) => {
    const { output } = rightOutputs(layer, { input }, other(config));
    const fits = String(output.shape) === String(dy.shape);
    return rightGradients(layer, { input }, { output: dy }, fits ? other(config) : config).input;
  });
}

/** A gradient where every element of the upstream goes to one place in the input, if to any: added or assigned. */
function moved(
  dy: Tensor,
  input: Tensor,
  to: (index: readonly number[]) => readonly number[] | undefined,
  how: 'added' | 'assigned' = 'added',
): Tensor {
  const dx = zerosLike(input);
  const strides = stridesOf(input.shape);
  for (let at = 0; at < dy.data.length; at++) {
    const place = to(indexOf(at, dy.shape))?.reduce((sum, i, axis) => sum + i * strides[axis], 0);
    if (place === undefined) continue;
    dx.data[place] = dy.data[at] + (how === 'added' ? dx.data[place] : 0);
  }
  return dx;
}

const clamped = (at: number, extent: number) => Math.min(Math.max(at, 0), extent - 1);

/** What is added before every axis of a padded input. */
const before = ({ pad: pads }: Config, rank: number) =>
  Array.from({ length: rank }, (_, axis): number => pads[2 * (rank - 1 - axis)] ?? 0);

const fail = { verdict: 'fail', check: 'exact', argument: 'input' } as const;

/** Layers that only move numbers about, or interpolate, and are wrong. */
export const shapes: readonly Fault[] = [
  {
    name: 'slice: the gradient begins at the first element, whatever the start',
    layer: backward(slice, (dy, input, { axis, step }) => {
      const along = axisOf('slice', axis, input.shape);
      return moved(dy, input, index => index.with(along, index[along] * step));
    }),
    expected: { ...fail, causes: ['shifted', 'another-config'] },
  },
  {
    name: 'slice: the gradient has no gaps, whatever the step',
    layer: backward(slice, (dy, input, { axis, start }) => {
      const along = axisOf('slice', axis, input.shape);
      const first = start < 0 ? start + input.shape[along] : start;
      return moved(dy, input, index => index.with(along, first + index[along]));
    }),
    expected: { ...fail, causes: ['another-config'] },
  },
  {
    name: 'slice: the gradient is written into a copy that nobody gets',
    layer: backward(slice, (_dy, input) => zerosLike(input)),
    expected: { ...fail, causes: ['zero'] },
  },
  {
    name: 'slice: the gradient is as small as the slice',
    layer: backward(slice, dy => dy),
    expected: { verdict: 'error', check: 'contract', argument: 'input', code: 'shape' },
  },
  {
    name: 'concat: the upstream is split along the first axis, whichever it is',
    layer: wrong(concat, {
      cases: [{ config: { axis: 1 }, args: { a: [2, 1], b: [2, 3], c: [2, 2] } }],
      vjp(args, { output }) {
        let at = 0;
        return eachOf(args, part => ({ ...part, data: output.data.slice(at, (at += part.data.length)) }));
      },
    }),
    expected: { ...fail, argument: ['a', 'b', 'c'], causes: ['another-config', 'transposed', 'misplaced'] },
  },
  {
    name: 'concat: the second begins behind its own extent, not behind that of the first',
    layer: wrong(concat, {
      vjp(args, upstream, config) {
        const right = rightGradients(concat, args, upstream, config);
        const along = axisOf('concat', config.axis ?? 0, args.b.shape);
        const { data, shape } = upstream.output;
        const strides = stridesOf(shape);
        const b = mapTensor(args.b, (_, at) => {
          const index = indexOf(at, args.b.shape);
          index[along] = clamped(index[along] + args.b.shape[along], shape[along]);
          return data[index.reduce((sum, i, axis) => sum + i * strides[axis], 0)];
        });
        return { ...right, b };
      },
    }),
    expected: { ...fail, argument: 'b', causes: ['shifted'] },
  },
  {
    name: 'concat: the last of three gets no gradient',
    layer: wrong(concat, {
      vjp(args, upstream, config) {
        const right = rightGradients(concat, args, upstream, config);
        return args.c ? { ...right, c: zerosLike(args.c) } : right;
      },
    }),
    expected: { ...fail, argument: 'c', causes: ['zero'] },
  },
  {
    name: 'pad: what was added from the input gives it no gradient',
    layer: backwardUnder(pad, config => ({ ...config, mode: 'constant' })),
    expected: { ...fail, causes: ['another-config', 'border'] },
  },
  {
    name: 'pad: the outermost gets the gradient of the constant beside it',
    layer: backwardUnder(pad, config => ({ ...config, mode: config.mode === 'constant' ? 'replicate' : config.mode })),
    expected: { ...fail, causes: ['another-config', 'border'] },
  },
  {
    name: 'pad: reflect repeats the outermost in backward',
    layer: backward(pad, (dy, input, config) => {
      if (config.mode !== 'reflect') return rightGradients(pad, { input }, { output: dy }, config).input;
      const first = before(config, input.shape.length);
      return moved(dy, input, index =>
        index.map((i, axis) => {
          const [at, extent] = [i - first[axis], input.shape[axis]];
          return at < 0 ? -1 - at : at < extent ? at : 2 * extent - 1 - at;
        }),
      );
    }),
    expected: { ...fail, causes: ['shifted', 'another-config'] },
  },
  {
    name: 'pad: of all copies of an element one gives it its gradient',
    layer: backward(pad, (dy, input, config) => {
      if (config.mode !== 'replicate') return rightGradients(pad, { input }, { output: dy }, config).input;
      const first = before(config, input.shape.length);
      const origin = (index: readonly number[]) => index.map((i, axis) => clamped(i - first[axis], input.shape[axis]));
      return moved(dy, input, origin, 'assigned');
    }),
    expected: { ...fail, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'pad: what is added before an axis is taken for what is added behind it',
    layer: backwardUnder(pad, config => ({
      ...config,
      pad: config.pad.map((_: number, at: number) => config.pad[at % 2 === 0 ? at + 1 : at - 1]),
    })),
    expected: { ...fail, causes: ['another-config', 'shifted'] },
  },
  {
    name: 'upsample: columns go by the scale of the rows',
    layer: backward(upsample, (dy, input, config) => {
      if (config.mode === 'bilinear' || input.shape.length !== 4 || typeof config.scale === 'number') {
        return rightGradients(upsample, { input }, { output: dy }, config).input;
      }
      const [scale] = config.scale;
      return moved(dy, input, index => [
        ...index.slice(0, 2),
        ...index.slice(2).map((i, axis) => clamped(Math.floor(i / scale), input.shape[axis + 2])),
      ]);
    }),
    expected: { ...fail, causes: ['another-config'] },
  },
  {
    name: 'upsample: backward aligns the corners where forward does not, and the other way round',
    layer: backwardUnder(upsample, config =>
      config.mode === 'bilinear' ? { ...config, alignCorners: !config.alignCorners } : config,
    ),
    expected: { ...fail, causes: ['another-config'] },
  },
  {
    name: 'upsample: of all copies of an element one gives it its gradient',
    layer: backward(upsample, (dy, input, config) => {
      if (config.mode === 'bilinear') return rightGradients(upsample, { input }, { output: dy }, config).input;
      const ratio = dy.shape.map((extent, axis) => extent / input.shape[axis]);
      return moved(dy, input, index => index.map((i, axis) => Math.floor(i / ratio[axis])), 'assigned');
    }),
    expected: { ...fail, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'upsample: the gradient is the mean over the copies, not the sum',
    layer: backward(upsample, (dy, input, config) => {
      const copies = dy.data.length / input.data.length;
      return mapTensor(rightGradients(upsample, { input }, { output: dy }, config).input, dx => dx / copies);
    }),
    expected: { ...fail, causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'pixelShuffle: rows and columns of a pixel are exchanged',
    layer: backward(pixelShuffle, (dy, input, { factor }) =>
      moved(dy, input, index => {
        const [c, row, column] = index.slice(-3);
        const channel = c * factor ** 2 + (column % factor) * factor + (row % factor);
        return [...index.slice(0, -3), channel, Math.floor(row / factor), Math.floor(column / factor)];
      }),
    ),
    expected: { ...fail, causes: ['transposed', 'wrong-channel', 'misplaced'] },
  },
  {
    name: 'pixelShuffle: the channels of a pixel are counted before those of the output',
    layer: backward(pixelShuffle, (dy, input, { factor }) =>
      moved(dy, input, index => {
        const [c, row, column] = index.slice(-3);
        const channels = dy.shape.at(-3) as number;
        const channel = ((row % factor) * factor + (column % factor)) * channels + c;
        return [...index.slice(0, -3), channel, Math.floor(row / factor), Math.floor(column / factor)];
      }),
    ),
    expected: { ...fail, causes: ['transposed', 'wrong-channel', 'misplaced'] },
  },
  {
    name: 'pixelShuffle: the channels come one behind the other, and backward follows',
    layer: wrong(pixelShuffle as Layer, {
      examples: pixelShuffle.examples,
      forward: ({ input }, config) => ({
        output: { ...rightOutputs(pixelShuffle, { input }, config).output, data: input.data.slice() },
      }),
      vjp: ({ input }, { output }) => ({ input: { shape: input.shape, data: output.data.slice() } }),
    }),
    expected: {
      verdict: 'fail',
      check: 'examples',
      argument: 'input',
      output: 'output',
      code: 'mismatch',
      causes: ['transposed', 'wrong-channel', 'misplaced'],
    },
  },
  {
    name: 'zeroPad2d: dx is cut out at the other corner',
    layer: backward(zeroPad2d, (dy, input, { top, bottom, left, right }) => {
      const other = { top: bottom, bottom: top, left: right, right: left };
      return rightGradients(zeroPad2d, { input }, { output: dy }, other).input;
    }),
    expected: { ...fail, causes: ['shifted', 'another-config'] },
  },
  {
    name: 'zeroPad2d: dx is cut out at the corner of the output',
    layer: backward(zeroPad2d, (dy, input) =>
      moved(dy, input, index => (index.every((i, axis) => i < input.shape[axis]) ? index : undefined)),
    ),
    expected: { ...fail, causes: ['shifted', 'another-config'] },
  },
  {
    name: 'zeroPad2d: what is above is taken for what is on the left',
    layer: backward(zeroPad2d, (dy, input, { top }) => {
      const [rows, columns] = input.shape.slice(-2);
      return moved(dy, input, index => {
        const [row, column] = [index.at(-2) as number, index.at(-1) as number].map(i => i - top);
        const inside = row >= 0 && row < rows && column >= 0 && column < columns;
        return inside ? [...index.slice(0, -2), row, column] : undefined;
      });
    }),
    expected: { ...fail, causes: ['shifted', 'another-config'] },
  },
  {
    name: 'flatten: the gradient keeps the shape of the output',
    layer: backward(flatten, dy => ({ shape: dy.shape, data: dy.data.slice() })),
    expected: { verdict: 'error', check: 'contract', argument: 'input', code: 'shape' },
  },
  {
    name: 'flatten: the gradient is filled by columns',
    layer: backward(flatten, (dy, input) => {
      const reversed = [...input.shape].toReversed();
      const strides = stridesOf(input.shape);
      const dx = zerosLike(input);
      for (let at = 0; at < dx.data.length; at++) {
        const index = indexOf(at, reversed).toReversed();
        dx.data[index.reduce((sum, i, axis) => sum + i * strides[axis], 0)] = dy.data[at];
      }
      return dx;
    }),
    expected: { ...fail, causes: ['transposed'] },
  },
  {
    name: 'flatten: every sample gets the gradient of the first',
    layer: backward(flatten, (dy, input) => {
      const size = sizeOf(input.shape.slice(1));
      return mapTensor(input, (_, at) => dy.data[at % size]);
    }),
    expected: { ...fail, causes: ['wrong-channel'] },
  },
];

function eachOf(args: Tensors, gradient: (part: Tensor) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(args).map(([name, part]) => [name, gradient(part)]));
}
