import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface HardshrinkConfig {
  /** What is no larger becomes 0; 0.5 unless said. Below 0 nothing does. */
  readonly lambda?: number;
}

/** The identity but for a band around 0, whose ends belong to it: there y and the derivative are 0. It jumps at the ends. */
export const hardshrink = elementwise<HardshrinkConfig>({
  name: 'hardshrink',
  formula: 'y = |x| <= lambda ? 0 : x',
  source: 'torch.nn.Hardshrink',
  kinks: 'input = -lambda or lambda',
  cases: fc => elementwiseCases(fc, fc.record({ lambda: fc.constantFrom(0.5, 1, 0.25, 2, -1) }, { requiredKeys: [] })),

  settings: ({ lambda = 0.5 }) => ({ lambda: real('hardshrink', 'lambda', lambda) }),
  value: (x, { lambda }) => (Math.abs(x) <= lambda ? 0 : x),
  slope: (x, { lambda }) => (Math.abs(x) <= lambda ? 0 : 1),
  expression: ({ lambda }) => `abs(input) <= ${lambda} ? 0 : input`,

  examples: [
    {
      name: 'outside, inside, and at the ends of the band',
      input: [-1, -0.5, 0.25, 0.5, 2],
      output: [-1, 0, 0, 0, 2],
      upstream: [1, 2, 3, 4, 5],
      gradient: [1, 0, 0, 0, 5],
    },
    {
      name: 'a band of zero only',
      config: { lambda: 0 },
      input: [-0.25, 0, 0.25],
      output: [-0.25, 0, 0.25],
      upstream: [1, 2, 3],
      gradient: [1, 0, 3],
    },
  ],
});
