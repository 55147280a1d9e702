import { sameShape } from '../../tensor.ts';
import type { Cause } from '../hypothesis.ts';

/** The upstream is handed on as it is. */
export const upstreamItself: Cause = ({ outputs, args, primal }) => {
  const [output, ...others] = Object.values(outputs);
  if (others.length > 0 || !sameShape(output.shape, args[primal].shape)) return [];
  return [
    {
      cause: 'missing-activation-derivative',
      text: 'it is the upstream itself: the derivative is left out',
      predict: ({ upstream }) => Float64Array.from(upstream),
    },
  ];
};
