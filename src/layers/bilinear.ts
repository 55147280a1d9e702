import { expectShape } from '../kernels/expectShape.ts';
import { matmul } from '../kernels/matmul.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface BilinearConfig {
  readonly in1: number;
  readonly in2: number;
  readonly out: number;
  /** Without a bias there is no argument `bias`; true unless said. */
  readonly hasBias?: boolean;
}

/**
 * A bilinear form for each output: a [..., in1], b [..., in2] with the same leading axes, none included, weight [out, in1,
 * in2], bias [out], output [..., out].
 */
export const bilinear = defineLayer<BilinearConfig>({
  name: 'bilinear',
  formula: 'y[n, o] = bias[o] + sum over i, j of a[n, i] W[o, i, j] b[n, j]',
  source: 'torch.nn.Bilinear',
  linear: ['a', 'b', 'weight', 'bias'],
  axes: {
    a: ['batch', 'feature'],
    b: ['batch', 'feature'],
    weight: ['out', 'in1', 'in2'],
    bias: ['out'],
    output: ['batch', 'feature'],
  },

  cases: fc => {
    const extent = fc.integer({ min: 1, max: 3 });
    return fc
      .record({
        leading: fc.oneof(fc.constant([]), fc.tuple(extent), fc.tuple(extent, extent)),
        in1: fc.integer({ min: 1, max: 4 }),
        in2: fc.integer({ min: 1, max: 4 }),
        out: fc.integer({ min: 1, max: 3 }),
        hasBias: fc.boolean(),
      })
      .map(({ leading, in1, in2, out, hasBias }) => ({
        config: { in1, in2, out, hasBias },
        args: {
          a: [...leading, in1],
          b: [...leading, in2],
          weight: [out, in1, in2],
          ...(hasBias && { bias: [out] }),
        },
      }));
  },

  forward(args, config) {
    const { a, b, weight, bias } = args;
    const { in1, in2, out } = config;
    const rows = rowsOf(args, config);
    const y = emptyLike(a.data, rows * out);
    for (let n = 0; n < rows; n++) {
      for (let o = 0; o < out; o++) {
        let sum = bias ? bias.data[o] : 0;
        for (let i = 0; i < in1; i++) {
          for (let j = 0; j < in2; j++) {
            sum += a.data[n * in1 + i] * weight.data[(o * in1 + i) * in2 + j] * b.data[n * in2 + j];
          }
        }
        y[n * out + o] = sum;
      }
    }
    return { output: { shape: [...a.shape.slice(0, -1), out], data: y } };
  },

  vjp(args, { output }, config) {
    const { a, b, weight, bias } = args;
    const { in1, in2, out } = config;
    const rows = rowsOf(args, config);
    const da = zerosLike(a);
    const db = zerosLike(b);
    const dW = zerosLike(weight);
    const dBias = bias && zerosLike(bias);
    for (let n = 0; n < rows; n++) {
      for (let o = 0; o < out; o++) {
        const dy = output.data[n * out + o];
        for (let i = 0; i < in1; i++) {
          for (let j = 0; j < in2; j++) {
            const w = (o * in1 + i) * in2 + j;
            da.data[n * in1 + i] += dy * weight.data[w] * b.data[n * in2 + j];
            db.data[n * in2 + j] += dy * weight.data[w] * a.data[n * in1 + i];
            dW.data[w] += dy * a.data[n * in1 + i] * b.data[n * in2 + j];
          }
        }
        if (dBias) dBias.data[o] += dy;
      }
    }
    return { a: da, b: db, weight: dW, ...(dBias && { bias: dBias }) };
  },

  alternatives: { outerProducts: outerProducts() },

  examples: [
    {
      name: 'two outputs from two and three features',
      source: 'by hand: a W = [4, -1, 2] and [3, 2, 4]',
      config: { in1: 2, in2: 3, out: 2 },
      args: {
        a: tensor([1, 2], [1, 2]),
        b: tensor([1, 3], [3, -1, 2]),
        weight: tensor([2, 2, 3], [2, 1, 0, 1, -1, 1, 1, 0, 2, 1, 1, 1]),
        bias: tensor([2], [0.5, -1]),
      },
      outputs: { output: tensor([1, 2], [17.5, 14]) },
      upstream: { output: tensor([1, 2], [1, 2]) },
      gradients: {
        a: tensor([1, 2], [19, 14]),
        b: tensor([1, 3], [10, 3, 10]),
        weight: tensor([2, 2, 3], [3, -1, 2, 6, -2, 4, 6, -2, 4, 12, -4, 8]),
        bias: tensor([2], [1, 2]),
      },
    },
    {
      name: 'no leading axis, no bias',
      source: 'by hand',
      config: { in1: 1, in2: 2, out: 1, hasBias: false },
      args: { a: tensor([1], [3]), b: tensor([2], [1, -1]), weight: tensor([1, 1, 2], [5, 2]) },
      outputs: { output: tensor([1], [9]) },
      upstream: { output: tensor([1], [2]) },
      gradients: { a: tensor([1], [6]), b: tensor([2], [30, 12]), weight: tensor([1, 1, 2], [6, -6]) },
    },
  ],
});

/** How many pairs of vectors there are. */
function rowsOf({ a, b, weight, bias }: Tensors, { in1, in2, out }: BilinearConfig): number {
  const leading = a.shape.slice(0, -1);
  expectShape('bilinear', 'a', a, ['...', in1]);
  expectShape('bilinear', 'b', b, [...leading, in2]);
  expectShape('bilinear', 'weight', weight, [out, in1, in2]);
  if (bias) expectShape('bilinear', 'bias', bias, [out]);
  return sizeOf(leading);
}

/**
 * By matrix products over the outer products of each pair, Z[n, i j] = a[n, i] b[n, j]: Y = Z W', dW = dY' Z, and dZ = dY
 * W, which a and b contract.
 */
function outerProducts(): Implementation<BilinearConfig> {
  return {
    forward(args, config) {
      const { a, weight, bias } = args;
      const { in1, in2, out } = config;
      const rows = rowsOf(args, config);
      const y = emptyLike(a.data, rows * out);
      if (bias) for (let n = 0; n < rows; n++) y.set(bias.data, n * out);
      matmul(rows, in1 * in2, out, outer(args, config, rows), 'plain', weight.data, 'transposed', y);
      return { output: { shape: [...a.shape.slice(0, -1), out], data: y } };
    },
    vjp(args, { output }, config) {
      const { a, b, weight, bias } = args;
      const { in1, in2, out } = config;
      const rows = rowsOf(args, config);
      const dW = zerosLike(weight);
      matmul(out, rows, in1 * in2, output.data, 'transposed', outer(args, config, rows), 'plain', dW.data);
      const dZ = emptyLike(a.data, rows * in1 * in2);
      matmul(rows, out, in1 * in2, output.data, 'plain', weight.data, 'plain', dZ);
      const da = zerosLike(a);
      const db = zerosLike(b);
      for (let n = 0; n < rows; n++) {
        const dZn = dZ.subarray(n * in1 * in2, (n + 1) * in1 * in2);
        matmul(in1, in2, 1, dZn, 'plain', rowAt(b.data, n, in2), 'plain', rowAt(da.data, n, in1));
        matmul(1, in1, in2, rowAt(a.data, n, in1), 'plain', dZn, 'plain', rowAt(db.data, n, in2));
      }
      const dBias = bias && zerosLike(bias);
      for (let at = 0; dBias && at < output.data.length; at++) dBias.data[at % out] += output.data[at];
      return { a: da, b: db, weight: dW, ...(dBias && { bias: dBias }) };
    },
  };
}

/** The outer products of all pairs, [rows, in1 in2]. */
function outer({ a, b }: Tensors, { in1, in2 }: BilinearConfig, rows: number): Data {
  const Z = emptyLike(a.data, rows * in1 * in2);
  for (let n = 0; n < rows; n++) {
    const Zn = rowAt(Z, n, in1 * in2);
    matmul(in1, 1, in2, rowAt(a.data, n, in1), 'plain', rowAt(b.data, n, in2), 'plain', Zn);
  }
  return Z;
}

function rowAt(matrix: Data, row: number, columns: number): Data {
  return matrix.subarray(row * columns, (row + 1) * columns);
}
