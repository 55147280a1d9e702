import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** Rectified linear unit that saturates at 6. At 0 and at 6 the derivative is taken as 0, as PyTorch does. */
export const relu6 = elementwise({
  name: 'relu6',
  formula: 'y = min(max(x, 0), 6)',
  source: 'torch.nn.ReLU6; Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10"',
  kinks: 'input = 0 or 6',
  cases: fc => elementwiseCases(fc),

  value: x => Math.min(Math.max(x, 0), 6),
  slope: x => (x > 0 && x < 6 ? 1 : 0),
  expression: () => 'input <= 0 ? 0 : input >= 6 ? 6 : input',

  examples: [
    {
      name: 'below, between, above, and at both ends',
      input: [-1, 0, 2.5, 6, 7],
      output: [0, 0, 2.5, 6, 6],
      upstream: [1, 2, 3, 4, 5],
      gradient: [0, 0, 3, 0, 0],
    },
    {
      name: 'just inside the ends',
      input: [0.25, 5.75],
      output: [0.25, 5.75],
      upstream: [-3, 2],
      gradient: [-3, 2],
    },
  ],
});
