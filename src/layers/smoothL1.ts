import { elementwiseLoss, lossCases } from '../kernels/elementwiseLoss.ts';
import { type LossConfig, lossReductions } from '../kernels/lossReduction.ts';
import { nonNegative, real } from '../kernels/real.ts';
import { tensor } from '../tensor.ts';

export interface SmoothL1Config extends LossConfig {
  /** Where the parabola ends: 0 or more, 1 unless said. With 0 it is l1. */
  readonly beta?: number;
}

/**
 * Absolute error with a parabola in place of its kink. input and target of one shape, whatever it is, both with a
 * gradient; loss [], or of their shape with reduction 'none'. Both pieces and their slopes meet at |input - target| =
 * beta. With beta 0 the gradient is 0 where input = target.
 */
export const smoothL1 = elementwiseLoss<SmoothL1Config, { beta: number }>({
  name: 'smoothL1',
  formula: 'loss = mean over i of r^2 / (2 beta) where |r| < beta, else |r| - beta / 2; r = x[i] - t[i]',
  source: 'torch.nn.SmoothL1Loss',
  kinks: 'input = target, with beta 0',
  cases: fc => lossCases(fc, fc.record({ reduction: lossReductions(fc), beta: fc.constantFrom(1, 0.25, 2, 0) })),

  ofResidual: true,
  settings: ({ beta = 1 }) => ({ beta: real('smoothL1', 'beta', beta, nonNegative) }),
  value(x, t, { beta }) {
    const r = x - t;
    return Math.abs(r) < beta ? r ** 2 / (2 * beta) : Math.abs(r) - beta / 2;
  },
  slope(x, t, { beta }) {
    const r = x - t;
    return Math.abs(r) < beta ? r / beta : Math.sign(r);
  },
  expression: ({ beta }) =>
    `input - target > ${beta} ? input - target - ${beta / 2} : target - input > ${beta} ? target - input - ${beta / 2} : ${beta === 0 ? '0' : `(input - target)^2 / ${2 * beta}`}`,

  examples: [
    {
      name: 'inside, at the end of the parabola, and outside',
      source: 'by hand',
      config: { reduction: 'sum', beta: 0.5 },
      args: { input: tensor([4], [0.25, 0.5, -0.5, -2]), target: tensor([4]) },
      outputs: { loss: tensor([], [0.0625 + 0.25 + 0.25 + 1.75]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([4], [1, 2, -2, -2]), target: tensor([4], [-1, -2, 2, 2]) },
    },
    {
      name: 'the mean, beta 1',
      source: 'by hand',
      config: {},
      args: { input: tensor([2], [3, 1]), target: tensor([2], [1, 1.5]) },
      outputs: { loss: tensor([], [(1.5 + 0.125) / 2]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2], [2, -1]), target: tensor([2], [-2, 1]) },
    },
    {
      name: 'beta 0: the absolute error, flat where it is 0',
      source: 'by hand',
      config: { reduction: 'none', beta: 0 },
      args: { input: tensor([3], [2, 1, -1]), target: tensor([3], [1, 1, 1]) },
      outputs: { loss: tensor([3], [1, 0, 2]) },
      upstream: { loss: tensor([3], [3, 5, 7]) },
      gradients: { input: tensor([3], [3, 0, -7]), target: tensor([3], [-3, 0, 7]) },
    },
  ],
});
