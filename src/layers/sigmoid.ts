import { elementwiseCases } from '../arbitraries.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, tensor } from '../tensor.ts';

/** The logistic function of one number. Finite for every x: exp overflows to infinity, and 1 / infinity is 0. */
const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** Logistic function, from 0 to 1. Its derivative is y (1 - y) = s(x) s(-x); the second form does not cancel where y is near 1. */
export const sigmoid = defineLayer({
  name: 'sigmoid',
  formula: 'y = s(x) = 1 / (1 + exp(-x)), dy/dx = s(x) s(-x)',
  source: 'torch.nn.Sigmoid',
  expression: '1 / (1 + exp(-input))',
  cases: fc => elementwiseCases(fc),

  forward: ({ input }) => ({ output: mapTensor(input, logistic) }),
  vjp: ({ input }, { output }) => ({
    input: mapTensor(output, (dy, i) => dy * logistic(input.data[i]) * logistic(-input.data[i])),
  }),

  alternatives: {
    // y (1 - y), where the rounding error of 1 - y, half a unit, is small beside it.
    fromOutput: {
      forward: ({ input }) => ({ output: mapTensor(input, logistic) }),
      vjp: ({ input }, upstream, _config, { output: y }) => ({
        input: mapTensor(upstream.output, (dy, i) =>
          y.data[i] < 0.9 ? dy * y.data[i] * (1 - y.data[i]) : dy * y.data[i] * logistic(-input.data[i]),
        ),
      }),
    },
  },

  examples: [
    {
      name: 'zero, and logarithms: s(ln 3) = 3/4',
      source: 'by hand',
      config: {},
      args: { input: tensor([3], [0, Math.log(3), -Math.log(3)]) },
      outputs: { output: tensor([3], [0.5, 0.75, 0.25]) },
      upstream: { output: tensor([3], [4, 16, -32]) },
      gradients: { input: tensor([3], [1, 3, -6]) },
    },
    {
      name: 'far out it is flat',
      source: 'by hand',
      config: {},
      args: { input: tensor([2], [-1000, 1000]) },
      outputs: { output: tensor([2], [0, 1]) },
      upstream: { output: tensor([2], [1, 2]) },
      gradients: { input: tensor([2], [0, 0]) },
    },
  ],
});
