import { elementwiseCases } from '../arbitraries.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, tensor } from '../tensor.ts';

const forward = (x: number) => Math.tanh(x);

/** Hyperbolic tangent, from -1 to 1. Its derivative is 1 - y^2, computed as 1 / cosh(x)^2, which does not cancel where y is near ±1. */
export const tanh = defineLayer({
  name: 'tanh',
  formula: 'y = tanh x, dy/dx = 1 - y^2 = 1 / cosh(x)^2',
  source: 'torch.nn.Tanh',
  expression: 'tanh(input)',
  cases: fc => elementwiseCases(fc),

  forward: ({ input }) => ({ output: mapTensor(input, forward) }),
  vjp: ({ input }, { output }) => ({ input: mapTensor(output, (dy, i) => dy / Math.cosh(input.data[i]) ** 2) }),

  alternatives: {
    // 1 - y^2, where its rounding error of half a unit is small beside it.
    fromOutput: {
      forward: ({ input }) => ({ output: mapTensor(input, forward) }),
      vjp: ({ input }, upstream, _config, { output: y }) => ({
        input: mapTensor(upstream.output, (dy, i) => {
          const square = y.data[i] * y.data[i];
          return square < 0.9 ? dy * (1 - square) : dy / Math.cosh(input.data[i]) ** 2;
        }),
      }),
    },
  },

  examples: [
    {
      name: 'zero, and logarithms: tanh(ln 2) = 3/5, tanh(ln 3) = 4/5',
      source: 'by hand',
      config: {},
      args: { input: tensor([3], [0, Math.LN2, -Math.log(3)]) },
      outputs: { output: tensor([3], [0, 0.6, -0.8]) },
      upstream: { output: tensor([3], [2, 5, 10]) },
      gradients: { input: tensor([3], [2, 3.2, 3.6]) },
    },
    {
      name: 'far out it is flat',
      source: 'by hand',
      config: {},
      args: { input: tensor([2], [-1000, 1000]) },
      outputs: { output: tensor([2], [-1, 1]) },
      upstream: { output: tensor([2], [1, 2]) },
      gradients: { input: tensor([2], [0, 0]) },
    },
  ],
});
