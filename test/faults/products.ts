import {
  addBroadcast,
  bilinear,
  type CaseSpec,
  embedding,
  type Layer,
  linear,
  matmul,
  mulBroadcast,
  type Tensors,
} from '../../src/index.ts';
import { broadcastPositions } from '../../src/broadcast.ts';
import type { BilinearConfig } from '../../src/layers/bilinear.ts';
import type { EmbeddingConfig } from '../../src/layers/embedding.ts';
import type { Data } from '../../src/tensor.ts';
import { type Fault, rightGradients, wrong } from './fault.ts';

/** The numbers of arguments, upstream and right gradients, by name. */
interface Work<C> {
  readonly args: Readonly<Record<string, Data>>;
  readonly dy: Data;
  readonly gradients: Readonly<Record<string, Data>>;
  readonly config: C;
}

/** A layer whose gradients are right but for what `backward` makes of them, in the given settings. */
function faulty<C>(layer: Layer<C>, cases: readonly CaseSpec<C>[], backward: (work: Work<C>) => void): Layer<C> {
  const numbers = (tensors: Tensors) =>
    Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
  return wrong(layer, {
    cases,
    vjp: (args, upstream, config) => {
      const right = rightGradients(layer, args, upstream, config);
      backward({ args: numbers(args), dy: upstream.output.data, gradients: numbers(right), config });
      return right;
    },
  });
}

const pair = (a: number[], b: number[]): CaseSpec => ({ config: {}, args: { a, b } });

/** One scale or shift for each of three channels of [2, 3, 2]. */
const channels = pair([2, 3, 2], [3, 1]);
const squares = pair([3, 3], [3, 3]);
/** A matrix for each of a batch of two, and one for all of them. */
const stretched = pair([2, 3, 2], [2, 4]);

const bilinearForm: CaseSpec<BilinearConfig> = {
  config: { in1: 3, in2: 3, out: 2 },
  args: { a: [4, 3], b: [4, 3], weight: [2, 3, 3], bias: [2] },
};

/** Two rows of indices, with one row of the table read three times and one not at all. */
const table: CaseSpec<EmbeddingConfig> = {
  config: { numEmbeddings: 4, embeddingDim: 2 },
  args: { weight: [4, 2], index: { shape: [2, 3], integer: true, values: [1, 3, 1, 0, 3, 1] } },
};

const fail = { verdict: 'fail', check: 'exact' } as const;

/** Products, broadcasting and look-ups that are wrong. */
export const products: readonly Fault[] = [
  {
    name: 'da is dy times b, not transposed',
    layer: faulty(matmul, [squares], ({ args: { b }, dy, gradients: { a: da } }) => {
      da.fill(0);
      for (let r = 0; r < 3; r++) {
        for (let c = 0; c < 3; c++) for (let k = 0; k < 3; k++) da[r * 3 + k] += dy[r * 3 + c] * b[c * 3 + k];
      }
    }),
    expected: { ...fail, argument: 'a', causes: ['transposed'] },
  },
  {
    name: 'the gradient of a matrix that serves a batch is that of the last product only',
    layer: faulty(matmul, [stretched], ({ args: { a }, dy, gradients: { b: db } }) => {
      db.fill(0);
      for (let k = 0; k < 2; k++) {
        for (let c = 0; c < 4; c++) {
          for (let r = 0; r < 3; r++) db[k * 4 + c] += a[6 + r * 2 + k] * dy[12 + r * 4 + c];
        }
      }
    }),
    expected: { ...fail, argument: 'b', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'the gradient of a matrix that serves a batch is averaged over it',
    layer: faulty(matmul, [stretched], ({ gradients: { b: db } }) => {
      for (let i = 0; i < db.length; i++) db[i] /= 2;
    }),
    expected: { ...fail, argument: 'b', causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'pairs of columns are taken at a time, and an odd one is left out of da',
    layer: faulty(matmul, [pair([2, 3], [3, 4]), squares], ({ args: { b }, dy, gradients: { a: da } }) => {
      const columns = b.length / 3;
      if (columns % 2 === 0) return;
      for (let at = 0; at < da.length; at++) {
        da[at] -= dy[Math.floor(at / 3) * columns + columns - 1] * b[(at % 3) * columns + columns - 1];
      }
    }),
    expected: { ...fail, argument: 'a', wrong: { count: 9 }, causes: ['border'] },
  },
  {
    name: 'the gradient of the left vector of two is the left vector',
    layer: faulty(matmul, [pair([3], [3])], ({ args: { a }, dy, gradients: { a: da } }) => {
      for (let i = 0; i < 3; i++) da[i] = dy[0] * a[i];
    }),
    expected: { ...fail, argument: 'a', causes: ['another-argument'] },
  },
  {
    name: 'da goes through the transposed form, as large on both sides',
    layer: faulty(bilinear, [bilinearForm], ({ args: { b, weight }, dy, gradients: { a: da } }) => {
      da.fill(0);
      forEachTerm((n, o, i, j) => {
        da[n * 3 + i] += dy[n * 2 + o] * weight[(o * 3 + j) * 3 + i] * b[n * 3 + j];
      });
    }),
    expected: { ...fail, argument: 'a', causes: ['transposed'] },
  },
  {
    name: 'dW of a bilinear form holds the last sample only',
    layer: faulty(bilinear, [bilinearForm], ({ args: { a, b }, dy, gradients: { weight: dW } }) => {
      forEachTerm((n, o, i, j) => {
        dW[(o * 3 + i) * 3 + j] = dy[n * 2 + o] * a[n * 3 + i] * b[n * 3 + j];
      });
    }),
    expected: { ...fail, argument: 'weight', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'the gradients of the two vectors are swapped',
    layer: faulty(bilinear, [bilinearForm], ({ gradients }) => swap(gradients.a, gradients.b)),
    expected: { ...fail, argument: ['a', 'b'], causes: ['another-argument'] },
  },
  {
    name: 'the bias of a bilinear form is averaged over the batch',
    layer: faulty(bilinear, [bilinearForm], ({ gradients: { bias } }) => {
      for (let o = 0; o < 2; o++) bias[o] /= 4;
    }),
    expected: { ...fail, argument: 'bias', causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'a shift for each channel is averaged over what it was stretched to',
    layer: faulty(addBroadcast, [channels], ({ gradients: { b: db } }) => {
      for (let i = 0; i < 3; i++) db[i] /= 4;
    }),
    expected: { ...fail, argument: 'b', wrong: { count: 3 }, causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'a shift for each channel gets the gradient of its last place only',
    layer: faulty(addBroadcast, [channels], ({ dy, gradients: { b: db } }) => {
      for (const [at, channel] of broadcastPositions([3, 1], [2, 3, 2]).entries()) db[channel] = dy[at];
    }),
    expected: { ...fail, argument: 'b', causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'the axes of a vector are aligned at the first axis in backward, which is as long as the last',
    layer: faulty(addBroadcast, [pair([3, 3], [3])], ({ dy, gradients: { b: db } }) => {
      db.fill(0);
      for (let at = 0; at < 9; at++) db[Math.floor(at / 3)] += dy[at];
    }),
    expected: { ...fail, argument: 'b', causes: ['wrongly-reduced'] },
  },
  {
    name: 'the gradient of a stretched tensor is not summed, shape and all',
    layer: wrong(addBroadcast, {
      cases: [channels],
      vjp: (_args, { output }) => ({ a: output, b: output }),
    }),
    expected: { verdict: 'error', check: 'contract', argument: 'b', code: 'shape' },
  },
  {
    name: 'the scales are read one after the other in backward, whatever axis they lie along',
    layer: faulty(mulBroadcast, [channels], ({ args: { b }, dy, gradients: { a: da } }) => {
      for (let at = 0; at < 12; at++) da[at] = dy[at] * b[at % 3];
    }),
    expected: { ...fail, argument: 'a', causes: ['wrong-channel'] },
  },
  {
    name: 'the upstream of a product is not used',
    layer: faulty(mulBroadcast, [channels], ({ args: { b }, gradients: { a: da } }) => {
      for (let at = 0; at < 12; at++) da[at] = b[Math.floor(at / 2) % 3];
    }),
    expected: { ...fail, check: 'contract', argument: 'a', code: 'upstream-ignored', causes: ['upstream-ignored'] },
  },
  {
    name: 'the gradients of the two factors are swapped',
    layer: faulty(mulBroadcast, [squares], ({ gradients }) => swap(gradients.a, gradients.b)),
    expected: { ...fail, argument: ['a', 'b'], causes: ['another-argument'] },
  },
  {
    name: 'repeated indices overwrite each other',
    layer: faulty(embedding, [table], ({ args: { index }, dy, gradients: { weight: dW } }) => {
      for (let at = 0; at < 12; at++) dW[index[at >> 1] * 2 + (at & 1)] = dy[at];
    }),
    expected: { ...fail, argument: 'weight', wrong: { count: 4 }, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'the gradient of a row is divided by how often it is read',
    layer: faulty(embedding, [table], ({ args: { index }, gradients: { weight: dW } }) => {
      for (let at = 0; at < 8; at++) dW[at] /= Math.max(index.filter(row => row === at >> 1).length, 1);
    }),
    expected: { ...fail, argument: 'weight', wrong: { count: 4 }, causes: ['wrongly-reduced', 'scaled'] },
  },
  {
    name: 'only the first row of indices is gone through',
    layer: faulty(embedding, [table], ({ args: { index }, dy, gradients: { weight: dW } }) => {
      dW.fill(0);
      for (let at = 0; at < 6; at++) dW[index[at >> 1] * 2 + (at & 1)] += dy[at];
    }),
    expected: { ...fail, argument: 'weight', causes: ['not-reduced', 'border'] },
  },
  {
    name: 'the row of the padding gets a gradient',
    layer: wrong(embedding, {
      examples: embedding.examples,
      vjp: (args, upstream, config) =>
        rightGradients(embedding, args, upstream, { ...config, paddingIndex: undefined }),
    }),
    expected: {
      verdict: 'fail',
      check: 'examples',
      argument: 'weight',
      wrong: { count: 1, index: [2, 0] },
      causes: ['another-config'],
    },
  },
  {
    name: 'a row that is counted from the end is no padding in backward',
    layer: wrong(embedding, {
      examples: embedding.examples,
      vjp: (args, upstream, config) => {
        const { paddingIndex } = config;
        return rightGradients(embedding, args, upstream, {
          ...config,
          paddingIndex: (paddingIndex ?? -1) < 0 ? undefined : paddingIndex,
        });
      },
    }),
    expected: {
      verdict: 'fail',
      check: 'examples',
      argument: 'weight',
      wrong: { count: 1, index: [2, 0] },
      causes: ['another-config'],
    },
  },
  {
    name: 'two leading axes of a linear layer are mixed up in dx',
    layer: faulty(
      linear,
      [{ config: { inFeatures: 2, outFeatures: 3 }, args: { input: [2, 3, 2], weight: [3, 2], bias: [3] } }],
      ({ args: { weight }, dy, gradients: { input: dx } }) => {
        dx.fill(0);
        for (let n = 0; n < 2; n++) {
          for (let t = 0; t < 3; t++) {
            for (let o = 0; o < 3; o++) {
              for (let i = 0; i < 2; i++) dx[(n * 3 + t) * 2 + i] += dy[(t * 2 + n) * 3 + o] * weight[o * 2 + i];
            }
          }
        }
      },
    ),
    expected: { ...fail, argument: 'input', causes: ['transposed', 'misplaced'] },
  },
];

/** Every term of the bilinear form: sample, output, and the two features. */
function forEachTerm(visit: (n: number, o: number, i: number, j: number) => void): void {
  for (let n = 0; n < 4; n++) {
    for (let o = 0; o < 2; o++) {
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) visit(n, o, i, j);
    }
  }
}

function swap(a: Data, b: Data): void {
  const kept = a.slice();
  a.set(b);
  b.set(kept);
}
