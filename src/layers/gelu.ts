import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { erfc } from '../kernels/erf.ts';
import { logistic, logisticSlope } from '../kernels/logistic.ts';
import { argSpec } from '../layer.ts';
import { sizeOf } from '../tensor.ts';

export interface GeluConfig {
  /** 'none', the normal distribution itself, unless said; 'tanh' is the approximation. */
  readonly approximate?: 'none' | 'tanh';
}

type Settings = Required<GeluConfig>;

/**
 * Gaussian error linear unit: x P(x), P being the normal distribution or an approximation of it. In both, P is computed so
 * that it keeps its digits far out on the left: as erfc(-x / √2) / 2, and as the logistic function of 2u for (1 + tanh u) / 2.
 */
export const gelu = elementwise<GeluConfig>({
  name: 'gelu',
  formula:
    'y = x P(x), P(x) = (1 + erf(x / √2)) / 2, or with approximate "tanh" (1 + tanh u) / 2, u = √(2/π) (x + 0.044715 x^3)',
  source: 'torch.nn.GELU; Hendrycks and Gimpel 2016, section 2',
  // The symbolic formula loses all digits left of -6: some elements have to be elsewhere.
  cases: fc =>
    elementwiseCases(
      fc,
      fc.record({ approximate: fc.constantFrom('none' as const, 'tanh' as const) }, { requiredKeys: [] }),
    ).filter(({ args }) => sizeOf(argSpec(args.input).shape) >= 8),

  settings({ approximate = 'none' }) {
    if (approximate === 'none' || approximate === 'tanh') return { approximate };
    throw new RangeError(`gelu has approximate ${JSON.stringify(approximate)}; give "none" or "tanh"`);
  },
  value: (x, settings) => x * below(x, settings),
  slope: (x, settings) => below(x, settings) + x * density(x, settings),
  expression: ({ approximate }) =>
    approximate === 'none'
      ? 'input * (1 + erf(input / sqrt(2))) / 2'
      : 'input / (1 + exp(-2 * sqrt(2 / pi) * (input + 0.044715 * input ^ 3)))',

  alternatives: {
    // P(x) = 1 - P(-x): from the tail on the left alone.
    reflected: {
      value: (x, settings) => Math.max(x, 0) - Math.abs(x) * below(-Math.abs(x), settings),
      slope: (x, settings) => (x > 0 ? 1 - below(-x, settings) : below(x, settings)) + x * density(x, settings),
    },
  },

  examples: [
    {
      name: 'zero, one and minus one',
      source: 'mpmath 1.3 with 30 digits, rounded',
      config: { approximate: 'none' },
      input: [0, 1, -1],
      output: [0, 0.8413447460685429, -0.15865525393145705],
      upstream: [4, 1, 2],
      gradient: [2, 1.0833154705876864, -0.1666309411753726],
    },
    {
      name: 'zero, one and minus one, approximately',
      source: 'mpmath 1.3 with 30 digits, rounded',
      config: { approximate: 'tanh' },
      input: [0, 1, -1],
      output: [0, 0.8411919906082767, -0.1588080093917233],
      upstream: [4, 1, 2],
      gradient: [2, 1.0829640838457826, -0.1659281676915651],
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

/** P(x): the share of the distribution that is below x. */
function below(x: number, { approximate }: Settings): number {
  return approximate === 'none' ? erfc(-x * Math.SQRT1_2) / 2 : logistic(2 * u(x));
}

/** dP/dx. */
function density(x: number, { approximate }: Settings): number {
  if (approximate === 'none') return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  return logisticSlope(2 * u(x)) * 2 * uSlope(x);
}

function u(x: number): number {
  return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
}

function uSlope(x: number): number {
  return Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
}
