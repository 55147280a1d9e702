import type { Data } from '../tensor.ts';

/**
 * For each of `count` groups of elements the largest and the sum of exp(x - largest), in one pass: where a larger element
 * comes, the sum so far is scaled down to it. into[i] is the group of element i. From Milakov and Gimelshein 2018,
 * "Online normalizer calculation for softmax". Both are float64, whatever x is.
 */
export function normalisers(x: Data, into: Int32Array, count: number): { largest: Data; sum: Data } {
  const largest = new Float64Array(count).fill(-Infinity);
  const sum = new Float64Array(count);
  for (let i = 0; i < x.length; i++) {
    const group = into[i];
    if (x[i] > largest[group]) {
      sum[group] = sum[group] * Math.exp(largest[group] - x[i]) + 1;
      largest[group] = x[i];
    } else {
      // The test of equality is for infinities, whose difference is NaN.
      sum[group] += x[i] === largest[group] ? 1 : Math.exp(x[i] - largest[group]);
    }
  }
  return { largest, sum };
}
