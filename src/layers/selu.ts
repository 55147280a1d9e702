import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface SeluConfig {
  /** 1.6732632423543772 unless said. */
  readonly alpha?: number;
  /** 1.0507009873554805 unless said. */
  readonly scale?: number;
}

/** The constants with which mean 0 and variance 1 are a fixed point, from the appendix of the paper. */
const ALPHA = 1.6732632423543772;
const SCALE = 1.0507009873554805;

/** Scaled ELU. At 0, where it has a kink, the derivative is taken as scale * alpha, as PyTorch does. */
export const selu = elementwise<SeluConfig>({
  name: 'selu',
  formula: 'y = scale (x > 0 ? x : alpha (exp(x) - 1))',
  source: 'torch.nn.SELU; Klambauer, Unterthiner, Mayr and Hochreiter 2017, equation 2',
  kinks: 'input = 0',
  cases: fc =>
    elementwiseCases(
      fc,
      fc.record({ alpha: fc.constantFrom(1, 0.5, 1.67326), scale: fc.constantFrom(1.5, 1.0507) }, { requiredKeys: [] }),
    ),

  settings: ({ alpha = ALPHA, scale = SCALE }) => ({
    alpha: real('selu', 'alpha', alpha),
    scale: real('selu', 'scale', scale),
  }),
  value: (x, { alpha, scale }) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
  slope: (x, { alpha, scale }) => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
  expression: ({ alpha, scale }) => `input > 0 ? ${scale} * input : ${scale} * ${alpha} * (exp(input) - 1)`,

  examples: [
    {
      name: 'both sides of zero, and zero',
      config: { alpha: 2, scale: 1.5 },
      input: [-Math.LN2, 0, 2],
      output: [-1.5, 0, 3],
      upstream: [2, 1, 4],
      gradient: [3, 3, 6],
    },
    {
      name: 'its own constants: scale on one side, and -scale * alpha far out on the other',
      source: 'Klambauer et al. 2017, appendix',
      input: [1, -1000],
      output: [1.0507009873554805, -1.7580993408473766],
      upstream: [2, 3],
      gradient: [2.101401974710961, 0],
    },
  ],
});
