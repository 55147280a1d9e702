import { type Data, describe, emptyLike, type Tensor, type Tensors } from '../../tensor.ts';
import type { Affine } from '../affine.ts';
import { expectShape } from '../expectShape.ts';
import { sum } from '../sum.ts';
import type { Head, HeadSizes } from './head.ts';
import { addedBy, type MaskKind } from './mask.ts';

export interface MultiHeadConfig {
  readonly embedDim: number;
  /** Each attends on its own, with embedDim / heads of the numbers. */
  readonly heads: number;
  /** Without biases there are no arguments `in_proj_bias` and `out_proj_bias`; true unless said. */
  readonly hasBias?: boolean;
  /** What `attn_mask` is. Unless said, boolean where it holds nothing but 0 and 1, not all of them 0, else additive. */
  readonly maskKind?: MaskKind;
}

/** The sizes that arguments and config agree on. */
export interface MultiHead {
  readonly batch: number;
  readonly heads: number;
  readonly embed: number;
  /** Those of every head. */
  readonly sizes: HeadSizes;
  /** What is added to the scores [queries, keys]; sample by sample, head by head. */
  readonly biases: readonly (Data | undefined)[];
  readonly weightsShape: readonly number[];
}

/** The maps into query, key and value, and out of what the heads give. */
export interface Projections {
  readonly query: Affine;
  readonly key: Affine;
  readonly value: Affine;
  readonly output: Affine;
}

/**
 * The projections among arguments, among their gradients or among their tangents. Query, key and value have a block of rows each
 * in in_proj_weight.
 */
export function projectionsOf(tensors: Tensors, { embed }: MultiHead): Projections {
  const { in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias } = tensors;
  const map = (weight: Tensor, bias: Tensor | undefined, block: number): Affine => ({
    rows: embed,
    columns: embed,
    weight: weight.data.subarray(block * embed * embed, (block + 1) * embed * embed),
    bias: bias?.data.subarray(block * embed, (block + 1) * embed),
  });
  return {
    query: map(in_proj_weight, in_proj_bias, 0),
    key: map(in_proj_weight, in_proj_bias, 1),
    value: map(in_proj_weight, in_proj_bias, 2),
    output: map(out_proj_weight, out_proj_bias, 0),
  };
}

/** The heads of projected query, key and value; sample by sample, head by head. */
export function headsOf(multiHead: MultiHead, projected: (name: keyof Head) => Data): Head[] {
  const [queries, keys, values] = (['query', 'key', 'value'] as const).map(name => toHeads(multiHead, projected(name)));
  return queries.map((query, at) => ({ query, key: keys[at], value: values[at] }));
}

/** The parts of a matrix [rows, batch, embed] that the heads have, each [rows, width]; sample by sample, head by head. */
export function toHeads({ batch, heads, embed, sizes: { width } }: MultiHead, matrix: Data): Data[] {
  const rows = matrix.length / (batch * embed);
  return Array.from({ length: batch * heads }, (_, at) => {
    const part = emptyLike(matrix, rows * width);
    for (let r = 0; r < rows; r++) {
      const from = (r * batch * heads + at) * width;
      part.set(matrix.subarray(from, from + width), r * width);
    }
    return part;
  });
}

/** The matrix of such parts, as large as `like`. */
export function fromHeads({ sizes: { width } }: MultiHead, parts: readonly Data[], like: Data): Data {
  const matrix = emptyLike(like);
  for (const [at, part] of parts.entries()) {
    for (let r = 0; r * width < part.length; r++) {
      matrix.set(part.subarray(r * width, (r + 1) * width), (r * parts.length + at) * width);
    }
  }
  return matrix;
}

/** The weights [batch, queries, keys] that the heads of every sample have on average. */
export function meanOverHeads({ batch, heads, sizes }: MultiHead, parts: readonly Data[], like: Data): Data {
  const size = sizes.queries * sizes.keys;
  const mean = emptyLike(like, batch * size);
  for (const [at, part] of parts.entries()) {
    const sample = Math.floor(at / heads) * size;
    for (let i = 0; i < size; i++) mean[sample + i] += part[i] / heads;
  }
  return mean;
}

/** @throws RangeError where a shape is not what the config asks for. */
export function multiHeadOf(args: Tensors, { embedDim: embed, heads, maskKind }: MultiHeadConfig): MultiHead {
  const layer = 'multiHeadAttention';
  if (!Number.isInteger(heads) || heads < 1 || !Number.isInteger(embed / heads)) {
    throw new RangeError(
      `${layer} has embedDim ${describe(embed)} and ${describe(heads)} heads; give a multiple of the number of heads`,
    );
  }
  const { query, key, value, in_proj_weight, in_proj_bias, out_proj_weight, out_proj_bias } = args;
  const batched = query.shape.length !== 2;
  const [queries, batch = 1] = query.shape.slice(0, -1);
  const [keys] = key.shape;
  const among = batched ? [batch] : [];
  expectShape(layer, 'query', query, batched ? ['queries', 'batch', embed] : ['queries', embed]);
  expectShape(layer, 'key', key, ['keys', ...among, embed]);
  expectShape(layer, 'value', value, [keys, ...among, embed]);
  expectShape(layer, 'in_proj_weight', in_proj_weight, [3 * embed, embed]);
  expectShape(layer, 'out_proj_weight', out_proj_weight, [embed, embed]);
  if (in_proj_bias) expectShape(layer, 'in_proj_bias', in_proj_bias, [3 * embed]);
  if (out_proj_bias) expectShape(layer, 'out_proj_bias', out_proj_bias, [embed]);

  const scores = [batch, heads, queries, keys];
  const masks: Data[] = [];
  const { key_padding_mask, attn_mask } = args;
  if (key_padding_mask) {
    expectShape(layer, 'key_padding_mask', key_padding_mask, [...among, keys]);
    const ofScores = { shape: [batch, 1, 1, keys], data: key_padding_mask.data };
    masks.push(addedBy(layer, 'key_padding_mask', ofScores, 0, scores));
  }
  if (attn_mask) {
    const ofHeads = attn_mask.shape.length === 3;
    expectShape(layer, 'attn_mask', attn_mask, [...(ofHeads ? [batch * heads] : []), queries, keys]);
    const ofScores = { shape: ofHeads ? scores : attn_mask.shape, data: attn_mask.data };
    masks.push(addedBy(layer, 'attn_mask', ofScores, 0, scores, maskKind));
  }
  const bias = masks.length > 0 ? masks.reduce(sum) : undefined;
  const size = queries * keys;
  const width = embed / heads;
  return {
    batch,
    heads,
    embed,
    sizes: { queries, keys, width, values: width, scale: 1 / Math.sqrt(width) },
    biases: Array.from({ length: batch * heads }, (_, at) => bias?.subarray(at * size, (at + 1) * size)),
    weightsShape: [...among, queries, keys],
  };
}
