import { col2im, im2col, windowsOn } from '../../src/kernels/im2col.ts';
import { matmul, type Order } from '../../src/kernels/matmul.ts';
import { simd } from '../../src/kernels/simd.ts';
import { kernelsIn } from '../../src/kernels/wasm/kernels.ts';
import { Workspace } from '../../src/kernels/wasm/workspace.ts';
import { arrayOf, type Data, type Dtype } from '../../src/tensor.ts';
import { matmulIkj } from './ikj.ts';
import { race } from './measure.ts';
import { mlMatrix } from './peers.ts';
import { SHAPES } from './shapes.ts';
import { cell, factor, figures, type Table, time } from './table.ts';

/** Products as convolutions and dense layers have them: rows, inner, columns, and how the operands are stored. */
const PRODUCTS: readonly (readonly [number, number, number, Order, Order])[] = [
  [6, 25, 784, 'plain', 'plain'],
  [25, 6, 784, 'transposed', 'plain'],
  [6, 784, 25, 'plain', 'transposed'],
  [16, 150, 100, 'plain', 'plain'],
  [150, 16, 100, 'transposed', 'plain'],
  [16, 100, 150, 'plain', 'transposed'],
  [1, 400, 120, 'plain', 'transposed'],
  [16, 400, 120, 'plain', 'transposed'],
  [64, 576, 784, 'plain', 'plain'],
  [256, 256, 256, 'plain', 'plain'],
  [512, 512, 512, 'plain', 'plain'],
];

const filled = (dtype: Dtype, length: number): Data => arrayOf(dtype).from({ length }, (_, i) => ((i % 7) - 3) / 8);

/** C += A B by every kernel, in thousand millions of operations a second. */
export function products(dtype: Dtype): Table {
  const peer = dtype === 'float64' ? mlMatrix() : undefined;
  const rows = PRODUCTS.map(([rows, inner, columns, orderA, orderB]) => {
    const a = filled(dtype, rows * inner);
    const b = filled(dtype, inner * columns);
    const c = filled(dtype, rows * columns);
    const space = Workspace.of(dtype, 2 * a.length + b.length + c.length) as Workspace;
    const near = kernelsIn(space);
    const [A, B, C] = [a, b, c].map(data => space.copyIn(data));
    const times = race({
      ikj: () => matmulIkj(rows, inner, columns, a, orderA, b, orderB, c),
      plain: () => matmul(rows, inner, columns, a, orderA, b, orderB, c),
      near: () => near.matmul(rows, inner, columns, A, orderA, B, orderB, C),
      copied: () =>
        simd([a, b], [c.length], 0, ({ matmul }, [a, b], [c]) => matmul(rows, inner, columns, a, orderA, b, orderB, c)),
      peer: orderA === 'plain' && orderB === 'plain' ? peer?.(rows, inner, columns, a, b) : undefined,
    });
    const speed = (name: string) => {
      if (!times[name]) return '';
      const { median, ratio } = times[name];
      return `${figures((2 * rows * inner * columns) / median / 1e6)} (${factor(ratio)})`;
    };
    const stored = [orderA === 'plain' ? 'A' : "A'", orderB === 'plain' ? 'B' : "B'"].join(' ');
    return [`${rows}×${inner}×${columns}`, stored, ...['ikj', 'plain', 'near', 'copied', 'peer'].map(speed)];
  });
  return {
    title: `Products of matrices, ${dtype}`,
    note:
      'GFLOP/s, and how many times faster than a plain ikj loop: the blocked kernel in TypeScript; that with vectors in ' +
      'WebAssembly on its own memory, and with copies in and out. An operand with a dash is stored transposed.',
    head: ['rows × inner × columns', 'stored', 'ikj', 'TypeScript', 'vectors', 'vectors, copied', 'ml-matrix'],
    rows,
  };
}

/** Windows into a matrix and back. */
export function windows(dtype: Dtype): Table {
  const rows = SHAPES.filter(({ batch }) => batch === 1).flatMap(({ name, channels, extent, kernel }) => {
    const count = extent - kernel + 1;
    const along = { size: extent, kernel, stride: 1, dilation: 1, before: 0, count };
    const on = windowsOn(channels, [along, along]);
    const image = filled(dtype, channels * extent * extent);
    const matrix = filled(dtype, channels * kernel * kernel * count * count);
    const space = Workspace.of(dtype, 2 * image.length + matrix.length) as Workspace;
    const near = kernelsIn(space);
    const [Image, Matrix] = [space.copyIn(image), space.copyIn(matrix)];
    const unroll = race({ plain: () => im2col(image, 0, on, matrix), near: () => near.im2col(Image, 0, on, Matrix) });
    const back = race({ plain: () => col2im(matrix, on, image, 0), near: () => near.col2im(Matrix, on, Image, 0) });
    return [
      [name, 'im2col', time(unroll.plain.median), cell(unroll.near)],
      [name, 'col2im', time(back.plain.median), cell(back.near)],
    ];
  });
  return {
    title: `Windows as a matrix and back, ${dtype}`,
    note: 'In TypeScript, and with vectors in WebAssembly on its own memory.',
    head: ['shape', 'kernel', 'TypeScript', 'vectors'],
    rows,
  };
}
