import type * as FastCheck from 'fast-check';
import { describe } from '../tensor.ts';

/** A setting of both axes of an image: one number for both, or [height, width]. */
export type NumberOrPair = number | readonly [number, number];

/**
 * The [height, width] of a setting, both integers of `least` or more.
 * @throws RangeError otherwise; `setting` is its name in the message.
 */
export function pair(setting: string, value: NumberOrPair, least = 1): readonly [number, number] {
  const both = typeof value === 'number' ? [value, value] : value;
  if (!Array.isArray(both) || both.length !== 2 || !both.every(n => Number.isInteger(n) && n >= least)) {
    const came = Array.isArray(value) ? `[${value.join(', ')}]` : describe(value);
    throw new RangeError(
      `${setting} is ${came}; give an integer of ${least} or more, or a pair [height, width] of them`,
    );
  }
  return [both[0], both[1]];
}

/** Draws of such a setting, as one number or as a pair. Shrinks to the one number `min`. */
export function numbersOrPairs(
  fc: typeof FastCheck,
  { min, max }: { min: number; max: number },
): FastCheck.Arbitrary<NumberOrPair> {
  const numbers = fc.integer({ min, max });
  return fc.oneof(numbers, fc.tuple(numbers, numbers));
}
