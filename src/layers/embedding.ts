import type * as FastCheck from 'fast-check';
import { shapes } from '../arbitraries.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { matmul } from '../kernels/matmul.ts';
import { type CaseSpec, defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface EmbeddingConfig {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  /** A row whose gradient is 0; negative counts from the end. None unless said. */
  readonly paddingIndex?: number | null;
}

/**
 * Rows of a table: weight [numEmbeddings, embeddingDim], index of any shape (a scalar included), output [...index,
 * embeddingDim]. The gradients of a row that is read more than once add up. The row paddingIndex is read like any other,
 * but its gradient is 0: by convention, not by calculus, so that the cases to check, unlike the examples, do not read it.
 */
export const embedding = defineLayer<EmbeddingConfig>({
  name: 'embedding',
  formula: 'y[n, d] = W[index[n], d]; dW[k, d] = sum of dy[n, d] over the n with index[n] = k, 0 if k = paddingIndex',
  source: 'torch.nn.Embedding',
  linear: ['weight'],
  constants: ['index'],
  axes: { weight: ['row', 'feature'] },
  cases: fc => cases(fc),

  forward(args, config) {
    const { weight, index } = args;
    const { embeddingDim } = config;
    checkArgs(args, config);
    const y = emptyLike(weight.data, index.data.length * embeddingDim);
    for (let n = 0; n < index.data.length; n++) {
      for (let d = 0; d < embeddingDim; d++) {
        y[n * embeddingDim + d] = weight.data[index.data[n] * embeddingDim + d];
      }
    }
    return { output: { shape: [...index.shape, embeddingDim], data: y } };
  },

  vjp(args, { output }, config) {
    const { weight, index } = args;
    const { embeddingDim } = config;
    checkArgs(args, config);
    const padding = paddingRow(config);
    const dW = zerosLike(weight);
    for (let n = 0; n < index.data.length; n++) {
      if (index.data[n] === padding) continue;
      for (let d = 0; d < embeddingDim; d++) {
        dW.data[index.data[n] * embeddingDim + d] += output.data[n * embeddingDim + d];
      }
    }
    return { weight: dW };
  },

  alternatives: { oneHot: oneHot() },

  examples: [
    {
      name: 'a row that is read twice',
      source: 'by hand',
      config: { numEmbeddings: 3, embeddingDim: 2 },
      args: { weight: tensor([3, 2], [1, 2, 3, 4, 5, 6]), index: tensor([3], [2, 0, 2]) },
      outputs: { output: tensor([3, 2], [5, 6, 1, 2, 5, 6]) },
      upstream: { output: tensor([3, 2], [1, 2, 3, 4, -3, 5]) },
      gradients: { weight: tensor([3, 2], [3, 4, 0, 0, -2, 7]) },
    },
    {
      name: 'the padding row, counted from the end, is read but gets gradient 0; indices of rank 2',
      source: 'by hand',
      config: { numEmbeddings: 3, embeddingDim: 1, paddingIndex: -1 },
      args: { weight: tensor([3, 1], [1, 2, 3]), index: tensor([2, 2], [2, 1, 1, 0]) },
      outputs: { output: tensor([2, 2, 1], [3, 2, 2, 1]) },
      upstream: { output: tensor([2, 2, 1], [5, 1, 2, 4]) },
      gradients: { weight: tensor([3, 1], [4, 3, 0]) },
    },
    {
      name: 'a scalar index',
      source: 'by hand',
      config: { numEmbeddings: 2, embeddingDim: 2, paddingIndex: 0 },
      args: { weight: tensor([2, 2], [1, 2, 3, 4]), index: tensor([], [1]) },
      outputs: { output: tensor([2], [3, 4]) },
      upstream: { output: tensor([2], [-1, 7]) },
      gradients: { weight: tensor([2, 2], [0, 0, -1, 7]) },
    },
  ],
});

function checkArgs({ weight, index }: Tensors, { numEmbeddings, embeddingDim }: EmbeddingConfig): void {
  expectShape('embedding', 'weight', weight, [numEmbeddings, embeddingDim]);
  const wrong = index.data.find(k => !(Number.isInteger(k) && k >= 0 && k < numEmbeddings));
  if (wrong !== undefined) {
    throw new RangeError(`embedding has the index ${wrong}; give integers from 0 to ${numEmbeddings - 1}`);
  }
}

/** The row of the padding counted from 0; undefined where there is none. */
function paddingRow({ numEmbeddings, paddingIndex }: EmbeddingConfig): number | undefined {
  if (paddingIndex === undefined || paddingIndex === null) return undefined;
  if (!Number.isInteger(paddingIndex) || paddingIndex < -numEmbeddings || paddingIndex >= numEmbeddings) {
    throw new RangeError(
      `embedding has paddingIndex ${paddingIndex}; give an integer from ${-numEmbeddings} to ${numEmbeddings - 1}`,
    );
  }
  return paddingIndex < 0 ? paddingIndex + numEmbeddings : paddingIndex;
}

/** By matrix products with H [count, numEmbeddings], of which row n has its 1 at index[n]: Y = H W, dW = H' dY. */
function oneHot(): Implementation<EmbeddingConfig> {
  return {
    forward(args, config) {
      const { weight, index } = args;
      const { numEmbeddings, embeddingDim } = config;
      checkArgs(args, config);
      const count = index.data.length;
      const H = oneHotRows(weight.data, index.data, numEmbeddings);
      const y = emptyLike(weight.data, count * embeddingDim);
      matmul(count, numEmbeddings, embeddingDim, H, 'plain', weight.data, 'plain', y);
      return { output: { shape: [...index.shape, embeddingDim], data: y } };
    },
    vjp(args, { output }, config) {
      const { weight, index } = args;
      const { numEmbeddings, embeddingDim } = config;
      checkArgs(args, config);
      const H = oneHotRows(weight.data, index.data, numEmbeddings);
      const dW = zerosLike(weight);
      matmul(numEmbeddings, index.data.length, embeddingDim, H, 'transposed', output.data, 'plain', dW.data);
      const padding = paddingRow(config);
      if (padding !== undefined) dW.data.fill(0, padding * embeddingDim, (padding + 1) * embeddingDim);
      return { weight: dW };
    },
  };
}

function oneHotRows(like: Data, index: Data, width: number): Data {
  const H = emptyLike(like, index.length * width);
  for (let n = 0; n < index.length; n++) H[n * width + index[n]] = 1;
  return H;
}

function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<EmbeddingConfig>> {
  return fc
    .record({
      numEmbeddings: fc.integer({ min: 2, max: 5 }),
      embeddingDim: fc.integer({ min: 1, max: 4 }),
      shape: fc.oneof(
        { weight: 5, arbitrary: shapes(fc, { maxRank: 3, maxExtent: 3 }) },
        { weight: 1, arbitrary: fc.constant([]) },
      ),
      padding: fc.option(fc.nat(4)),
      fromEnd: fc.boolean(),
    })
    .chain(({ numEmbeddings, embeddingDim, shape, padding, fromEnd }) => {
      const row = padding === null ? undefined : padding % numEmbeddings;
      const others = Array.from({ length: numEmbeddings }, (_, k) => k).filter(k => k !== row);
      const paddingIndex = row === undefined ? null : row - (fromEnd ? numEmbeddings : 0);
      return fc
        .array(fc.constantFrom(...others), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
        .map(values => ({
          config: { numEmbeddings, embeddingDim, paddingIndex },
          args: {
            weight: [numEmbeddings, embeddingDim],
            index: { shape, integer: true, range: [0, numEmbeddings - 1] as const, values },
          },
        }));
    });
}
