import type * as FastCheck from 'fast-check';
import { gather, type Origin, scatter } from '../kernels/gather.ts';
import { type CaseSpec, defineLayer } from '../layer.ts';
import { describe, type Tensor, tensor } from '../tensor.ts';

const MODES = ['constant', 'reflect', 'replicate', 'circular'] as const;
type Mode = (typeof MODES)[number];

export interface PadConfig {
  /** How much is added [before, after] the last axis, then the same of the one before it, … Negative cuts off. */
  readonly pad: readonly number[];
  /** What 'constant' adds; 0 unless said. */
  readonly value?: number;
  /** 'constant' unless said. */
  readonly mode?: Mode;
}

/**
 * The last axes made longer at both ends, with a constant or with what is there: 'reflect' mirrors it in the outermost
 * element, which is not repeated; 'replicate' repeats that; 'circular' goes on from the other end. input of any shape,
 * output with before + extent + after along each padded axis. 'reflect' adds less than the extent, 'circular' at most
 * that. What 'circular' goes on from is the other end of what is left, where a negative number cuts it off, as in
 * PyTorch; the other modes still see it.
 */
export const pad = defineLayer<PadConfig>({
  name: 'pad',
  formula:
    'y[..., i, ...] = x[..., i - before, ...] inside, and outside it a constant, or x at a mirrored, clamped or wrapped index',
  source: 'torch.nn.functional.pad',
  linear: ['input'],
  cases: fc => cases(fc),

  forward({ input }, config) {
    const { shape, origin } = padded(input, config);
    return { output: gather(input, shape, origin, config.value ?? 0) };
  },

  vjp({ input }, { output }, config) {
    return { input: scatter(output, input.shape, padded(input, config).origin) };
  },

  examples: [
    {
      name: 'a constant before, one less behind',
      source: 'by hand',
      config: { pad: [1, -1], value: 0.5 },
      args: { input: tensor([3], [1, 2, 3]) },
      outputs: { output: tensor([3], [0.5, 1, 2]) },
      upstream: { output: tensor([3], [1, 2, 3]) },
      gradients: { input: tensor([3], [2, 3, 0]) },
    },
    {
      name: 'reflect does not repeat the outermost',
      source: 'by hand',
      config: { pad: [2, 1], mode: 'reflect' },
      args: { input: tensor([1, 3], [1, 2, 3]) },
      outputs: { output: tensor([1, 6], [3, 2, 1, 2, 3, 2]) },
      upstream: { output: tensor([1, 6], [1, 2, 3, 4, 5, 6]) },
      gradients: { input: tensor([1, 3], [3, 12, 6]) },
    },
    {
      name: 'replicate, along the columns first',
      source: 'by hand',
      config: { pad: [0, 1, 1, 0], mode: 'replicate' },
      args: { input: tensor([1, 1, 1, 2], [1, 2]) },
      outputs: { output: tensor([1, 1, 2, 3], [1, 2, 2, 1, 2, 2]) },
      upstream: { output: tensor([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]) },
      gradients: { input: tensor([1, 1, 1, 2], [5, 16]) },
    },
    {
      name: 'circular',
      source: 'by hand',
      config: { pad: [1, 2], mode: 'circular' },
      args: { input: tensor([1, 3], [1, 2, 3]) },
      outputs: { output: tensor([1, 6], [3, 1, 2, 3, 1, 2]) },
      upstream: { output: tensor([1, 6], [1, 2, 3, 4, 5, 6]) },
      gradients: { input: tensor([1, 3], [7, 9, 5]) },
    },
    {
      name: 'circular goes on from what a negative number leaves',
      source: 'by hand',
      config: { pad: [1, -1], mode: 'circular' },
      args: { input: tensor([1, 3], [1, 2, 3]) },
      outputs: { output: tensor([1, 3], [2, 1, 2]) },
      upstream: { output: tensor([1, 3], [1, 2, 3]) },
      gradients: { input: tensor([1, 3], [2, 4, 0]) },
    },
  ],
});

/** The shape of the output, and where it is in the input. */
function padded({ shape }: Tensor, config: PadConfig): { shape: readonly number[]; origin: Origin } {
  const { mode = 'constant' } = config;
  const pads = padsOf(shape, config);
  const origins = shape.map((extent, axis) => originAlong(extent, pads[axis], mode));
  return {
    shape: shape.map((extent, axis) => pads[axis][0] + extent + pads[axis][1]),
    origin(index) {
      const found = index.map((at, axis) => origins[axis](at - pads[axis][0]));
      return found.includes(NOWHERE) ? undefined : found;
    },
  };
}

type Pads = readonly [before: number, after: number];

const NOWHERE = -1;

/** Which element of an axis is at a position of the padded axis, both counted from the first of the axis. */
function originAlong(extent: number, pads: Pads, mode: Mode): (position: number) => number {
  const last = extent - 1;
  const first = Math.max(-pads[0], 0);
  const kept = keptOf(extent, pads);
  switch (mode) {
    case 'constant':
      return at => (at >= 0 && at <= last ? at : NOWHERE);
    case 'reflect':
      return at => (at <= last ? Math.abs(at) : 2 * last - at);
    case 'replicate':
      return at => Math.min(Math.max(at, 0), last);
    case 'circular':
      return at => first + ((at - first + kept) % kept);
  }
}

/** How much of an axis is left when what is negative is cut off. */
function keptOf(extent: number, [before, after]: Pads): number {
  return extent + Math.min(before, 0) + Math.min(after, 0);
}

/** How much can be added at either end of an axis. */
function mostOf(extent: number, pads: Pads, mode: Mode): number {
  if (mode === 'circular') return keptOf(extent, pads);
  if (mode === 'reflect') return Math.max(extent - 1, 0);
  return mode === 'replicate' && extent === 0 ? 0 : Infinity;
}

/** What is added before and after each axis. */
function padsOf(shape: readonly number[], { pad: given, mode = 'constant' }: PadConfig): Pads[] {
  if (!MODES.includes(mode)) throw new RangeError(`pad has mode ${describe(mode)}; give one of ${MODES.join(', ')}`);
  const isList = Array.isArray(given) && given.length % 2 === 0 && given.every(Number.isInteger);
  if (!isList || given.length > 2 * shape.length) {
    throw new RangeError(
      `pad has pad ${JSON.stringify(given)} and an input of shape [${shape.join(', ')}]; give two integers for each axis from the last on`,
    );
  }
  return shape.map((extent, axis) => {
    const at = 2 * (shape.length - 1 - axis);
    const pads: Pads = [given[at] ?? 0, given[at + 1] ?? 0];
    const most = mostOf(extent, pads, mode);
    if (keptOf(extent, pads) < 0 || Math.max(...pads) > most) {
      const limit = keptOf(extent, pads) < 0 ? 'no more than those can be cut off' : `'${mode}' adds at most ${most}`;
      throw new RangeError(`pad has [${pads.join(', ')}] for an axis of ${extent} elements; ${limit}`);
    }
    return pads;
  });
}

function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<PadConfig>> {
  const side = fc.constantFrom(0, 1, 1, 2, 2, 3, -1);
  return fc
    .record({
      before: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
      // An extent and what is added, for each padded axis, the last axis first.
      axes: fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 3, 4), side, side), { minLength: 1, maxLength: 2 }),
      mode: fc.constantFrom(...MODES),
      value: fc.constantFrom(0, 0.5, -2),
    })
    .map(({ before, axes, mode, value }) => {
      const pad = axes.flatMap(([extent, ...drawn]) => {
        // No more than the axis allows, and one element of it is left.
        const [start, end] = extent > 2 ? drawn : drawn.map(Math.abs);
        const most = mostOf(extent, [start, end], mode);
        return [Math.min(start, most), Math.min(end, most)];
      });
      const input = [...before, ...axes.map(([extent]) => extent).toReversed()];
      return { config: { pad, value, mode }, args: { input } };
    });
}
