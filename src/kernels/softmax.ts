import { emptyLike, mapTensor, sizeOf, type Tensor } from '../tensor.ts';
import { lanesOf } from './axis.ts';
import { normalisers } from './normalisers.ts';
import { reductionOf } from './reduction.ts';

/** y[i] = exp(x[i] - m) / sum over j of exp(x[j] - m) along an axis, where m = max x, so that no exp overflows. */
export function softmaxAlong(input: Tensor, axis: number): Tensor {
  const x = input.data;
  const y = emptyLike(x);
  for (const { start, step, length } of lanesOf(input.shape, axis)) {
    let max = -Infinity;
    for (let i = 0; i < length; i++) max = Math.max(max, x[start + i * step]);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(x[start + i * step] - max);
    for (let i = 0; i < length; i++) y[start + i * step] = Math.exp(x[start + i * step] - max) / sum;
  }
  return { shape: input.shape, data: y };
}

/** dx[i] = y[i] (dy[i] - sum over j of dy[j] y[j]) along an axis, where y is the softmax. */
export function softmaxGradient({ shape, data: y }: Tensor, { data: dy }: Tensor, axis: number): Tensor {
  const dx = emptyLike(y);
  for (const { start, step, length } of lanesOf(shape, axis)) {
    let mean = 0;
    for (let j = 0; j < length; j++) mean += dy[start + j * step] * y[start + j * step];
    for (let i = 0; i < length; i++) dx[start + i * step] = y[start + i * step] * (dy[start + i * step] - mean);
  }
  return { shape, data: dx };
}

/** The same softmax with largest and sum in one pass over the data, as the elements lie there. */
export function onlineSoftmax(layer: string, input: Tensor, axis: number): Tensor {
  const { shape, into } = reductionOf(layer, input.shape, axis);
  const { largest, sum } = normalisers(input.data, into, sizeOf(shape));
  return mapTensor(input, (x, at) => Math.exp(x - largest[into[at]]) / sum[into[at]]);
}

/** The same gradient in two passes over the data, as the elements lie there. */
export function onlineSoftmaxGradient(layer: string, y: Tensor, { data: dy }: Tensor, axis: number): Tensor {
  const { shape, into } = reductionOf(layer, y.shape, axis);
  const means = new Float64Array(sizeOf(shape));
  for (let at = 0; at < dy.length; at++) means[into[at]] += dy[at] * y.data[at];
  return mapTensor(y, (probability, at) => probability * (dy[at] - means[into[at]]));
}
