import { fraction, isClose, namesOf } from '../factor.ts';
import type { Evidence } from '../evidence.ts';
import { type Cause, type Hypothesis, wrongOf } from '../hypothesis.ts';

/** A factor that is missing or one too many: g = c J'u, with c named from the shapes and settings where they know it. */
export const scaled: Cause = evidence => byOneFactor(evidence).map(one => ({ ...one, everywhere: true }));

/** The same in some places only. */
export const partlyScaled: Cause = evidence => byOneFactor(evidence);

function byOneFactor(evidence: Evidence): Hypothesis[] {
  const { claimed, truth } = evidence;
  const ratios = wrongOf(evidence)
    .filter(i => truth[i] !== 0)
    .map(i => claimed[i] / truth[i])
    .toSorted((a, b) => a - b);
  const factor = ratios[ratios.length >> 1];
  if (factor === undefined || !Number.isFinite(factor) || Math.abs(factor) < 1e-9) return [];
  const constant: Hypothesis = {
    cause: 'scaled',
    factor,
    text: `it is ${fraction(factor)} times what it should be`,
    ofAnyRank: true,
    predict: other => other.truth.map(value => factor * value),
  };
  const named = namesOf(factor, evidence).map(
    ({ name, of }): Hypothesis => ({
      cause: 'scaled',
      factor,
      text: `it is ${fraction(factor)} = ${name} times what it should be`,
      ofAnyRank: true,
      predict: other => {
        const there = of(other);
        return there === undefined ? undefined : other.truth.map(value => there * value);
      },
    }),
  );
  if (isClose(factor, -1)) return named;
  // A factor of 2 or 1/2 is more often a slip than an extent.
  return isClose(Math.abs(Math.log2(Math.abs(factor))), 1) ? [constant, ...named] : [...named, constant];
}
