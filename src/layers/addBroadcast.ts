import { broadcastPairs } from '../arbitraries.ts';
import { broadcastOperation } from '../kernels/broadcastOperation.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * Sum of two tensors whose shapes broadcast, as in NumPy: aligned at the last axis, an extent of 1 or a missing axis is
 * stretched. The gradient of what is stretched is summed over its copies.
 */
export const addBroadcast = defineLayer({
  name: 'addBroadcast',
  formula: 'y[i] = a[i] + b[i], stretched axes left out of the index; da[i] = sum over its copies of dy, and so db',
  source: 'torch.add',
  linear: ['a', 'b'],
  expression: 'a + b',
  cases: fc => broadcastPairs(fc).map(args => ({ config: {}, args })),

  ...broadcastOperation(
    'addBroadcast',
    (a, b) => a + b,
    () => [1, 1],
  ),

  examples: [
    {
      name: 'a column and a row make a matrix',
      source: 'by hand',
      config: {},
      args: { a: tensor([2, 1], [10, 20]), b: tensor([3], [1, 2, 3]) },
      outputs: { output: tensor([2, 3], [11, 12, 13, 21, 22, 23]) },
      upstream: { output: tensor([2, 3], [1, 2, 4, -1, 0, 5]) },
      gradients: { a: tensor([2, 1], [7, 4]), b: tensor([3], [0, 2, 9]) },
    },
    {
      name: 'a scalar goes everywhere',
      source: 'by hand',
      config: {},
      args: { a: tensor([], [0.5]), b: tensor([2, 1], [1, 2]) },
      outputs: { output: tensor([2, 1], [1.5, 2.5]) },
      upstream: { output: tensor([2, 1], [3, -5]) },
      gradients: { a: tensor([], [-2]), b: tensor([2, 1], [3, -5]) },
    },
  ],
});
