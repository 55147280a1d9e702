import type { Random } from '../numeric/random.ts';
import { type Part, partsOf } from './parts.ts';
import type { Parts } from './observation.ts';
import type { Answer, Comparison, Probe } from './probe.ts';

/** Whole-primal draws at a base point. */
export const DRAWS = 4;

/** Primals of up to this many elements are also compared one by one, larger ones in blocks. */
export const ELEMENTWISE = 16;
const BLOCKS = 8;

/** Given values of which the largest are over this many times the smallest have no scale in common. */
const MIXED = 1000;

/** What each element's part of a tangent is multiplied by: 1, or, for given values of mixed scale, in proportion to the value. */
export function weightsOf({ point }: Probe, primal: string): (i: number) => number {
  if (point.kind !== 'given') return () => 1;
  const { data } = point.args[primal];
  const sizes = Array.from(data, Math.abs).filter(size => size > 0);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (!(most > MIXED * least)) return () => 1;
  return i => (Math.abs(data[i]) || least) / most;
}

/** The whole-primal draws. Those after the first start where the ladder of the first became smooth. */
export async function compareAll(
  probe: Probe,
  primal: string,
  answers: readonly Answer[],
  tangent: () => Float64Array,
): Promise<Comparison[]> {
  const draws: Comparison[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const start = draw === 0 ? 0 : startBelow(draws[0]);
    draws.push(await probe.compare(primal, tangent(), answers[draw % answers.length], start));
    if (draws[draw].slope.status !== 'smooth') break;
  }
  return draws;
}

/** The level from which a ladder reaches that of another draw with the least steps. */
function startBelow({ slope }: Comparison): number {
  return slope.level - 3;
}

/** What was seen of the parts of a primal, how many of them were too small to be resolved, and their numbers. */
interface PartsCompared {
  readonly comparisons: readonly (Comparison & { readonly tangent: Float64Array })[];
  readonly unresolved: number;
  readonly measured?: Parts;
}

/** Single elements of a small primal, blocks of a larger one. */
export async function compareParts(
  probe: Probe,
  primal: string,
  answer: Answer,
  level: number,
  stream: Random,
  weights: (i: number) => number,
): Promise<PartsCompared> {
  const { shape, data } = probe.point.args[primal];
  const size = data.length;
  const comparisons: (Comparison & { tangent: Float64Array })[] = [];
  const measured: Part[] = [];
  let unresolved = 0;
  if (size === 1) return { comparisons, unresolved };
  const single = size <= ELEMENTWISE;
  const length = single ? 1 : Math.ceil(size / BLOCKS);
  for (let from = 0; from < size; from += length) {
    const tangent = probe.tangent(primal, i =>
      i < from || i >= from + length ? 0 : weights(i) * (single ? 1 : stream.component()),
    );
    if (!tangent.some(component => component !== 0)) continue;
    const comparison = await probe.compare(primal, tangent, answer, level - 3);
    comparisons.push({ ...comparison, tangent });
    if (comparison.slope.status === 'smooth') measured.push(partAt(from, comparison, single ? tangent[from] : 1));
    if (single && !(comparison.allowed <= Math.abs(comparison.analytic) / 2)) unresolved++;
  }
  return { comparisons, unresolved, measured: partsOf(shape, measured, { length, joint: !single }) };
}

/** A part's numbers, per unit of the tangent's component. */
function partAt(position: number, { analytic, slope, allowed }: Comparison, component: number): Part {
  const scale = 1 / component;
  return { position, actual: scale * analytic, expected: scale * slope.value, errorBound: scale * allowed };
}
