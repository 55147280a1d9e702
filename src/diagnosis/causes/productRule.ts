import { type Data, sameShape } from '../../tensor.ts';
import type { Evidence } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/** Of y = x g(x), whose slope is g + x g', one of the terms is missing. */
export const productRule: Cause = ({ outputs, shape }) => {
  const [output, ...others] = Object.values(outputs);
  if (others.length > 0 || !sameShape(output.shape, shape)) return [];
  return [
    {
      cause: 'missing-term',
      text: 'it is the upstream times y / x: of a product x g(x) the term with the derivative of g is missing',
      ofAnyRank: true,
      predict: evidence => gated(evidence),
    },
    // Left out, or written over by the other: the same numbers come of both.
    {
      ...withoutGate,
      cause: 'missing-term',
      text: 'the upstream times y / x is missing: of a product x g(x) the term with g is missing',
    },
    {
      ...withoutGate,
      cause: 'overwritten-not-accumulated',
      text: 'the upstream times y / x is missing: of the two ways of a product x g(x) one may be written over the other',
    },
  ];
};

const withoutGate: Pick<Hypothesis, 'ofAnyRank' | 'predict'> = {
  ofAnyRank: true,
  predict: evidence => {
    const term = gated(evidence);
    return evidence.truth.map((value, i) => value - term[i]);
  },
};

function gated({ args, primal, outputs, upstream }: Evidence): Data {
  const { data } = args[primal];
  const y = Object.values(outputs)[0].data;
  return upstream.map((u, i) => (u * y[i]) / data[i]);
}
