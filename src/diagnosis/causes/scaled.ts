import { isClose, namesOf } from '../factor.ts';
import { type Cause, type Hypothesis, wrongOf } from '../hypothesis.ts';

/** A factor that is missing or one too many: g = c J'u, with c named from the shapes and settings where they know it. */
export const scaled: Cause = evidence => {
  const { claimed, truth } = evidence;
  const ratios = wrongOf(evidence)
    .filter(i => truth[i] !== 0)
    .map(i => claimed[i] / truth[i])
    .toSorted((a, b) => a - b);
  const factor = ratios[ratios.length >> 1];
  if (factor === undefined || !Number.isFinite(factor) || isClose(factor, -1) || Math.abs(factor) < 1e-9) return [];
  const constant: Hypothesis = {
    cause: 'scaled',
    factor,
    text: `it is ${fraction(factor)} times what it should be`,
    predict: other => other.truth.map(value => factor * value),
  };
  const named = namesOf(factor, evidence).map(
    ({ name, of }): Hypothesis => ({
      cause: 'scaled',
      factor,
      text: `it is ${fraction(factor)} = ${name} times what it should be`,
      predict: other => {
        const there = of(other);
        return there === undefined ? undefined : other.truth.map(value => there * value);
      },
    }),
  );
  // A factor of 2 or 1/2 is more often a slip than an extent.
  return isClose(Math.abs(Math.log2(Math.abs(factor))), 1) ? [constant, ...named] : [...named, constant];
};

/** A number as a short fraction where it is one. */
function fraction(value: number): string {
  for (let denominator = 1; denominator <= 64; denominator++) {
    const numerator = Math.round(value * denominator);
    if (numerator !== 0 && isClose(numerator / denominator, value)) {
      return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
    }
  }
  return value.toPrecision(5);
}
