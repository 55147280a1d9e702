import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { logistic } from '../kernels/logistic.ts';

/** Sigmoid linear unit, also called swish: x times its own logistic function. 1 - s(x) is taken as s(-x), which does not cancel. */
export const silu = elementwise({
  name: 'silu',
  formula: 'y = x s(x), s(x) = 1 / (1 + exp(-x)), dy/dx = s(x) (1 + x s(-x))',
  source: 'torch.nn.SiLU; Elfwing, Uchibe and Doya 2018, equation 5',
  cases: fc => elementwiseCases(fc),

  value: x => x * logistic(x),
  slope: x => logistic(x) * (1 + x * logistic(-x)),
  expression: () => 'input / (1 + exp(-input))',

  alternatives: { fromOutput: { slope: (x, _settings, y) => logistic(x) + y * logistic(-x) } },

  examples: [
    {
      name: 'zero, and logarithms: s(ln 3) = 3/4',
      input: [0, Math.log(3), -Math.log(3)],
      output: [0, 0.75 * Math.log(3), -0.25 * Math.log(3)],
      upstream: [4, 16, 16],
      gradient: [2, 12 + 3 * Math.log(3), 4 - 3 * Math.log(3)],
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
