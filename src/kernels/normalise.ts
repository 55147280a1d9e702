import type { Implementation, Layer } from '../layer.ts';
import { type Data, emptyLike, type Tensor, type Tensors, zerosLike } from '../tensor.ts';

/** Which elements of an input are normalised together, and which weight and bias each of them has. */
export interface Groups {
  /** How many groups there are; all have as many elements. */
  readonly count: number;
  readonly groupOf: Int32Array;
  readonly parameterOf: Int32Array;
  readonly epsilon: number;
}

/** One mean and one variance for every group. */
export interface Statistics {
  readonly mean: Data;
  readonly variance: Data;
}

/** Of the elements themselves; the variance is the biased one, that divides by their number. */
export function statisticsOf(x: Data, { count, groupOf }: Groups): Statistics {
  const size = x.length / count;
  const mean = new Float64Array(count);
  const variance = new Float64Array(count);
  for (let i = 0; i < x.length; i++) mean[groupOf[i]] += x[i];
  for (let g = 0; g < count; g++) mean[g] /= size;
  for (let i = 0; i < x.length; i++) variance[groupOf[i]] += (x[i] - mean[groupOf[i]]) ** 2;
  for (let g = 0; g < count; g++) variance[g] /= size;
  return { mean, variance };
}

/** A layer's functions from its groups: those below, with the statistics of the elements themselves. */
export function normalisation<C>(
  groupsOf: (args: Tensors, config: C) => Groups,
): Implementation<C> & Required<Pick<Layer<C>, 'jvp'>> {
  return {
    forward: (args, config) => ({ output: normalise(args, groupsOf(args, config)) }),
    vjp: (args, { output }, config) => normaliseVjp(args, output, groupsOf(args, config)),
    jvp: (args, tangents, config) => ({ output: normaliseJvp(args, tangents, groupsOf(args, config)) }),
  };
}

/**
 * y = w z + b, z = (x - mean) / s, s = sqrt(variance + epsilon), where weight w and bias b may be missing: 1 and 0. A group
 * whose elements are all equal, as in a group of one, gives z = 0.
 */
export function normalise(
  { input, weight, bias }: Tensors,
  groups: Groups,
  { mean, variance } = statisticsOf(input.data, groups),
): Tensor {
  const { groupOf, parameterOf, epsilon } = groups;
  const y = emptyLike(input.data);
  for (let i = 0; i < y.length; i++) {
    const g = groupOf[i];
    const z = (input.data[i] - mean[g]) / Math.sqrt(variance[g] + epsilon);
    y[i] = (weight ? weight.data[parameterOf[i]] : 1) * z + (bias ? bias.data[parameterOf[i]] : 0);
  }
  return { shape: input.shape, data: y };
}

/** dz = w dy, dx = (dz - mean of dz - z * mean of z dz) / s, dw = sum of dy z, db = sum of dy. */
export function normaliseVjp({ input, weight, bias }: Tensors, upstream: Tensor, groups: Groups): Tensors {
  const { count, groupOf, parameterOf, epsilon } = groups;
  const { mean, variance } = statisticsOf(input.data, groups);
  const dy = upstream.data;
  const size = dy.length / count;
  const z = new Float64Array(dy.length);
  const dz = new Float64Array(dy.length);
  const meanOfDz = new Float64Array(count);
  const meanOfZDz = new Float64Array(count);
  for (let i = 0; i < dy.length; i++) {
    const g = groupOf[i];
    z[i] = (input.data[i] - mean[g]) / Math.sqrt(variance[g] + epsilon);
    dz[i] = (weight ? weight.data[parameterOf[i]] : 1) * dy[i];
    meanOfDz[g] += dz[i] / size;
    meanOfZDz[g] += (z[i] * dz[i]) / size;
  }
  const dx = zerosLike(input);
  const dw = weight && zerosLike(weight);
  const db = bias && zerosLike(bias);
  for (let i = 0; i < dy.length; i++) {
    const g = groupOf[i];
    dx.data[i] = (dz[i] - meanOfDz[g] - z[i] * meanOfZDz[g]) / Math.sqrt(variance[g] + epsilon);
    if (dw) dw.data[parameterOf[i]] += dy[i] * z[i];
    if (db) db.data[parameterOf[i]] += dy[i];
  }
  return { input: dx, ...(dw && { weight: dw }), ...(db && { bias: db }) };
}

/**
 * With a dot for a tangent, step by step through the forward pass: mean. = mean of x., variance. = mean of
 * 2 (x - mean)(x. - mean.), s. = variance. / 2s, z. = (x. - mean. - z s.) / s, y. = w z. + w. z + b.
 */
export function normaliseJvp({ input, weight }: Tensors, tangents: Tensors, groups: Groups): Tensor {
  const { count, groupOf, parameterOf, epsilon } = groups;
  const { mean, variance } = statisticsOf(input.data, groups);
  const x = input.data;
  const dotX = tangents.input.data;
  const size = x.length / count;
  const dotMean = new Float64Array(count);
  const dotVariance = new Float64Array(count);
  for (let i = 0; i < x.length; i++) dotMean[groupOf[i]] += dotX[i] / size;
  for (let i = 0; i < x.length; i++) {
    const g = groupOf[i];
    dotVariance[g] += (2 * (x[i] - mean[g]) * (dotX[i] - dotMean[g])) / size;
  }
  const dotY = emptyLike(x);
  for (let i = 0; i < x.length; i++) {
    const g = groupOf[i];
    const p = parameterOf[i];
    const s = Math.sqrt(variance[g] + epsilon);
    const z = (x[i] - mean[g]) / s;
    const dotZ = (dotX[i] - dotMean[g] - (z * dotVariance[g]) / (2 * s)) / s;
    dotY[i] = (weight ? weight.data[p] : 1) * dotZ;
    if (tangents.weight) dotY[i] += tangents.weight.data[p] * z;
    if (tangents.bias) dotY[i] += tangents.bias.data[p];
  }
  return { shape: input.shape, data: dotY };
}
