import type { Data } from '../tensor.ts';

/**
 * How windows lie along one axis of an image: element k of window w is on w * stride + k * dilation - before. Always
 * made with the keys in this order, so that V8 sees objects of one kind, which im2col needs for its speed.
 */
export interface WindowsAlong {
  /** The extent of the image. */
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** How far the first window begins before the image. */
  readonly before: number;
  /** How many windows there are. */
  readonly count: number;
}

/** How windows lie on an image of several channels. An image of fewer axes has one plane, or one plane of one row. */
export interface Windows {
  readonly channels: number;
  readonly planes: WindowsAlong;
  readonly rows: WindowsAlong;
  readonly columns: WindowsAlong;
}

/** One window that is all of an axis of one element. */
const NO_AXIS: WindowsAlong = { size: 1, kernel: 1, stride: 1, dilation: 1, before: 0, count: 1 };

/** Windows on an image of one to three axes, outermost first. */
export function windowsOn(channels: number, axes: readonly WindowsAlong[]): Windows {
  const [planes, rows, columns] = [NO_AXIS, NO_AXIS, ...axes].slice(-3);
  return { channels, planes, rows, columns };
}

/** The shape of an image with the padding that its windows reach into. */
export function paddedShape({ channels, planes, rows, columns }: Windows): readonly number[] {
  const padded = [planes, rows, columns].map(({ size, kernel, stride, dilation, before, count }) =>
    Math.max(before + size, (count - 1) * stride + (kernel - 1) * dilation + 1),
  );
  return [channels, ...padded];
}

/**
 * Writes the windows of the image that begins at `at` as a matrix [channels * kernel planes * kernel rows * kernel
 * columns, windows]:
 *
 *     matrix[c u p q, d r s] = image[c, plane(d, u), row(r, p), column(s, q)]
 *     row(r, p) = r * stride + p * dilation - before, and so on
 *
 * and 0 where that lies in the padding. Every element of the matrix is written.
 */
export function im2col(image: Data, at: number, windows: Windows, matrix: Data): void {
  everyPlane(windows, (plane, block, inside) => readPlane(image, at + plane, inside, windows, matrix, block));
}

/** The adjoint of `im2col`: adds every element of the matrix to the element of the image that it was read from. */
export function col2im(matrix: Data, windows: Windows, image: Data, at: number): void {
  everyPlane(windows, (plane, block, inside) => {
    if (inside) addPlane(matrix, block, windows, image, at + plane);
  });
}

/** Where a plane of the image begins, where what it gives to the matrix begins, and whether it is no padding. */
function everyPlane(
  { channels, planes, rows, columns }: Windows,
  visit: (plane: number, block: number, inside: boolean) => void,
): void {
  const taps = rows.kernel * columns.kernel;
  const places = rows.count * columns.count;
  for (let c = 0; c < channels; c++) {
    for (let u = 0; u < planes.kernel; u++) {
      for (let d = 0; d < planes.count; d++) {
        const plane = d * planes.stride + u * planes.dilation - planes.before;
        const inside = plane >= 0 && plane < planes.size;
        const block = ((c * planes.kernel + u) * taps * planes.count + d) * places;
        visit((c * planes.size + plane) * rows.size * columns.size, block, inside);
      }
    }
  }
}

/**
 * The windows of one plane, from its beginning at `at`, into the matrix from `block` on; zeros where it is not inside.
 */
function readPlane(image: Data, at: number, inside: boolean, windows: Windows, matrix: Data, block: number): void {
  const { planes, rows, columns } = windows;
  const { size: inRows, kernel: kernelRows, stride: strideRows, dilation: dilationRows, count: outRows } = rows;
  const { size: inColumns, kernel: kernelColumns, stride: strideColumns, count: outColumns } = columns;
  const otherPlanes = (planes.count - 1) * outRows * outColumns;
  let to = block;
  for (let p = 0; p < kernelRows; p++) {
    for (let q = 0; q < kernelColumns; q++) {
      const shift = q * columns.dilation - columns.before;
      const first = firstAtOrAfter(0, shift, strideColumns, outColumns);
      const end = firstAtOrAfter(inColumns, shift, strideColumns, outColumns);
      for (let r = 0; r < outRows; r++) {
        const row = r * strideRows + p * dilationRows - rows.before;
        if (!inside || row < 0 || row >= inRows) {
          for (let s = 0; s < outColumns; s++) matrix[to + s] = 0;
        } else {
          const from = at + row * inColumns + shift;
          for (let s = 0; s < first; s++) matrix[to + s] = 0;
          if (strideColumns === 1) for (let s = first; s < end; s++) matrix[to + s] = image[from + s];
          else for (let s = first; s < end; s++) matrix[to + s] = image[from + s * strideColumns];
          for (let s = end; s < outColumns; s++) matrix[to + s] = 0;
        }
        to += outColumns;
      }
      to += otherPlanes;
    }
  }
}

/** The adjoint of `readPlane`. */
function addPlane(matrix: Data, block: number, windows: Windows, image: Data, at: number): void {
  const { planes, rows, columns } = windows;
  const { size: inRows, kernel: kernelRows, stride: strideRows, dilation: dilationRows, count: outRows } = rows;
  const { size: inColumns, kernel: kernelColumns, stride: strideColumns, count: outColumns } = columns;
  const otherPlanes = (planes.count - 1) * outRows * outColumns;
  let from = block;
  for (let p = 0; p < kernelRows; p++) {
    for (let q = 0; q < kernelColumns; q++) {
      const shift = q * columns.dilation - columns.before;
      const first = firstAtOrAfter(0, shift, strideColumns, outColumns);
      const end = firstAtOrAfter(inColumns, shift, strideColumns, outColumns);
      for (let r = 0; r < outRows; r++) {
        const row = r * strideRows + p * dilationRows - rows.before;
        if (row >= 0 && row < inRows) {
          const to = at + row * inColumns + shift;
          if (strideColumns === 1) for (let s = first; s < end; s++) image[to + s] += matrix[from + s];
          else for (let s = first; s < end; s++) image[to + s * strideColumns] += matrix[from + s];
        }
        from += outColumns;
      }
      from += otherPlanes;
    }
  }
}

/** The first of the windows 0 … count - 1 whose column s * stride + shift is `column` or later; `count` if none is. */
function firstAtOrAfter(column: number, shift: number, stride: number, count: number): number {
  return Math.min(Math.max(Math.ceil((column - shift) / stride), 0), count);
}
