import { type Data, indexOf } from '../../tensor.ts';
import { axisNames, axisSets, groupsOver } from '../axes.ts';
import type { Evidence } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/**
 * Some of the contributions u_m J_mi are lost: each is written over by the next along some axes of the output, only the first
 * counts, or those at a border are left out.
 */
export const contributions: Cause = evidence => {
  const [[name, { shape }], ...others] = Object.entries(evidence.outputs);
  if (others.length > 0) return [];
  const { layer } = evidence;
  const sets = axisSets(shape.length).filter(set => set.every(axis => shape[axis] > 1));
  const words = (set: readonly number[]) => axisNames(layer, name, set, shape.length);
  const single = sets.filter(set => set.length === 1);
  return [
    ...sets.map((set): Hypothesis => {
      // What is shared by a batch is an argument behind the first.
      const ofBatch = set.length === 1 && set[0] === 0 && evidence.primal !== Object.keys(evidence.args)[0];
      return {
        cause: ofBatch ? 'last-item-only' : 'overwritten-not-accumulated',
        text: `of the contributions along ${words(set)} of ${name} only the last counts`,
        everywhere: true,
        predict: other => kept(other, set, (at, reached) => at === reached[reached.length - 1]),
      };
    }),
    ...sets.map(
      (set): Hypothesis => ({
        cause: 'not-reduced',
        text: `of the contributions along ${words(set)} of ${name} only the first counts`,
        everywhere: true,
        predict: other => kept(other, set, (at, reached) => at === reached[0]),
      }),
    ),
    ...sets.map(
      (set): Hypothesis => ({
        cause: 'not-reduced',
        text: `of the outputs only the first along ${words(set)} of ${name} count`,
        everywhere: true,
        predict: other => summed(other, m => set.every(axis => indexOf(m, shapeOf(other))[axis] === 0)),
      }),
    ),
    ...single.map(
      ([axis]): Hypothesis => ({
        cause: axis === 0 ? 'last-item-only' : 'overwritten-not-accumulated',
        text: `of the outputs only the last along ${words([axis])} of ${name} count`,
        everywhere: true,
        predict: other => summed(other, m => indexOf(m, shapeOf(other))[axis] === shapeOf(other)[axis] - 1),
      }),
    ),
    ...single.flatMap(([axis]) =>
      [0, -1].map(
        (end): Hypothesis => ({
          cause: 'border',
          text: `what comes from the ${end === 0 ? 'first' : 'last'} ${words([axis])} of ${name} is left out`,
          everywhere: true,
          predict: other =>
            summed(other, m => {
              const own = shapeOf(other);
              return indexOf(m, own)[axis] !== (end === 0 ? 0 : own[axis] - 1);
            }),
        }),
      ),
    ),
  ];
};

/** Of the outputs that an element reaches within a group along some axes, those that are chosen. */
function kept(
  { columns, upstream, outputs }: Evidence,
  set: readonly number[],
  choose: (m: number, reached: readonly number[]) => boolean,
): Data {
  const groups = groupsOver(Object.values(outputs)[0].shape, set);
  return Float64Array.from(columns, column => {
    if (!column) return Number.NaN;
    const reached = new Map<number, number[]>();
    for (const [m, slope] of column.entries()) {
      if (slope !== 0) reached.set(groups[m], [...(reached.get(groups[m]) ?? []), m]);
    }
    let sum = 0;
    for (const members of reached.values()) {
      for (const m of members) if (choose(m, members)) sum += column[m] * upstream[m];
    }
    return sum;
  });
}

function shapeOf({ outputs }: Evidence): readonly number[] {
  return Object.values(outputs)[0].shape;
}

/** J'u over some of the outputs only. */
function summed({ columns, upstream }: Evidence, counts: (m: number) => boolean): Data {
  return Float64Array.from(columns, column =>
    column ? column.reduce((sum, slope, m) => (counts(m) ? sum + slope * upstream[m] : sum), 0) : Number.NaN,
  );
}
