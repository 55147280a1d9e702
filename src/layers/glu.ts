import { shapesWithAxis } from '../arbitraries.ts';
import { axisOf } from '../kernels/axis.ts';
import { logistic, logisticSlope } from '../kernels/logistic.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, sizeOf, type Tensor, tensor } from '../tensor.ts';

export interface GluConfig {
  /** The axis that is halved; negative counts from the end. The last unless said. */
  readonly axis?: number;
}

/**
 * Gated linear unit: the first half of an axis times the sigmoid of the second. input of any shape whose extent along the
 * axis is even, output with half of it.
 */
export const glu = defineLayer<GluConfig>({
  name: 'glu',
  formula: 'y = a s(g), x = [a, g] along the axis, s(g) = 1 / (1 + exp(-g)); da = dy s(g), dg = dy a s(g) s(-g)',
  source: 'torch.nn.GLU; Dauphin et al. 2017',

  cases: fc =>
    shapesWithAxis(fc, { maxExtent: 4 }).map(({ shape, axis }) => ({
      config: { axis },
      args: { input: shape.map((extent, at) => (at === (axis + shape.length) % shape.length ? 2 * extent : extent)) },
    })),

  forward({ input }, { axis = -1 }) {
    const { blocks, size, shape } = halves(input, axis);
    const x = input.data;
    const y = emptyLike(x, blocks * size);
    for (let block = 0; block < blocks; block++) {
      for (let k = 0; k < size; k++) {
        const a = x[block * 2 * size + k];
        const g = x[block * 2 * size + size + k];
        y[block * size + k] = a * logistic(g);
      }
    }
    return { output: { shape, data: y } };
  },

  vjp({ input }, { output }, { axis = -1 }) {
    const { blocks, size } = halves(input, axis);
    const x = input.data;
    const dx = emptyLike(x);
    for (let block = 0; block < blocks; block++) {
      for (let k = 0; k < size; k++) {
        const a = x[block * 2 * size + k];
        const g = x[block * 2 * size + size + k];
        const dy = output.data[block * size + k];
        dx[block * 2 * size + k] = dy * logistic(g);
        dx[block * 2 * size + size + k] = dy * a * logisticSlope(g);
      }
    }
    return { input: { shape: input.shape, data: dx } };
  },

  examples: [
    {
      name: 'two values, two gates: s(0) = 1/2, s(ln 3) = 3/4',
      source: 'by hand',
      config: {},
      args: { input: tensor([1, 4], [2, 8, 0, Math.log(3)]) },
      outputs: { output: tensor([1, 2], [1, 6]) },
      upstream: { output: tensor([1, 2], [2, 4]) },
      gradients: { input: tensor([1, 4], [1, 3, 1, 6]) },
    },
    {
      name: 'down the columns',
      source: 'by hand',
      config: { axis: -2 },
      args: { input: tensor([2, 2], [2, 8, 0, Math.log(3)]) },
      outputs: { output: tensor([1, 2], [1, 6]) },
      upstream: { output: tensor([1, 2], [4, -2]) },
      gradients: { input: tensor([2, 2], [2, -1.5, 2, -3]) },
    },
  ],
});

/** The input as blocks, each `size` values and then as many gates; and the shape of the output. */
function halves({ shape }: Tensor, given: number) {
  const axis = axisOf('glu', given, shape);
  const extent = shape[axis] ?? 1;
  if (extent % 2 !== 0) {
    throw new RangeError(
      `glu has an input of shape [${shape.join(', ')}], which is odd along axis ${axis}; give an even extent to halve`,
    );
  }
  return {
    blocks: sizeOf(shape.slice(0, axis)),
    size: sizeOf(shape.slice(axis)) / 2,
    shape: shape.map((each, at) => (at === axis ? each / 2 : each)),
  };
}
