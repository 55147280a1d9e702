import {
  defineLayer,
  type Layer,
  multiHeadAttention,
  scaledDotProductAttention,
  type Tensor,
  type Tensors,
  tensor,
} from '../../src/index.ts';
import { attend } from '../../src/kernels/attention/head.ts';
import { sum } from '../../src/kernels/sum.ts';
import { type Data, mapTensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs } from './fault.ts';
import { arriving, spoiled } from './spoiled.ts';

const dot = scaledDotProductAttention as Layer;
const multiHead = multiHeadAttention as Layer;

const times = (factor: number) => (gradient: Tensor) => mapTensor(gradient, g => factor * g);

/**
 * Attention of one head whose derivative of the softmax is another: from the weights of a query and what arrives at them, what
 * arrives at its scores.
 */
function softmaxBackward(back: (p: Data, dp: Data) => Data): Layer {
  const [queries, keys, width, values] = [2, 3, 2, 2];
  const sizes = { queries, keys, width, values, scale: 1 / Math.sqrt(width) };
  const args = { query: [queries, width], key: [keys, width], value: [keys, values] };
  return spoiled(
    dot,
    ({ args: { query, key, value }, upstream: { output } }) => {
      const { weights } = attend({ query: query.data, key: key.data, value: value.data }, undefined, sizes);
      const [dQuery, dKey] = [zerosLike(query), zerosLike(key)];
      for (let l = 0; l < queries; l++) {
        const p = weights.subarray(l * keys, (l + 1) * keys);
        const dp = p.map(
          (_, s) => output.data[l * 2] * value.data[s * 2] + output.data[l * 2 + 1] * value.data[s * 2 + 1],
        );
        for (const [s, dScore] of back(p, dp).entries()) {
          for (let i = 0; i < width; i++) {
            dQuery.data[l * width + i] += sizes.scale * dScore * key.data[s * width + i];
            dKey.data[s * width + i] += sizes.scale * dScore * query.data[l * width + i];
          }
        }
      }
      return { query: dQuery, key: dKey };
    },
    [{ config: {}, args }],
  );
}

/** y = attention of x to itself, whose gradient `combine` makes of those of query, key and value. */
function selfAttention(combine: (right: Tensors) => Data): Layer {
  const config = { embedDim: 4, heads: 2, hasBias: false };
  const threefold = ({ input, ...weights }: Tensors) => ({ query: input, key: input, value: input, ...weights });
  return defineLayer({
    name: 'selfAttention',
    args: { input: [3, 2, 4], in_proj_weight: [12, 4], out_proj_weight: [4, 4] },
    forward: args => ({ output: rightOutputs(multiHead, threefold(args), config).output }),
    vjp(args, { output }) {
      const attentionWeights = tensor([2, 3, 3]);
      const right = rightGradients(multiHead, threefold(args), { output, attentionWeights }, config);
      const { in_proj_weight, out_proj_weight } = right;
      return { input: { shape: args.input.shape, data: combine(right) }, in_proj_weight, out_proj_weight };
    },
  });
}

/** Rows of the projections of query and key are times a factor, those of value as they are. */
const ofScores = (factor: number) => (gradient: Tensor) =>
  mapTensor(gradient, (g, at) => (at < (2 * gradient.data.length) / 3 ? factor * g : g));

/** Where one key is seen, and of what is linear, whole numbers are exact. */
const exact = { verdict: 'fail', check: 'exact' } as const;
const gradient = { verdict: 'fail', check: 'gradient' } as const;
const scores = ['query', 'key'];

/** Attention that is wrong. */
export const attention: readonly Fault[] = [
  {
    name: '1 / sqrt(width) is missing in the gradients of query and key, as it may be where the width is 1',
    layer: spoiled(dot, ({ args, config, right }) => {
      const [width] = args.query.shape.slice(-1);
      const factor = config.scale === undefined ? Math.sqrt(width) : 1;
      return { query: times(factor)(right.query), key: times(factor)(right.key) };
    }),
    expected: { ...gradient, argument: scores, causes: ['scaled'] },
  },
  {
    name: 'of the derivative of the softmax there is the diagonal only',
    layer: softmaxBackward((p, dp) => p.map((weight, s) => weight * (1 - weight) * dp[s])),
    expected: { ...gradient, argument: scores, causes: ['diagonal-only'] },
  },
  {
    name: 'the derivative of the softmax takes off the plain mean, not the weighted one',
    layer: softmaxBackward((p, dp) => {
      const mean = dp.reduce((total, d) => total + d, 0) / dp.length;
      return p.map((weight, s) => weight * (dp[s] - mean));
    }),
    expected: { ...gradient, argument: scores, causes: ['missing-mean-term'] },
  },
  {
    name: 'keys that a query must not see get a gradient, the mask being forgotten in backward',
    layer: spoiled(dot, ({ args: { query, key, value }, upstream, config }) =>
      rightGradients(dot, { query, key, value }, upstream, { ...config, causal: false }),
    ),
    expected: { ...exact, argument: [...scores, 'value'], causes: ['argument-ignored', 'another-config'] },
  },
  {
    name: 'a causal attention goes back right to the values and unmasked to query and key',
    layer: spoiled(dot, ({ args, upstream, config }) => {
      const { query, key } = rightGradients(dot, args, upstream, { ...config, causal: false });
      return { query, key };
    }),
    expected: { ...exact, argument: scores, causes: ['another-config'] },
  },
  {
    name: 'a query that sees no key has a gradient that is no number',
    layer: spoiled(
      dot,
      ({ args: { mask }, right: { query } }) => ({
        query: mapTensor(query, (g, at) =>
          mask.data.slice(Math.floor(at / 2) * 2, Math.floor(at / 2) * 2 + 2).includes(1) ? g : 0 / 0,
        ),
      }),
      [
        {
          config: { maskKind: 'boolean' },
          args: {
            query: [3, 2],
            key: [2, 2],
            value: [2, 2],
            mask: { shape: [3, 2], values: [1, 1, 0, 0, 1, 1], integer: true },
          },
        },
      ],
    ),
    expected: { ...gradient, argument: 'query', code: 'non-finite', causes: ['non-finite'] },
  },
  {
    name: 'keys and values that queries of a batch share get the gradient of the last',
    layer: spoiled(
      dot,
      call => {
        const { output } = call.upstream;
        const last = mapTensor(output, (dy, at) => (at < output.data.length / 2 ? 0 : dy));
        const { key, value } = arriving(dot, call, { output: last });
        return { key, value };
      },
      [{ config: {}, args: { query: [2, 3, 2], key: [3, 2], value: [3, 2] } }],
    ),
    expected: { ...gradient, argument: ['key', 'value'], causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'what arrives at the weights is dropped, as it may be where the loss sees the output alone',
    layer: spoiled(multiHead, call =>
      arriving(multiHead, call, { attentionWeights: zerosLike(call.upstream.attentionWeights) }),
    ),
    expected: { ...gradient, argument: [...scores, 'in_proj_weight', 'in_proj_bias'], causes: ['output-ignored'] },
  },
  {
    name: 'what arrives at the mean of the weights arrives at every head in full',
    layer: spoiled(multiHead, call => {
      const { attentionWeights } = call.upstream;
      return arriving(multiHead, call, { attentionWeights: times(call.config.heads)(attentionWeights) });
    }),
    expected: { ...gradient, argument: [...scores, 'in_proj_weight', 'in_proj_bias'], causes: ['wrongly-reduced'] },
  },
  {
    name: 'scores are divided by the root of the whole width in backward, not by that of a head',
    layer: spoiled(multiHead, ({ config: { heads }, right }) => {
      const factor = 1 / Math.sqrt(heads);
      return {
        query: times(factor)(right.query),
        key: times(factor)(right.key),
        in_proj_weight: ofScores(factor)(right.in_proj_weight),
        ...(right.in_proj_bias && { in_proj_bias: ofScores(factor)(right.in_proj_bias) }),
      };
    }),
    expected: { ...gradient, argument: [...scores, 'in_proj_weight', 'in_proj_bias'], causes: ['scaled'] },
  },
  {
    name: 'the rows of query and key are exchanged in the gradient of the projection',
    layer: spoiled(multiHead, ({ right: { in_proj_weight } }) => {
      const { shape, data } = in_proj_weight;
      const size = data.length / 3;
      const parts = [data.slice(size, 2 * size), data.slice(0, size), data.slice(2 * size)];
      return {
        in_proj_weight: tensor(
          shape,
          parts.flatMap(part => Array.from(part)),
        ),
      };
    }),
    expected: { ...gradient, argument: 'in_proj_weight', causes: ['wrong-channel'] },
  },
  {
    name: 'the gradient of the projection of the output is transposed, as it may be where it is symmetric',
    layer: spoiled(multiHead, ({ config: { embedDim }, right: { out_proj_weight } }) => ({
      out_proj_weight: mapTensor(out_proj_weight, (_, at) => {
        return out_proj_weight.data[(at % embedDim) * embedDim + Math.floor(at / embedDim)];
      }),
    })),
    expected: { ...exact, argument: 'out_proj_weight', causes: ['transposed'] },
  },
  {
    name: 'padded keys are hidden in forward only',
    layer: spoiled(multiHead, ({ args: { key_padding_mask: _padding, ...args }, upstream, config }) =>
      rightGradients(multiHead, args, upstream, config),
    ),
    expected: {
      ...exact,
      argument: [...scores, 'value', 'in_proj_weight', 'in_proj_bias', 'out_proj_weight'],
      causes: ['argument-ignored'],
    },
  },
  {
    name: 'a self-attention gets the gradient of its value only, written over those of query and key',
    layer: selfAttention(({ value }) => value.data),
    expected: { ...gradient, argument: 'input', causes: ['overwritten-not-accumulated', 'missing-term'] },
  },
  {
    name: 'a self-attention forgets the gradient of its key',
    layer: selfAttention(({ query, value }) => sum(query.data, value.data)),
    expected: { ...gradient, argument: 'input', causes: ['missing-term'] },
  },
];
