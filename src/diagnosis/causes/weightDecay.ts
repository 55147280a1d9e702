import { type Cause, wrongOf } from '../hypothesis.ts';

/** A penalty on the values left in: g = J'u + lambda x. */
export const weightDecay: Cause = evidence => {
  const { claimed, truth, args, primal } = evidence;
  const { data } = args[primal];
  const rates = wrongOf(evidence)
    .filter(i => data[i] !== 0)
    .map(i => (claimed[i] - truth[i]) / data[i])
    .toSorted((a, b) => a - b);
  const rate = rates[rates.length >> 1];
  if (rate === undefined || !Number.isFinite(rate)) return [];
  return [
    {
      cause: 'weight-decay',
      factor: rate,
      text: `${rate.toPrecision(4)} times the values themselves is added`,
      everywhere: true,
      ofAnyRank: true,
      predict: other => other.truth.map((value, i) => value + rate * other.args[other.primal].data[i]),
    },
  ];
};
