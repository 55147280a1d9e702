import { indexOf, sameShape } from '../../tensor.ts';
import { axisName } from '../axes.ts';
import { type Cause, type Hypothesis, wrongOf } from '../hypothesis.ts';
import { describeMapping } from '../mapping.ts';
import type { Evidence } from '../evidence.ts';

/** What has no source, and what has one that is not known. */
const NOTHING = -1;
const UNKNOWN = -2;

/** The right numbers in the wrong places, found by their values: by a rule over axes. */
export const misplaced: Cause = evidence => mapped(evidence).filter(({ cause }) => cause !== 'misplaced');

/** The same by no rule that is known, which names nothing by itself. */
export const scattered: Cause = evidence =>
  mapped(evidence)
    .filter(({ cause }) => cause === 'misplaced')
    .map(one => ({ ...one, likely: true }));

/** Every wrong element has the number of another, or 0. */
function mapped(evidence: Evidence): Hypothesis[] {
  const { claimed, truth, bound, shape, layer, primal } = evidence;
  const wrong = new Set(wrongOf(evidence));
  const candidates = Array.from(truth.keys()).filter(i => Math.abs(truth[i]) > 4 * bound);
  const source = Array.from(claimed, (value, i) => {
    if (!wrong.has(i)) return i;
    if (value === 0) return NOTHING;
    const alike = candidates.filter(j => Math.abs(value - truth[j]) <= 4 * bound);
    return alike.length === 0 ? UNKNOWN : nearest(i, alike, shape);
  });
  const moved = [...wrong].filter(i => source[i] >= 0);
  if (moved.length < 2 || 2 * moved.length < wrong.size) return [];
  const said = describeMapping({
    shape,
    // Where both are 0 it may be from anywhere.
    source: source.map((from, i) => (wrong.has(i) || Math.abs(truth[i]) > 4 * bound ? from : NOTHING)),
    axisName: axis => axisName(layer, primal, axis, shape.length),
  });
  const predict: Hypothesis['predict'] = other =>
    sameShape(other.shape, shape)
      ? other.truth.map((_, i) => (source[i] === NOTHING ? 0 : (other.truth[source[i]] ?? Number.NaN)))
      : undefined;
  return [{ ...said, predict }];
}

/** Of some elements that which differs in the fewest axes from one, and least in memory. */
function nearest(i: number, candidates: readonly number[], shape: readonly number[]): number {
  const own = indexOf(i, shape);
  const distance = (j: number) =>
    indexOf(j, shape).filter((at, axis) => at !== own[axis]).length + Math.abs(i - j) / 1e6;
  return candidates.reduce((best, j) => (distance(j) < distance(best) ? j : best));
}
