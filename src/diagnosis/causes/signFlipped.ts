import type { Hypothesis, Cause } from '../hypothesis.ts';

const flipped: Hypothesis = {
  cause: 'sign-flipped',
  factor: -1,
  text: 'the sign is the other way round',
  ofAnyRank: true,
  predict: ({ truth }) => truth.map(value => -value),
};

/** A minus that is missing or one too many: g = -J'u. */
export const signFlipped: Cause = () => [{ ...flipped, everywhere: true }];

/** The same in some places only. */
export const partlyFlipped: Cause = () => [flipped];
