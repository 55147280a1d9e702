import type { Layer } from '../layer.ts';
import { stridesOf } from '../tensor.ts';

/** What an axis of an argument or output is called: as the layer says, else by its position. */
export function axisName(layer: Layer, tensor: string, axis: number, rank: number): string {
  const names = layer.axes?.[tensor];
  if (names?.length === rank) return names[axis];
  return rank === 1 ? 'element' : `axis ${axis}`;
}

/** The names of some axes, as words: "row and column". */
export function axisNames(layer: Layer, tensor: string, axes: readonly number[], rank: number): string {
  const names = axes.map(axis => axisName(layer, tensor, axis, rank));
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** Every set of axes but the empty one, those with few axes first. */
export function axisSets(rank: number): number[][] {
  const sets = Array.from({ length: 2 ** rank - 1 }, (_, bits) =>
    Array.from({ length: rank }, (_axis, axis) => axis).filter(axis => (bits + 1) & (1 << axis)),
  );
  return sets.toSorted((a, b) => a.length - b.length);
}

/** For every element, the group that it belongs to when the axes of a set are run through within a group. */
export function groupsOver(shape: readonly number[], set: readonly number[]): number[] {
  const kept = shape.map((_, axis) => axis).filter(axis => !set.includes(axis));
  const ownStrides = stridesOf(kept.map(axis => shape[axis]));
  const strides = stridesOf(shape);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Array.from({ length: size }, (_, i) =>
    kept.reduce((group, axis, at) => group + (Math.floor(i / strides[axis]) % shape[axis]) * ownStrides[at], 0),
  );
}
