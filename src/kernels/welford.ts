import type { Implementation } from '../layer.ts';
import { type Data, emptyLike, type Tensor, type Tensors, zerosLike } from '../tensor.ts';

/** Parts that take turns in memory: element i is in part floor(i / run) mod count. */
export interface Turns {
  readonly count: number;
  readonly run: number;
}

/** Which elements of an input are normalised together, and which weight and bias each of them has. */
export interface Layout {
  readonly groups: Turns;
  readonly parameters: Turns;
  readonly epsilon: number;
}

function partOf(element: number, { count, run }: Turns): number {
  return Math.floor(element / run) % count;
}

/** Every group's mean and biased variance in one pass. Welford 1962, "Note on a method for calculating corrected sums of squares and products". */
export function welford(x: Data, groups: Turns): { mean: Data; variance: Data } {
  const seen = new Float64Array(groups.count);
  const mean = new Float64Array(groups.count);
  const squares = new Float64Array(groups.count);
  for (let i = 0; i < x.length; i++) {
    const g = partOf(i, groups);
    const before = x[i] - mean[g];
    mean[g] += before / ++seen[g];
    squares[g] += before * (x[i] - mean[g]);
  }
  return { mean, variance: squares.map((sum, g) => sum / seen[g]) };
}

/** A layer's functions from its layout: those below. */
export function normalisationByWelford<C>(layoutOf: (args: Tensors, config: C) => Layout): Implementation<C> {
  return {
    forward: (args, config) => ({ output: normaliseByWelford(args, layoutOf(args, config)) }),
    vjp: (args, { output }, config) => normaliseByWelfordVjp(args, output, layoutOf(args, config)),
  };
}

/** Normalisation to mean 0 and variance 1 with a weight and a bias, where both may be missing: the statistics in one pass. */
export function normaliseByWelford(
  { input, weight, bias }: Tensors,
  { groups, parameters, epsilon }: Layout,
  { mean, variance } = welford(input.data, groups),
): Tensor {
  const inverse = variance.map(value => 1 / Math.sqrt(value + epsilon));
  const y = emptyLike(input.data);
  for (let i = 0; i < y.length; i++) {
    const g = partOf(i, groups);
    const p = partOf(i, parameters);
    const slope = weight ? weight.data[p] * inverse[g] : inverse[g];
    y[i] = (input.data[i] - mean[g]) * slope + (bias ? bias.data[p] : 0);
  }
  return { shape: input.shape, data: y };
}

/** Its gradients: all sums in one pass, of x - mean where the formula has (x - mean) / s. */
export function normaliseByWelfordVjp(
  { input, weight, bias }: Tensors,
  upstream: Tensor,
  { groups, parameters, epsilon }: Layout,
): Tensors {
  const x = input.data;
  const dy = upstream.data;
  const { mean, variance } = welford(x, groups);
  const size = x.length / groups.count;
  const sum = new Float64Array(groups.count);
  const product = new Float64Array(groups.count);
  const dw = weight && zerosLike(weight);
  const db = bias && zerosLike(bias);
  const scaled = (i: number) => (weight ? weight.data[partOf(i, parameters)] * dy[i] : dy[i]);
  for (let i = 0; i < x.length; i++) {
    const g = partOf(i, groups);
    const p = partOf(i, parameters);
    const centred = x[i] - mean[g];
    sum[g] += scaled(i);
    product[g] += scaled(i) * centred;
    if (dw) dw.data[p] += (dy[i] * centred) / Math.sqrt(variance[g] + epsilon);
    if (db) db.data[p] += dy[i];
  }
  const dx = emptyLike(x);
  for (let i = 0; i < x.length; i++) {
    const g = partOf(i, groups);
    const squared = variance[g] + epsilon;
    dx[i] = (scaled(i) - (sum[g] + ((x[i] - mean[g]) * product[g]) / squared) / size) / Math.sqrt(squared);
  }
  return { input: { shape: input.shape, data: dx }, ...(dw && { weight: dw }), ...(db && { bias: db }) };
}
