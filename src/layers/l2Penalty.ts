import { shapes } from '../arbitraries.ts';
import { real } from '../kernels/real.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, mapTensor, tensor } from '../tensor.ts';

export interface L2PenaltyConfig {
  /** 1 unless said. */
  readonly lambda?: number;
}

/**
 * Weight decay as a term of the loss: half of lambda times the sum of squares over all arguments, whatever their names
 * and shapes. loss []. The gradient of each is lambda times itself.
 */
export const l2Penalty = defineLayer<L2PenaltyConfig>({
  name: 'l2Penalty',
  formula: 'loss = lambda / 2 * sum over all parameters w and their elements i of w[i]^2',
  source: 'Bishop 2006, eq. 5.112',
  cases: fc => {
    const shape = shapes(fc, { minRank: 0, maxExtent: 3 });
    return fc
      .record({
        lambda: fc.constantFrom(1, 0.01, 4),
        args: fc.record({ weight: shape, bias: shape, 'conv1.weight': shape }, { requiredKeys: ['weight'] }),
      })
      .map(({ lambda, args }) => ({ config: { lambda }, args }));
  },

  forward(args, { lambda = 1 }) {
    let sum = 0;
    for (const { data } of Object.values(args)) for (const w of data) sum += w ** 2;
    const loss = emptyLike(Object.values(args)[0].data, 1);
    loss[0] = (real('l2Penalty', 'lambda', lambda) / 2) * sum;
    return { loss: { shape: [], data: loss } };
  },

  vjp(args, { loss }, { lambda = 1 }) {
    const decay = lambda * loss.data[0];
    return Object.fromEntries(Object.entries(args).map(([name, own]) => [name, mapTensor(own, w => decay * w)]));
  },

  examples: [
    {
      name: 'two parameters',
      source: 'by hand: 1/4 * (1 + 4 + 9 + 16 + 4)',
      config: { lambda: 0.5 },
      args: { weight: tensor([2, 2], [1, -2, 3, 4]), bias: tensor([1], [2]) },
      outputs: { loss: tensor([], [8.5]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { weight: tensor([2, 2], [2, -4, 6, 8]), bias: tensor([1], [4]) },
    },
    {
      name: 'one parameter',
      source: 'by hand',
      config: {},
      args: { 'fc.weight': tensor([3], [3, 0, -1]) },
      outputs: { loss: tensor([], [5]) },
      upstream: { loss: tensor([], [1]) },
      gradients: { 'fc.weight': tensor([3], [3, 0, -1]) },
    },
  ],
});
