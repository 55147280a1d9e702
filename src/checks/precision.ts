import { largest } from '../numeric/sum.ts';
import { along } from '../numeric/stencil.ts';
import { copyTensors, type Data, type Dtype, type Tensor, type Tensors } from '../tensor.ts';
import type { Answer, Probe } from './probe.ts';
import { notDefined } from './subject.ts';

/** A unit in the last place of 1. */
export const ULP = { float64: 2 ** -52, float32: 2 ** -23 } as const;

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

/** The level of the ladder of float32 whose step is that between the points: 1/64 of the first. */
const LEVEL = 6;

/**
 * The rounding of every gradient of a float32 layer around a point, of each element the standard deviation: differences of high
 * order along a line, in which next to nothing is left of what is smooth (Moré and Wild 2011, "Estimating computational noise"). It
 * tells digits that are lost on the way from a formula that is wrong. 0 where it cannot be had.
 *
 * Cannot see: an error that is the same, or as smooth as the formula, at all neighbouring points.
 */
export async function roundingOf(probe: Probe, { upstream }: Answer): Promise<Readonly<Record<string, Float64Array>>> {
  const { subject, point, outputs } = probe;
  const above = subject.upstream(outputs, upstream);
  const stream = probe.stream('rounding');
  const tangents = subject.primals.map(name => [name, probe.tangent(name, () => stream.component())] as const);
  const gradients: Tensors[] = [];
  for (let at = -POINTS / 2; at < POINTS / 2; at++) {
    const args: Record<string, Tensor> = { ...point.args };
    for (const [name, tangent] of tangents) {
      const { shape, data } = point.args[name];
      args[name] = { shape, data: along(data, tangent, at * point.steps[name].sizes[LEVEL]) };
    }
    const there = await subject.forwardOrNaN(args);
    gradients.push(copyTensors((await subject.vjp(args, above, there).catch(notDefined)) ?? {}));
  }
  return Object.fromEntries(
    tangents.map(([name, { length }]) => [
      name,
      Float64Array.from({ length }, (_, i) => deviation(gradients.map(one => one[name]?.data[i] ?? Number.NaN))),
    ]),
  );
}

/** The standard deviation of the rounding in values at even distances; a few differences that lie across a kink make none. */
function deviation(values: readonly number[]): number {
  const estimates = ORDERS.map(({ order, weight }) => {
    let differences = values;
    for (let k = 0; k < order; k++) differences = differences.slice(1).map((value, at) => value - differences[at]);
    const sizes = differences.map(Math.abs).toSorted((a, b) => a - b);
    return (PER_MEDIAN * sizes[sizes.length >> 1]) / weight;
  });
  const least = Math.min(...estimates);
  return Number.isFinite(least) ? least : 0;
}

/** The standard deviation of normal numbers in units of the median of their magnitudes. */
const PER_MEDIAN = 1.4826;

/** A rounding in units in the last place of the largest number of a gradient; nothing where either says nothing. */
export function inUlps(rounding: Data, gradient: Data, dtype: Dtype): number | undefined {
  const ulps = largest(rounding) / (ULP[dtype] * largest(gradient));
  return Number.isFinite(ulps) ? ulps : undefined;
}

/** The rounding of the outputs at a point, in units in the last place of the largest. */
export function forwardUlps({ noise, centre, subject }: Probe): number {
  return largest(noise.deviation) / (ULP[subject.kase.dtype] * largest(centre));
}

/** So many units in the last place, in words. */
export function ulpsText(ulps: number): string {
  return `${ulps < 1e6 ? String(Math.ceil(ulps)) : ulps.toExponential(1)} ulp`;
}
