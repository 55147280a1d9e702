import { extremes } from '../../numeric/sum.ts';
import type { Evidence } from '../evidence.ts';
import { type Cause, wrongOf } from '../hypothesis.ts';
import { someAreRight } from './formula.ts';

/** Values that tell wrong from right. */
const RULES: readonly (readonly [text: string, holds: (x: number) => boolean])[] = [
  ['is negative', x => x < 0],
  ['is positive', x => x > 0],
];

/** Wrong only at elements whose own values are beyond some number, wherever they are: a piece of a function that has several. */
export const wrongBranch: Cause = async evidence => {
  const { primal } = evidence;
  const rules = [...RULES, ...thresholds(evidence)];
  const rule = rules.find(([, holds]) => tellsApart(evidence, holds));
  if (!rule || !(await someAreRight(evidence))) return [];
  return [
    {
      cause: 'wrong-branch',
      text: `it is wrong only where "${primal}" ${rule[0]}: another piece of the function is taken there, or its derivative is another`,
      likely: true,
      ofAnyRank: true,
      predict: other => (tellsApart(other, rule[1]) ? other.claimed : other.truth),
    },
  ];
};

/** Whether a rule holds for the elements that are wrong and for none that is right and has a slope; there are some of both. */
function tellsApart(evidence: Evidence, holds: (x: number) => boolean): boolean {
  const { args, primal, truth, claimed, bound } = evidence;
  const { data } = args[primal];
  const wrong = new Set(wrongOf(evidence));
  const right = Array.from(truth.keys()).filter(
    i => !wrong.has(i) && Math.max(Math.abs(truth[i]), Math.abs(claimed[i])) > 8 * bound,
  );
  return right.length > 0 && [...wrong].every(i => holds(data[i])) && !right.some(i => holds(data[i]));
}

/** Halfway between the values that are wrong and those that are right, where all of either are larger. */
function thresholds(evidence: Evidence): (readonly [string, (x: number) => boolean])[] {
  const { args, primal, truth } = evidence;
  const { data } = args[primal];
  const wrong = new Set(wrongOf(evidence));
  return [[`"${primal}"`, (x: number) => x] as const, [`|${primal}|`, Math.abs] as const].flatMap(([, of]) => {
    const [bad, good] = [true, false].map(is =>
      [...truth.keys()].filter(i => wrong.has(i) === is).map(i => of(data[i])),
    );
    if (bad.length < 2 || good.length < 2) return [];
    const [leastBad, mostBad] = extremes(bad);
    const [leastGood, mostGood] = extremes(good);
    const above = (leastBad + mostGood) / 2;
    const below = (mostBad + leastGood) / 2;
    const size = of === Math.abs ? 'in magnitude is' : 'is';
    return [
      [`${size} above some number near ${above.toPrecision(2)}`, (x: number) => of(x) > above] as const,
      [`${size} below some number near ${below.toPrecision(2)}`, (x: number) => of(x) < below] as const,
    ];
  });
}
