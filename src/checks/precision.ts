import { largest } from '../numeric/sum.ts';
import { along, ULP } from '../numeric/stencil.ts';
import { copyTensors, type Tensor, type Tensors } from '../tensor.ts';
import type { Answer, Probe } from './probe.ts';
import { notDefined } from './subject.ts';

/** A gradient that is rounded by more units than this lacks digits; those of the built-in layers seldom have 100. */
export const MANY_ULPS = 500;

/** Points along a line. */
const POINTS = 24;

/**
 * Orders of the differences between them, each with the standard deviations of a rounding in one difference: the root of the
 * sum of its squared weights, C(2k, k). Of a smooth function less is left in high ones, of a kink in low ones.
 */
const ORDERS = [
  { order: 2, weight: Math.sqrt(6) },
  { order: 4, weight: Math.sqrt(70) },
  { order: 6, weight: Math.sqrt(924) },
];

/** Estimates agree to this factor where it is noise that they see. */
const ALIKE = 6;

/** The level of the ladder of float32 whose step is that between the points: 1/64 of the first. */
const LEVEL = 6;

/**
 * Measures how the gradients of a float32 layer round around a point, and keeps it in the subject: differences of high order along
 * a line, in which next to nothing is left of what is smooth (Moré and Wild 2011, "Estimating computational noise"), of each
 * gradient the standard deviation of the worst element. It tells digits that are lost on the way from a formula that is wrong.
 *
 * Cannot see: an error that is the same, or as smooth as the formula, at all neighbouring points.
 */
export async function measureRounding(probe: Probe, answer: Answer): Promise<void> {
  const { upstream, gradients } = answer;
  const { subject, point, outputs } = probe;
  const above = subject.upstream(outputs, upstream);
  const stream = probe.stream('rounding');
  const tangents = subject.primals.map(name => [name, probe.tangent(name, () => stream.component())] as const);
  const nearby: Tensors[] = [];
  for (let at = -POINTS / 2; at < POINTS / 2; at++) {
    const args: Record<string, Tensor> = { ...point.args };
    for (const [name, tangent] of tangents) {
      const { shape, data } = point.args[name];
      args[name] = { shape, data: along(data, tangent, at * point.steps[name].sizes[LEVEL]) };
    }
    const there = await subject.forwardOrNaN(args);
    nearby.push(copyTensors((await subject.vjp(args, above, there).catch(notDefined)) ?? {}));
  }
  for (const [name, { length }] of tangents) {
    const size = largest(gradients[name].data);
    // What is 0 but for rounding has no digits to lose.
    if (!(size * probe.primalScale(name) > NOTHING * probe.outputScale(answer))) continue;
    const rounding = Array.from({ length }, (_, i) => deviation(nearby.map(one => one[name]?.data[i] ?? Number.NaN)));
    const ulps = Math.max(0, ...rounding) / (ULP[subject.kase.dtype] * size);
    subject.rounding.set(name, Math.max(ulps, subject.rounding.get(name) ?? 0));
  }
}

/** A gradient that moves the outputs by less than this of them, over the scale of its primal, is as good as 0. */
const NOTHING = 2 ** -16;

/**
 * The standard deviation of the rounding in values at even distances. Noise looks alike in differences of every order, and in both
 * halves; what a steep function or a kink leaves does not, and counts as none.
 */
function deviation(values: readonly number[]): number {
  const estimates = ORDERS.flatMap(({ order, weight }) => {
    let differences = values;
    for (let k = 0; k < order; k++) differences = differences.slice(1).map((value, at) => value - differences[at]);
    const half = differences.length >> 1;
    const halves = [differences.slice(0, half), differences.slice(half)];
    return halves.map(part => (PER_MEDIAN * median(part.map(Math.abs))) / weight);
  });
  return Math.max(...estimates) <= ALIKE * Math.min(...estimates) ? median(estimates) : 0;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** The standard deviation of normal numbers in units of the median of their magnitudes. */
const PER_MEDIAN = 1.4826;

/** The rounding of the outputs at a point, in units in the last place of the largest. */
export function forwardUlps({ noise, centre, subject }: Probe): number {
  return largest(noise.deviation) / (ULP[subject.kase.dtype] * largest(centre));
}

/** So many units in the last place, in words. */
export function ulpsText(ulps: number): string {
  return `${ulps < 1e6 ? String(Math.ceil(ulps)) : ulps.toExponential(1)} ulp`;
}
