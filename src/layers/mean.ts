import { shapesWithAxes } from '../arbitraries.ts';
import { reductionOf } from '../kernels/reduction.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, mapTensor, sizeOf, tensor } from '../tensor.ts';

export interface MeanConfig {
  /** The axis or axes that are averaged over; negative counts from the end. All of them where left out or empty. */
  readonly axes?: number | readonly number[] | null;
  /** Whether they stay with an extent of 1; false unless said. */
  readonly keepdims?: boolean;
}

/**
 * Mean over some axes. input of any shape, output that shape without the axes, or with 1 in their place. Over no element
 * it is NaN.
 */
export const mean = defineLayer<MeanConfig>({
  name: 'mean',
  formula: 'y = (sum over i of x[i]) / n; dx[i] = dy / n',
  source: 'torch.mean',
  linear: ['input'],

  cases: fc =>
    fc.tuple(shapesWithAxes(fc), fc.boolean()).map(([{ shape, axes }, keepdims]) => ({
      config: { axes, keepdims },
      args: { input: shape },
    })),

  forward({ input }, { axes, keepdims }) {
    const { shape, into } = reductionOf('mean', input.shape, axes, keepdims);
    const count = input.data.length / sizeOf(shape);
    const sum = emptyLike(input.data, sizeOf(shape));
    for (let at = 0; at < input.data.length; at++) sum[into[at]] += input.data[at];
    return { output: mapTensor({ shape, data: sum }, value => value / count) };
  },

  vjp({ input }, { output }, { axes, keepdims }) {
    const { shape, into } = reductionOf('mean', input.shape, axes, keepdims);
    const count = input.data.length / sizeOf(shape);
    return { input: mapTensor(input, (_, at) => output.data[into[at]] / count) };
  },

  examples: [
    {
      name: 'of each row',
      source: 'by hand',
      config: { axes: -1 },
      args: { input: tensor([2, 3], [1, 2, 6, -1, 0, 4]) },
      outputs: { output: tensor([2], [3, 1]) },
      upstream: { output: tensor([2], [3, -6]) },
      gradients: { input: tensor([2, 3], [1, 1, 1, -2, -2, -2]) },
    },
    {
      name: 'of the first and last of three axes, which stay',
      source: 'by hand',
      config: { axes: [0, 2], keepdims: true },
      args: { input: tensor([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 10]) },
      outputs: { output: tensor([1, 2, 1], [3.5, 6]) },
      upstream: { output: tensor([1, 2, 1], [4, 8]) },
      gradients: { input: tensor([2, 2, 2], [1, 1, 2, 2, 1, 1, 2, 2]) },
    },
    {
      name: 'no axes given: of everything',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2], [1, 2, 3, 6]) },
      outputs: { output: tensor([], [3]) },
      upstream: { output: tensor([], [2]) },
      gradients: { input: tensor([2, 2], [0.5, 0.5, 0.5, 0.5]) },
    },
  ],
});
