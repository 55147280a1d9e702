import { expectShape } from '../kernels/expectShape.ts';
import { type Engine, plain } from '../kernels/kernels.ts';
import { simd } from '../kernels/simd.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface LinearConfig {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Without a bias there is no argument `bias`; true unless said. */
  readonly hasBias?: boolean;
}

/**
 * Fully connected: y = x W' + b over the last axis. input [..., in], weight [out, in], bias [out], output [..., out];
 * any number of leading axes, none included.
 */
export const linear = defineLayer<LinearConfig>({
  name: 'linear',
  formula: 'y[n, o] = b[o] + sum over i of x[n, i] W[o, i]',
  source: 'torch.nn.Linear',
  linear: ['input', 'weight', 'bias'],
  axes: { input: ['batch', 'feature'], weight: ['out', 'in'], bias: ['out'], output: ['batch', 'feature'] },

  cases: fc =>
    fc
      .record({
        leading: fc.oneof(fc.constant([] as number[]), fc.tuple(fc.integer({ min: 1, max: 4 })), fc.constant([2, 3])),
        inFeatures: fc.integer({ min: 1, max: 6 }),
        outFeatures: fc.integer({ min: 1, max: 5 }),
        hasBias: fc.boolean(),
      })
      .map(({ leading, inFeatures, outFeatures, hasBias }) => ({
        config: { inFeatures, outFeatures, hasBias },
        args: {
          input: [...leading, inFeatures],
          weight: [outFeatures, inFeatures],
          ...(hasBias && { bias: [outFeatures] }),
        },
      })),

  forward(args, config) {
    const { input, weight, bias } = args;
    const { inFeatures, outFeatures } = config;
    const rows = rowsOf(args, config);
    const y = emptyLike(input.data, rows * outFeatures);
    for (let n = 0; n < rows; n++) {
      for (let o = 0; o < outFeatures; o++) {
        let sum = bias ? bias.data[o] : 0;
        for (let i = 0; i < inFeatures; i++) sum += input.data[n * inFeatures + i] * weight.data[o * inFeatures + i];
        y[n * outFeatures + o] = sum;
      }
    }
    return { output: { shape: [...input.shape.slice(0, -1), outFeatures], data: y } };
  },

  vjp(args, { output }, config) {
    const { input, weight, bias } = args;
    const { inFeatures, outFeatures } = config;
    const rows = rowsOf(args, config);
    const dx = zerosLike(input);
    const dW = zerosLike(weight);
    const db = bias && zerosLike(bias);
    for (let n = 0; n < rows; n++) {
      for (let o = 0; o < outFeatures; o++) {
        const dy = output.data[n * outFeatures + o];
        for (let i = 0; i < inFeatures; i++) {
          dx.data[n * inFeatures + i] += dy * weight.data[o * inFeatures + i];
          dW.data[o * inFeatures + i] += dy * input.data[n * inFeatures + i];
        }
        if (db) db.data[o] += dy;
      }
    }
    return { input: dx, weight: dW, ...(db && { bias: db }) };
  },

  alternatives: { blocked: byProducts(plain), simd: byProducts(simd) },

  examples: [
    {
      name: 'two rows, three features to two',
      source: 'by hand',
      config: { inFeatures: 3, outFeatures: 2, hasBias: true },
      args: {
        input: tensor([2, 3], [1, 2, 3, -1, 0, 2]),
        weight: tensor([2, 3], [1, 0, -1, 2, 1, 0.5]),
        bias: tensor([2], [0.5, -1]),
      },
      outputs: { output: tensor([2, 2], [-1.5, 4.5, -2.5, -2]) },
      upstream: { output: tensor([2, 2], [1, 2, -1, 4]) },
      gradients: {
        input: tensor([2, 3], [5, 2, 0, 7, 4, 3]),
        weight: tensor([2, 3], [2, 2, 1, -2, 4, 14]),
        bias: tensor([2], [0, 6]),
      },
    },
    {
      name: 'one vector without a batch, no bias',
      source: 'by hand',
      config: { inFeatures: 2, outFeatures: 1, hasBias: false },
      args: { input: tensor([2], [3, -1]), weight: tensor([1, 2], [2, 5]) },
      outputs: { output: tensor([1], [1]) },
      upstream: { output: tensor([1], [2]) },
      gradients: { input: tensor([2], [4, 10]), weight: tensor([1, 2], [6, -2]) },
    },
    {
      name: 'two leading axes',
      source: 'by hand',
      config: { inFeatures: 1, outFeatures: 2 },
      args: { input: tensor([2, 1, 1], [3, -1]), weight: tensor([2, 1], [2, 5]), bias: tensor([2], [0, 1]) },
      outputs: { output: tensor([2, 1, 2], [6, 16, -2, -4]) },
      upstream: { output: tensor([2, 1, 2], [1, 2, 0, -1]) },
      gradients: { input: tensor([2, 1, 1], [12, -5]), weight: tensor([2, 1], [3, 7]), bias: tensor([2], [1, 1]) },
    },
  ],
});

/** How many vectors there are. */
function rowsOf({ input, weight, bias }: Tensors, { inFeatures, outFeatures }: LinearConfig): number {
  expectShape('linear', 'input', input, ['...', inFeatures]);
  expectShape('linear', 'weight', weight, [outFeatures, inFeatures]);
  if (bias) expectShape('linear', 'bias', bias, [outFeatures]);
  return sizeOf(input.shape.slice(0, -1));
}

/** The same by matrix products: Y = X W', dX = dY W, dW = dY' X. */
function byProducts(engine: Engine): Implementation<LinearConfig> {
  return {
    forward(args, config) {
      const { input, weight, bias } = args;
      const { inFeatures, outFeatures } = config;
      const rows = rowsOf(args, config);
      const size = rows * outFeatures;
      const [y] = engine([input.data, weight.data], [size], 0, ({ matmul }, [x, W], [y]) => {
        if (bias) for (let n = 0; n < rows; n++) y.set(bias.data, n * outFeatures);
        matmul(rows, inFeatures, outFeatures, x, 'plain', W, 'transposed', y);
      });
      return { output: { shape: [...input.shape.slice(0, -1), outFeatures], data: y } };
    },
    vjp(args, { output }, config) {
      const { input, weight, bias } = args;
      const { inFeatures, outFeatures } = config;
      const rows = rowsOf(args, config);
      const db = bias && zerosLike(bias);
      for (let at = 0; db && at < output.data.length; at++) db.data[at % outFeatures] += output.data[at];
      const [dx, dW] = engine(
        [input.data, weight.data, output.data],
        [input.data.length, weight.data.length],
        0,
        ({ matmul }, [x, W, dy], [dx, dW]) => {
          matmul(rows, outFeatures, inFeatures, dy, 'plain', W, 'plain', dx);
          matmul(outFeatures, rows, inFeatures, dy, 'transposed', x, 'plain', dW);
        },
      );
      return {
        input: { shape: input.shape, data: dx },
        weight: { shape: weight.shape, data: dW },
        ...(db && { bias: db }),
      };
    },
  };
}
