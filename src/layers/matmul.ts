import { broadcastPairs } from '../arbitraries.ts';
import { broadcastPositions, broadcastShape } from '../broadcast.ts';
import { matmul as multiply } from '../kernels/matmul.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, indexOf, sizeOf, type Tensor, tensor, zerosLike } from '../tensor.ts';

/**
 * Matrix product over the last two axes, of which axes before broadcast: a [..., rows, inner], b [..., inner, columns],
 * output [..., rows, columns]. A vector a [inner] counts as one row, a vector b [inner] as one column, and that axis
 * is left out of the output: two vectors give a scalar. The gradient of a matrix that is stretched over a batch is summed
 * over it.
 */
export const matmul = defineLayer({
  name: 'matmul',
  formula: "y[n, r, c] = sum over k of a[n, r, k] b[n, k, c]; da = dy b', db = a' dy, summed where n is stretched",
  source: 'torch.matmul',
  linear: ['a', 'b'],

  cases: fc => {
    const extent = fc.integer({ min: 1, max: 4 });
    return fc
      .record({
        batch: broadcastPairs(fc, { maxRank: 2, maxExtent: 3 }),
        rows: extent,
        inner: extent,
        columns: extent,
        vectors: fc.constantFrom('neither', 'neither', 'neither', 'neither', 'a', 'b', 'both'),
      })
      .map(({ batch, rows, inner, columns, vectors }) => ({
        config: {},
        args: {
          a: vectors === 'a' || vectors === 'both' ? [inner] : [...batch.a, rows, inner],
          b: vectors === 'b' || vectors === 'both' ? [inner] : [...batch.b, inner, columns],
        },
      }));
  },

  forward({ a, b }) {
    const { batch, rows, inner, columns, shape } = sizes(a.shape, b.shape);
    const y = emptyLike(a.data, sizeOf(shape));
    for (let n = 0; n < sizeOf(batch); n++) {
      const aAt = matrixAt(n, batch, a.shape) * rows * inner;
      const bAt = matrixAt(n, batch, b.shape) * inner * columns;
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          let sum = 0;
          for (let k = 0; k < inner; k++) sum += a.data[aAt + r * inner + k] * b.data[bAt + k * columns + c];
          y[(n * rows + r) * columns + c] = sum;
        }
      }
    }
    return { output: { shape, data: y } };
  },

  vjp({ a, b }, { output }) {
    const { batch, rows, inner, columns } = sizes(a.shape, b.shape);
    const da = zerosLike(a);
    const db = zerosLike(b);
    for (let n = 0; n < sizeOf(batch); n++) {
      const aAt = matrixAt(n, batch, a.shape) * rows * inner;
      const bAt = matrixAt(n, batch, b.shape) * inner * columns;
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          const dy = output.data[(n * rows + r) * columns + c];
          for (let k = 0; k < inner; k++) {
            da.data[aAt + r * inner + k] += dy * b.data[bAt + k * columns + c];
            db.data[bAt + k * columns + c] += dy * a.data[aAt + r * inner + k];
          }
        }
      }
    }
    return { a: da, b: db };
  },

  alternatives: { blocked: blocked() },

  examples: [
    {
      name: 'two matrices',
      source: 'by hand',
      config: {},
      args: { a: tensor([2, 2], [1, 2, 3, 4]), b: tensor([2, 3], [1, 0, 2, -1, 3, 1]) },
      outputs: { output: tensor([2, 3], [-1, 6, 4, -1, 12, 10]) },
      upstream: { output: tensor([2, 3], [1, 2, 0, -1, 1, 3]) },
      gradients: { a: tensor([2, 2], [1, 5, 5, 7]), b: tensor([2, 3], [-2, 5, 9, -2, 8, 12]) },
    },
    {
      name: 'one matrix for a batch of two',
      source: 'by hand',
      config: {},
      args: { a: tensor([2, 1, 2], [1, 2, 3, 4]), b: tensor([2, 1], [5, -1]) },
      outputs: { output: tensor([2, 1, 1], [3, 11]) },
      upstream: { output: tensor([2, 1, 1], [2, 1]) },
      gradients: { a: tensor([2, 1, 2], [10, -2, 5, -1]), b: tensor([2, 1], [5, 8]) },
    },
    {
      name: 'a vector from the left of two matrices',
      source: 'by hand',
      config: {},
      args: { a: tensor([2], [1, -1]), b: tensor([2, 2, 1], [3, 1, 0, 2]) },
      outputs: { output: tensor([2, 1], [2, -2]) },
      upstream: { output: tensor([2, 1], [1, 4]) },
      gradients: { a: tensor([2], [3, 9]), b: tensor([2, 2, 1], [1, -1, 4, -4]) },
    },
    {
      name: 'two vectors: a scalar',
      source: 'by hand',
      config: {},
      args: { a: tensor([3], [1, 2, 3]), b: tensor([3], [4, 0, -1]) },
      outputs: { output: tensor([], [1]) },
      upstream: { output: tensor([], [2]) },
      gradients: { a: tensor([3], [8, 0, -2]), b: tensor([3], [2, 4, 6]) },
    },
  ],
});

/** The sizes of the product, vectors counted as matrices; and the shape of the output, where they are left out. */
function sizes(a: readonly number[], b: readonly number[]) {
  const [rows, inner] = a.length === 1 ? [1, a[0]] : a.slice(-2);
  const [innerOfB, columns] = b.length === 1 ? [b[0], 1] : b.slice(-2);
  if (a.length === 0 || b.length === 0 || inner !== innerOfB) {
    throw new RangeError(
      `matmul has shapes [${a.join(', ')}] and [${b.join(', ')}]; the last axis of a must be as long as the last but one of b, or as the vector b`,
    );
  }
  const batch = broadcastShape('matmul', a.slice(0, -2), b.slice(0, -2));
  const shape = [...batch, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
  return { batch, rows, inner, columns, shape };
}

/** Which of an operand's matrices is multiplied as the n-th of the batch. */
function matrixAt(n: number, batch: readonly number[], operand: readonly number[]): number {
  const own = operand.slice(0, -2);
  const index = indexOf(n, batch).slice(batch.length - own.length);
  return own.reduce((at, extent, axis) => at * extent + (extent === 1 ? 0 : index[axis]), 0);
}

/** By blocked products: Y += A B, dA += dY B', dB += A' dY, for each of the batch. */
function blocked(): Implementation {
  return {
    forward({ a, b }) {
      const { batch, rows, inner, columns, shape } = sizes(a.shape, b.shape);
      const A = matricesOf(a, batch, rows * inner);
      const B = matricesOf(b, batch, inner * columns);
      const y = emptyLike(a.data, sizeOf(shape));
      const Y = matricesOf({ shape: [...batch, rows, columns], data: y }, batch, rows * columns);
      for (let n = 0; n < Y.length; n++) multiply(rows, inner, columns, A[n], 'plain', B[n], 'plain', Y[n]);
      return { output: { shape, data: y } };
    },
    vjp({ a, b }, { output }) {
      const { batch, rows, inner, columns } = sizes(a.shape, b.shape);
      const A = matricesOf(a, batch, rows * inner);
      const B = matricesOf(b, batch, inner * columns);
      const dY = matricesOf({ shape: [...batch, rows, columns], data: output.data }, batch, rows * columns);
      const [da, db] = [zerosLike(a), zerosLike(b)];
      const dA = matricesOf(da, batch, rows * inner);
      const dB = matricesOf(db, batch, inner * columns);
      for (let n = 0; n < dY.length; n++) {
        multiply(rows, columns, inner, dY[n], 'plain', B[n], 'transposed', dA[n]);
        multiply(inner, rows, columns, A[n], 'transposed', dY[n], 'plain', dB[n]);
      }
      return { a: da, b: db };
    },
  };
}

/** Views of the matrices of an operand, one for each of the batch: the same one again where it is stretched. */
function matricesOf({ shape, data }: Tensor, batch: readonly number[], size: number): Data[] {
  const own = broadcastPositions(shape.slice(0, -2), batch);
  return Array.from(own, n => data.subarray(n * size, (n + 1) * size));
}
