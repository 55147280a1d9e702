import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { logistic, logisticSlope } from '../kernels/logistic.ts';

/** tanh moved and shrunk to between 0 and 1 ("plus 1, by 2"): the logistic function of 2x, which keeps its digits far out on the left. */
export const tanhP1M2 = elementwise({
  name: 'tanhP1M2',
  formula: 'y = (tanh x + 1) / 2 = s(2x), s(x) = 1 / (1 + exp(-x)), dy/dx = 2 s(2x) s(-2x)',
  source: 'tiny-dnn, tanh_p1m2_layer',
  cases: fc => elementwiseCases(fc),

  value: x => logistic(2 * x),
  slope: x => 2 * logisticSlope(2 * x),
  expression: () => '1 / (1 + exp(-2 * input))',

  alternatives: {
    // 2 y (1 - y), where the rounding error of 1 - y, half a unit, is small beside it.
    fromOutput: { slope: (x, _settings, y) => 2 * y * (y < 0.9 ? 1 - y : logistic(-2 * x)) },
  },

  examples: [
    {
      name: 'zero, and half the logarithm of 3: s(ln 3) = 3/4',
      input: [0, Math.log(3) / 2, -Math.log(3) / 2],
      output: [0.5, 0.75, 0.25],
      upstream: [2, 8, -16],
      gradient: [1, 3, -6],
    },
    {
      name: 'far out it is flat',
      input: [-1000, 1000],
      output: [0, 1],
      upstream: [2, 3],
      gradient: [0, 0],
    },
  ],
});
