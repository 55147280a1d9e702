import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** Arc tangent, from -π/2 to π/2. */
export const atan = elementwise({
  name: 'atan',
  formula: 'y = atan x, dy/dx = 1 / (1 + x^2)',
  source: 'torch.atan',
  cases: fc => elementwiseCases(fc),

  value: x => Math.atan(x),
  slope: x => 1 / (1 + x * x),
  expression: () => 'atan(input)',

  alternatives: {
    // cos^2 y, where the rounding error of y, half a unit, is small beside cos y.
    fromOutput: { slope: (x, _settings, y) => (Math.abs(y) < 1.5 ? Math.cos(y) ** 2 : 1 / (1 + x * x)) },
  },

  examples: [
    {
      name: 'zero, an eighth and a sixth of a turn',
      input: [0, 1, -Math.sqrt(3)],
      output: [0, Math.PI / 4, -Math.PI / 3],
      upstream: [5, 6, 8],
      gradient: [5, 3, 2],
    },
    {
      name: 'a twelfth of a turn',
      input: [1 / Math.sqrt(3), -1 / Math.sqrt(3)],
      output: [Math.PI / 6, -Math.PI / 6],
      upstream: [4, 8],
      gradient: [3, 6],
    },
  ],
});
