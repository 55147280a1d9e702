import { expectShape } from '../kernels/expectShape.ts';
import { type NumberOrPair, numbersOrPairs, pair } from '../kernels/pair.ts';
import { imagesOf } from '../kernels/pooling.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface MaxUnpool2dConfig {
  /** Rows and columns of the output; also its whole shape [batch, channel, rows, columns], as in PyTorch. */
  readonly outputSize: NumberOrPair | readonly [number, number, number, number];
}

/**
 * Puts each value back where a max pool found it, zero elsewhere. input [..., rows, columns], constant `index` of the
 * same shape, output [..., height, width]. An index counts the places of its own image row by row, from 0 to height *
 * width - 1. Where several values have one index the last in row-major order stays, and it alone gets the gradient
 * (PyTorch gives it to each of them, though the others have no influence).
 */
export const maxUnpool2d = defineLayer<MaxUnpool2dConfig>({
  name: 'maxUnpool2d',
  formula: 'y[n, c, index[n, c, r, s]] = x[n, c, r, s], else 0',
  source: 'torch.nn.MaxUnpool2d',
  linear: ['input'],
  constants: ['index'],
  axes: {
    input: ['batch', 'channel', 'row', 'column'],
    index: ['batch', 'channel', 'row', 'column'],
    output: ['batch', 'channel', 'row', 'column'],
  },
  cases: fc => {
    const upTo = (max: number) => fc.integer({ min: 1, max });
    return fc
      .record({
        outputSize: numbersOrPairs(fc, { min: 1, max: 5 }),
        shape: fc.tuple(upTo(3), upTo(2), upTo(3), upTo(3)),
      })
      .map(({ outputSize, shape }) => {
        const [height, width] = pair('outputSize', outputSize);
        const index = { shape, integer: true, range: [0, height * width - 1] as const };
        return { config: { outputSize }, args: { input: shape, index } };
      });
  },

  forward(args, config) {
    const { input, index } = args;
    const { planes, places, outPlaces, shape } = sizes(args, config);
    const y = emptyLike(input.data, planes * outPlaces);
    for (let n = 0; n < planes; n++) {
      for (let at = n * places; at < (n + 1) * places; at++) y[n * outPlaces + index.data[at]] = input.data[at];
    }
    return { output: { shape, data: y } };
  },

  vjp(args, { output }, config) {
    const { input, index } = args;
    const { planes, places, outPlaces } = sizes(args, config);
    const dx = zerosLike(input);
    for (let n = 0; n < planes; n++) {
      const taken = new Set<number>();
      for (let at = (n + 1) * places - 1; at >= n * places; at--) {
        const to = index.data[at];
        if (!taken.has(to)) dx.data[at] = output.data[n * outPlaces + to];
        taken.add(to);
      }
    }
    return { input: dx };
  },

  alternatives: { gather: byGathering() },

  examples: [
    {
      name: 'two channels with indices of their own',
      source: 'by hand',
      config: { outputSize: [2, 3] },
      args: {
        input: tensor([1, 2, 1, 2], [7, -8, 9, 3]),
        index: tensor([1, 2, 1, 2], [4, 0, 1, 5]),
      },
      outputs: { output: tensor([1, 2, 2, 3], [-8, 0, 0, 0, 7, 0, 0, 9, 0, 0, 0, 3]) },
      upstream: { output: tensor([1, 2, 2, 3], [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60]) },
      gradients: { input: tensor([1, 2, 1, 2], [5, 1, 20, 60]) },
    },
    {
      name: 'two values with one index: the last stays, and gets the gradient',
      source: 'by hand',
      config: { outputSize: 2 },
      args: { input: tensor([1, 1, 1, 3], [4, 5, 6]), index: tensor([1, 1, 1, 3], [3, 0, 3]) },
      outputs: { output: tensor([1, 1, 2, 2], [5, 0, 0, 6]) },
      upstream: { output: tensor([1, 1, 2, 2], [1, 2, 4, 8]) },
      gradients: { input: tensor([1, 1, 1, 3], [0, 1, 8]) },
    },
  ],
});

/** The sizes of images before and after, once every index is known to be one. */
function sizes({ input, index }: Tensors, { outputSize }: MaxUnpool2dConfig) {
  const { planes, rows, columns } = imagesOf('maxUnpool2d', input);
  expectShape('maxUnpool2d', 'index', index, input.shape);
  const size = Array.isArray(outputSize) && outputSize.length === 4 ? outputSize.slice(2) : outputSize;
  const [height, width] = pair('outputSize', size as NumberOrPair);
  const outPlaces = height * width;
  const bad = index.data.find(to => !(Number.isInteger(to) && to >= 0 && to < outPlaces));
  if (bad !== undefined) {
    throw new RangeError(
      `an index of maxUnpool2d is ${bad}; an output of ${height} x ${width} has the places 0 to ${outPlaces - 1}`,
    );
  }
  return { planes, places: rows * columns, outPlaces, shape: [...input.shape.slice(0, -2), height, width] };
}

/** The same from the other side: for every place of the output, which value stays there. */
function byGathering(): Implementation<MaxUnpool2dConfig> {
  const sources = ({ planes, places, outPlaces }: ReturnType<typeof sizes>, { index }: Tensors) => {
    const from = new Int32Array(planes * outPlaces).fill(-1);
    for (let at = 0; at < index.data.length; at++) from[Math.floor(at / places) * outPlaces + index.data[at]] = at;
    return from;
  };
  return {
    forward(args, config) {
      const { input } = args;
      const found = sizes(args, config);
      const from = sources(found, args);
      const y = emptyLike(input.data, from.length);
      for (let to = 0; to < y.length; to++) y[to] = from[to] < 0 ? 0 : input.data[from[to]];
      return { output: { shape: found.shape, data: y } };
    },
    vjp(args, { output }, config) {
      const from = sources(sizes(args, config), args);
      const dx = zerosLike(args.input);
      for (let to = 0; to < from.length; to++) if (from[to] >= 0) dx.data[from[to]] = output.data[to];
      return { input: dx };
    },
  };
}
