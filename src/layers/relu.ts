import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/** Rectified linear unit. At 0 the derivative is taken as 0, as PyTorch and TensorFlow do. */
export const relu = elementwise({
  name: 'relu',
  formula: 'y = max(x, 0)',
  source: 'Nair and Hinton 2010, section 2',
  kinks: 'input = 0',
  cases: fc => elementwiseCases(fc),

  value: x => Math.max(x, 0),
  slope: x => (x > 0 ? 1 : 0),
  expression: () => 'input > 0 ? input : 0',

  examples: [
    {
      name: 'both sides of zero, and zero',
      input: [-1, 0, 0.5, 2],
      output: [0, 0, 0.5, 2],
      upstream: [5, 6, 7, 8],
      gradient: [0, 0, 7, 8],
    },
    {
      name: 'the numbers next to zero',
      input: [-5e-324, 5e-324],
      output: [0, 5e-324],
      upstream: [2, 3],
      gradient: [0, 3],
    },
  ],
});
