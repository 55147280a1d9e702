import { fraction, isClose } from '../factor.ts';
import { type Cause, type Hypothesis, wrongOf } from '../hypothesis.ts';
import type { Evidence } from '../evidence.ts';

/** Off by one factor that is another for other numbers: a sum of weights, a count of labels. Its name is not known. */
export const scaledByNumbers: Cause = evidence => ofAtLeast(MANY, evidence);

/** The same where there are too few numbers to see that it is one factor. */
export const fewScaled: Cause = evidence => ofAtLeast(1, evidence);

/** So many wrong numbers that one factor is no chance. */
const MANY = 3;

function ofAtLeast(count: number, evidence: Evidence): Hypothesis[] {
  const factor = factorOf(evidence);
  if (factor === undefined || wrongOf(evidence).length < count) return [];
  return [
    {
      cause: 'scaled',
      factor,
      text: `it is off by one factor, which depends on the numbers: here ${fraction(factor)}`,
      ofAnyRank: true,
      predict: other => {
        const there = factorOf(other);
        return there === undefined ? undefined : other.truth.map(value => there * value);
      },
    },
  ];
}

/** By which all elements are off, if it is one number. */
function factorOf(evidence: Evidence): number | undefined {
  const { claimed, truth, bound } = evidence;
  const wrong = wrongOf(evidence);
  if (truth.some((value, i) => Math.abs(value) > 8 * bound && !wrong.includes(i))) return undefined;
  const [first, ...others] = wrong.map(i => claimed[i] / truth[i]);
  if (!(Math.abs(first) > 1e-6) || isClose(first, -1)) return undefined;
  return others.every(factor => isClose(factor, first)) ? first : undefined;
}
