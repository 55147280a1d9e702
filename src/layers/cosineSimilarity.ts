import type * as FastCheck from 'fast-check';
import { broadcastPairs } from '../arbitraries.ts';
import { broadcastPositions, broadcastShape } from '../broadcast.ts';
import { reductionOf } from '../kernels/reduction.ts';
import { type CaseSpec, defineLayer } from '../layer.ts';
import { type Data, emptyLike, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface CosineSimilarityConfig {
  /** The axis along which the vectors lie, after broadcasting; negative counts from the end. 1 unless said. */
  readonly axis?: number;
  /** What a smaller norm is taken for; 1e-8 unless said. */
  readonly epsilon?: number;
}

/**
 * Cosine of the angle between two vectors along one axis. a and b of shapes that broadcast, output that shape without the
 * axis. A norm below epsilon is taken for epsilon, in each of the two by itself: with a vector of zeros the result is 0.
 * There the norm counts as constant in backward too (PyTorch's backward still lets it vary, which is not the derivative of
 * its forward; at a vector of zeros both are the same); so it does where it is epsilon exactly.
 */
export const cosineSimilarity = defineLayer<CosineSimilarityConfig>({
  name: 'cosineSimilarity',
  formula:
    'y = sum over i of a[i] b[i] / (A B), A = max(|a|, epsilon), B = max(|b|, epsilon); da[i] = dy (b[i] / (A B) - (y a[i] / A^2 if |a| > epsilon)), and so for b',
  source: 'torch.nn.CosineSimilarity',
  kinks: '|a| or |b| = epsilon',

  cases: fc => cases(fc),

  forward(args, config) {
    const { shape, y } = cosines(args, config);
    return { output: { shape, data: y } };
  },

  vjp(args, { output }, config) {
    const { a, b } = args;
    const { epsilon = 1e-8 } = config;
    const { ofA, ofB, into, normA, normB, y } = cosines(args, config);
    const da = zerosLike(a);
    const db = zerosLike(b);
    for (const [at, n] of into.entries()) {
      const dy = output.data[n];
      const A = Math.max(normA[n], epsilon);
      const B = Math.max(normB[n], epsilon);
      const throughA = normA[n] > epsilon ? (y[n] * a.data[ofA[at]]) / A ** 2 : 0;
      const throughB = normB[n] > epsilon ? (y[n] * b.data[ofB[at]]) / B ** 2 : 0;
      da.data[ofA[at]] += dy * (b.data[ofB[at]] / (A * B) - throughA);
      db.data[ofB[at]] += dy * (a.data[ofA[at]] / (A * B) - throughB);
    }
    return { a: da, b: db };
  },

  examples: [
    {
      name: 'two pairs: cos = 24/25, and opposite',
      source: 'by hand',
      config: {},
      args: { a: tensor([2, 2], [3, 4, 1, 0]), b: tensor([2, 2], [4, 3, -2, 0]) },
      outputs: { output: tensor([2], [0.96, -1]) },
      upstream: { output: tensor([2], [125, 2]) },
      gradients: { a: tensor([2, 2], [5.6, -4.2, 0, 0]), b: tensor([2, 2], [-4.2, 5.6, 0, 0]) },
    },
    {
      name: 'norms below epsilon are taken for it, and count as constant',
      source: 'by hand: 0.5 * 2 / (1 * 2)',
      config: { axis: 0, epsilon: 1 },
      args: { a: tensor([2], [0.5, 0]), b: tensor([2], [2, 0]) },
      outputs: { output: tensor([], [0.5]) },
      upstream: { output: tensor([], [4]) },
      gradients: { a: tensor([2], [4, 0]), b: tensor([2], [0, 0]) },
    },
    {
      name: 'a vector of zeros, and one vector against two',
      source: 'by hand',
      config: { axis: -1, epsilon: 0.5 },
      args: { a: tensor([2], [3, 4]), b: tensor([2, 2], [0, 0, 4, 3]) },
      outputs: { output: tensor([2], [0, 0.96]) },
      upstream: { output: tensor([2], [1, 125]) },
      gradients: { a: tensor([2], [5.6, -4.2]), b: tensor([2, 2], [1.2, 1.6, -4.2, 5.6]) },
    },
  ],
});

/** The cosines and the norms, and which elements of a and of b meet in which of them. */
function cosines({ a, b }: Tensors, { axis = 1, epsilon = 1e-8 }: CosineSimilarityConfig) {
  const common = broadcastShape('cosineSimilarity', a.shape, b.shape);
  const { shape, into } = reductionOf('cosineSimilarity', common, axis);
  const ofA = broadcastPositions(a.shape, common);
  const ofB = broadcastPositions(b.shape, common);
  const normA = norms(a.data, ofA, into, sizeOf(shape));
  const normB = norms(b.data, ofB, into, sizeOf(shape));
  const y = emptyLike(a.data, sizeOf(shape));
  for (const [at, n] of into.entries()) {
    y[n] += (a.data[ofA[at]] / Math.max(normA[n], epsilon)) * (b.data[ofB[at]] / Math.max(normB[n], epsilon));
  }
  return { shape, into, ofA, ofB, normA, normB, y };
}

/** The norm of each of `count` vectors: into[at] is the vector of x[of[at]]. */
function norms(x: Data, of: Int32Array, into: Int32Array, count: number): Data {
  const squares = emptyLike(x, count);
  for (const [at, n] of into.entries()) squares[n] += x[of[at]] ** 2;
  return squares.map(Math.sqrt);
}

/** Nothing is stretched along the axis of the vectors: the derivative by a number that is, is 0, of which rounding alone is left. */
function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<CosineSimilarityConfig>> {
  return fc
    .record({
      others: broadcastPairs(fc, { maxRank: 3, maxExtent: 3 }),
      length: fc.integer({ min: 1, max: 5 }),
      axesAfter: fc.nat(2),
      fromEnd: fc.boolean(),
      epsilon: fc.constantFrom(undefined, 1e-8, 0.5, 2),
    })
    .map(({ others: { a, b }, length, axesAfter, fromEnd, epsilon }) => {
      const after = Math.min(axesAfter, a.length, b.length);
      const withVectors = (shape: number[]) => shape.toSpliced(shape.length - after, 0, length);
      return {
        config: { axis: fromEnd ? -after - 1 : Math.max(a.length, b.length) - after, epsilon },
        args: { a: withVectors(a), b: withVectors(b) },
      };
    });
}
