import type { Cause } from '../hypothesis.ts';

/** The gradient of another argument under this one's name. */
export const anotherArgument: Cause = ({ gradients, primal, args }) =>
  Object.keys(gradients)
    .filter(name => name !== primal && args[name].data.length === args[primal].data.length)
    .map(name => ({
      cause: 'another-argument',
      text: `it is the gradient of "${name}"`,
      everywhere: true,
      ofAnyRank: true,
      predict: async evidence => {
        const other = await evidence.truthOf(name);
        return other && Float64Array.from(other);
      },
    }));
