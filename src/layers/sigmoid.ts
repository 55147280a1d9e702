import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { logistic, logisticSlope } from '../kernels/logistic.ts';

/** Logistic function, from 0 to 1. Its derivative is y (1 - y) = s(x) s(-x); the second form does not cancel where y is near 1. */
export const sigmoid = elementwise({
  name: 'sigmoid',
  formula: 'y = s(x) = 1 / (1 + exp(-x)), dy/dx = s(x) s(-x)',
  source: 'torch.nn.Sigmoid',
  cases: fc => elementwiseCases(fc),

  value: x => logistic(x),
  slope: x => logisticSlope(x),
  expression: () => '1 / (1 + exp(-input))',

  alternatives: {
    // y (1 - y), where the rounding error of 1 - y, half a unit, is small beside it.
    fromOutput: { slope: (x, _settings, y) => y * (y < 0.9 ? 1 - y : logistic(-x)) },
  },

  examples: [
    {
      name: 'zero, and logarithms: s(ln 3) = 3/4',
      input: [0, Math.log(3), -Math.log(3)],
      output: [0.5, 0.75, 0.25],
      upstream: [4, 16, -32],
      gradient: [1, 3, -6],
    },
    {
      name: 'far out it is flat',
      input: [-1000, 1000],
      output: [0, 1],
      upstream: [1, 2],
      gradient: [0, 0],
    },
  ],
});
