import { shapesWithAxis } from '../arbitraries.ts';
import { axisOf, type Lane, lanesOf, reducedShape } from '../kernels/axis.ts';
import { defineLayer } from '../layer.ts';
import { type Data, emptyLike, type Tensor, tensor, zerosLike } from '../tensor.ts';

export interface MaxConfig {
  /** The axis that the maximum is taken along; negative counts from the end. Over all elements where left out. */
  readonly axis?: number | null;
  /** Whether the axis stays with an extent of 1; false unless said. */
  readonly keepdims?: boolean;
}

/**
 * Largest element along one axis, or of all. input of any shape, output that shape without the axis, or with 1 in its
 * place. NaN is larger than anything.
 *
 * Ties are as in PyTorch: along an axis the first of equal maxima gets the whole gradient (torch.max with dim); of all
 * elements, those that equal the maximum get equal shares (torch.max without). torch.amax, which shares along an axis too,
 * is another function.
 */
export const max = defineLayer<MaxConfig>({
  name: 'max',
  formula: 'y = max over i of x[i]; dx[i] = dy where i is the first maximum, else 0',
  source: 'torch.max',
  kinks: 'two equal maxima along the axis',

  cases: fc =>
    fc
      .record({ drawn: shapesWithAxis(fc), ofAll: fc.boolean(), keepdims: fc.boolean() })
      .map(({ drawn: { shape, axis }, ofAll, keepdims }) => ({
        config: ofAll ? { keepdims } : { axis, keepdims },
        args: { input: shape },
      })),

  forward({ input }, { axis, keepdims = false }) {
    const { lanes, shape } = lanesToReduce(input, axis, keepdims);
    const y = emptyLike(input.data, lanes.length);
    for (const [n, lane] of lanes.entries()) y[n] = input.data[maximaOf(input.data, lane)[0]];
    return { output: { shape, data: y } };
  },

  vjp({ input }, { output }, { axis }) {
    const { lanes } = lanesToReduce(input, axis, false);
    const dx = zerosLike(input);
    for (const [n, lane] of lanes.entries()) {
      const maxima = maximaOf(input.data, lane);
      const winners = typeof axis === 'number' ? maxima.slice(0, 1) : maxima;
      for (const at of winners) dx.data[at] = output.data[n] / winners.length;
    }
    return { input: dx };
  },

  examples: [
    {
      name: 'along the rows; of equal maxima the first wins',
      source: 'by hand',
      config: { axis: -1 },
      args: { input: tensor([2, 3], [1, 5, 5, -2, -1, -3]) },
      outputs: { output: tensor([2], [5, -1]) },
      upstream: { output: tensor([2], [3, 4]) },
      gradients: { input: tensor([2, 3], [0, 3, 0, 0, 4, 0]) },
    },
    {
      name: 'down the columns, the axis stays',
      source: 'by hand',
      config: { axis: 0, keepdims: true },
      args: { input: tensor([3, 2], [0, 7, 2, 7, 1, 8]) },
      outputs: { output: tensor([1, 2], [2, 8]) },
      upstream: { output: tensor([1, 2], [3, -1]) },
      gradients: { input: tensor([3, 2], [0, 0, 3, 0, 0, -1]) },
    },
    {
      name: 'of all elements: equal maxima share',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2], [4, 1, 4, 0]) },
      outputs: { output: tensor([], [4]) },
      upstream: { output: tensor([], [3]) },
      gradients: { input: tensor([2, 2], [1.5, 0, 1.5, 0]) },
    },
  ],
});

/** The lanes that each give one element of the output, whose shape is given too. All elements in a row are one lane. */
function lanesToReduce({ shape, data }: Tensor, given: number | null | undefined, keepdims: boolean) {
  const axis = typeof given === 'number' ? axisOf('max', given, shape) : undefined;
  const lanes = axis === undefined ? lanesOf([data.length], 0) : lanesOf(shape, axis);
  if (lanes.some(({ length }) => length === 0)) {
    throw new RangeError(`max has an input of shape [${shape.join(', ')}]; there is no largest of no elements`);
  }
  return { lanes, shape: reducedShape(shape, axis === undefined ? [...shape.keys()] : [axis], keepdims) };
}

/** Where in the data the largest elements of a lane are: those that are NaN, where there are such. */
function maximaOf(x: Data, { start, step, length }: Lane): number[] {
  const positions = Array.from({ length }, (_, i) => start + i * step);
  const largest = positions.reduce((most, at) => Math.max(most, x[at]), -Infinity);
  return positions.filter(at => x[at] === largest || Number.isNaN(x[at]));
}
