import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface ThresholdConfig {
  /** What is not above it is replaced. */
  readonly threshold: number;
  /** By what. */
  readonly value: number;
}

/** The identity above a threshold, a constant at it and below. It jumps there, unless the two are alike. */
export const threshold = elementwise<ThresholdConfig>({
  name: 'threshold',
  formula: 'y = x > threshold ? x : value',
  source: 'torch.nn.Threshold',
  kinks: 'input = threshold',
  cases: fc =>
    elementwiseCases(
      fc,
      fc.record({ threshold: fc.constantFrom(0, 0.5, 1, -1, -0.25), value: fc.constantFrom(0, 20, -1, 0.5) }),
    ),

  settings: config => ({
    threshold: real('threshold', 'threshold', config.threshold),
    value: real('threshold', 'value', config.value),
  }),
  value: (x, { threshold, value }) => (x <= threshold ? value : x),
  slope: (x, { threshold }) => (x <= threshold ? 0 : 1),
  expression: ({ threshold, value }) => `input <= ${threshold} ? ${value} : input`,

  examples: [
    {
      name: 'below, at and above',
      config: { threshold: 0.5, value: 20 },
      input: [-1, 0.5, 0.75],
      output: [20, 20, 0.75],
      upstream: [1, 2, 3],
      gradient: [0, 0, 3],
    },
    {
      name: 'a threshold and a value below zero',
      config: { threshold: -1, value: -2 },
      input: [-3, -1, -0.5, 0],
      output: [-2, -2, -0.5, 0],
      upstream: [1, 2, 3, 4],
      gradient: [0, 0, 3, 4],
    },
  ],
});
