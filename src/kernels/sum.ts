import type { Data } from '../tensor.ts';

/** a + b, element by element. */
export function sum(a: Data, b: Data): Data {
  const total = a.slice();
  for (let k = 0; k < total.length; k++) total[k] += b[k];
  return total;
}
