import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** Inverse hyperbolic sine: like x near 0 and like a logarithm far out. */
export const asinh = elementwise({
  name: 'asinh',
  formula: 'y = asinh x = log(x + √(x^2 + 1)), dy/dx = 1 / √(x^2 + 1)',
  source: 'torch.asinh; tiny-dnn, asinh_layer',
  cases: fc => elementwiseCases(fc),

  value: x => Math.asinh(x),
  slope: x => 1 / Math.hypot(x, 1),
  expression: () => 'asinh(input)',

  alternatives: { fromOutput: { slope: (_x, _settings, y) => 1 / Math.cosh(y) } },

  examples: [
    {
      name: 'zero, and logarithms: sinh(ln 2) = 3/4, sinh(ln 3) = 4/3',
      input: [0, 3 / 4, -4 / 3],
      output: [0, Math.LN2, -Math.log(3)],
      upstream: [2, 5, 10],
      gradient: [2, 4, 6],
    },
    {
      name: 'the square of x overflows',
      source: 'by hand: log(2x)',
      input: [2 ** 600],
      output: [601 * Math.LN2],
      upstream: [2 ** 600],
      gradient: [1],
    },
  ],
});
