import type * as FastCheck from 'fast-check';
import { broadcastPositions, broadcastShape } from '../broadcast.ts';
import * as blocked from '../kernels/attention/blockedHead.ts';
import * as reference from '../kernels/attention/head.ts';
import { addedBy, type MaskKind } from '../kernels/attention/mask.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { type CaseSpec, defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface ScaledDotProductAttentionConfig {
  /** Query l sees keys 0 to l alone, whatever the numbers of queries and keys; false unless said. */
  readonly causal?: boolean;
  /** What the mask is. Unless said, boolean where it holds nothing but 0 and 1, not all of them 0, else additive. */
  readonly maskKind?: MaskKind;
  /** The factor of the scores; 1 / sqrt(width) unless said. */
  readonly scale?: number;
}

/**
 * Attention of queries to keys: query [..., queries, width], key [..., keys, width], value [..., keys, features], output [...,
 * queries, features]; leading axes broadcast. A constant `mask` that broadcasts to the scores [..., queries, keys] is either
 * boolean, 1 where a query sees a key, or added to the scores. A query that sees no key, all its scores being -Infinity, gives
 * 0 and passes nothing back.
 */
export const scaledDotProductAttention = defineLayer<ScaledDotProductAttentionConfig>({
  name: 'scaledDotProductAttention',
  formula: 'y[l] = sum over s of p[l, s] v[s], p[l] = softmax over s of (scale q[l] k[s] + mask[l, s])',
  source: 'torch.nn.functional.scaled_dot_product_attention; Vaswani et al. 2017, eq. 1',
  linear: ['value'],
  constants: ['mask'],
  axes: {
    query: ['batch', 'query', 'width'],
    key: ['batch', 'key', 'width'],
    value: ['batch', 'key', 'feature'],
    output: ['batch', 'query', 'feature'],
  },
  cases: fc => cases(fc),

  ...by(reference),

  jvp(args, tangents, config) {
    const { heads, sizes, shape } = read(args, config);
    const output = emptyLike(args.query.data, sizeOf(shape));
    for (const [at, { of, bias }] of heads.entries()) {
      const rates = reference.attendTangent(of(args), bias, sizes, of(tangents));
      output.set(rates.output, at * rates.output.length);
    }
    return { output: { shape, data: output } };
  },

  alternatives: { blocked: by(blocked) },

  examples: [
    {
      name: 'weights 3/4 and 1/4: the score ln 3 is half of 2 ln 3, the width being 4',
      source: 'by hand',
      config: {},
      args: {
        query: tensor([1, 4], [2, 0, 0, 0]),
        key: tensor([2, 4], [Math.log(3), 0, 0, 0, 0, 0, 0, 0]),
        value: tensor([2, 1], [4, 8]),
      },
      outputs: { output: tensor([1, 1], [5]) },
      upstream: { output: tensor([1, 1], [16]) },
      gradients: {
        query: tensor([1, 4], [-6 * Math.log(3), 0, 0, 0]),
        key: tensor([2, 4], [-12, 0, 0, 0, 12, 0, 0, 0]),
        value: tensor([2, 1], [12, 4]),
      },
    },
    {
      name: 'causal with more keys than queries: nobody sees the third',
      source: 'by hand',
      config: { causal: true },
      args: {
        query: tensor([2, 1], [5, 1]),
        key: tensor([3, 1], [0, Math.log(3), 100]),
        value: tensor([3, 1], [4, 8, 1000]),
      },
      outputs: { output: tensor([2, 1], [4, 7]) },
      upstream: { output: tensor([2, 1], [1, 16]) },
      gradients: {
        query: tensor([2, 1], [0, 12 * Math.log(3)]),
        key: tensor([3, 1], [-12, 12, 0]),
        value: tensor([3, 1], [5, 12, 0]),
      },
    },
    {
      name: 'a boolean mask: a query that sees no key gives 0 and passes nothing back',
      source: 'by hand',
      config: {},
      args: {
        query: tensor([2, 1], [1, 1]),
        key: tensor([2, 1], [6, 7]),
        value: tensor([2, 1], [3, 5]),
        mask: tensor([2, 2], [1, 0, 0, 0]),
      },
      outputs: { output: tensor([2, 1], [3, 0]) },
      upstream: { output: tensor([2, 1], [2, 7]) },
      gradients: { query: tensor([2, 1], [0, 0]), key: tensor([2, 1], [0, 0]), value: tensor([2, 1], [2, 0]) },
    },
    {
      name: 'an additive mask, and two queries of a batch that share keys and values',
      source: 'by hand: weights 3/4, 1/4 and 0',
      config: {},
      args: {
        query: tensor([2, 1, 1], [0, 0]),
        key: tensor([3, 1], [1, 2, 3]),
        value: tensor([3, 1], [4, 8, 1000]),
        mask: tensor([3], [Math.log(3), 0, Number.NEGATIVE_INFINITY]),
      },
      outputs: { output: tensor([2, 1, 1], [5, 5]) },
      upstream: { output: tensor([2, 1, 1], [16, 32]) },
      gradients: {
        query: tensor([2, 1, 1], [12, 24]),
        key: tensor([3, 1], [0, 0, 0]),
        value: tensor([3, 1], [36, 12, 0]),
      },
    },
  ],
});

function by({ attend, attendBackward }: typeof blocked): Implementation<ScaledDotProductAttentionConfig> {
  return {
    forward(args, config) {
      const { heads, sizes, shape } = read(args, config);
      const data = emptyLike(args.query.data, sizeOf(shape));
      for (const [at, { of, bias }] of heads.entries()) {
        const { output } = attend(of(args), bias, sizes);
        data.set(output, at * output.length);
      }
      return { output: { shape, data } };
    },

    vjp(args, { output: { data: dy } }, config) {
      const { heads, sizes } = read(args, config);
      const { query, key, value } = args;
      const gradients = { query: zerosLike(query), key: zerosLike(key), value: zerosLike(value) };
      const weights = emptyLike(dy, sizes.queries * sizes.keys);
      const size = sizes.queries * sizes.values;
      for (const [at, { of, bias }] of heads.entries()) {
        const upstream = { output: dy.subarray(at * size, (at + 1) * size), weights };
        const own = attendBackward(of(args), bias, sizes, upstream);
        const into = of(gradients);
        for (const name of ['query', 'key', 'value'] as const) {
          for (const [i, d] of own[name].entries()) into[name][i] += d;
        }
      }
      return gradients;
    },
  };
}

/** A head at one place of the leading axes: where it lies among arguments, gradients or tangents, and what is added to its scores. */
interface PlacedHead {
  readonly of: (tensors: Tensors) => reference.Head;
  readonly bias: Data | undefined;
}

function read(args: Tensors, { causal = false, maskKind, scale }: ScaledDotProductAttentionConfig) {
  const name = 'scaledDotProductAttention';
  const { query, key, value, mask } = args;
  expectShape(name, 'query', query, ['...', 'queries', 'width']);
  expectShape(name, 'value', value, ['...', 'keys', 'features']);
  const [queries, width] = query.shape.slice(-2);
  const [keys, values] = value.shape.slice(-2);
  expectShape(name, 'key', key, ['...', keys, width]);

  const leading = [query, key, value].map(({ shape }) => shape.slice(0, -2));
  const batch = leading.reduce((a, b) => broadcastShape(name, a, b));
  const scores = [...batch, queries, keys];
  let bias = mask && addedBy(name, 'mask', mask, 1, scores, maskKind);
  if (causal) {
    bias ??= emptyLike(query.data, sizeOf(scores));
    for (let at = 0; at < bias.length; at++) {
      const later = at % keys > Math.floor(at / keys) % queries;
      if (later) bias[at] = Number.NEGATIVE_INFINITY;
    }
  }

  const [queryAt, keyAt, valueAt] = leading.map(shape => broadcastPositions(shape, batch));
  const part = (data: Data, index: number, size: number) => data.subarray(index * size, (index + 1) * size);
  const heads = Array.from(
    { length: sizeOf(batch) },
    (_, at): PlacedHead => ({
      of: tensors => ({
        query: part(tensors.query.data, queryAt[at], queries * width),
        key: part(tensors.key.data, keyAt[at], keys * width),
        value: part(tensors.value.data, valueAt[at], keys * values),
      }),
      bias: bias && part(bias, at, queries * keys),
    }),
  );
  const sizes: reference.HeadSizes = { queries, keys, width, values, scale: scale ?? 1 / Math.sqrt(width) };
  return { heads, sizes, shape: [...batch, queries, values] };
}

function cases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<ScaledDotProductAttentionConfig>> {
  const extent = fc.integer({ min: 1, max: 3 });
  return fc
    .record({
      leading: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 }),
      stretched: fc.constantFrom([], [], ['query'], ['value'], ['key', 'value']),
      sizes: fc.record({ queries: extent, keys: extent, width: extent, features: extent }),
      causal: fc.boolean(),
      scale: fc.constantFrom(undefined, undefined, 0.25),
      mask: fc.constantFrom('none', 'boolean', 'additive', '0 and 1'),
      maskAxes: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ leading, stretched, sizes, causal, scale, mask, maskAxes }) => {
      const { queries, keys, width, features } = sizes;
      const lead = (name: string) => (stretched.some(each => each === name) ? leading.map(() => 1) : leading);
      const shape = [...leading, queries, keys].slice(-maskAxes);
      return {
        config: {
          causal,
          ...(scale !== undefined && { scale }),
          ...((mask === 'boolean' || mask === 'additive') && { maskKind: mask }),
        },
        args: {
          query: [...lead('query'), queries, width],
          key: [...lead('key'), keys, width],
          value: [...lead('value'), keys, features],
          ...(mask === 'additive' && { mask: { shape, range: [-2, 2], differentiable: false } }),
          ...((mask === 'boolean' || mask === '0 and 1') && { mask: { shape, range: [0, 1], integer: true } }),
        },
      };
    });
}
