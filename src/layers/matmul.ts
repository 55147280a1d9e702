import { broadcastPairs } from '../arbitraries.ts';
import { broadcastPositions, broadcastShape } from '../broadcast.ts';
import { type Engine, plain } from '../kernels/kernels.ts';
import { part } from '../kernels/part.ts';
import { simd } from '../kernels/simd.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, indexOf, sizeOf, tensor, zerosLike } from '../tensor.ts';

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

  alternatives: { blocked: byProducts(plain), simd: byProducts(simd) },

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

/**
 * By matrix products, for each of the batch: Y = A B, dA = dY B', dB = A' dY, the last two summed where a matrix is
 * stretched. `ofA` and `ofB` are the matrices of an operand that make them.
 */
function byProducts(engine: Engine): Implementation {
  return {
    forward({ a, b }) {
      const { batch, rows, inner, columns, shape } = sizes(a.shape, b.shape);
      const [ofA, ofB] = [a, b].map(operand => broadcastPositions(operand.shape.slice(0, -2), batch));
      const [data] = engine([a.data, b.data], [sizeOf(shape)], 0, ({ matmul }, [a, b], [y]) => {
        for (let n = 0; n < sizeOf(batch); n++) {
          const [A, B] = [part(a, ofA[n], rows * inner), part(b, ofB[n], inner * columns)];
          matmul(rows, inner, columns, A, 'plain', B, 'plain', part(y, n, rows * columns));
        }
      });
      return { output: { shape, data } };
    },
    vjp({ a, b }, { output }) {
      const { batch, rows, inner, columns } = sizes(a.shape, b.shape);
      const [ofA, ofB] = [a, b].map(operand => broadcastPositions(operand.shape.slice(0, -2), batch));
      const [da, db] = engine(
        [a.data, b.data, output.data],
        [a.data.length, b.data.length],
        0,
        ({ matmul }, [a, b, dy], [da, db]) => {
          for (let n = 0; n < sizeOf(batch); n++) {
            const [A, dA] = [a, da].map(data => part(data, ofA[n], rows * inner));
            const [B, dB] = [b, db].map(data => part(data, ofB[n], inner * columns));
            const dY = part(dy, n, rows * columns);
            matmul(rows, columns, inner, dY, 'plain', B, 'transposed', dA);
            matmul(inner, rows, columns, A, 'transposed', dY, 'plain', dB);
          }
        },
      );
      return { a: { shape: a.shape, data: da }, b: { shape: b.shape, data: db } };
    },
  };
}
