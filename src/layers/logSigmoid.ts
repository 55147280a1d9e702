import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { logistic } from '../kernels/logistic.ts';
import { softplus, softplusFormula } from '../kernels/softplus.ts';

/** Logarithm of the logistic function, finite for every x. Its derivative is s(-x), s being the logistic function. */
export const logSigmoid = elementwise({
  name: 'logSigmoid',
  formula: 'y = log(1 / (1 + exp(-x))) = min(x, 0) - log(1 + exp(-|x|))',
  source: 'torch.nn.LogSigmoid',
  cases: fc => elementwiseCases(fc),

  value: x => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  slope: x => logistic(-x),
  expression: () => `input > 0 ? -${softplusFormula.negative('(-input)')} : -(${softplusFormula.positive('(-input)')})`,

  alternatives: {
    softplus: { value: x => -softplus(-x), slope: x => Math.exp(-softplus(x)) },
    // 1 - exp(y), where its rounding error of half a unit is small beside it.
    fromOutput: { slope: (x, _settings, y) => (y < -0.1 ? 1 - Math.exp(y) : logistic(-x)) },
  },

  examples: [
    {
      name: 'zero, and logarithms: s(ln 3) = 3/4',
      input: [0, Math.log(3), -Math.log(3)],
      output: [-Math.LN2, Math.log(0.75), -Math.log(4)],
      upstream: [2, 8, 8],
      gradient: [1, 2, 6],
    },
    {
      name: 'far out it is the identity on one side and flat on the other',
      input: [-1000, 1000],
      output: [-1000, 0],
      upstream: [2, 3],
      gradient: [2, 0],
    },
  ],
});
