import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** Exponential function, its own derivative. Infinite beyond 709.78. */
export const exp = elementwise({
  name: 'exp',
  formula: 'y = exp(x), dy/dx = y',
  source: 'torch.exp',
  cases: fc => elementwiseCases(fc),

  value: x => Math.exp(x),
  slope: x => Math.exp(x),
  expression: () => 'exp(input)',

  alternatives: { fromOutput: { slope: (_x, _settings, y) => y } },

  examples: [
    {
      name: 'zero, and logarithms',
      input: [0, Math.LN2, -Math.log(4)],
      output: [1, 2, 0.25],
      upstream: [5, 3, 8],
      gradient: [5, 6, 2],
    },
    {
      name: 'far out on the left it is flat',
      input: [-1000],
      output: [0],
      upstream: [2],
      gradient: [0],
    },
  ],
});
