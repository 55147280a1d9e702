import { shapesWithAxes } from '../arbitraries.ts';
import { normalisers } from '../kernels/normalisers.ts';
import { reductionOf } from '../kernels/reduction.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, mapTensor, sizeOf, tensor } from '../tensor.ts';

export interface LogSumExpConfig {
  /** The axis or axes that are summed over; negative counts from the end. All of them where left out or empty. */
  readonly axis?: number | readonly number[] | null;
  /** Whether they stay with an extent of 1; false unless said. */
  readonly keepdims?: boolean;
}

/**
 * Logarithm of the sum of exponentials over some axes: a smooth maximum. input of any shape, output that shape without
 * the axes, or with 1 in their place. The largest is subtracted first where it is finite, so that nothing overflows;
 * over nothing but -infinity, or over no element, the result is -infinity.
 */
export const logSumExp = defineLayer<LogSumExpConfig>({
  name: 'logSumExp',
  formula: 'y = m + log(sum over i of exp(x[i] - m)), m = max x; dx[i] = dy exp(x[i] - y)',
  source: 'torch.logsumexp',

  cases: fc =>
    fc.tuple(shapesWithAxes(fc), fc.boolean()).map(([{ shape, axes }, keepdims]) => ({
      config: { axis: axes, keepdims },
      args: { input: shape },
    })),

  forward({ input }, { axis, keepdims }) {
    const x = input.data;
    const { shape, into } = reductionOf('logSumExp', input.shape, axis, keepdims);
    const max = emptyLike(x, sizeOf(shape)).fill(-Infinity);
    for (let at = 0; at < x.length; at++) max[into[at]] = Math.max(max[into[at]], x[at]);
    const shift = max.map(value => (Number.isFinite(value) ? value : 0));
    const sum = emptyLike(max);
    for (let at = 0; at < x.length; at++) sum[into[at]] += Math.exp(x[at] - shift[into[at]]);
    return { output: mapTensor({ shape, data: sum }, (value, group) => shift[group] + Math.log(value)) };
  },

  vjp({ input }, upstream, { axis, keepdims }, { output: y }) {
    const { into } = reductionOf('logSumExp', input.shape, axis, keepdims);
    const dy = upstream.output.data;
    return { input: mapTensor(input, (x, at) => dy[into[at]] * Math.exp(x - y.data[into[at]])) };
  },

  alternatives: { online: online() },

  examples: [
    {
      name: 'log(1 + 2 + 3)',
      source: 'by hand',
      config: { axis: 1 },
      args: { input: tensor([1, 3], [0, Math.LN2, Math.log(3)]) },
      outputs: { output: tensor([1], [Math.log(6)]) },
      upstream: { output: tensor([1], [-12]) },
      gradients: { input: tensor([1, 3], [-2, -4, -6]) },
    },
    {
      name: 'several axes, which stay',
      source: 'by hand',
      config: { axis: [0, -1], keepdims: true },
      args: { input: tensor([2, 2, 1], [0, 5, Math.log(3), 5]) },
      outputs: { output: tensor([1, 2, 1], [Math.log(4), 5 + Math.LN2]) },
      upstream: { output: tensor([1, 2, 1], [4, 2]) },
      gradients: { input: tensor([2, 2, 1], [1, 1, 3, 1]) },
    },
    {
      name: 'far out, over everything: no overflow; -infinity adds nothing',
      source: 'by hand',
      config: {},
      args: { input: tensor([3], [1000, -Infinity, 1000]) },
      outputs: { output: tensor([], [1000 + Math.LN2]) },
      upstream: { output: tensor([], [3]) },
      gradients: { input: tensor([3], [1.5, 0, 1.5]) },
    },
  ],
});

/** Largest and sum in one pass over the data; backward from softmax itself. */
function online(): Implementation<LogSumExpConfig> {
  return {
    forward({ input }, { axis, keepdims }) {
      const { shape, into } = reductionOf('logSumExp', input.shape, axis, keepdims);
      const { largest, sum } = normalisers(input.data, into, sizeOf(shape));
      const y = emptyLike(input.data, sizeOf(shape));
      for (let group = 0; group < y.length; group++) y[group] = largest[group] + Math.log(sum[group]);
      return { output: { shape, data: y } };
    },
    vjp({ input }, upstream, { axis, keepdims }) {
      const { shape, into } = reductionOf('logSumExp', input.shape, axis, keepdims);
      const { largest, sum } = normalisers(input.data, into, sizeOf(shape));
      return {
        input: mapTensor(input, (x, at) => {
          const probability = Math.exp(x - largest[into[at]]) / sum[into[at]];
          return upstream.output.data[into[at]] * probability;
        }),
      };
    },
  };
}
