import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface EluConfig {
  /** Minus the value far out on the negative side; 1 unless said. */
  readonly alpha?: number;
}

/** Exponential linear unit. Where alpha is not 1 it has a kink at 0; the derivative there is taken as alpha, as PyTorch does. */
export const elu = elementwise<EluConfig>({
  name: 'elu',
  formula: 'y = x > 0 ? x : alpha (exp(x) - 1), dy/dx = x > 0 ? 1 : alpha exp(x)',
  source: 'torch.nn.ELU; Clevert, Unterthiner and Hochreiter 2016, equation 16',
  kinks: 'input = 0',
  cases: fc => elementwiseCases(fc, fc.record({ alpha: fc.constantFrom(1, 0.5, 2, 0, -0.5) }, { requiredKeys: [] })),

  settings: ({ alpha = 1 }) => ({ alpha: real('elu', 'alpha', alpha) }),
  value: (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
  slope: (x, { alpha }) => (x > 0 ? 1 : alpha * Math.exp(x)),
  expression: ({ alpha }) => `input > 0 ? input : ${alpha} * (exp(input) - 1)`,

  examples: [
    {
      name: 'both sides of zero, and zero, where the derivative is alpha',
      config: { alpha: 2 },
      input: [-Math.LN2, 0, 3],
      output: [-1, 0, 3],
      upstream: [3, 4, 5],
      gradient: [3, 8, 5],
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
