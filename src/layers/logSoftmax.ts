import { shapesWithAxis } from '../arbitraries.ts';
import { classAxis, lanesOf } from '../kernels/axis.ts';
import { normalisers } from '../kernels/normalisers.ts';
import { reductionOf } from '../kernels/reduction.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, mapTensor, sizeOf, tensor } from '../tensor.ts';

export interface LogSoftmaxConfig {
  /** The axis along which exp of the outputs sums to 1; negative counts from the end. Left out: 0 for rank 0, 1 and 3, else 1. */
  readonly axis?: number | null;
}

/**
 * Logarithms of the probabilities that softmax gives, from logits along one axis. input and output of one shape, whatever
 * it is. The largest of the axis is subtracted first, and no probability is formed, so that small ones keep their
 * precision. -infinity stays -infinity and, as long as its upstream is 0, has no part in it; where the whole axis is
 * -infinity, or one of it is +infinity, the result is NaN.
 */
export const logSoftmax = defineLayer<LogSoftmaxConfig>({
  name: 'logSoftmax',
  formula:
    'y[i] = x[i] - m - log(sum over j of exp(x[j] - m)), m = max x; dx[i] = dy[i] - exp(y[i]) (sum over j of dy[j])',
  source: 'torch.nn.LogSoftmax',
  cases: fc => shapesWithAxis(fc).map(({ shape, axis }) => ({ config: { axis }, args: { input: shape } })),

  forward({ input }, { axis }) {
    const x = input.data;
    const y = emptyLike(x);
    for (const { start, step, length } of lanesOf(input.shape, classAxis('logSoftmax', axis, input.shape))) {
      let max = -Infinity;
      for (let i = 0; i < length; i++) max = Math.max(max, x[start + i * step]);
      let sum = 0;
      for (let i = 0; i < length; i++) sum += Math.exp(x[start + i * step] - max);
      for (let i = 0; i < length; i++) y[start + i * step] = x[start + i * step] - max - Math.log(sum);
    }
    return { output: { shape: input.shape, data: y } };
  },

  vjp({ input }, upstream, { axis }, outputs) {
    const y = outputs.output.data;
    const dy = upstream.output.data;
    const dx = emptyLike(y);
    for (const { start, step, length } of lanesOf(input.shape, classAxis('logSoftmax', axis, input.shape))) {
      let sum = 0;
      for (let j = 0; j < length; j++) sum += dy[start + j * step];
      for (let i = 0; i < length; i++)
        dx[start + i * step] = dy[start + i * step] - Math.exp(y[start + i * step]) * sum;
    }
    return { input: { shape: input.shape, data: dx } };
  },

  alternatives: { online: online() },

  examples: [
    {
      name: 'probabilities 1/6, 2/6 and 3/6',
      source: 'by hand: the sum of the upstream is 12',
      config: { axis: -1 },
      args: { input: tensor([1, 3], [0, Math.LN2, Math.log(3)]) },
      outputs: { output: tensor([1, 3], [-Math.log(6), -Math.log(3), -Math.LN2]) },
      upstream: { output: tensor([1, 3], [6, 5, 1]) },
      gradients: { input: tensor([1, 3], [4, 1, -5]) },
    },
    {
      name: 'down the columns',
      source: 'by hand',
      config: { axis: 0 },
      args: { input: tensor([2, 2], [0, 0, Math.log(3), 0]) },
      outputs: { output: tensor([2, 2], [-Math.log(4), -Math.LN2, Math.log(0.75), -Math.LN2]) },
      upstream: { output: tensor([2, 2], [4, 1, -8, 3]) },
      gradients: { input: tensor([2, 2], [5, -1, -5, 1]) },
    },
    {
      name: 'far apart: nothing overflows and nothing becomes log 0',
      source: 'by hand',
      config: {},
      args: { input: tensor([1, 2], [0, 1000]) },
      outputs: { output: tensor([1, 2], [-1000, 0]) },
      upstream: { output: tensor([1, 2], [2, 3]) },
      gradients: { input: tensor([1, 2], [2, -2]) },
    },
  ],
});

/** Largest and sum in one pass over the data, as the elements lie there; backward from softmax itself. */
function online(): Implementation<LogSoftmaxConfig> {
  return {
    forward({ input }, { axis }) {
      const { shape, into } = reductionOf('logSoftmax', input.shape, classAxis('logSoftmax', axis, input.shape));
      const { largest, sum } = normalisers(input.data, into, sizeOf(shape));
      return { output: mapTensor(input, (x, at) => x - largest[into[at]] - Math.log(sum[into[at]])) };
    },
    vjp({ input }, upstream, { axis }) {
      const dy = upstream.output.data;
      const { shape, into } = reductionOf('logSoftmax', input.shape, classAxis('logSoftmax', axis, input.shape));
      const { largest, sum } = normalisers(input.data, into, sizeOf(shape));
      const totals = new Float64Array(sizeOf(shape));
      for (let at = 0; at < dy.length; at++) totals[into[at]] += dy[at];
      return {
        input: mapTensor(input, (x, at) => {
          const probability = Math.exp(x - largest[into[at]]) / sum[into[at]];
          return dy[at] - probability * totals[into[at]];
        }),
      };
    },
  };
}
