import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { logistic } from '../kernels/logistic.ts';
import { softplus } from '../kernels/softplus.ts';

/** x tanh(softplus(x)); 1 - tanh^2 is taken as 1 / cosh^2, which does not cancel. */
export const mish = elementwise({
  name: 'mish',
  formula: 'y = x t, t = tanh(log(1 + exp(x))), dy/dx = t + x s(x) (1 - t^2), s(x) = 1 / (1 + exp(-x))',
  source: 'torch.nn.Mish; Misra 2019, section 3',
  cases: fc => elementwiseCases(fc),

  value: x => x * Math.tanh(softplus(x)),
  slope: x => Math.tanh(softplus(x)) + (x * logistic(x)) / Math.cosh(softplus(x)) ** 2,
  expression: () => 'input * (exp(2 * input) + 2 * exp(input)) / (exp(2 * input) + 2 * exp(input) + 2)',

  alternatives: {
    // With v = exp(-|x|), t = (1 + 2v) / (1 + 2v + 2v^2) on the right and (v^2 + 2v) / (v^2 + 2v + 2) on the left.
    rational: {
      value: x => x * gate(x).value,
      slope: x => gate(x).value + x * gate(x).slope,
    },
  },

  examples: [
    {
      name: 'tanh(ln 2) = 3/5, tanh(ln 3) = 4/5, tanh(ln 3/2) = 5/13',
      input: [0, Math.LN2, -Math.LN2],
      output: [0, 0.8 * Math.LN2, (-5 / 13) * Math.LN2],
      upstream: [5, 100, 169],
      gradient: [3, 80 + 24 * Math.LN2, 65 - 48 * Math.LN2],
    },
    {
      name: 'far out it is flat on one side and the identity on the other',
      input: [-1000, 1000],
      output: [0, 1000],
      upstream: [2, 3],
      gradient: [0, 3],
    },
  ],
});

/** tanh(log(1 + exp(x))) and its derivative as fractions of exponentials that do not overflow. */
function gate(x: number): { value: number; slope: number } {
  const v = Math.exp(-Math.abs(x));
  const [above, below] = x > 0 ? [1 + 2 * v, 1 + 2 * v + 2 * v * v] : [v * v + 2 * v, v * v + 2 * v + 2];
  return { value: above / below, slope: (4 * v * (1 + v) * (x > 0 ? v : 1)) / (below * below) };
}
