import { sameShape } from '../../tensor.ts';
import type { Cause } from '../hypothesis.ts';

/** What goes straight from an input to an output of its shape is left out, or is counted twice: g = J'u -+ u. */
export const shortcut: Cause = ({ outputs, shape }) => {
  const [output, ...others] = Object.values(outputs);
  if (others.length > 0 || !sameShape(output.shape, shape)) return [];
  return [
    {
      cause: 'missing-term',
      text: 'the upstream itself is missing in it, as of a shortcut that is not counted',
      everywhere: true,
      ofAnyRank: true,
      predict: ({ truth, upstream }) => truth.map((value, i) => value - upstream[i]),
    },
    {
      cause: 'counted-twice',
      text: 'the upstream itself is added once too often, as of a shortcut that is counted twice',
      everywhere: true,
      ofAnyRank: true,
      predict: ({ truth, upstream }) => truth.map((value, i) => value + upstream[i]),
    },
  ];
};
