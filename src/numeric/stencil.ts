import { type Data, type Dtype, emptyLike } from '../tensor.ts';
import { largest, rootMeanSquare } from './sum.ts';

/** The unit in the last place of the numbers from 1 to 2. */
export const ULP: Readonly<Record<Dtype, number>> = { float64: 2 ** -52, float32: 2 ** -23 };

/** Half a unit in the last place of 1: the largest relative error of one rounding. */
export const HALF_ULP: Readonly<Record<Dtype, number>> = { float64: 2 ** -53, float32: 2 ** -24 };

/**
 * The precision that numbers turn out to have: float32 where all of them are float32 numbers and some are no short ones
 * (whole multiples of 1/256), whatever the layer declares.
 */
export function precisionOf(values: Data, declared: Dtype): Dtype {
  let long = false;
  for (const value of values) {
    if (Math.fround(value) !== value) return declared;
    if (!Number.isInteger(value * 256)) long = true;
  }
  return long ? 'float32' : declared;
}

/** The largest component of a tangent (see Random.component). */
const REACH = 1.5;

/** At most this many steps; in float64 the last is 2.4e-7 of the first. */
const LEVELS = 12;

/**
 * Step k is first * RATIO^-k * WOBBLE[k] / 2^12. Steps that are powers of two of each other would all be whole periods of
 * some wave that looks flat to each of them; these have no coarse common measure. The few bits of float32 leave room for
 * a shorter ladder, whose steps are closer together.
 */
const RATIO: Readonly<Record<Dtype, number>> = { float64: 4, float32: 2 };
const WOBBLE = [4096, 3889, 4253, 3967, 4177, 3823, 4289, 3931, 4111, 3877, 4219, 4019];
const WOBBLE_BITS: Readonly<Record<Dtype, number>> = { float64: 12, float32: 4 };

/**
 * The steps of a central difference around a point, largest first. Each is so coarse a fraction that a point and a
 * tangent can be rounded to grids on which point + step * tangent is exact in the layer's own dtype: the step that was
 * meant is the step that was made.
 */
export interface Steps {
  readonly sizes: readonly number[];
  /** All steps are whole multiples of this. */
  readonly quantum: number;
  /** No element moves further than this. */
  readonly reach: number;
  readonly dtype: Dtype;
}

/**
 * The magnitude over which the values of a primal vary: the geometric mean of root mean square and spread. Equal to
 * both for values around zero; for values with a large offset, between the offset and the spread, from where the ladder
 * of steps reaches both.
 */
export function scaleOf(values: Data): number {
  const size = rootMeanSquare(values);
  // Numbers that have hardly a digit left are as good as 0.
  if (!(size > 2 ** -900)) return 1;
  let mean = 0;
  for (let i = 0; i < values.length; i++) mean += values[i] / size / values.length;
  let variance = 0;
  for (let i = 0; i < values.length; i++) variance += (values[i] / size - mean) ** 2 / values.length;
  return variance > 1e-24 ? size * variance ** 0.25 : size;
}

/**
 * The steps for a primal with these values, of which every element may move by `room`: from a quarter of its scale
 * downwards, as far as a step is still 16 units in the last place of the largest value.
 */
export function stepsFor(values: Data, room: number, dtype: Dtype): Steps {
  const first = 2 ** Math.floor(Math.log2(Math.min(0.36 * scaleOf(values), room / (1.05 * REACH))));
  const reach = 1.05 * REACH * first;
  const finest = 16 * 2 ** WOBBLE_BITS[dtype] * gridAt(largest(values), reach, dtype);
  const ratio = RATIO[dtype];
  const levels = Math.max(1, Math.min(LEVELS, Math.floor(Math.log2(first / finest) / Math.log2(ratio)) + 1));
  const bits = 2 ** WOBBLE_BITS[dtype];
  const wobbles = WOBBLE.slice(0, levels).map(wobble => Math.round((wobble * bits) / 4096));
  const sizes = wobbles.map((wobble, k) => (first * ratio ** -k * wobble) / bits);
  return { sizes, quantum: (first * ratio ** -(levels - 1)) / bits, reach, dtype };
}

/** Equal, tiny steps: 1, 2, 3, … times `spacing`, for measuring noise. */
export function spacingSteps(values: Data, relative: number, dtype: Dtype): Steps {
  const spacing = 2 ** Math.round(Math.log2(scaleOf(values) * relative));
  const finest = gridAt(largest(values), 64 * spacing, dtype);
  const quantum = Math.max(spacing, finest);
  return { sizes: [quantum], quantum, reach: 64 * quantum, dtype };
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);

/** The largest power of two up to a positive number: its exponent bits alone (words[1] on a little-endian machine). */
function powerBelow(value: number): number {
  float[0] = value;
  words[0] = 0;
  words[1] &= 0x7ff00000;
  return float[0];
}

/** The distance of neighbouring grid points at a value: one unit in the last place of anything within reach of it. */
function gridAt(value: number, reach: number, dtype: Dtype): number {
  return powerBelow(Math.abs(value) + reach) * ULP[dtype];
}

/** The values rounded to the grid: moved by at most one unit in the last place of |x| + reach. */
export function snapPoint(values: Data, { reach, dtype }: Steps): Data {
  const snapped = emptyLike(values);
  for (let i = 0; i < values.length; i++) {
    const grid = gridAt(values[i], reach, dtype);
    snapped[i] = Math.round(values[i] / grid) * grid;
  }
  return snapped;
}

/** The tangent rounded so that point + step * tangent is exact for every step. Nonzero components stay nonzero. */
export function snapTangent(tangent: Data, point: Data, { reach, quantum, dtype }: Steps): Float64Array {
  const snapped = new Float64Array(tangent.length);
  const perQuantum = ULP[dtype] / quantum;
  for (let i = 0; i < tangent.length; i++) {
    const component = tangent[i];
    if (component === 0) continue;
    const unit = powerBelow(Math.abs(point[i]) + reach) * perQuantum;
    snapped[i] = (Math.round(component / unit) || Math.sign(component)) * unit;
  }
  return snapped;
}

/** point + step * tangent, in the point's dtype. */
export function along(point: Data, tangent: Data, step: number): Data {
  const moved = emptyLike(point);
  for (let i = 0; i < point.length; i++) moved[i] = point[i] + step * tangent[i];
  return moved;
}
