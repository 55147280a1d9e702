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
