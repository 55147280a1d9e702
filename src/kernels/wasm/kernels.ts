import { type Data, sameShape, sizeOf, stridesOf } from '../../tensor.ts';
import { paddedShape, type Windows } from '../im2col.ts';
import type { Kernels } from '../kernels.ts';
import { AXIS } from './box.ts';
import type { Workspace } from './workspace.ts';

/** Elements of an array: the first, and how far apart neighbours along each axis are. */
interface Place {
  readonly data: Data;
  readonly at: number;
  readonly steps: readonly number[];
}

/** The kernels on arrays of a workspace. */
export function kernelsIn(space: Workspace): Kernels {
  const { size } = space;
  const { sweep, dot, copyBox, addBox } = space.functions;

  /** to[i, j, …] = from[i, j, …], or += with `addBox`. */
  function move(kernel: typeof copyBox, extents: readonly number[], from: Place, to: Place): void {
    const { table } = space;
    const first = writeAxes(table, extents, from.steps, to.steps, size);
    const [fromAt, toAt] = [from, to].map(({ data, at }) => data.byteOffset + at * size);
    kernel((table.length - first) / AXIS, 4 * first, fromAt, toAt);
  }

  return {
    scratch: (_like, length) => space.array(length),

    matmul(rows, inner, columns, a, orderA, b, orderB, c) {
      const steps = orderA === 'plain' ? [inner, 1] : [1, rows];
      // One column is stored the same either way.
      if (orderB === 'plain' && (orderA === 'transposed' || columns > 1)) {
        const [row, step] = steps;
        sweep(rows, inner, columns * size, a.byteOffset, row * size, step * size, b.byteOffset, c.byteOffset);
      } else if (orderA === 'plain') {
        dot(rows, columns, inner * size, a.byteOffset, b.byteOffset, c.byteOffset);
      } else {
        const turned = space.array(a.length);
        move(copyBox, [rows, inner], { data: a, at: 0, steps }, { data: turned, at: 0, steps: [inner, 1] });
        dot(rows, columns, inner * size, turned.byteOffset, b.byteOffset, c.byteOffset);
        space.release(turned);
      }
    },

    im2col(image, at, windows, matrix) {
      const { shape, padded, start, extents, steps } = layoutOf(windows);
      const unrolled = { data: matrix, at: 0, steps: stridesOf(extents) };
      if (sameShape(shape, padded)) {
        move(copyBox, extents, { data: image, at, steps }, unrolled);
        return;
      }
      const around = space.array(sizeOf(padded)).fill(0);
      const inside = { data: around, at: start, steps: stridesOf(padded) };
      move(copyBox, shape, { data: image, at, steps: stridesOf(shape) }, inside);
      move(copyBox, extents, { data: around, at: 0, steps }, unrolled);
      space.release(around);
    },

    col2im(matrix, windows, image, at) {
      const { shape, padded, start, extents, steps } = layoutOf(windows);
      const unrolled = { data: matrix, at: 0, steps: stridesOf(extents) };
      if (sameShape(shape, padded)) {
        move(addBox, extents, unrolled, { data: image, at, steps });
        return;
      }
      const around = space.array(sizeOf(padded)).fill(0);
      const inside = { data: around, at: start, steps: stridesOf(padded) };
      move(addBox, extents, unrolled, { data: around, at: 0, steps });
      move(addBox, shape, inside, { data: image, at, steps: stridesOf(shape) });
      space.release(around);
    },
  };
}

/**
 * An image as its windows need it: its shape, that with padding, and where the image begins within; and all windows of the
 * padded image as a box [channels, kernel, places] of overlapping elements.
 */
function layoutOf({ channels, planes, rows, columns }: Windows) {
  const axes = [planes, rows, columns];
  const padded = paddedShape({ channels, planes, rows, columns });
  const [ofChannel, ...ofAxis] = stridesOf(padded);
  return {
    shape: [channels, ...axes.map(({ size }) => size)],
    padded,
    start: axes.reduce((at, { before }, axis) => at + before * ofAxis[axis], 0),
    extents: [channels, ...axes.map(({ kernel }) => kernel), ...axes.map(({ count }) => count)],
    steps: [
      ofChannel,
      ...axes.map(({ dilation }, axis) => dilation * ofAxis[axis]),
      ...axes.map(({ stride }, axis) => stride * ofAxis[axis]),
    ],
  };
}

/**
 * Writes axes at the end of the table, in bytes, and returns where they begin. Those of one element are left out, and two along
 * which elements follow one another at both ends are one, so that rows are as long as can be; but at least two are there.
 */
function writeAxes(
  table: Int32Array,
  extents: readonly number[],
  from: readonly number[],
  to: readonly number[],
  size: number,
): number {
  let first = table.length;
  const write = (extent: number, stepFrom: number, stepTo: number) => {
    first -= AXIS;
    table[first] = extent;
    table[first + 1] = stepFrom;
    table[first + 2] = stepTo;
  };
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const extent = extents[axis];
    const stepFrom = from[axis] * size;
    const stepTo = to[axis] * size;
    const inner = table[first];
    if (extent === 1) continue;
    if (first < table.length && stepFrom === inner * table[first + 1] && stepTo === inner * table[first + 2]) {
      table[first] = extent * inner;
    } else {
      write(extent, stepFrom, stepTo);
    }
  }
  while (first > table.length - 2 * AXIS) write(1, size, size);
  return first;
}
