import { type Data, sizeOf } from '../tensor.ts';
import { paddedShape, type Windows } from './im2col.ts';
import type { Kernels } from './kernels.ts';
import { part } from './part.ts';

/*
 * A convolution y = W x and its two adjoints by matrix products. `windows` are those of one group of channels of one
 * sample: x is [batch, groups, windows.channels, planes, rows, columns], W [groups, filters, windows.channels, kernel
 * planes, kernel rows, kernel columns], y [batch, groups, filters, windows].
 *
 * The windows of a sample and group unroll into X [depth, places], and Y += W X. Where there is one place only and one
 * group, a batch goes into one product instead: X has one row per sample, and Y += X W'.
 */

/** Adds the product of two of them to the third. */
export type Product = (
  kernels: Kernels,
  a: Data,
  b: Data,
  to: Data,
  batch: number,
  groups: number,
  windows: Windows,
) => void;

/** y += W x. */
export const convolve: Product = (kernels, x, W, y, batch, groups, windows) => {
  const { matmul, im2col, scratch } = kernels;
  const { depth, places, image } = sizes(windows);
  const filters = W.length / (groups * depth);
  if (places === 1 && groups === 1) {
    matmul(batch, depth, filters, unrollBatch(kernels, x, batch, windows), 'plain', W, 'transposed', y);
    return;
  }
  const X = scratch(x, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const Wg = part(W, n % groups, filters * depth);
    im2col(x, n * image, windows, X);
    matmul(filters, depth, places, Wg, 'plain', X, 'plain', part(y, n, filters * places));
  }
};

/** dx += W' dy, whose columns are added back to where they were read. */
export const convolveTransposed: Product = ({ matmul, col2im, scratch }, dy, W, dx, batch, groups, windows) => {
  const { depth, places, image } = sizes(windows);
  const filters = W.length / (groups * depth);
  if (places === 1 && groups === 1) {
    const dX = scratch(dx, batch * depth).fill(0);
    matmul(batch, filters, depth, dy, 'plain', W, 'plain', dX);
    for (let n = 0; n < batch; n++) col2im(part(dX, n, depth), windows, dx, n * image);
    return;
  }
  const dX = scratch(dx, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const Wg = part(W, n % groups, filters * depth);
    dX.fill(0);
    matmul(depth, filters, places, Wg, 'transposed', part(dy, n, filters * places), 'plain', dX);
    col2im(dX, windows, dx, n * image);
  }
};

/** dW += dy x', summed over the batch. */
export const correlate: Product = (kernels, x, dy, dW, batch, groups, windows) => {
  const { matmul, im2col, scratch } = kernels;
  const { depth, places, image } = sizes(windows);
  const filters = dW.length / (groups * depth);
  if (places === 1 && groups === 1) {
    matmul(filters, batch, depth, dy, 'transposed', unrollBatch(kernels, x, batch, windows), 'plain', dW);
    return;
  }
  const X = scratch(x, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const dWg = part(dW, n % groups, filters * depth);
    im2col(x, n * image, windows, X);
    matmul(filters, places, depth, part(dy, n, filters * places), 'plain', X, 'transposed', dWg);
  }
};

/** How many numbers of scratch any of the three needs: the windows unrolled, and an image with its padding. */
export function scratchOf(batch: number, windows: Windows): number {
  const { depth, places } = sizes(windows);
  return depth * Math.max(places, batch) + sizeOf(paddedShape(windows));
}

/** With one place, the column of each sample is a row of [batch, depth]. */
function unrollBatch({ im2col, scratch }: Kernels, x: Data, batch: number, windows: Windows): Data {
  const { depth, image } = sizes(windows);
  const X = scratch(x, batch * depth);
  for (let n = 0; n < batch; n++) im2col(x, n * image, windows, part(X, n, depth));
  return X;
}

function sizes({ channels, planes, rows, columns }: Windows) {
  return {
    depth: channels * planes.kernel * rows.kernel * columns.kernel,
    places: planes.count * rows.count * columns.count,
    image: channels * planes.size * rows.size * columns.size,
  };
}
