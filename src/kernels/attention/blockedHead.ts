import { type Data, emptyLike } from '../../tensor.ts';
import { matmul } from '../matmul.ts';
import type { Head, HeadResults, HeadSizes } from './head.ts';

/** The same by matrix products: P = softmax(scale Q K' + bias), Y = P V. */
export function attend(head: Head, bias: Data | undefined, sizes: HeadSizes): HeadResults {
  const { queries, keys, values } = sizes;
  const weights = softmaxOfScores(head, bias, sizes);
  const output = emptyLike(head.query, queries * values);
  matmul(queries, keys, values, weights, 'plain', head.value, 'plain', output);
  return { output, weights };
}

/** dV = P' dY, dP = dY V', dS = P (dP - rowsum(P dP)), dQ = scale dS K, dK = scale dS' Q. */
export function attendBackward(head: Head, bias: Data | undefined, sizes: HeadSizes, upstream: HeadResults): Head {
  const { queries, keys, width, values, scale } = sizes;
  const { query, key, value } = head;
  const p = softmaxOfScores(head, bias, sizes);
  const dp = upstream.weights.slice();
  const gradients = { query: emptyLike(query), key: emptyLike(key), value: emptyLike(value) };
  matmul(keys, queries, values, p, 'transposed', upstream.output, 'plain', gradients.value);
  matmul(queries, values, keys, upstream.output, 'plain', value, 'transposed', dp);
  for (let l = 0; l < queries; l++) {
    // Counted from the key of the largest weight: where that is near 1, dP - rowsum(P dP) would cancel.
    let heaviest = l * keys;
    for (let at = l * keys; at < (l + 1) * keys; at++) if (p[at] > p[heaviest]) heaviest = at;
    const zero = dp[heaviest];
    let mean = 0;
    for (let at = l * keys; at < (l + 1) * keys; at++) mean += p[at] * (dp[at] - zero);
    for (let at = l * keys; at < (l + 1) * keys; at++) dp[at] = scale * p[at] * (dp[at] - zero - mean);
  }
  matmul(queries, keys, width, dp, 'plain', key, 'plain', gradients.query);
  matmul(keys, queries, width, dp, 'transposed', query, 'plain', gradients.key);
  return gradients;
}

function softmaxOfScores({ query, key }: Head, bias: Data | undefined, sizes: HeadSizes): Data {
  const { queries, keys, width, scale } = sizes;
  const p = emptyLike(query, queries * keys);
  matmul(queries, width, keys, query, 'plain', key, 'transposed', p);
  for (let at = 0; at < p.length; at++) p[at] = scale * p[at] + (bias ? bias[at] : 0);
  for (let l = 0; l < queries; l++) {
    const row = p.subarray(l * keys, (l + 1) * keys);
    const largest = row.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    let total = 0;
    for (let s = 0; s < keys; s++) {
      // exp(-Infinity) is 0; where nothing is seen, largest is that too and their difference no number.
      row[s] = row[s] === Number.NEGATIVE_INFINITY ? 0 : Math.exp(row[s] - largest);
      total += row[s];
    }
    for (let s = 0; total > 0 && s < keys; s++) row[s] /= total;
  }
  return p;
}
