import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { nonNegative, real } from '../kernels/real.ts';

export interface SoftshrinkConfig {
  /** By how much all is drawn towards 0, but not beyond: 0 or more; 0.5 unless said. */
  readonly lambda?: number;
}

/** Draws every number towards 0 and leaves a flat band around it. At the ends of the band the derivative is taken as 0, as PyTorch does. */
export const softshrink = elementwise<SoftshrinkConfig>({
  name: 'softshrink',
  formula: 'y = x > lambda ? x - lambda : x < -lambda ? x + lambda : 0',
  source: 'torch.nn.Softshrink',
  kinks: 'input = -lambda or lambda',
  cases: fc => elementwiseCases(fc, fc.record({ lambda: fc.constantFrom(0.5, 1, 0.25, 2) }, { requiredKeys: [] })),

  settings: ({ lambda = 0.5 }) => ({ lambda: real('softshrink', 'lambda', lambda, nonNegative) }),
  value: (x, { lambda }) => (x > lambda ? x - lambda : x < -lambda ? x + lambda : 0),
  slope: (x, { lambda }) => (x > lambda || x < -lambda ? 1 : 0),
  expression: ({ lambda }) => `input > ${lambda} ? input - ${lambda} : input < -${lambda} ? input + ${lambda} : 0`,

  examples: [
    {
      name: 'outside, inside, and at the ends of the band',
      input: [-1, -0.5, 0.25, 0.5, 2],
      output: [-0.5, 0, 0, 0, 1.5],
      upstream: [1, 2, 3, 4, 5],
      gradient: [1, 0, 0, 0, 5],
    },
    {
      name: 'a wider band',
      config: { lambda: 2 },
      input: [-3, -1, 2.5],
      output: [-1, 0, 0.5],
      upstream: [1, 2, 3],
      gradient: [1, 0, 3],
    },
  ],
});
