import { elementwiseCases } from '../arbitraries.ts';
import { elementwise } from '../kernels/elementwise.ts';

/**
 * x times its own hardsigmoid: 0, a parabola, x. At -3 and at 3 the derivative is that of the parabola, -1/2 and 3/2, as in
 * PyTorch 1.13; later versions take 0 and 1.
 */
export const hardswish = elementwise({
  name: 'hardswish',
  formula: 'y = x min(max(x + 3, 0), 6) / 6',
  source: 'torch.nn.Hardswish; Howard et al. 2019, section 5.2',
  kinks: 'input = -3 or 3',
  cases: fc => elementwiseCases(fc),

  value: x => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  slope: x => (x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5),
  expression: () => 'input <= -3 ? 0 : input >= 3 ? input : input * (input + 3) / 6',

  examples: [
    {
      name: 'left of the parabola, on it and at its ends, right of it',
      input: [-4, -3, -1.5, 0, 1.5, 3, 4],
      output: [0, 0, -0.375, 0, 1.125, 3, 4],
      upstream: [1, 2, 3, 4, 5, 6, 7],
      gradient: [0, -1, 0, 2, 5, 9, 7],
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
