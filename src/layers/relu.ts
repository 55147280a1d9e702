import { elementwiseCases } from '../arbitraries.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, tensor } from '../tensor.ts';

/** Rectified linear unit. At 0 the derivative is taken as 0, as PyTorch and TensorFlow do. */
export const relu = defineLayer({
  name: 'relu',
  formula: 'y = max(x, 0)',
  source: 'Nair and Hinton 2010, section 2',
  kinks: 'input = 0',
  expression: 'input > 0 ? input : 0',
  cases: fc => elementwiseCases(fc),

  forward: ({ input }) => ({ output: mapTensor(input, x => Math.max(x, 0)) }),
  vjp: ({ input }, { output }) => ({ input: mapTensor(output, (dy, i) => (input.data[i] > 0 ? dy : 0)) }),

  examples: [
    {
      name: 'both sides of zero, and zero',
      source: 'by hand',
      config: {},
      args: { input: tensor([4], [-1, 0, 0.5, 2]) },
      outputs: { output: tensor([4], [0, 0, 0.5, 2]) },
      upstream: { output: tensor([4], [5, 6, 7, 8]) },
      gradients: { input: tensor([4], [0, 0, 7, 8]) },
    },
  ],
});
