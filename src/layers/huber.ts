import { elementwiseLoss, lossCases } from '../kernels/elementwiseLoss.ts';
import { type LossConfig, lossReductions } from '../kernels/lossReduction.ts';
import { positive, real } from '../kernels/real.ts';
import { tensor } from '../tensor.ts';

export interface HuberConfig extends LossConfig {
  /** Where the parabola ends: above 0, 1 unless said. */
  readonly delta?: number;
}

/**
 * Squared error near the target, absolute error away from it. input and target of one shape, whatever it is, both with a
 * gradient; loss [], or of their shape with reduction 'none'. Both pieces and their slopes meet at |input - target| = delta.
 */
export const huber = elementwiseLoss<HuberConfig, { delta: number }>({
  name: 'huber',
  formula: 'loss = mean over i of r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2); r = x[i] - t[i]',
  source: 'torch.nn.HuberLoss',
  cases: fc => lossCases(fc, fc.record({ reduction: lossReductions(fc), delta: fc.constantFrom(1, 0.25, 2) })),

  ofResidual: true,
  settings: ({ delta = 1 }) => ({ delta: real('huber', 'delta', delta, positive) }),
  value(x, t, { delta }) {
    const r = x - t;
    return Math.abs(r) <= delta ? r ** 2 / 2 : delta * (Math.abs(r) - delta / 2);
  },
  slope(x, t, { delta }) {
    const r = x - t;
    return Math.abs(r) <= delta ? r : delta * Math.sign(r);
  },
  expression: ({ delta }) =>
    `input - target > ${delta} ? ${delta} * (input - target - ${delta / 2}) : target - input > ${delta} ? ${delta} * (target - input - ${delta / 2}) : (input - target)^2 / 2`,

  alternatives: {
    // Without a branch: with c the residual clipped to [-delta, delta], the loss is c (r - c / 2) and its slope c.
    clipped: {
      value(x, t, { delta }) {
        const clipped = Math.max(-delta, Math.min(delta, x - t));
        return clipped * (x - t - clipped / 2);
      },
      slope: (x, t, { delta }) => Math.max(-delta, Math.min(delta, x - t)),
    },
  },

  examples: [
    {
      name: 'inside, at the end of the parabola on either side, and outside',
      source: 'by hand',
      config: { reduction: 'sum', delta: 2 },
      args: { input: tensor([4], [1, 2, -2, -4]), target: tensor([4]) },
      outputs: { loss: tensor([], [0.5 + 2 + 2 + 6]) },
      upstream: { loss: tensor([], [3]) },
      gradients: { input: tensor([4], [3, 6, -6, -6]), target: tensor([4], [-3, -6, 6, 6]) },
    },
    {
      name: 'the mean, delta 1',
      source: 'by hand: 5/2 and 1/32',
      config: {},
      args: { input: tensor([1, 2], [-2, 0.25]), target: tensor([1, 2], [1, 0]) },
      outputs: { loss: tensor([], [2.53125 / 2]) },
      upstream: { loss: tensor([], [8]) },
      gradients: { input: tensor([1, 2], [-4, 1]), target: tensor([1, 2], [4, -1]) },
    },
    {
      name: 'every term',
      source: 'by hand',
      config: { reduction: 'none', delta: 0.5 },
      args: { input: tensor([2], [1, 0.25]), target: tensor([2], [3, 0.25]) },
      outputs: { loss: tensor([2], [0.875, 0]) },
      upstream: { loss: tensor([2], [2, 9]) },
      gradients: { input: tensor([2], [-1, 0]), target: tensor([2], [1, 0]) },
    },
  ],
});
