import { fraction, isClose } from '../factor.ts';
import { type Cause, wrongOf } from '../hypothesis.ts';
import type { Evidence } from '../evidence.ts';

/** Off by one factor that is another for other numbers: a sum of weights, a count of labels. Its name is not known. */
export const scaledByNumbers: Cause = evidence => {
  const factor = factorOf(evidence);
  if (factor === undefined) return [];
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
};

/** By which all wrong elements are off, if it is one number and there are several. */
function factorOf(evidence: Evidence): number | undefined {
  const { claimed, truth } = evidence;
  const wrong = wrongOf(evidence);
  const [first, ...others] = wrong.map(i => claimed[i] / truth[i]);
  if (others.length < 2 || Math.abs(first) < 1e-6) return undefined;
  return others.every(factor => isClose(factor, first)) ? first : undefined;
}
