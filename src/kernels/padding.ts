import { describe } from '../tensor.ts';
import { type PerAxis, perAxis } from './perAxis.ts';

/**
 * Zeros around an image: as many on every side; one number for each axis, for both of its sides; for each axis that at
 * its start, then for each that at its end ([top, left, bottom, right]); none where 'valid'; or 'same': as many as make
 * the output ceil(input / stride), an odd one at the end.
 */
export type Padding = PerAxis | 'same' | 'valid';

/** How many zeros come [before, after] an image along one axis. */
export type Pads = readonly [before: number, after: number];

/** The padding along each of `rank` axes, where it is not 'same'. */
export function padsOf(padding: Padding, rank: number): 'same' | readonly Pads[] {
  if (padding === 'same') return padding;
  if (padding === 'valid') return padsOf(0, rank);
  if (typeof padding === 'string') {
    throw new RangeError(`padding is ${describe(padding)}; give 'same', 'valid', a number, or one for each axis`);
  }
  const bothSides = Array.isArray(padding) && padding.length === 2 * rank;
  const before = perAxis('padding', bothSides ? padding.slice(0, rank) : padding, rank, 0);
  const after = bothSides ? perAxis('padding at the end', padding.slice(rank), rank, 0) : before;
  return before.map((zeros, axis) => [zeros, after[axis]]);
}

/** The four sides of the padding of an image as [top, left, bottom, right], where it is not 'same'. */
export function sidesOf(padding: Padding): 'same' | readonly [number, number, number, number] {
  const pads = padsOf(padding, 2);
  if (pads === 'same') return pads;
  const [[top, bottom], [left, right]] = pads;
  return [top, left, bottom, right];
}
