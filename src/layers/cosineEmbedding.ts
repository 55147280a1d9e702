import { lanesOf } from '../kernels/axis.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { type LossConfig, lossReductions, reduceTerms, spreadUpstream } from '../kernels/lossReduction.ts';
import { real } from '../kernels/real.ts';
import { defineLayer } from '../layer.ts';
import { type Data, emptyLike, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface CosineEmbeddingConfig extends LossConfig {
  /** The cosine up to which unlike vectors cost nothing: -1 to 1, 0 unless said. */
  readonly margin?: number;
}

/** Added to both squared norms, as in PyTorch, which has it in float32. */
const EPSILON = Math.fround(1e-12);

/**
 * Cosine distance of like vectors (target 1), cosine above the margin of unlike ones (target -1). a and b [batch, feature]
 * with target [batch], or [feature] with []; loss [], or of the target's shape with reduction 'none'. Where the cosine is the
 * margin exactly, the gradient is that above it. The cosine of a vector of zeros is 0. A target that is
 * neither 1 nor -1 costs nothing.
 */
export const cosineEmbedding = defineLayer<CosineEmbeddingConfig>({
  name: 'cosineEmbedding',
  formula:
    'loss = mean over n of 1 - cos[n] where t[n] = 1, max(0, cos[n] - margin) where t[n] = -1; cos = a.b / sqrt((a.a + 1e-12) (b.b + 1e-12))',
  source: 'torch.nn.CosineEmbeddingLoss',
  kinks: 'cos = margin where the target is -1',
  constants: ['target'],
  axes: { a: ['batch', 'feature'], b: ['batch', 'feature'] },

  cases: fc =>
    fc
      .record({
        batch: fc.constantFrom<number[][]>([], [1], [2], [3]),
        features: fc.integer({ min: 2, max: 5 }),
        reduction: lossReductions(fc),
        margin: fc.constantFrom(0, 0.25, -0.5),
      })
      .map(({ batch, features, ...config }) => ({
        config,
        args: {
          a: [...batch, features],
          b: [...batch, features],
          target: { shape: batch, integer: true, range: [-1, 1] as const },
        },
      })),

  forward(args, config) {
    const margin = read(args, config);
    const { a, b, target } = args;
    const terms = emptyLike(a.data, target.data.length);
    for (const [n, { start, length }] of lanesOf(a.shape, a.shape.length - 1).entries()) {
      const { cosine } = cosineOf(a.data, b.data, start, length);
      if (target.data[n] === 1) terms[n] = 1 - cosine;
      if (target.data[n] === -1) terms[n] = Math.max(0, cosine - margin);
    }
    return { loss: reduceTerms({ shape: target.shape, data: terms }, config.reduction) };
  },

  vjp(args, { loss }, config) {
    const margin = read(args, config);
    const { a, b, target } = args;
    const dTerms = spreadUpstream(loss, target.shape, config.reduction).data;
    const [da, db] = [zerosLike(a), zerosLike(b)];
    for (const [n, { start, length }] of lanesOf(a.shape, a.shape.length - 1).entries()) {
      const { cosine, aa, bb } = cosineOf(a.data, b.data, start, length);
      const t = target.data[n];
      const sign = t === 1 ? -1 : t === -1 && cosine >= margin ? 1 : 0;
      const norms = Math.sqrt(aa * bb);
      for (let i = start; i < start + length; i++) {
        da.data[i] = sign * dTerms[n] * (b.data[i] / norms - (cosine * a.data[i]) / aa);
        db.data[i] = sign * dTerms[n] * (a.data[i] / norms - (cosine * b.data[i]) / bb);
      }
    }
    return { a: da, b: db };
  },

  examples: [
    {
      name: 'like, unlike and neither',
      source: 'by hand but for the 1e-12: cosines 3/5, 3/5, 1',
      config: { margin: 0.25, reduction: 'none' },
      args: {
        a: tensor([3, 2], [1, 0, 2, 0, 1, 1]),
        b: tensor([3, 2], [3, 4, 3, 4, 1, 1]),
        target: tensor([3], [1, -1, 0]),
      },
      outputs: { loss: tensor([3], [0.4, 0.35, 0]) },
      upstream: { loss: tensor([3], [5, 10, 7]) },
      gradients: {
        a: tensor([3, 2], [0, -4, 0, 4, 0, 0]),
        b: tensor([3, 2], [-0.64, 0.48, 1.28, -0.96, 0, 0]),
      },
      tolerance: 1e-11,
    },
    {
      name: 'a right angle at margin 0; the mean',
      source: 'by hand but for the 1e-12',
      config: {},
      args: { a: tensor([1, 2], [2, 0]), b: tensor([1, 2], [0, 4]), target: tensor([1], [-1]) },
      outputs: { loss: tensor([], [0]) },
      upstream: { loss: tensor([], [8]) },
      gradients: { a: tensor([1, 2], [0, 4]), b: tensor([1, 2], [2, 0]) },
      tolerance: 1e-11,
    },
    {
      name: 'one sample without a batch, of zeros',
      source: 'by hand: the gradient is -b / sqrt(1e-12 * 25)',
      config: { reduction: 'sum' },
      args: { a: tensor([2]), b: tensor([2], [3, 4]), target: tensor([], [1]) },
      outputs: { loss: tensor([], [1]) },
      upstream: { loss: tensor([], [1]) },
      gradients: { a: tensor([2], [-0.6e6, -0.8e6]), b: tensor([2]) },
      tolerance: 1e-8,
    },
  ],
});

/** The margin, of arguments whose shapes fit. */
function read({ a, b, target }: Tensors, { margin = 0 }: CosineEmbeddingConfig): number {
  expectSameShape('cosineEmbedding', { a, b });
  if (a.shape.length !== 1 && a.shape.length !== 2) {
    throw new RangeError(
      `cosineEmbedding has inputs of shape [${a.shape.join(', ')}]; give [batch, feature] or [feature]`,
    );
  }
  expectShape('cosineEmbedding', 'target', target, a.shape.slice(0, -1));
  return real('cosineEmbedding', 'margin', margin);
}

/** The cosine between `length` numbers of each from `start`, and their squared norms. */
function cosineOf(a: Data, b: Data, start: number, length: number) {
  let [ab, aa, bb] = [0, EPSILON, EPSILON];
  for (let i = start; i < start + length; i++) {
    ab += a[i] * b[i];
    aa += a[i] ** 2;
    bb += b[i] ** 2;
  }
  return { cosine: ab / Math.sqrt(aa * bb), aa, bb };
}
