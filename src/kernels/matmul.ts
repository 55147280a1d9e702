import { type Data, emptyLike } from '../tensor.ts';

export type Order = 'plain' | 'transposed';

/**
 * C += A B for row-major C [rows, columns], A [rows, inner], B [inner, columns]. An operand that is 'transposed' is
 * stored the other way round: A as [inner, rows], B as [columns, inner].
 *
 * Four rows of C by four steps of `inner` at a time: each pass over a row of B serves four rows of C, and sixteen
 * multiply-adds share eight loads and four stores.
 */
export function matmul(
  rows: number,
  inner: number,
  columns: number,
  a: Data,
  orderA: Order,
  b: Data,
  orderB: Order,
  c: Data,
): void {
  const rowStep = orderA === 'plain' ? inner : 1;
  const innerStep = orderA === 'plain' ? 1 : rows;
  sweep(rows, inner, columns, a, rowStep, innerStep, orderB === 'plain' ? b : transpose(columns, inner, b), c);
}

function sweep(
  rows: number,
  inner: number,
  columns: number,
  a: Data,
  rowStep: number,
  innerStep: number,
  b: Data,
  c: Data,
): void {
  const row4 = rows - (rows % 4);
  const inner4 = inner - (inner % 4);
  for (let i = 0; i < row4; i += 4) {
    const c0 = i * columns;
    const c1 = c0 + columns;
    const c2 = c1 + columns;
    const c3 = c2 + columns;
    for (let k = 0; k < inner4; k += 4) {
      const b0 = k * columns;
      const b1 = b0 + columns;
      const b2 = b1 + columns;
      const b3 = b2 + columns;
      let at = i * rowStep + k * innerStep;
      const a00 = a[at];
      const a01 = a[at + innerStep];
      const a02 = a[at + 2 * innerStep];
      const a03 = a[at + 3 * innerStep];
      at += rowStep;
      const a10 = a[at];
      const a11 = a[at + innerStep];
      const a12 = a[at + 2 * innerStep];
      const a13 = a[at + 3 * innerStep];
      at += rowStep;
      const a20 = a[at];
      const a21 = a[at + innerStep];
      const a22 = a[at + 2 * innerStep];
      const a23 = a[at + 3 * innerStep];
      at += rowStep;
      const a30 = a[at];
      const a31 = a[at + innerStep];
      const a32 = a[at + 2 * innerStep];
      const a33 = a[at + 3 * innerStep];
      for (let j = 0; j < columns; j++) {
        const x0 = b[b0 + j];
        const x1 = b[b1 + j];
        const x2 = b[b2 + j];
        const x3 = b[b3 + j];
        c[c0 + j] += a00 * x0 + a01 * x1 + a02 * x2 + a03 * x3;
        c[c1 + j] += a10 * x0 + a11 * x1 + a12 * x2 + a13 * x3;
        c[c2 + j] += a20 * x0 + a21 * x1 + a22 * x2 + a23 * x3;
        c[c3 + j] += a30 * x0 + a31 * x1 + a32 * x2 + a33 * x3;
      }
    }
    addProducts(i, i + 4, inner4, inner, columns, a, rowStep, innerStep, b, c);
  }
  addProducts(row4, rows, 0, inner, columns, a, rowStep, innerStep, b, c);
}

/** What the blocks of four leave over: rows [row0, row1) by steps [inner0, inner1). */
function addProducts(
  row0: number,
  row1: number,
  inner0: number,
  inner1: number,
  columns: number,
  a: Data,
  rowStep: number,
  innerStep: number,
  b: Data,
  c: Data,
): void {
  for (let i = row0; i < row1; i++) {
    for (let k = inner0; k < inner1; k++) {
      const factor = a[i * rowStep + k * innerStep];
      for (let j = 0; j < columns; j++) c[i * columns + j] += factor * b[k * columns + j];
    }
  }
}

/** The transpose of a row-major [rows, columns] matrix. */
function transpose(rows: number, columns: number, from: Data): Data {
  const to = emptyLike(from);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
  }
  return to;
}
