import type { Cause } from '../hypothesis.ts';

/** A minus that is missing or one too many: g = -J'u. */
export const signFlipped: Cause = () => [
  {
    cause: 'sign-flipped',
    factor: -1,
    text: 'the sign is the other way round',
    predict: ({ truth }) => truth.map(value => -value),
  },
];
