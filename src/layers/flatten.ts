import { shapes } from '../arbitraries.ts';
import { axisOf } from '../kernels/axis.ts';
import { defineLayer } from '../layer.ts';
import { sizeOf, type Tensor, tensor } from '../tensor.ts';

export interface FlattenConfig {
  /** The first of the axes that become one; negative counts from the end. 1 unless said: all but the batch. */
  readonly startAxis?: number;
}

/**
 * The axes from `startAxis` to the last become one, in row-major order. input [d0, …], output [d0, …, d(startAxis - 1),
 * the product of the rest]. A scalar becomes a vector of one element.
 */
export const flatten = defineLayer<FlattenConfig>({
  name: 'flatten',
  formula: 'y[n, ((i d2) + j) d3 + …] = x[n, i, j, …]',
  source: 'torch.nn.Flatten',
  linear: ['input'],

  cases: fc =>
    shapes(fc, { minRank: 0, maxExtent: 3 }).chain(shape => {
      const rank = Math.max(shape.length, 1);
      return fc
        .integer({ min: -rank, max: rank - 1 })
        .map(startAxis => ({ config: { startAxis }, args: { input: shape } }));
    }),

  forward: ({ input }, { startAxis }) => ({
    output: { shape: flatShape(input, startAxis), data: input.data.slice() },
  }),
  vjp: ({ input }, { output }) => ({ input: { shape: input.shape, data: output.data.slice() } }),

  examples: [
    {
      name: 'all but the batch',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
      outputs: { output: tensor([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) },
      upstream: { output: tensor([2, 4], [8, 7, 6, 5, 4, 3, 2, -1]) },
      gradients: { input: tensor([2, 2, 1, 2], [8, 7, 6, 5, 4, 3, 2, -1]) },
    },
    {
      name: 'an axis counted from the end',
      source: 'by hand',
      config: { startAxis: -2 },
      args: { input: tensor([1, 2, 3], [1, 2, 3, 4, 5, 6]) },
      outputs: { output: tensor([1, 6], [1, 2, 3, 4, 5, 6]) },
      upstream: { output: tensor([1, 6], [6, 5, 4, 3, 2, 1]) },
      gradients: { input: tensor([1, 2, 3], [6, 5, 4, 3, 2, 1]) },
    },
    {
      name: 'from the first axis: a vector',
      source: 'by hand',
      config: { startAxis: 0 },
      args: { input: tensor([2, 2], [1, 2, 3, 4]) },
      outputs: { output: tensor([4], [1, 2, 3, 4]) },
      upstream: { output: tensor([4], [-1, 0, 2, 5]) },
      gradients: { input: tensor([2, 2], [-1, 0, 2, 5]) },
    },
    {
      name: 'a scalar: a vector of one element',
      source: 'by hand',
      config: { startAxis: 0 },
      args: { input: tensor([], [3]) },
      outputs: { output: tensor([1], [3]) },
      upstream: { output: tensor([1], [-2]) },
      gradients: { input: tensor([], [-2]) },
    },
  ],
});

function flatShape({ shape }: Tensor, startAxis = 1): number[] {
  const start = axisOf('flatten', startAxis, shape, 'startAxis');
  return [...shape.slice(0, start), sizeOf(shape.slice(start))];
}
