import { col2im, im2col } from '../../src/kernels/im2col.ts';
import type { Engine } from '../../src/kernels/kernels.ts';
import type { Order } from '../../src/kernels/matmul.ts';
import { type Data, emptyLike } from '../../src/tensor.ts';

/** The three loops of a product, in the best order for how its operands are stored, and nothing done about speed. */
export function matmulIkj(
  rows: number,
  inner: number,
  columns: number,
  a: Data,
  orderA: Order,
  b: Data,
  orderB: Order,
  c: Data,
): void {
  const row = orderA === 'plain' ? inner : 1;
  const step = orderA === 'plain' ? 1 : rows;
  for (let i = 0; i < rows; i++) {
    if (orderB === 'plain') {
      for (let k = 0; k < inner; k++) {
        const factor = a[i * row + k * step];
        for (let j = 0; j < columns; j++) c[i * columns + j] += factor * b[k * columns + j];
      }
    } else {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += a[i * row + k * step] * b[j * inner + k];
        c[i * columns + j] += sum;
      }
    }
  }
}

/** What im2col gains by itself: the products over unrolled windows are those of the plain loops. */
export const ikj: Engine = (inputs, sizes, _scratch, work) => {
  const results = sizes.map(size => emptyLike(inputs[0], size));
  work({ matmul: matmulIkj, im2col, col2im, scratch: emptyLike }, inputs, results);
  return results;
};
