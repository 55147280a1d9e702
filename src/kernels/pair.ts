import type * as FastCheck from 'fast-check';
import { type PerAxis, perAxis } from './perAxis.ts';

/** A setting of both axes of an image: one number for both, or [height, width]. */
export type NumberOrPair = number | readonly [number, number];

/**
 * The [height, width] of a setting, both integers of `least` or more.
 * @throws RangeError otherwise; `setting` is its name in the message.
 */
export function pair(setting: string, value: PerAxis, least = 1): readonly [number, number] {
  const [height, width] = perAxis(setting, value, 2, least);
  return [height, width];
}

/** Draws of such a setting, as one number or as a pair. Shrinks to the one number `min`. */
export function numbersOrPairs(
  fc: typeof FastCheck,
  { min, max }: { min: number; max: number },
): FastCheck.Arbitrary<NumberOrPair> {
  const numbers = fc.integer({ min, max });
  return fc.oneof(numbers, fc.tuple(numbers, numbers));
}
