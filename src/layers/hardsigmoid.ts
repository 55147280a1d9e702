import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** Logistic function as three straight lines. At -3 and at 3 the derivative is taken as 0, as PyTorch does. */
export const hardsigmoid = elementwise({
  name: 'hardsigmoid',
  formula: 'y = min(max(x + 3, 0), 6) / 6',
  source: 'torch.nn.Hardsigmoid; Howard et al. 2019, section 5.2',
  kinks: 'input = -3 or 3',
  cases: fc => elementwiseCases(fc),

  value: x => Math.min(Math.max(x + 3, 0), 6) / 6,
  slope: x => (x > -3 && x < 3 ? 1 / 6 : 0),
  expression: () => 'input <= -3 ? 0 : input >= 3 ? 1 : input / 6 + 1 / 2',

  examples: [
    {
      name: 'below, between, above, and at both ends',
      input: [-4, -3, 0, 1.5, 3, 4],
      output: [0, 0, 0.5, 0.75, 1, 1],
      upstream: [1, 2, 6, 12, 3, 4],
      gradient: [0, 0, 1, 2, 0, 0],
    },
    {
      name: 'just inside the ends',
      input: [-2.25, 2.25],
      output: [0.125, 0.875],
      upstream: [-6, 3],
      gradient: [-1, 0.5],
    },
  ],
});
