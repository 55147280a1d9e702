import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface HardtanhConfig {
  /** The lower end; -1 unless said. */
  readonly min?: number;
  /** The upper end, not below the lower; 1 unless said. */
  readonly max?: number;
}

/** The identity between two ends, flat beyond. At the ends the derivative is taken as 0, as PyTorch does (clip takes 1). */
export const hardtanh = elementwise<HardtanhConfig>({
  name: 'hardtanh',
  formula: 'y = min(max(x, min), max)',
  source: 'torch.nn.Hardtanh; Collobert 2004, section 2.3.3',
  kinks: 'input = min or max',
  cases: fc =>
    elementwiseCases(
      fc,
      fc.record({ min: fc.constantFrom(-1, -0.5, -2.5), max: fc.constantFrom(1, 0.75, 4) }, { requiredKeys: [] }),
    ),

  settings({ min = -1, max = 1 }) {
    real('hardtanh', 'min', min);
    return {
      min,
      max: real('hardtanh', 'max', max, { words: `a number of ${min} or more`, holds: end => end >= min }),
    };
  },
  value: (x, { min, max }) => Math.min(Math.max(x, min), max),
  slope: (x, { min, max }) => (x > min && x < max ? 1 : 0),
  expression: ({ min, max }) => `input <= ${min} ? ${min} : input >= ${max} ? ${max} : input`,

  examples: [
    {
      name: 'below, between, above, and at both ends',
      input: [-2, -1, 0.5, 1, 3],
      output: [-1, -1, 0.5, 1, 1],
      upstream: [1, 2, 3, 4, 5],
      gradient: [0, 0, 3, 0, 0],
    },
    {
      name: 'ends that are not alike',
      config: { min: -0.5, max: 2 },
      input: [-1, -0.25, 1.5, 2, 3],
      output: [-0.5, -0.25, 1.5, 2, 2],
      upstream: [1, 2, 3, 4, 5],
      gradient: [0, 2, 3, 0, 0],
    },
  ],
});
