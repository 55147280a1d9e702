import { shapesWithAxis } from '../arbitraries.ts';
import { axisOf } from '../kernels/axis.ts';
import { gather, type Origin, scatter } from '../kernels/gather.ts';
import { defineLayer } from '../layer.ts';
import { type Tensor, tensor } from '../tensor.ts';

export interface SliceConfig {
  /** The axis that is cut; negative counts from the end. The first unless said. */
  readonly axis?: number;
  /** The first element; negative counts from the end. 0 unless said. */
  readonly start?: number;
  /** The element behind the last; negative counts from the end. The extent unless said. */
  readonly end?: number | null;
  /** 1 or more; 1 unless said. */
  readonly step?: number;
}

/**
 * Every `step`-th element along an axis, from `start` up to, but without, `end`. input of any shape but a scalar.
 * Bounds beyond the axis end at its edge, and where nothing is between them the output has the extent 0.
 */
export const slice = defineLayer<SliceConfig>({
  name: 'slice',
  formula: 'y[..., i, ...] = x[..., start + i step, ...], start + i step < end',
  source: 'indexing of a torch.Tensor: x[:, start:end:step]',
  linear: ['input'],

  cases: fc => {
    const few = fc.nat({ max: 2 });
    const bound = fc.constantFrom('front', 'back');
    return fc
      .record({
        of: shapesWithAxis(fc, { maxRank: 3, maxExtent: 3 }),
        before: few,
        count: fc.constantFrom(1, 2, 3, 3),
        step: fc.integer({ min: 1, max: 3 }),
        after: few,
        start: bound,
        end: fc.oneof(bound, fc.constantFrom('none', 'beyond')),
      })
      .map(({ of: { shape, axis }, before, count, step, after, ...bounds }) => {
        const past = before + (count - 1) * step + 1;
        const extent = past + after;
        const ends = { front: past, back: after > 0 ? -after : extent, none: undefined, beyond: extent + 1 };
        const end = ends[bounds.end as keyof typeof ends];
        return {
          config: { axis, start: bounds.start === 'back' ? before - extent : before, ...(end && { end }), step },
          args: { input: shape.with(axis < 0 ? axis + shape.length : axis, extent) },
        };
      });
  },

  forward({ input }, config) {
    const { shape, origin } = cut(input, config);
    return { output: gather(input, shape, origin) };
  },

  vjp({ input }, { output }, config) {
    return { input: scatter(output, input.shape, cut(input, config).origin) };
  },

  examples: [
    {
      name: 'every other column',
      source: 'by hand',
      config: { axis: 1, start: 1, end: 4, step: 2 },
      args: { input: tensor([2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) },
      outputs: { output: tensor([2, 2], [2, 4, 7, 9]) },
      upstream: { output: tensor([2, 2], [1, -1, 2, 3]) },
      gradients: { input: tensor([2, 5], [0, 1, 0, -1, 0, 0, 2, 0, 3, 0]) },
    },
    {
      name: 'bounds counted from the end, the last of them beyond it',
      source: 'by hand',
      config: { axis: -1, start: -2, end: 9 },
      args: { input: tensor([3], [1, 2, 3]) },
      outputs: { output: tensor([2], [2, 3]) },
      upstream: { output: tensor([2], [4, 5]) },
      gradients: { input: tensor([3], [0, 4, 5]) },
    },
    {
      name: 'nothing between the bounds',
      source: 'by hand',
      config: { start: 2, end: -2 },
      args: { input: tensor([3, 2], [1, 2, 3, 4, 5, 6]) },
      outputs: { output: tensor([0, 2]) },
      upstream: { output: tensor([0, 2]) },
      gradients: { input: tensor([3, 2]) },
    },
  ],
});

/** The shape of the output, and where it is in the input. */
function cut({ shape }: Tensor, config: SliceConfig): { shape: readonly number[]; origin: Origin } {
  const { start = 0, step = 1 } = config;
  const end = config.end ?? Infinity;
  const axis = axisOf('slice', config.axis ?? 0, shape);
  if (!Number.isInteger(start) || !(Number.isInteger(end) || end === Infinity) || !Number.isInteger(step) || step < 1) {
    throw new RangeError(`slice has start ${start}, end ${end} and step ${step}; give integers, the step 1 or more`);
  }
  if (shape.length === 0) throw new RangeError('slice has an input of shape [], which has no axis to cut');
  const extent = shape[axis];
  const bound = (at: number) => Math.min(Math.max(at < 0 ? at + extent : at, 0), extent);
  const taken: number[] = [];
  for (let at = bound(start); at < bound(end); at += step) taken.push(at);
  return { shape: shape.with(axis, taken.length), origin: index => index.with(axis, taken[index[axis]]) };
}
