import { type Data, emptyLike } from '../tensor.ts';
import { col2im, im2col, type Windows } from './im2col.ts';
import { matmul } from './matmul.ts';

/*
 * A convolution y = W x and its two adjoints by matrix products. `windows` are those of one group of channels of one
 * sample: x is [batch, groups, windows.channels, planes, rows, columns], W [groups, filters, windows.channels, kernel
 * planes, kernel rows, kernel columns], y [batch, groups, filters, windows].
 *
 * The windows of a sample and group unroll into X [depth, places], and Y += W X. Where there is one place only and one
 * group, a batch goes into one product instead: X has one row per sample, and Y += X W'.
 */

/** y += W x. (In the product of a batch W' is a copy, which four samples or more repay.) */
export function convolve(x: Data, W: Data, y: Data, batch: number, groups: number, windows: Windows): void {
  const { depth, places, image } = sizes(windows);
  const filters = W.length / (groups * depth);
  if (places === 1 && groups === 1 && batch >= 4) {
    matmul(batch, depth, filters, unrollBatch(x, batch, windows), 'plain', W, 'transposed', y);
    return;
  }
  const X = emptyLike(x, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const Wg = part(W, n % groups, filters * depth);
    im2col(x, n * image, windows, X);
    matmul(filters, depth, places, Wg, 'plain', X, 'plain', part(y, n, filters * places));
  }
}

/** dx += W' dy, whose columns are added back to where they were read. */
export function convolveTransposed(dy: Data, W: Data, dx: Data, batch: number, groups: number, windows: Windows): void {
  const { depth, places, image } = sizes(windows);
  const filters = W.length / (groups * depth);
  if (places === 1 && groups === 1) {
    const dX = emptyLike(dx, batch * depth);
    matmul(batch, filters, depth, dy, 'plain', W, 'plain', dX);
    for (let n = 0; n < batch; n++) col2im(part(dX, n, depth), windows, dx, n * image);
    return;
  }
  const dX = emptyLike(dx, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const Wg = part(W, n % groups, filters * depth);
    dX.fill(0);
    matmul(depth, filters, places, Wg, 'transposed', part(dy, n, filters * places), 'plain', dX);
    col2im(dX, windows, dx, n * image);
  }
}

/** dW += dy x', summed over the batch. */
export function correlate(x: Data, dy: Data, dW: Data, batch: number, groups: number, windows: Windows): void {
  const { depth, places, image } = sizes(windows);
  const filters = dW.length / (groups * depth);
  if (places === 1 && groups === 1) {
    matmul(filters, batch, depth, dy, 'transposed', unrollBatch(x, batch, windows), 'plain', dW);
    return;
  }
  const X = emptyLike(x, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const dWg = part(dW, n % groups, filters * depth);
    im2col(x, n * image, windows, X);
    matmul(filters, places, depth, part(dy, n, filters * places), 'plain', X, 'transposed', dWg);
  }
}

/** With one place, the column of each sample is a row of [batch, depth]. */
function unrollBatch(x: Data, batch: number, windows: Windows): Data {
  const { depth, image } = sizes(windows);
  const X = emptyLike(x, batch * depth);
  for (let n = 0; n < batch; n++) im2col(x, n * image, windows, part(X, n, depth));
  return X;
}

/** The n-th of the equal parts of `size` numbers, in place. */
function part(data: Data, n: number, size: number): Data {
  return data.subarray(n * size, (n + 1) * size);
}

function sizes({ channels, planes, rows, columns }: Windows) {
  return {
    depth: channels * planes.kernel * rows.kernel * columns.kernel,
    places: planes.count * rows.count * columns.count,
    image: channels * planes.size * rows.size * columns.size,
  };
}
