import { indexOf, sizeOf, stridesOf } from './tensor.ts';

/**
 * The shape that two shapes broadcast to, as in NumPy: aligned at the last axis, an extent of 1 or a missing axis
 * stretches to the other's extent.
 * @throws RangeError when two extents differ and neither is 1; `layer` is the name in the message.
 */
export function broadcastShape(layer: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const ofA = a[axis - (rank - a.length)] ?? 1;
    const ofB = b[axis - (rank - b.length)] ?? 1;
    if (ofA !== ofB && ofA !== 1 && ofB !== 1) {
      throw new RangeError(
        `${layer} has shapes [${a.join(', ')}] and [${b.join(', ')}], which do not broadcast; aligned at the last axis, extents must be equal or 1`,
      );
    }
    return ofA === 1 ? ofB : ofA;
  });
}

/**
 * For every row-major position of `to`, the position in `from` that broadcasts there. Read through it, a tensor of shape
 * `from` is broadcast; added to through it, one of shape `to` is summed over the axes that were stretched.
 */
export function broadcastPositions(from: readonly number[], to: readonly number[]): Int32Array {
  const missing = to.length - from.length;
  const strides = stridesOf(from);
  const positions = new Int32Array(sizeOf(to));
  for (let at = 0; at < positions.length; at++) {
    const index = indexOf(at, to);
    let position = 0;
    for (const [axis, stride] of strides.entries()) if (from[axis] !== 1) position += index[missing + axis] * stride;
    positions[at] = position;
  }
  return positions;
}
