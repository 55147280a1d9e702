import { describe } from '../tensor.ts';
import { type NumberOrPair, pair } from './pair.ts';

/**
 * Zeros around an image: as many on every side, [height, width] on opposite sides, [top, left, bottom, right], or
 * 'same': as many as make the output ceil(input / stride), an odd one at the end.
 */
export type Padding = NumberOrPair | readonly [number, number, number, number] | 'same';

/** The four sides of a padding as [top, left, bottom, right], where it is not 'same'. */
export function sidesOf(padding: Padding): 'same' | readonly [number, number, number, number] {
  if (padding === 'same') return padding;
  if (typeof padding === 'string') {
    throw new RangeError(`padding is ${describe(padding)}; give 'same', a number, or a pair [height, width]`);
  }
  if (Array.isArray(padding) && padding.length === 4) {
    const [top, left] = pair('padding at the start', [padding[0], padding[1]], 0);
    const [bottom, right] = pair('padding at the end', [padding[2], padding[3]], 0);
    return [top, left, bottom, right];
  }
  const [height, width] = pair('padding', padding as NumberOrPair, 0);
  return [height, width, height, width];
}
