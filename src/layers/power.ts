import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface PowerConfig {
  readonly exponent: number;
}

/**
 * A power with a fixed exponent. x^0 is 1 and has no slope, at 0 too. At 0 the derivative is infinite for exponents below 1;
 * negative numbers have powers with whole exponents only.
 */
export const power = elementwise<PowerConfig>({
  name: 'power',
  formula: 'y = x^exponent, dy/dx = exponent x^(exponent - 1)',
  source: 'torch.pow; tiny-dnn, power_layer',
  cases: fc =>
    fc.oneof(
      elementwiseCases(fc, fc.record({ exponent: fc.integer({ min: 0, max: 5 }) })),
      elementwiseCases(fc, fc.record({ exponent: fc.constantFrom(-2, -1, -0.5, 0.5, 1.5, 2.5) }), { range: [0.25, 8] }),
      elementwiseCases(fc, fc.record({ exponent: fc.constantFrom(-1, -3) }), { range: [-8, -0.25] }),
    ),

  settings: ({ exponent }) => ({ exponent: real('power', 'exponent', exponent) }),
  value: (x, { exponent }) => x ** exponent,
  slope: (x, { exponent }) => (exponent === 0 ? 0 : exponent * x ** (exponent - 1)),
  expression: ({ exponent }) => `input ^ (${exponent})`,

  examples: [
    {
      name: 'a cube',
      config: { exponent: 3 },
      input: [-2, 0, 1.5],
      output: [-8, 0, 3.375],
      upstream: [1, 2, 4],
      gradient: [12, 0, 27],
    },
    {
      name: 'a square root',
      config: { exponent: 0.5 },
      input: [4, 0.25],
      output: [2, 0.5],
      upstream: [8, 3],
      gradient: [2, 3],
    },
    {
      name: 'a reciprocal',
      config: { exponent: -1 },
      input: [-2, 0.5],
      output: [-0.5, 2],
      upstream: [8, 2],
      gradient: [-2, -8],
    },
    {
      name: 'exponents 0 and zero itself',
      config: { exponent: 0 },
      input: [0, -3],
      output: [1, 1],
      upstream: [2, 3],
      gradient: [0, 0],
    },
    {
      name: 'the identity at zero',
      config: { exponent: 1 },
      input: [0, -3],
      output: [0, -3],
      upstream: [2, 3],
      gradient: [2, 3],
    },
  ],
});
