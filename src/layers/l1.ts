import { elementwiseLoss, lossCases } from '../kernels/elementwiseLoss.ts';
import { type LossConfig, lossReductions } from '../kernels/lossReduction.ts';
import { tensor } from '../tensor.ts';

/**
 * Mean absolute error. input and target of one shape, whatever it is, both with a gradient; loss [], or of their shape
 * with reduction 'none'. Where input = target the gradient is 0.
 */
export const l1 = elementwiseLoss<LossConfig>({
  name: 'l1',
  formula: 'loss = mean over i of |x[i] - t[i]|',
  source: 'torch.nn.L1Loss',
  kinks: 'input = target',
  cases: fc => lossCases(fc, fc.record({ reduction: lossReductions(fc) })),

  ofResidual: true,
  value: (x, t) => Math.abs(x - t),
  slope: (x, t) => Math.sign(x - t),
  expression: () => 'input > target ? input - target : target - input',

  examples: [
    {
      name: 'above, below and equal',
      source: 'by hand',
      config: {},
      args: { input: tensor([3], [1, -2, 4]), target: tensor([3], [0.5, 1, 4]) },
      outputs: { loss: tensor([], [3.5 / 3]) },
      upstream: { loss: tensor([], [6]) },
      gradients: { input: tensor([3], [2, -2, 0]), target: tensor([3], [-2, 2, 0]) },
    },
    {
      name: 'every term',
      source: 'by hand',
      config: { reduction: 'none' },
      args: { input: tensor([2, 1], [3, -1]), target: tensor([2, 1], [1, 1]) },
      outputs: { loss: tensor([2, 1], [2, 2]) },
      upstream: { loss: tensor([2, 1], [5, -3]) },
      gradients: { input: tensor([2, 1], [5, 3]), target: tensor([2, 1], [-5, -3]) },
    },
  ],
});
