import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface LeakyReluConfig {
  /** Of the negative side, any number; 0.01 unless said. */
  readonly slope?: number;
}

/** Rectified linear unit with a slope on the negative side too. At 0 the derivative is taken as that slope, as PyTorch does. */
export const leakyRelu = elementwise<LeakyReluConfig>({
  name: 'leakyRelu',
  formula: 'y = x > 0 ? x : slope x',
  source: 'torch.nn.LeakyReLU; Maas, Hannun and Ng 2013, section 2',
  kinks: 'input = 0',
  cases: fc =>
    elementwiseCases(fc, fc.record({ slope: fc.constantFrom(0, 0.25, 0.01, 2, -0.5) }, { requiredKeys: [] })),

  settings: ({ slope = 0.01 }) => ({ slope: real('leakyRelu', 'slope', slope) }),
  value: (x, { slope }) => (x > 0 ? x : slope * x),
  slope: (x, { slope }) => (x > 0 ? 1 : slope),
  expression: ({ slope }) => `input > 0 ? input : ${slope} * input`,

  examples: [
    {
      name: 'both sides of zero, and zero',
      config: { slope: 0.25 },
      input: [-2, 0, 3],
      output: [-0.5, 0, 3],
      upstream: [4, 8, 5],
      gradient: [1, 2, 5],
    },
    {
      name: 'the slope unless said',
      input: [-100, 1],
      output: [-1, 1],
      upstream: [2, 3],
      gradient: [0.02, 3],
    },
    {
      name: 'a negative slope: the output is positive on both sides',
      config: { slope: -0.5 },
      input: [-2, 4],
      output: [1, 4],
      upstream: [2, 3],
      gradient: [-1, 3],
    },
  ],
});
