import { sizeOf } from '../tensor.ts';

/**
 * An axis counted from 0, where a negative one counts from the end. A scalar counts as having one axis, as in PyTorch.
 * @throws RangeError when the shape has no such axis; `layer` and `setting` are the names in the message.
 */
export function axisOf(layer: string, axis: number, shape: readonly number[], setting = 'axis'): number {
  const rank = Math.max(shape.length, 1);
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new RangeError(
      `${layer} has ${setting} ${axis} and an input of shape [${shape.join(', ')}]; give an integer from ${-rank} to ${rank - 1}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * The axes of a setting, counted from 0: one, several, or all of them where it is left out or an empty list.
 * @throws RangeError when the shape has no such axis or an axis is named twice.
 */
export function axesOf(
  layer: string,
  axes: number | readonly number[] | null | undefined,
  shape: readonly number[],
): number[] {
  const given = typeof axes === 'number' ? [axes] : (axes ?? []);
  if (given.length === 0) return shape.map((_, axis) => axis);
  const found = given.map(axis => axisOf(layer, axis, shape));
  if (new Set(found).size < found.length) {
    throw new RangeError(
      `${layer} has axes [${given.join(', ')}] and an input of shape [${shape.join(', ')}]; name every axis once`,
    );
  }
  return found;
}

/** A shape without the given axes, or with an extent of 1 in their place. */
export function reducedShape(shape: readonly number[], axes: readonly number[], keepdims: boolean): number[] {
  if (keepdims) return shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** The elements along one axis while all other indices stay: element i is at start + i * step, i < length. */
export interface Lane {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** The lanes of a shape along an axis, in the row-major order of the other indices: lane n is element n of what is left without the axis. */
export function lanesOf(shape: readonly number[], axis: number): Lane[] {
  const outer = sizeOf(shape.slice(0, axis));
  const length = shape[axis] ?? 1;
  const step = sizeOf(shape.slice(axis + 1));
  const lanes: Lane[] = [];
  for (let o = 0; o < outer; o++) {
    for (let inner = 0; inner < step; inner++) lanes.push({ start: o * length * step + inner, step, length });
  }
  return lanes;
}

/**
 * The axis that PyTorch's softmax family normalises over: the given one, or where it is left out 0 in tensors of rank 0, 1
 * and 3, else 1.
 */
export function classAxis(layer: string, axis: number | null | undefined, shape: readonly number[]): number {
  return axisOf(layer, axis ?? ([0, 1, 3].includes(shape.length) ? 0 : 1), shape);
}
