import { type Data, emptyLike } from '../tensor.ts';
import { col2im, im2col, type Windows } from './im2col.ts';
import { matmul } from './matmul.ts';

/**
 * y += W x by matrix products. `windows` are those of one group of channels of one sample: x is [batch, groups,
 * windows.channels, rows, columns], W [groups, filters, windows.channels, kernel rows, kernel columns], y [batch,
 * groups, filters, out rows, out columns].
 *
 * The windows of a sample and group unroll into X [depth, places], and Y += W X. Where there is one place only and one
 * group, a batch goes into one product instead: X has one row per sample, and Y += X W'. (W' is a copy, which four
 * samples or more repay.)
 */
export function convolve(x: Data, W: Data, y: Data, batch: number, groups: number, windows: Windows): void {
  const { depth, places, image } = sizes(windows);
  const filters = W.length / (groups * depth);
  if (places === 1 && groups === 1 && batch >= 4) {
    matmul(batch, depth, filters, unrollBatch(x, batch, windows), 'plain', W, 'transposed', y);
    return;
  }
  const X = emptyLike(x, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const g = n % groups;
    const Wg = W.subarray(g * filters * depth, (g + 1) * filters * depth);
    im2col(x, n * image, windows, X);
    matmul(
      filters,
      depth,
      places,
      Wg,
      'plain',
      X,
      'plain',
      y.subarray(n * filters * places, (n + 1) * filters * places),
    );
  }
}

/**
 * Of the same: dx += W' dy, whose columns are added back to where they were read, and dW += dy X', summed over the
 * batch.
 */
export function convolveBackward(
  x: Data,
  W: Data,
  dy: Data,
  dx: Data,
  dW: Data,
  batch: number,
  groups: number,
  windows: Windows,
): void {
  const { depth, places, image } = sizes(windows);
  const filters = W.length / (groups * depth);
  if (places === 1 && groups === 1) {
    const dX = emptyLike(x, batch * depth);
    matmul(filters, batch, depth, dy, 'transposed', unrollBatch(x, batch, windows), 'plain', dW);
    matmul(batch, filters, depth, dy, 'plain', W, 'plain', dX);
    for (let n = 0; n < batch; n++) col2im(dX.subarray(n * depth, (n + 1) * depth), windows, dx, n * image);
    return;
  }
  const X = emptyLike(x, depth * places);
  const dX = emptyLike(x, depth * places);
  for (let n = 0; n < batch * groups; n++) {
    const g = n % groups;
    const Wg = W.subarray(g * filters * depth, (g + 1) * filters * depth);
    const dWg = dW.subarray(g * filters * depth, (g + 1) * filters * depth);
    const dY = dy.subarray(n * filters * places, (n + 1) * filters * places);
    im2col(x, n * image, windows, X);
    matmul(filters, places, depth, dY, 'plain', X, 'transposed', dWg);
    dX.fill(0);
    matmul(depth, filters, places, Wg, 'transposed', dY, 'plain', dX);
    col2im(dX, windows, dx, n * image);
  }
}

/** With one place, the column of each sample is a row of [batch, depth]. */
function unrollBatch(x: Data, batch: number, windows: Windows): Data {
  const { depth, image } = sizes(windows);
  const X = emptyLike(x, batch * depth);
  for (let n = 0; n < batch; n++) im2col(x, n * image, windows, X.subarray(n * depth, (n + 1) * depth));
  return X;
}

function sizes({ channels, rows, columns, kernelRows, kernelColumns, outRows, outColumns }: Windows) {
  return {
    depth: channels * kernelRows * kernelColumns,
    places: outRows * outColumns,
    image: channels * rows * columns,
  };
}
