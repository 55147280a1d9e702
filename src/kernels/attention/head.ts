import { type Data, emptyLike } from '../../tensor.ts';

/** One head: query [queries, width], key [keys, width], value [keys, values]. */
export interface Head {
  readonly query: Data;
  readonly key: Data;
  readonly value: Data;
}

/** The sizes of a head, the factor of its scores, and what is added to them: [queries, keys], -Infinity where a query must not see a key. */
export interface HeadSizes {
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly values: number;
  readonly scale: number;
}

/** What a head gives, or what arrives at it, or its tangents: output [queries, values] and weights [queries, keys]. */
export interface HeadResults {
  readonly output: Data;
  readonly weights: Data;
}

/** weights = softmax over the keys of (scale query key' + bias), output = weights value. A query that sees no key has weights 0. */
export function attend(head: Head, bias: Data | undefined, sizes: HeadSizes): HeadResults {
  const { queries, keys, values } = sizes;
  const weights = weightsOf(head, bias, sizes);
  const output = emptyLike(head.query, queries * values);
  for (let l = 0; l < queries; l++) {
    for (let s = 0; s < keys; s++) {
      for (let j = 0; j < values; j++) output[l * values + j] += weights[l * keys + s] * head.value[s * values + j];
    }
  }
  return { output, weights };
}

/** The gradients of query, key and value. */
export function attendBackward(head: Head, bias: Data | undefined, sizes: HeadSizes, upstream: HeadResults): Head {
  const { queries, keys, width, values, scale } = sizes;
  const { query, key, value } = head;
  const weights = weightsOf(head, bias, sizes);
  const [dQuery, dKey, dValue] = [emptyLike(query), emptyLike(key), emptyLike(value)];
  for (let l = 0; l < queries; l++) {
    const p = weights.subarray(l * keys, (l + 1) * keys);
    const dp = upstream.weights.slice(l * keys, (l + 1) * keys);
    for (let s = 0; s < keys; s++) {
      for (let j = 0; j < values; j++) {
        const dy = upstream.output[l * values + j];
        dp[s] += dy * value[s * values + j];
        dValue[s * values + j] += p[s] * dy;
      }
    }
    for (const [s, dScore] of softmaxTangent(p, dp).entries()) {
      for (let i = 0; i < width; i++) {
        dQuery[l * width + i] += scale * dScore * key[s * width + i];
        dKey[s * width + i] += scale * dScore * query[l * width + i];
      }
    }
  }
  return { query: dQuery, key: dKey, value: dValue };
}

/** The tangents of weights and output. */
export function attendTangent(head: Head, bias: Data | undefined, sizes: HeadSizes, tangent: Head): HeadResults {
  const { queries, keys, width, values, scale } = sizes;
  const weights = weightsOf(head, bias, sizes);
  const results = { output: emptyLike(head.query, queries * values), weights: emptyLike(weights) };
  for (let l = 0; l < queries; l++) {
    const p = weights.subarray(l * keys, (l + 1) * keys);
    const scores = p.map((_, s) => {
      let sum = 0;
      for (let i = 0; i < width; i++) {
        sum += tangent.query[l * width + i] * head.key[s * width + i];
        sum += head.query[l * width + i] * tangent.key[s * width + i];
      }
      return scale * sum;
    });
    for (const [s, rate] of softmaxTangent(p, scores).entries()) {
      results.weights[l * keys + s] = rate;
      for (let j = 0; j < values; j++) {
        results.output[l * values + j] += rate * head.value[s * values + j] + p[s] * tangent.value[s * values + j];
      }
    }
  }
  return results;
}

/**
 * (diag p - p p') v = p[s] * sum over t of p[t] (v[s] - v[t]), which does not cancel where one of the weights is near 1: the
 * derivative of the softmax, which is its own transpose.
 */
function softmaxTangent(p: Data, v: Data): Data {
  return p.map((weight, s) => weight * p.reduce((sum, other, t) => sum + other * (v[s] - v[t]), 0));
}

function weightsOf({ query, key }: Head, bias: Data | undefined, { queries, keys, width, scale }: HeadSizes): Data {
  const weights = emptyLike(query, queries * keys);
  for (let l = 0; l < queries; l++) {
    let largest = Number.NEGATIVE_INFINITY;
    const scores = Array.from({ length: keys }, (_, s) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum += query[l * width + i] * key[s * width + i];
      const score = scale * sum + (bias ? bias[l * keys + s] : 0);
      largest = Math.max(largest, score);
      return score;
    });
    if (largest === Number.NEGATIVE_INFINITY) continue;
    let total = 0;
    for (let s = 0; s < keys; s++) total += Math.exp(scores[s] - largest);
    for (let s = 0; s < keys; s++) weights[l * keys + s] = Math.exp(scores[s] - largest) / total;
  }
  return weights;
}
