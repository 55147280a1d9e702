import type { Data } from '../tensor.ts';

/** How windows lie on an image of several channels. Rows and columns of the padding count as -top and -left. */
export interface Windows {
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly strideRows: number;
  readonly strideColumns: number;
  readonly dilationRows: number;
  readonly dilationColumns: number;
  readonly top: number;
  readonly left: number;
  readonly outRows: number;
  readonly outColumns: number;
}

/**
 * Writes the windows of the image that begins at `at` as a matrix [channels * kernel rows * kernel columns, windows]:
 *
 *     matrix[c p q, r s] = image[c, r * stride + p * dilation - top, s * stride + q * dilation - left]
 *
 * and 0 where that lies in the padding. Every element of the matrix is written.
 */
export function im2col(image: Data, at: number, windows: Windows, matrix: Data): void {
  const { channels, rows, columns, kernelRows, kernelColumns, strideRows, strideColumns } = windows;
  const { dilationRows, dilationColumns, top, left, outRows, outColumns } = windows;
  let to = 0;
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < kernelRows; p++) {
      for (let q = 0; q < kernelColumns; q++) {
        const shift = q * dilationColumns - left;
        const first = firstAtOrAfter(0, shift, strideColumns, outColumns);
        const end = firstAtOrAfter(columns, shift, strideColumns, outColumns);
        for (let r = 0; r < outRows; r++) {
          const row = r * strideRows + p * dilationRows - top;
          if (row < 0 || row >= rows) {
            for (let s = 0; s < outColumns; s++) matrix[to + s] = 0;
          } else {
            const from = at + (c * rows + row) * columns + shift;
            for (let s = 0; s < first; s++) matrix[to + s] = 0;
            if (strideColumns === 1) for (let s = first; s < end; s++) matrix[to + s] = image[from + s];
            else for (let s = first; s < end; s++) matrix[to + s] = image[from + s * strideColumns];
            for (let s = end; s < outColumns; s++) matrix[to + s] = 0;
          }
          to += outColumns;
        }
      }
    }
  }
}

/** The adjoint of `im2col`: adds every element of the matrix to the element of the image that it was read from. */
export function col2im(matrix: Data, windows: Windows, image: Data, at: number): void {
  const { channels, rows, columns, kernelRows, kernelColumns, strideRows, strideColumns } = windows;
  const { dilationRows, dilationColumns, top, left, outRows, outColumns } = windows;
  let from = 0;
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < kernelRows; p++) {
      for (let q = 0; q < kernelColumns; q++) {
        const shift = q * dilationColumns - left;
        const first = firstAtOrAfter(0, shift, strideColumns, outColumns);
        const end = firstAtOrAfter(columns, shift, strideColumns, outColumns);
        for (let r = 0; r < outRows; r++) {
          const row = r * strideRows + p * dilationRows - top;
          if (row >= 0 && row < rows) {
            const to = at + (c * rows + row) * columns + shift;
            if (strideColumns === 1) for (let s = first; s < end; s++) image[to + s] += matrix[from + s];
            else for (let s = first; s < end; s++) image[to + s * strideColumns] += matrix[from + s];
          }
          from += outColumns;
        }
      }
    }
  }
}

/** The first of the windows 0 … count - 1 whose column s * stride + shift is `column` or later; `count` if none is. */
function firstAtOrAfter(column: number, shift: number, stride: number, count: number): number {
  return Math.min(Math.max(Math.ceil((column - shift) / stride), 0), count);
}
