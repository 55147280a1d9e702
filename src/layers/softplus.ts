import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { logistic } from '../kernels/logistic.ts';
import { nonZero, real } from '../kernels/real.ts';
import { softplus as stable, softplusFormula } from '../kernels/softplus.ts';

export interface SoftplusConfig {
  /** How sharply it bends, not 0; 1 unless said. */
  readonly beta?: number;
  /** Where beta * x is larger, y is x itself; 20 unless said. */
  readonly threshold?: number;
}

/**
 * Smooth rectified linear unit. Beyond the threshold it is replaced by the identity, so that it jumps there by
 * log(1 + exp(-threshold)) / beta; at the threshold itself it is still the curve.
 */
export const softplus = elementwise<SoftplusConfig>({
  name: 'softplus',
  formula: 'y = beta x > threshold ? x : log(1 + exp(beta x)) / beta',
  source: 'torch.nn.Softplus',
  kinks: 'beta * input = threshold',
  cases: fc =>
    elementwiseCases(
      fc,
      fc.record(
        { beta: fc.constantFrom(1, 0.5, 1.5, 2, -1), threshold: fc.constantFrom(20, 2, 5) },
        { requiredKeys: [] },
      ),
    ),

  settings: ({ beta = 1, threshold = 20 }) => ({
    beta: real('softplus', 'beta', beta, nonZero),
    threshold: real('softplus', 'threshold', threshold),
  }),
  value: (x, { beta, threshold }) => (beta * x > threshold ? x : Math.log1p(Math.exp(beta * x)) / beta),
  slope: (x, { beta, threshold }) => (beta * x > threshold ? 1 : logistic(beta * x)),
  expression({ beta, threshold }) {
    const x = `(${beta} * input)`;
    const { positive, negative } = softplusFormula;
    return `${x} > ${threshold} ? input : ${x} > 0 ? (${positive(x)}) / ${beta} : ${negative(x)} / ${beta}`;
  },

  alternatives: {
    // Finite for every threshold.
    shifted: {
      value: (x, { beta, threshold }) => (beta * x > threshold ? x : stable(beta * x) / beta),
      slope: (x, { beta, threshold }) => (beta * x > threshold ? 1 : Math.exp(beta * x - stable(beta * x))),
    },
  },

  examples: [
    {
      name: 'zero, and logarithms: log(1 + 3) and log(1 + 1/3)',
      input: [0, Math.log(3), -Math.log(3)],
      output: [Math.LN2, Math.log(4), Math.log(4 / 3)],
      upstream: [2, 4, 8],
      gradient: [1, 3, 2],
    },
    {
      name: 'below, at and beyond a threshold',
      config: { beta: 2, threshold: 2 * Math.log(3) },
      input: [Math.log(3) / 2, Math.log(3), Math.log(4)],
      output: [Math.LN2, Math.log(10) / 2, Math.log(4)],
      upstream: [4, 10, 3],
      gradient: [3, 9, 3],
    },
    {
      name: 'far out it is flat on one side and the identity on the other',
      input: [-1000, 1000],
      output: [0, 1000],
      upstream: [2, 3],
      gradient: [0, 3],
    },
  ],
});
