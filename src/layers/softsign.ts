import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** From -1 to 1 like tanh, but slowly. At 0 its derivative is 1; only the second one jumps. */
export const softsign = elementwise({
  name: 'softsign',
  formula: 'y = x / (1 + |x|), dy/dx = 1 / (1 + |x|)^2',
  source: 'torch.nn.Softsign',
  kinks: 'input = 0, in the second derivative only',
  cases: fc => elementwiseCases(fc),

  value: x => x / (1 + Math.abs(x)),
  slope: x => 1 / (1 + Math.abs(x)) ** 2,
  expression: () => 'input > 0 ? input / (1 + input) : input / (1 - input)',

  alternatives: {
    // (1 - |y|)^2, where its rounding error of half a unit is small beside it.
    fromOutput: { slope: (x, _settings, y) => (Math.abs(y) < 0.9 ? 1 - Math.abs(y) : 1 / (1 + Math.abs(x))) ** 2 },
  },

  examples: [
    {
      name: 'both sides of zero, and zero',
      input: [-3, 0, 1],
      output: [-0.75, 0, 0.5],
      upstream: [16, 3, 4],
      gradient: [1, 3, 1],
    },
    {
      name: 'far out it is all but flat',
      input: [-999, 99],
      output: [-0.999, 0.99],
      upstream: [1e6, 1e6],
      gradient: [1, 100],
    },
  ],
});
