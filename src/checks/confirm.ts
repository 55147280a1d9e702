import { coarserAgree } from '../numeric/coarser.ts';
import { jumpNear } from '../numeric/jumps.ts';
import type { Slope } from '../numeric/slope.ts';
import { DRAWS } from './draws.ts';
import type { Disagreement } from './outcome.ts';
import type { Comparison, Probe } from './probe.ts';

/**
 * Whether a disagreement repeats: same primals, a fresh upstream, fresh tangents, and steps at least sixteen times
 * smaller, or as small as noise allows where it would hide what was seen.
 */
export async function confirm(
  probe: Probe,
  primal: string,
  seen: Comparison,
  tangent: () => Float64Array,
): Promise<Disagreement | undefined> {
  const answer = await probe.ask(probe.stream(`confirm/${primal}`), [3, 5, 7]);
  for (let draw = 0; draw < DRAWS; draw++) {
    const direction = tangent();
    const smaller = await probe.compare(primal, direction, answer, seen.slope.level - 1);
    const decided = smaller.slope.status === 'smooth' && smaller.allowed <= seen.difference / 2;
    if (decided && !disagrees(smaller)) continue;
    // From the coarsest step on, which deny a slope that only the finest show.
    const same = await probe.compare(primal, direction, answer);
    const comparison = disagrees(smaller) ? smaller : same;
    if (!disagrees(comparison) || contradict(smaller.slope, same.slope)) continue;
    const line = probe.line(primal, direction);
    const { slope, analytic } = comparison;
    const steps = probe.point.steps[primal];
    if (await coarserAgree(line, answer.upstream, steps, slope, analytic)) continue;
    const jump = await jumpNear(line, probe.centre, answer.upstream, answer.noise, steps, slope.level);
    if (comparison.difference > comparison.allowed + jump) return { probe, primal, answer, comparison };
  }
  return undefined;
}

/** Whether two slopes along one line exclude each other: then the function is not as smooth as either takes it to be. */
function contradict(a: Slope, b: Slope): boolean {
  return a.status === 'smooth' && b.status === 'smooth' && !(Math.abs(a.value - b.value) <= a.bound + b.bound);
}

function disagrees({ slope, difference, allowed }: Comparison): boolean {
  return slope.status === 'smooth' && !(difference <= allowed);
}
