import type { Layer } from '../../layer.ts';
import { indexOf, positionOf, sizeOf } from '../../tensor.ts';
import { axisName, axisNames } from '../axes.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/**
 * What is broadcast along some axes is summed over others: every output is influenced by one element, and its part goes to the
 * element that another axis of the output counts.
 */
export const wronglyReduced: Cause = ({ layer, outputs, shape }) => {
  const [[name, output], ...others] = Object.entries(outputs);
  if (others.length > 0) return [];
  return [
    ...assigned(layer, name, output.shape, shape),
    ...output.shape.flatMap((extent, axis): Hypothesis[] =>
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
    ),
  ];
};

/** The axes of the primal are other axes of the output, of the same extents: what is summed over are those that are left. */
function assigned(layer: Layer, name: string, from: readonly number[], to: readonly number[]): Hypothesis[] {
  if (to.length < 2 || to.length >= from.length) return [];
  const all = (left: readonly number[]): number[][] =>
    left.length === 0
      ? [[]]
      : all(left.slice(1)).flatMap(rest =>
          [...from.keys()].filter(axis => from[axis] === left[0] && !rest.includes(axis)).map(axis => [axis, ...rest]),
        );
  return all(to).map(axes => ({
    cause: 'wrongly-reduced',
    text: `the sum is over the wrong axes: what is left are ${axisNames(layer, name, axes, from.length)}`,
    everywhere: true,
    predict: ({ columns, upstream, outputs, shape }) => {
      const sums = new Float64Array(columns.length);
      const [{ shape: own }] = Object.values(outputs);
      if (!axes.every((axis, at) => own[axis] === shape[at])) return undefined;
      for (const [m, u] of upstream.entries()) {
        const slope = columns.reduce((sum, column) => sum + (column?.[m] ?? Number.NaN), 0);
        const index = indexOf(m, own);
        sums[
          positionOf(
            axes.map(axis => index[axis]),
            shape,
          )
        ] += u * slope;
      }
      return sums;
    },
  }));
}
