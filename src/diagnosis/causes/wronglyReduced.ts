import { indexOf, sizeOf } from '../../tensor.ts';
import { axisName } from '../axes.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/**
 * What is broadcast along some axes is summed over others: every output is influenced by one element, and its part goes to the
 * element that another axis of the output counts.
 */
export const wronglyReduced: Cause = ({ layer, outputs, shape }) => {
  const [[name, output], ...others] = Object.entries(outputs);
  if (others.length > 0) return [];
  return output.shape.flatMap((extent, axis): Hypothesis[] =>
    extent === sizeOf(shape) && extent > 1
      ? [
          {
            cause: 'wrongly-reduced',
            text: `the sum is over the wrong axes: what is left is ${axisName(layer, name, axis, output.shape.length)}`,
            everywhere: true,
            predict: ({ columns, upstream, outputs: own }) => {
              const sums = new Float64Array(columns.length);
              const [{ shape: ownShape }] = Object.values(own);
              for (const [m, u] of upstream.entries()) {
                const slope = columns.reduce((sum, column) => sum + (column?.[m] ?? Number.NaN), 0);
                sums[indexOf(m, ownShape)[axis]] += u * slope;
              }
              return sums;
            },
          },
        ]
      : [],
  );
};
