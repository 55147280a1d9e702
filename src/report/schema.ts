import * as v from 'valibot';

/** A word for a number that JSON lacks, as that number. */
function word<const Words extends readonly string[]>(words: Words) {
  return v.pipe(
    v.picklist(words),
    v.transform(text => Number(text)),
  );
}

/** Any number. */
export const NUMBER = v.union([v.pipe(v.number(), v.finite()), word(['NaN', 'Infinity', '-Infinity'])]);

/** An error, a bound, a resolution. */
export const MAGNITUDE = v.union([v.pipe(v.number(), v.finite(), v.minValue(0)), word(['NaN', 'Infinity'])]);

/** Many of a kind, one by one only where they are not all finite and from `least` on. */
function many<Item extends v.GenericSchema>(item: Item, least: number) {
  const plain = (given: unknown) => Array.isArray(given) && given.every(one => Number.isFinite(one) && one >= least);
  return v.lazy(given => (plain(given) ? v.any() : v.array(item)));
}

/** How many. */
export const COUNT = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const VERDICT = v.picklist(['pass', 'fail', 'inconclusive', 'error']);

const CHECK = v.picklist(['contract', 'examples', 'fixtures', 'agreement', 'exact', 'gradient', 'symbolic', 'adjoint']);

/** The fields of a key. */
export const KEY = {
  test: v.optional(v.string()),
  layer: v.string(),
  implementation: v.string(),
  check: CHECK,
  argument: v.optional(v.string()),
  output: v.optional(v.string()),
};

export const NUMBERS = many(NUMBER, -Infinity);
export const MAGNITUDES = many(MAGNITUDE, 0);
