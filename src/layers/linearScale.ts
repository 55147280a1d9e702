import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface LinearScaleConfig {
  /** 1 unless said. */
  readonly scale?: number;
  /** 0 unless said. */
  readonly bias?: number;
}

/** The same straight line for every element; its two numbers are settings, not parameters. */
export const linearScale = elementwise<LinearScaleConfig>({
  name: 'linearScale',
  formula: 'y = scale x + bias',
  source: 'tiny-dnn, linear_layer',
  linear: ['input'],
  cases: fc =>
    elementwiseCases(
      fc,
      fc.record({ scale: fc.constantFrom(2, -1.5, 0.3, 0), bias: fc.constantFrom(0, 0.25, -3) }, { requiredKeys: [] }),
    ),

  settings: ({ scale = 1, bias = 0 }) => ({
    scale: real('linearScale', 'scale', scale),
    bias: real('linearScale', 'bias', bias),
  }),
  value: (x, { scale, bias }) => scale * x + bias,
  slope: (_x, { scale }) => scale,
  expression: ({ scale, bias }) => `${scale} * input + ${bias}`,

  examples: [
    {
      name: 'a scale and a bias',
      config: { scale: 2, bias: -1 },
      input: [-1, 0, 3],
      output: [-3, -1, 5],
      upstream: [1, 2, -4],
      gradient: [2, 4, -8],
    },
    {
      name: 'the identity unless said',
      input: [-2, 0.5],
      output: [-2, 0.5],
      upstream: [3, 4],
      gradient: [3, 4],
    },
  ],
});
