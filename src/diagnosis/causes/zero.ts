import type { Cause } from '../hypothesis.ts';

/** A term, or a part of a buffer, that is never written: g = 0. */
export const zero: Cause = () => [
  {
    cause: 'zero',
    text: 'it is 0 where it should not be',
    ofAnyRank: true,
    predict: ({ truth }) => truth.map(() => 0),
  },
];
