import { axisName } from '../axes.ts';
import { type Cause, wrongOf } from '../hypothesis.ts';
import { indexOf } from '../../tensor.ts';

/** A term, or a part of a buffer, that is never written: g = 0. */
export const zero: Cause = evidence => {
  const { layer, primal, shape, truth } = evidence;
  const predict = ({ truth: other }: typeof evidence) => other.map(() => 0);
  const wrong = wrongOf(evidence).map(i => indexOf(i, shape));
  const isPartly = wrong.length < truth.length;
  const edges = shape.flatMap((extent, axis) =>
    isPartly && extent > 2
      ? [0, extent - 1].filter(end => wrong.every(index => index[axis] === end)).map(end => [axis, end] as const)
      : [],
  );
  return [
    ...edges.slice(0, 1).map(([axis, end]) => ({
      cause: 'border',
      text: `it is 0 at the ${end === 0 ? 'first' : 'last'} ${axisName(layer, primal, axis, shape.length)}, where it should not be`,
      predict,
    })),
    { cause: 'zero', text: 'it is 0 where it should not be', ofAnyRank: true, predict },
  ];
};
