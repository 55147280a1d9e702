import { convolutionByProducts } from '../../src/kernels/convolutionByProducts.ts';
import type { Implementation } from '../../src/layer.ts';
import { conv2d } from '../../src/layers/conv2d.ts';
import type { Dtype, Tensors } from '../../src/tensor.ts';
import { ikj } from './ikj.ts';
import { race } from './measure.ts';
import { argsOf, upstreamOf } from './numbers.ts';
import { configOf, SHAPES, specsOf } from './shapes.ts';
import { sixLoops } from './sixLoops.ts';
import { cell, type Table, time } from './table.ts';

/** Forward and backward of convolutions, every way there is, against six loops. */
export function convolution(dtype: Dtype): Table {
  const { im2col, simd } = conv2d.alternatives as Readonly<Record<string, Implementation>>;
  const ways = { loops: sixLoops, conv2d, ikj: convolutionByProducts('conv2d', 2, ikj), im2col, simd };
  const rows = SHAPES.map(shape => {
    const config = configOf(shape);
    const args = argsOf(specsOf(shape), dtype);
    const upstream = upstreamOf(sixLoops.forward(args, config) as Tensors, dtype);
    const both = (way: Implementation) => () => way.vjp(args, upstream, config, way.forward(args, config) as Tensors);
    const contenders = Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, both(way)]));
    const { loops, ...others } = race(contenders, shape.channels === 64 ? { rounds: 15 } : {});
    return [shape.name, time(loops.median), ...Object.values(others).map(cell), shape.asked?.[dtype] ?? ''];
  });
  return {
    title: `A convolution forward and backward, ${dtype}`,
    note:
      'Times faster than six tight loops: the reference of conv2d, which asks for the padding at every tap; im2col over a plain ikj ' +
      'loop, which tells whether the loops are as fast as loops are (more than 1.5 times faster, and they would not be); its ' +
      'alternatives im2col, in TypeScript, and simd, in WebAssembly, copies into its memory and out of it included.',
    head: ['shape', 'six loops', 'reference', 'im2col, ikj', 'im2col', 'simd', 'asked'],
    rows,
  };
}
