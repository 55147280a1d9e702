import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { nonZero, real } from '../kernels/real.ts';

export interface CeluConfig {
  /** Minus the value far out on the negative side, not 0; 1 unless said. */
  readonly alpha?: number;
}

/** Continuously differentiable ELU: its derivative is 1 at 0, whatever alpha is. */
export const celu = elementwise<CeluConfig>({
  name: 'celu',
  formula: 'y = x > 0 ? x : alpha (exp(x / alpha) - 1), dy/dx = x > 0 ? 1 : exp(x / alpha)',
  source: 'torch.nn.CELU; Barron 2017, equation 2',
  kinks: 'input = 0, in the second derivative only',
  cases: fc => elementwiseCases(fc, fc.record({ alpha: fc.constantFrom(1, 0.5, 2, 3.5) }, { requiredKeys: [] })),

  settings: ({ alpha = 1 }) => ({ alpha: real('celu', 'alpha', alpha, nonZero) }),
  value: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
  slope: (x, { alpha }) => (x > 0 ? 1 : Math.exp(x / alpha)),
  expression: ({ alpha }) => `input > 0 ? input : ${alpha} * (exp(input / ${alpha}) - 1)`,

  examples: [
    {
      name: 'both sides of zero, and zero',
      config: { alpha: 2 },
      input: [-2 * Math.LN2, 0, 3],
      output: [-1, 0, 3],
      upstream: [4, 5, 6],
      gradient: [2, 5, 6],
    },
    {
      name: 'far out it is flat',
      input: [-1000, -Math.log(4)],
      output: [-1, -0.75],
      upstream: [5, 8],
      gradient: [0, 2],
    },
  ],
});
