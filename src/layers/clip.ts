import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';
import { real } from '../kernels/real.ts';

export interface ClipConfig {
  /** The lower end; none where it is null or left out. */
  readonly min?: number | null;
  /** The upper end, which holds where the lower one is above it; none where it is null or left out. */
  readonly max?: number | null;
}

/** The identity between two ends, flat beyond. At the ends the derivative is taken as 1, as PyTorch does (hardtanh takes 0). */
export const clip = elementwise<ClipConfig, { min: number; max: number }>({
  name: 'clip',
  formula: 'y = min(max(x, min), max)',
  source: 'torch.clamp; ONNX Clip',
  kinks: 'input = min or max',
  // The ends never meet: where they do, and x with them, y is flat, but PyTorch's derivative is still 1.
  cases(fc) {
    const end = (offset: number) =>
      fc.option(
        fc.integer({ min: -5, max: 5 }).map(quarters => quarters / 4 + offset),
        { nil: null },
      );
    return elementwiseCases(fc, fc.record({ min: end(0), max: end(1 / 8) }, { requiredKeys: [] }));
  },

  settings: ({ min, max }) => ({
    min: real('clip', 'min', min ?? -Infinity),
    max: real('clip', 'max', max ?? Infinity),
  }),
  value: (x, { min, max }) => Math.min(Math.max(x, min), max),
  slope: (x, { min, max }) => (x >= min && x <= max ? 1 : 0),
  expression: ({ min, max }) => `input > ${max} ? ${max} : input < ${min} ? ${Math.min(min, max)} : input`,

  examples: [
    {
      name: 'below, between, above, and at both ends',
      config: { min: -1, max: 2 },
      input: [-3, -1, 0, 2, 5],
      output: [-1, -1, 0, 2, 2],
      upstream: [1, 2, 3, 4, 5],
      gradient: [0, 2, 3, 4, 0],
    },
    {
      name: 'an upper end only',
      config: { min: null, max: 0.5 },
      input: [-100, 0.5, 1],
      output: [-100, 0.5, 0.5],
      upstream: [1, 2, 3],
      gradient: [1, 2, 0],
    },
    {
      name: 'a lower end above the upper one',
      config: { min: 3, max: 1 },
      input: [0, 2, 4],
      output: [1, 1, 1],
      upstream: [1, 2, 3],
      gradient: [0, 0, 0],
    },
  ],
});
