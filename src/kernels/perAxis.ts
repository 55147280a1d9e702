import type * as FastCheck from 'fast-check';
import { describe } from '../tensor.ts';

/** A setting of every axis in space: one number for all, or one for each, outermost first: [height, width]. */
export type PerAxis = number | readonly number[];

/** What the axes in space are called where there are one, two or three. */
const NAMES: Readonly<Record<number, readonly string[]>> = {
  1: ['length'],
  2: ['height', 'width'],
  3: ['depth', 'height', 'width'],
};

/**
 * A setting for each of `rank` axes, all integers of `least` or more.
 * @throws RangeError otherwise; `setting` is its name in the message.
 */
export function perAxis(setting: string, value: PerAxis, rank: number, least = 1): readonly number[] {
  const each = typeof value === 'number' ? Array<number>(rank).fill(value) : value;
  if (!Array.isArray(each) || each.length !== rank || !each.every(n => Number.isInteger(n) && n >= least)) {
    const came = Array.isArray(value) ? `[${value.join(', ')}]` : describe(value);
    throw new RangeError(
      `${setting} is ${came}; give an integer of ${least} or more, or one for each of [${NAMES[rank].join(', ')}]`,
    );
  }
  return [...each];
}

/** Draws of such a setting from those of one number, as one for all axes or, more often, as one for each. */
export function numbersPerAxis(
  fc: typeof FastCheck,
  rank: number,
  numbers: FastCheck.Arbitrary<number>,
): FastCheck.Arbitrary<PerAxis> {
  return fc.oneof<FastCheck.WeightedArbitrary<PerAxis>[]>(
    { weight: 1, arbitrary: numbers },
    { weight: 2, arbitrary: fc.array(numbers, { minLength: rank, maxLength: rank }) },
  );
}
