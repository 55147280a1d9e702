import { indexOf, sameShape } from '../../tensor.ts';
import { type Cause, wrongOf } from '../hypothesis.ts';
import { fraction } from '../factor.ts';

/** Each element times a factor of its own, that depends on its place alone: a window that is cut short, a count of uses. */
export const unevenlyScaled: Cause = evidence => {
  const { claimed, truth, shape } = evidence;
  const wrong = wrongOf(evidence);
  const factors = truth.map((value, i) => claimed[i] / value);
  const least = wrong.reduce((a, b) => (factors[a] <= factors[b] ? a : b));
  const most = wrong.reduce((a, b) => (factors[a] >= factors[b] ? a : b));
  if (wrong.length < 2 || !wrong.every(i => Number.isFinite(factors[i]) && Math.abs(factors[i]) > 1e-6)) return [];
  const at = (i: number) => `${fraction(factors[i])} at [${indexOf(i, shape).join(', ')}]`;
  return [
    {
      cause: 'scaled',
      text: `its elements are scaled, each by a factor that depends on its place: ${at(least)}, ${at(most)}`,
      predict: other => (sameShape(other.shape, shape) ? other.truth.map((value, i) => factors[i] * value) : undefined),
    },
  ];
};
