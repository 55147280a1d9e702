import type { Data } from '../tensor.ts';

/**
 * The inner product of two vectors by Neumaier's compensated summation: off by at most 2^-52 * magnitude, whatever the
 * length, where magnitude is the sum of |a_i b_i|.
 */
export function inner(a: Data, b: Data): { value: number; magnitude: number } {
  let sum = 0;
  let lost = 0;
  let magnitude = 0;
  for (let i = 0; i < a.length; i++) {
    const term = a[i] * b[i];
    const next = sum + term;
    lost += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
    sum = next;
    magnitude += Math.abs(term);
  }
  return { value: sum + lost, magnitude };
}

/** The root of the sum of squares of a_i b_i; safe from underflow and overflow of the squares. */
export function productNorm(a: Data, b: Data): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] * b[i]) ** 2;
  if (sum > 1e-250 && sum < 1e250) return Math.sqrt(sum);
  let norm = 0;
  for (let i = 0; i < a.length; i++) norm = Math.hypot(norm, a[i] * b[i]);
  return norm;
}

/** The least and the most of some numbers, however many; Infinity and -Infinity where there are none. */
export function extremes(values: Iterable<number>): readonly [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return [least, most];
}

/** The largest magnitude of a vector, 0 when it is empty; NaN when it holds a NaN. */
export function largest(values: Data): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    if (!(magnitude <= result)) result = magnitude;
    if (Number.isNaN(result)) return result;
  }
  return result;
}

/** The root of the mean square, 0 when it is empty. */
export function rootMeanSquare(values: Data): number {
  const scale = largest(values);
  if (!(scale > 0) || scale === Infinity) return scale;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] / scale) ** 2;
  return scale * Math.sqrt(sum / values.length);
}

export function allFinite(values: Data): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
