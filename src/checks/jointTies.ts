import { slopeAlong } from '../numeric/slope.ts';
import { along } from '../numeric/stencil.ts';
import { indexOf, sameShape } from '../tensor.ts';
import type { Answer, Comparison, Probe } from './probe.ts';

/** Pairs of primals that are looked at. */
const PAIRS = 3;

/** Two primals, and how their gradients together fit the slope along a direction that moves both alike. */
export interface JointTie {
  readonly primals: readonly [string, string];
  /** Where they are equal, and their first value there. */
  readonly indices: readonly (readonly number[])[];
  readonly value: number;
  readonly comparison: Comparison;
}

/**
 * Elements that are equal in two primals of one shape, moved together: their tie stays a tie, so that the larger of the two is
 * smooth, and a gradient that is given in full to both, or to neither, shows. Zeros stay where they are.
 */
export async function wrongJointTies(
  probe: Probe,
  primals: readonly string[],
  answers: readonly Answer[],
): Promise<JointTie[]> {
  const pairs = primals.flatMap((a, at) => primals.slice(at + 1).map(b => [a, b] as const));
  const wrong: JointTie[] = [];
  for (const pair of pairs.filter(([a, b]) => tied(probe, a, b)).slice(0, PAIRS)) {
    const comparisons: Comparison[] = [];
    for (const [at, answer] of answers.entries()) comparisons.push(await compareJointly(probe, pair, answer, at));
    if (comparisons.every(disagrees)) wrong.push({ primals: pair, ...places(probe, pair), comparison: comparisons[0] });
  }
  return wrong;
}

function disagrees({ slope, analytic, difference, allowed }: Comparison): boolean {
  return slope.status === 'smooth' && Number.isFinite(analytic) && !(difference <= allowed);
}

function tied({ point }: Probe, a: string, b: string): boolean {
  const [x, y] = [point.args[a], point.args[b]];
  return sameShape(x.shape, y.shape) && x.data.some((value, i) => value !== 0 && value === y.data[i]);
}

function places({ point }: Probe, [a, b]: readonly [string, string]): Pick<JointTie, 'indices' | 'value'> {
  const [x, y] = [point.args[a], point.args[b]];
  const equal = Array.from(x.data.keys()).filter(i => x.data[i] !== 0 && x.data[i] === y.data[i]);
  return { indices: equal.map(i => indexOf(i, x.shape)), value: x.data[equal[0]] };
}

async function compareJointly(
  probe: Probe,
  [a, b]: readonly [string, string],
  answer: Answer,
  draw: number,
): Promise<Comparison> {
  const { point, subject } = probe;
  const [x, y] = [point.args[a], point.args[b]];
  const stream = probe.stream(`joint/${a}/${b}/${draw}`);
  const tangent = probe.tangent(a, i => {
    const component = stream.component();
    return x.data[i] !== 0 && x.data[i] === y.data[i] ? component : 0;
  });
  const line = async (step: number) => {
    const moved = (from: typeof x) => ({ shape: from.shape, data: along(from.data, tangent, step) });
    return subject.flatten(await subject.forwardOrNaN({ ...point.args, [a]: moved(x), [b]: moved(y) }));
  };
  const { noise } = answer;
  const { halfUlp } = probe.noise;
  const slope = await slopeAlong(line, probe.centre, answer.upstream, () => ({ noise }), point.steps[a], 0, halfUlp);
  const parts = [a, b].map(name => probe.judge(name, tangent, answer, slope));
  const analytic = parts[0].analytic + parts[1].analytic;
  return {
    ...parts[0],
    analytic,
    difference: Math.abs(analytic - slope.value),
    allowed: parts[0].allowed + parts[1].backward,
  };
}
