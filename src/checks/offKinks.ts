import type { Point } from '../cases.ts';
import type { Random } from '../numeric/random.ts';
import { along, snapPoint, stepsFor } from '../numeric/stencil.ts';
import { compareAll } from './draws.ts';
import { tieTangent } from './ties.ts';
import { type Answer, type Comparison, Probe } from './probe.ts';

/**
 * Whether a point has zeros or ties, and the gradient is right along tangents that leave zeros alone and move equal elements
 * alike, and right again at a point beside it where nothing is zero or tied. What is wrong at the point is then the choice of
 * a slope at a kink: relu(x) - relu(-x) is a straight line through 0, and by the usual conventions its gradient is 0 there.
 */
export async function agreesOffKinks(
  probe: Probe,
  primal: string,
  answers: readonly Answer[],
  stream: Random,
): Promise<boolean> {
  const { point, subject } = probe;
  const { shape, data } = point.args[primal];
  if (new Set(data).size === data.length && !data.includes(0)) return false;
  const agree = (draws: readonly Comparison[]) =>
    draws.every(({ slope, difference, allowed }) => slope.status === 'smooth' && difference <= allowed);
  const ties = () => tieTangent(probe, primal, stream);
  if (ties().some(component => component !== 0) && !agree(await compareAll(probe, primal, answers, ties))) return false;
  const { sizes } = point.steps[primal];
  const step = sizes[Math.min(1, sizes.length - 1)];
  const moved = along(
    data,
    probe.tangent(primal, () => stream.component()),
    step,
  );
  const steps = stepsFor(moved, step, subject.kase.dtype);
  const beside: Point = {
    ...point,
    seed: `${point.seed}/beside`,
    args: { ...point.args, [primal]: { shape, data: snapPoint(moved, steps) } },
    steps: { ...point.steps, [primal]: steps },
  };
  const there = await Probe.at(subject, beside);
  if (!there) return false;
  const answer = await there.ask(there.stream('upstream'), [3]);
  return agree(await compareAll(there, primal, [answer], () => there.tangent(primal, () => stream.component())));
}
