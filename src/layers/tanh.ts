import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { tanhByRatio } from '../kernels/tanh.ts';

/** Hyperbolic tangent, from -1 to 1. Its derivative is 1 - y^2, computed as 1 / cosh(x)^2, which does not cancel where y is near ±1. */
export const tanh = elementwise({
  name: 'tanh',
  formula: 'y = tanh x, dy/dx = 1 - y^2 = 1 / cosh(x)^2',
  source: 'torch.nn.Tanh',
  cases: fc => elementwiseCases(fc),

  value: x => Math.tanh(x),
  slope: x => 1 / Math.cosh(x) ** 2,
  expression: () => 'tanh(input)',

  alternatives: {
    // 1 - y^2, where its rounding error of half a unit is small beside it.
    fromOutput: { value: tanhByRatio, slope: (x, _settings, y) => (y * y < 0.9 ? 1 - y * y : 1 / Math.cosh(x) ** 2) },
  },

  examples: [
    {
      name: 'zero, and logarithms: tanh(ln 2) = 3/5, tanh(ln 3) = 4/5',
      input: [0, Math.LN2, -Math.log(3)],
      output: [0, 0.6, -0.8],
      upstream: [2, 5, 10],
      gradient: [2, 3.2, 3.6],
    },
    {
      name: 'far out it is flat',
      input: [-1000, 1000],
      output: [-1, 1],
      upstream: [1, 2],
      gradient: [0, 0],
    },
  ],
});
