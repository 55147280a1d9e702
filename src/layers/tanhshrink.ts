import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** What tanh takes away. y loses digits near 0, where it is x^3 / 3, as it does in PyTorch; the derivative does not. */
export const tanhshrink = elementwise({
  name: 'tanhshrink',
  formula: 'y = x - tanh x, dy/dx = tanh(x)^2',
  source: 'torch.nn.Tanhshrink',
  cases: fc => elementwiseCases(fc),

  value: x => x - Math.tanh(x),
  slope: x => Math.tanh(x) ** 2,
  expression: () => 'input - tanh(input)',

  examples: [
    {
      name: 'zero, and logarithms: tanh(ln 2) = 3/5, tanh(ln 3) = 4/5',
      input: [0, Math.LN2, -Math.log(3)],
      output: [0, Math.LN2 - 0.6, 0.8 - Math.log(3)],
      upstream: [2, 100, 50],
      gradient: [0, 36, 32],
    },
    {
      name: 'far out it is parallel to the identity',
      input: [-1000, 1000],
      output: [-999, 999],
      upstream: [2, 3],
      gradient: [2, 3],
    },
  ],
});
