import { broadcastPairs } from '../arbitraries.ts';
import { broadcastOperation } from '../kernels/broadcastOperation.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * Product, element by element, of two tensors whose shapes broadcast, as in NumPy: aligned at the last axis, an extent of
 * 1 or a missing axis is stretched. The gradient of what is stretched is summed over its copies.
 */
export const mulBroadcast = defineLayer({
  name: 'mulBroadcast',
  formula: 'y[i] = a[i] b[i], stretched axes left out of the index; da[i] = sum over its copies of dy b, and so db',
  source: 'torch.mul',
  linear: ['a', 'b'],
  expression: 'a * b',
  cases: fc => broadcastPairs(fc).map(args => ({ config: {}, args })),

  ...broadcastOperation(
    'mulBroadcast',
    (a, b) => a * b,
    (a, b) => [b, a],
  ),

  examples: [
    {
      name: 'a column and a row make a matrix',
      source: 'by hand',
      config: {},
      args: { a: tensor([2, 1], [10, 20]), b: tensor([3], [1, 2, 3]) },
      outputs: { output: tensor([2, 3], [10, 20, 30, 20, 40, 60]) },
      upstream: { output: tensor([2, 3], [1, 2, 4, -1, 0, 5]) },
      gradients: { a: tensor([2, 1], [17, 14]), b: tensor([3], [-10, 20, 140]) },
    },
    {
      name: 'one scale a channel',
      source: 'by hand',
      config: {},
      args: { a: tensor([2, 2, 1], [1, 2, 3, 4]), b: tensor([1, 2, 1], [5, -1]) },
      outputs: { output: tensor([2, 2, 1], [5, -2, 15, -4]) },
      upstream: { output: tensor([2, 2, 1], [1, 2, -1, 3]) },
      gradients: { a: tensor([2, 2, 1], [5, -2, -5, -3]), b: tensor([1, 2, 1], [-2, 16]) },
    },
  ],
});
