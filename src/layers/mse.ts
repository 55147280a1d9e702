import { elementwiseLoss, lossCases } from '../kernels/elementwiseLoss.ts';
import { type LossConfig, lossReductions } from '../kernels/lossReduction.ts';
import { tensor } from '../tensor.ts';

/**
 * Mean squared error. input and target of one shape, whatever it is, both with a gradient; loss [], or of their shape
 * with reduction 'none'. There is no factor 1/2. The mean is over all elements; of none it is NaN.
 */
export const mse = elementwiseLoss<LossConfig>({
  name: 'mse',
  formula: 'loss = mean over i of (x[i] - t[i])^2',
  source: 'torch.nn.MSELoss',
  cases: fc => lossCases(fc, fc.record({ reduction: lossReductions(fc) })),

  ofResidual: true,
  value: (x, t) => (x - t) ** 2,
  slope: (x, t) => 2 * (x - t),
  expression: () => '(input - target)^2',

  examples: [
    {
      name: 'the mean over all elements',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2], [1, 2, 3, 4]), target: tensor([2, 2], [0, 2, 5, 1]) },
      outputs: { loss: tensor([], [3.5]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([2, 2], [1, 0, -2, 3]), target: tensor([2, 2], [-1, 0, 2, -3]) },
    },
    {
      name: 'every term',
      source: 'by hand',
      config: { reduction: 'none' },
      args: { input: tensor([3], [1, 2, 3]), target: tensor([3], [0, 2, 5]) },
      outputs: { loss: tensor([3], [1, 0, 4]) },
      upstream: { loss: tensor([3], [3, 7, -1]) },
      gradients: { input: tensor([3], [6, 0, 4]), target: tensor([3], [-6, 0, -4]) },
    },
    {
      name: 'the sum; of a scalar',
      source: 'by hand',
      config: { reduction: 'sum' },
      args: { input: tensor([], [3]), target: tensor([], [1]) },
      outputs: { loss: tensor([], [4]) },
      upstream: { loss: tensor([], [0.5]) },
      gradients: { input: tensor([], [2]), target: tensor([], [-2]) },
    },
  ],
});
