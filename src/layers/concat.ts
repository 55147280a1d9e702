import { axisOf } from '../kernels/axis.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, sizeOf, type Tensor, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface ConcatConfig {
  /** The axis along which they stand; negative counts from the end. The first unless said. */
  readonly axis?: number;
}

/**
 * Tensors one behind the other along an axis: a, b, and further ones if there are any, in the order of their names.
 * Their other extents are equal; output has the sum of those along the axis.
 */
export const concat = defineLayer<ConcatConfig>({
  name: 'concat',
  formula: 'y[..., i, ...] = a[..., i, ...] for i below the extent of a, then b[..., i - extent of a, ...]',
  source: 'torch.cat',
  linear: ['a', 'b', 'c'],

  cases: fc => {
    const extent = fc.integer({ min: 1, max: 3 });
    return fc
      .record({
        before: fc.array(extent, { maxLength: 2 }),
        extents: fc.tuple(extent, extent, extent),
        behind: fc.array(extent, { maxLength: 1 }),
        names: fc.constantFrom(['a', 'b'], ['a', 'b', 'c']),
        fromEnd: fc.boolean(),
      })
      .map(({ before, extents, behind, names, fromEnd }) => ({
        config: { axis: fromEnd ? -1 - behind.length : before.length },
        args: Object.fromEntries(names.map((name, part) => [name, [...before, extents[part], ...behind]])),
      }));
  },

  forward(args, config) {
    const { parts, shape, outer, rowSize } = inRows(args, config);
    const y = emptyLike(parts[0].data, sizeOf(shape));
    for (let row = 0; row < outer; row++) {
      for (const { data, size, offset } of parts) {
        for (let k = 0; k < size; k++) y[row * rowSize + offset + k] = data[row * size + k];
      }
    }
    return { output: { shape, data: y } };
  },

  vjp(args, { output }, config) {
    const { parts, outer, rowSize } = inRows(args, config);
    const gradients: Record<string, Tensor> = {};
    for (const { name, size, offset } of parts) {
      gradients[name] = zerosLike(args[name]);
      for (let row = 0; row < outer; row++) {
        for (let k = 0; k < size; k++) gradients[name].data[row * size + k] = output.data[row * rowSize + offset + k];
      }
    }
    return gradients;
  },

  examples: [
    {
      name: 'columns of unequal number',
      source: 'by hand',
      config: { axis: 1 },
      args: { a: tensor([2, 1], [1, 2]), b: tensor([2, 2], [3, 4, 5, 6]) },
      outputs: { output: tensor([2, 3], [1, 3, 4, 2, 5, 6]) },
      upstream: { output: tensor([2, 3], [1, 2, 3, 4, 5, 6]) },
      gradients: { a: tensor([2, 1], [1, 4]), b: tensor([2, 2], [2, 3, 5, 6]) },
    },
    {
      name: 'rows of three tensors, the axis counted from the end',
      source: 'by hand',
      config: { axis: -2 },
      args: { a: tensor([1, 2], [1, 2]), b: tensor([2, 2], [3, 4, 5, 6]), c: tensor([1, 2], [7, 8]) },
      outputs: { output: tensor([4, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
      upstream: { output: tensor([4, 2], [8, 7, 6, 5, 4, 3, 2, 1]) },
      gradients: { a: tensor([1, 2], [8, 7]), b: tensor([2, 2], [6, 5, 4, 3]), c: tensor([1, 2], [2, 1]) },
    },
  ],
});

/**
 * The tensors as matrices [outer, size], which stand side by side in one of [outer, rowSize]: outer are the axes before
 * that of the config.
 */
function inRows(args: Tensors, { axis: given = 0 }: ConcatConfig) {
  const names = Object.keys(args).toSorted();
  const shapes = names.map(name => args[name].shape);
  const [first] = shapes;
  const axis = axisOf('concat', given, first);
  const alike = shapes.every(
    shape => shape.length === first.length && shape.every((extent, at) => at === axis || extent === first[at]),
  );
  if (first.length === 0 || !alike) {
    throw new RangeError(
      `concat along axis ${given} has shapes ${shapes.map(shape => `[${shape.join(', ')}]`).join(' and ')}; give tensors of one or more axes whose other extents are equal`,
    );
  }
  let rowSize = 0;
  const parts = names.map(name => {
    const { shape, data } = args[name];
    const size = sizeOf(shape.slice(axis));
    const offset = rowSize;
    rowSize += size;
    return { name, data, size, offset };
  });
  const extent = shapes.reduce((sum, shape) => sum + shape[axis], 0);
  return { parts, rowSize, outer: sizeOf(first.slice(0, axis)), shape: first.with(axis, extent) };
}
