import { type Data, emptyLike } from '../tensor.ts';

export type Order = 'plain' | 'transposed';

/**
 * C += A B for row-major C [rows, columns], A [rows, inner], B [inner, columns]. An operand that is 'transposed' is
 * stored the other way round: A as [inner, rows], B as [columns, inner].
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
  const isPlain = orderA === 'plain';
  // A transposed copy of B is repaid by eight rows that are multiplied with it.
  if (orderB === 'transposed' && rows < 8) {
    dots(rows, inner, columns, isPlain ? a : transpose(inner, rows, a), b, c);
  } else {
    const plainB = orderB === 'plain' ? b : transpose(columns, inner, b);
    sweep(rows, inner, columns, a, isPlain ? inner : 1, isPlain ? 1 : rows, plainB, c);
  }
}

/** C += A B, where A[i, k] is at i * aRow + k * aStep, by passes along rows of B and C: up to four of each at a time. */
function sweep(
  rows: number,
  inner: number,
  columns: number,
  a: Data,
  aRow: number,
  aStep: number,
  b: Data,
  c: Data,
): void {
  const rows4 = rows - (rows % 4);
  const inner4 = inner - (inner % 4);
  for (let i = 0; i < rows; i += i < rows4 ? 4 : 1) {
    const [byFour, byOne] = i < rows4 ? [fourRowsByFour, fourRowsByOne] : [rowByFour, rowByOne];
    for (let k = 0; k < inner; k += k < inner4 ? 4 : 1) {
      const pass = k < inner4 ? byFour : byOne;
      pass(columns, a, i * aRow + k * aStep, aRow, aStep, b, k * columns, c, i * columns);
    }
  }
}

/** Adds to rows of C, from c0 on, the products of factors, from `at` on, and rows of B, from b0 on. */
type Pass = (
  columns: number,
  a: Data,
  at: number,
  aRow: number,
  aStep: number,
  b: Data,
  b0: number,
  c: Data,
  c0: number,
) => void;

/** Sixteen multiply-adds share eight loads and four stores. */
const fourRowsByFour: Pass = (columns, a, at, aRow, aStep, b, b0, c, c0) => {
  const a1 = at + aRow;
  const a2 = a1 + aRow;
  const a3 = a2 + aRow;
  const [a00, a01, a02, a03] = [a[at], a[at + aStep], a[at + 2 * aStep], a[at + 3 * aStep]];
  const [a10, a11, a12, a13] = [a[a1], a[a1 + aStep], a[a1 + 2 * aStep], a[a1 + 3 * aStep]];
  const [a20, a21, a22, a23] = [a[a2], a[a2 + aStep], a[a2 + 2 * aStep], a[a2 + 3 * aStep]];
  const [a30, a31, a32, a33] = [a[a3], a[a3 + aStep], a[a3 + 2 * aStep], a[a3 + 3 * aStep]];
  const [b1, b2, b3] = [b0 + columns, b0 + 2 * columns, b0 + 3 * columns];
  const [c1, c2, c3] = [c0 + columns, c0 + 2 * columns, c0 + 3 * columns];
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
};

const fourRowsByOne: Pass = (columns, a, at, aRow, _aStep, b, b0, c, c0) => {
  const [a0, a1, a2, a3] = [a[at], a[at + aRow], a[at + 2 * aRow], a[at + 3 * aRow]];
  const [c1, c2, c3] = [c0 + columns, c0 + 2 * columns, c0 + 3 * columns];
  for (let j = 0; j < columns; j++) {
    const x = b[b0 + j];
    c[c0 + j] += a0 * x;
    c[c1 + j] += a1 * x;
    c[c2 + j] += a2 * x;
    c[c3 + j] += a3 * x;
  }
};

const rowByFour: Pass = (columns, a, at, _aRow, aStep, b, b0, c, c0) => {
  const [a0, a1, a2, a3] = [a[at], a[at + aStep], a[at + 2 * aStep], a[at + 3 * aStep]];
  const [b1, b2, b3] = [b0 + columns, b0 + 2 * columns, b0 + 3 * columns];
  for (let j = 0; j < columns; j++) c[c0 + j] += a0 * b[b0 + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
};

const rowByOne: Pass = (columns, a, at, _aRow, _aStep, b, b0, c, c0) => {
  const factor = a[at];
  for (let j = 0; j < columns; j++) c[c0 + j] += factor * b[b0 + j];
};

/** C += A B' for the rows of A and B: a row of A with four of B at a time. */
function dots(rows: number, inner: number, columns: number, a: Data, b: Data, c: Data): void {
  const columns4 = columns - (columns % 4);
  for (let i = 0; i < rows; i++) {
    const a0 = i * inner;
    for (let j = 0; j < columns4; j += 4) {
      const b0 = j * inner;
      const b1 = b0 + inner;
      const b2 = b1 + inner;
      const b3 = b2 + inner;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let k = 0; k < inner; k++) {
        const x = a[a0 + k];
        sum0 += x * b[b0 + k];
        sum1 += x * b[b1 + k];
        sum2 += x * b[b2 + k];
        sum3 += x * b[b3 + k];
      }
      const at = i * columns + j;
      c[at] += sum0;
      c[at + 1] += sum1;
      c[at + 2] += sum2;
      c[at + 3] += sum3;
    }
    for (let j = columns4; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += a[a0 + k] * b[j * inner + k];
      c[i * columns + j] += sum;
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
