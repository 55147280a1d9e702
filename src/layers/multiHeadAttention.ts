import type * as FastCheck from 'fast-check';
import { type Affine, affine, affineBackward, affineTangent } from '../kernels/affine.ts';
import { affineRows, affineRowsBackward } from '../kernels/affineRows.ts';
import * as blocked from '../kernels/attention/blockedHead.ts';
import * as reference from '../kernels/attention/head.ts';
import {
  fromHeads,
  headsOf,
  type MultiHeadConfig,
  meanOverHeads,
  multiHeadOf,
  projectionsOf,
  toHeads,
} from '../kernels/attention/multiHead.ts';
import { type CaseSpec, defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, tensor, zerosLike } from '../tensor.ts';

const LN3 = Math.log(3);

/**
 * Multi-head attention. query [queries, batch, embed], key and value [keys, batch, embed], in_proj_weight [3 embed, embed],
 * its blocks of rows for query, key and value, in_proj_bias [3 embed], out_proj_weight [embed, embed], out_proj_bias [embed];
 * output like query, attentionWeights [batch, queries, keys], their mean over the heads. Or all without the axis of the batch.
 *
 * Constants: `key_padding_mask` [batch, keys], or [keys], and `attn_mask` [queries, keys] or [batch * heads, queries, keys].
 * Where boolean, 1 hides a key; else they are added to the scores. A query from which every key is hidden has weights 0, so
 * that its output is out_proj_bias, and passes nothing back.
 */
export const multiHeadAttention = defineLayer<MultiHeadConfig>({
  name: 'multiHeadAttention',
  formula:
    'y = b + sum over heads of W (p v), p = softmax of (q k / sqrt(width) + masks), q, k, v = projections of query, key, value; width = embed / heads',
  source: 'torch.nn.MultiheadAttention; Vaswani et al. 2017, section 3.2.2',
  linear: ['value', 'out_proj_weight', 'out_proj_bias'],
  constants: ['key_padding_mask', 'attn_mask'],
  axes: {
    in_proj_weight: ['projected', 'feature'],
    out_proj_weight: ['feature', 'head feature'],
  },
  cases: fc => cases(fc),

  ...by({ project: projectRows, projectBackward: projectRowsBackward, ...reference }),

  jvp(args, tangents, config) {
    const multiHead = multiHeadOf(args, config);
    const { sizes, biases, weightsShape } = multiHead;
    const [maps, mapsDot] = [projectionsOf(args, multiHead), projectionsOf(tangents, multiHead)];
    const heads = headsOf(multiHead, name => projectRows(maps[name], args[name].data));
    const headsDot = headsOf(multiHead, name =>
      projectRowsTangent(maps[name], args[name].data, mapsDot[name], tangents[name].data),
    );
    const outputs = heads.map((head, at) => reference.attend(head, biases[at], sizes).output);
    const rates = heads.map((head, at) => reference.attendTangent(head, biases[at], sizes, headsDot[at]));
    const { shape, data: like } = args.query;
    const context = fromHeads(multiHead, outputs, like);
    const contextDot = fromHeads(
      multiHead,
      rates.map(({ output }) => output),
      like,
    );
    const weightsDot = rates.map(({ weights }) => weights);
    return {
      output: { shape, data: projectRowsTangent(maps.output, context, mapsDot.output, contextDot) },
      attentionWeights: { shape: weightsShape, data: meanOverHeads(multiHead, weightsDot, like) },
    };
  },

  alternatives: { blocked: by({ project: affineRows, projectBackward: affineRowsBackward, ...blocked }) },

  examples: [
    {
      name: 'projections that change nothing: heads with weights 1/4, 3/4 and 1/2, 1/2',
      source: 'by hand',
      config: { embedDim: 2, heads: 2, hasBias: false },
      args: {
        query: tensor([1, 1, 2], [1, 1]),
        key: tensor([2, 1, 2], [0, 0, LN3, 0]),
        value: tensor([2, 1, 2], [4, 2, 8, 6]),
        in_proj_weight: tensor([6, 2], [1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]),
        out_proj_weight: tensor([2, 2], [1, 0, 0, 1]),
      },
      outputs: { output: tensor([1, 1, 2], [7, 4]), attentionWeights: tensor([1, 1, 2], [0.375, 0.625]) },
      upstream: { output: tensor([1, 1, 2], [16, 2]), attentionWeights: tensor([1, 1, 2], [0, 8]) },
      gradients: {
        query: tensor([1, 1, 2], [12.75 * LN3, 0]),
        key: tensor([2, 1, 2], [-12.75, -3, 12.75, 3]),
        value: tensor([2, 1, 2], [4, 1, 12, 1]),
        in_proj_weight: tensor([6, 2], [12.75 * LN3, 12.75 * LN3, 0, 0, 12.75 * LN3, 0, 3 * LN3, 0, 112, 80, 12, 8]),
        out_proj_weight: tensor([2, 2], [112, 64, 14, 8]),
      },
    },
    {
      name: 'both masks: the first query sees the first key, the second none and gives out_proj_bias',
      source: 'by hand',
      config: { embedDim: 1, heads: 1 },
      args: {
        query: tensor([2, 1], [1, 1]),
        key: tensor([2, 1], [0, LN3]),
        value: tensor([2, 1], [4, 8]),
        in_proj_weight: tensor([3, 1], [1, 1, 1]),
        out_proj_weight: tensor([1, 1], [2]),
        in_proj_bias: tensor([3], [0, 0, 0]),
        out_proj_bias: tensor([1], [5]),
        key_padding_mask: tensor([2], [0, 1]),
        attn_mask: tensor([2, 2], [0, 0, 1, 0]),
      },
      outputs: { output: tensor([2, 1], [13, 5]), attentionWeights: tensor([2, 2], [1, 0, 0, 0]) },
      upstream: { output: tensor([2, 1], [1, 3]), attentionWeights: tensor([2, 2], [7, 7, 7, 7]) },
      gradients: {
        query: tensor([2, 1], [0, 0]),
        key: tensor([2, 1], [0, 0]),
        value: tensor([2, 1], [2, 0]),
        in_proj_weight: tensor([3, 1], [0, 0, 8]),
        out_proj_weight: tensor([1, 1], [4]),
        in_proj_bias: tensor([3], [0, 0, 2]),
        out_proj_bias: tensor([1], [4]),
      },
    },
  ],
});

/** What an implementation is made of: projections of all rows, and one head. */
interface Primitives extends Pick<typeof blocked, 'attend' | 'attendBackward'> {
  readonly project: typeof affineRows;
  readonly projectBackward: typeof affineRowsBackward;
}

function by({ project, projectBackward, attend, attendBackward }: Primitives): Implementation<MultiHeadConfig> {
  return {
    forward(args, config) {
      const multiHead = multiHeadOf(args, config);
      const { sizes, biases, weightsShape } = multiHead;
      const maps = projectionsOf(args, multiHead);
      const heads = headsOf(multiHead, name => project(maps[name], args[name].data));
      const results = heads.map((head, at) => attend(head, biases[at], sizes));
      const { shape, data: like } = args.query;
      const context = fromHeads(
        multiHead,
        results.map(({ output }) => output),
        like,
      );
      const weights = results.map(each => each.weights);
      return {
        output: { shape, data: project(maps.output, context) },
        attentionWeights: { shape: weightsShape, data: meanOverHeads(multiHead, weights, like) },
      };
    },

    vjp(args, upstream, config) {
      const multiHead = multiHeadOf(args, config);
      const { sizes, biases } = multiHead;
      const size = sizes.queries * sizes.keys;
      const maps = projectionsOf(args, multiHead);
      const heads = headsOf(multiHead, name => project(maps[name], args[name].data));
      const outputs = heads.map((head, at) => attend(head, biases[at], sizes).output);
      const context = fromHeads(multiHead, outputs, args.query.data);

      const { key_padding_mask: _padding, attn_mask: _mask, ...primals } = args;
      const gradients = Object.fromEntries(Object.entries(primals).map(([name, value]) => [name, zerosLike(value)]));
      const dMaps = projectionsOf(gradients, multiHead);
      const dContext = projectBackward(maps.output, context, upstream.output.data, dMaps.output);
      const dOutputs = toHeads(multiHead, dContext);
      const dHeads = heads.map((head, at) => {
        const from = Math.floor(at / multiHead.heads) * size;
        const dWeights = upstream.attentionWeights.data.subarray(from, from + size).map(d => d / multiHead.heads);
        return attendBackward(head, biases[at], sizes, { output: dOutputs[at], weights: dWeights });
      });
      for (const name of ['query', 'key', 'value'] as const) {
        const { data: x } = args[name];
        const dProjected = fromHeads(
          multiHead,
          dHeads.map(head => head[name]),
          x,
        );
        gradients[name].data.set(projectBackward(maps[name], x, dProjected, dMaps[name]));
      }
      return gradients;
    },
  };
}

/** Y = X W' + b, row by row. */
function projectRows(map: Affine, x: Data): Data {
  return mapRows(x, map, row => affine(map, row));
}

function projectRowsBackward(map: Affine, x: Data, dy: Data, gradient: Affine): Data {
  return mapRows(x, map, (row, n) => affineBackward(map, row, rowOf(dy, map, n), gradient));
}

function projectRowsTangent(map: Affine, x: Data, dot: Affine, xDot: Data): Data {
  return mapRows(x, map, (row, n) => affineTangent(map, row, dot, rowOf(xDot, map, n)));
}

/** A function of every row of a matrix, which has as many numbers as a square map takes and gives. */
function mapRows(x: Data, map: Affine, of: (row: Data, n: number) => Data): Data {
  const y = emptyLike(x);
  for (let n = 0; n * map.columns < x.length; n++) y.set(of(rowOf(x, map, n), n), n * map.columns);
  return y;
}

function rowOf(matrix: Data, { columns }: Affine, n: number): Data {
  return matrix.subarray(n * columns, (n + 1) * columns);
}

function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<MultiHeadConfig>> {
  const extent = fc.integer({ min: 1, max: 3 });
  const few = fc.integer({ min: 1, max: 2 });
  return fc
    .record({
      heads: extent,
      width: few,
      queries: extent,
      keys: extent,
      among: fc.array(few, { maxLength: 1 }),
      hasBias: fc.boolean(),
      padding: fc.boolean(),
      mask: fc.constantFrom('none', 'boolean', 'additive', '0 and 1'),
      ofHeads: fc.boolean(),
    })
    .map(({ heads, width, queries, keys, among, hasBias, padding, mask, ofHeads }) => {
      const embedDim = heads * width;
      const [batch = 1] = among;
      const shape = [...(ofHeads ? [batch * heads] : []), queries, keys];
      return {
        config: { embedDim, heads, hasBias, ...((mask === 'boolean' || mask === 'additive') && { maskKind: mask }) },
        args: {
          query: [queries, ...among, embedDim],
          key: [keys, ...among, embedDim],
          value: [keys, ...among, embedDim],
          in_proj_weight: [3 * embedDim, embedDim],
          out_proj_weight: [embedDim, embedDim],
          ...(hasBias && { in_proj_bias: [3 * embedDim], out_proj_bias: [embedDim] }),
          ...(padding && { key_padding_mask: { shape: [...among, keys], range: [0, 1], integer: true } }),
          ...(mask === 'additive' && { attn_mask: { shape, range: [-2, 2], differentiable: false } }),
          ...((mask === 'boolean' || mask === '0 and 1') && { attn_mask: { shape, range: [0, 1], integer: true } }),
        },
      };
    });
}
