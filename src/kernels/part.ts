import type { Data } from '../tensor.ts';

/** The n-th of the equal parts of `size` numbers, in place. */
export function part(data: Data, n: number, size: number): Data {
  return data.subarray(n * size, (n + 1) * size);
}
