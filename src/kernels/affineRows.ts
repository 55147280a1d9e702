import { type Data, emptyLike } from '../tensor.ts';
import type { Affine } from './affine.ts';
import { matmul } from './matmul.ts';

/** Y = X W' + b for the rows of X, by a matrix product. */
export function affineRows({ rows, columns, weight, bias }: Affine, x: Data): Data {
  const count = x.length / columns;
  const y = emptyLike(x, count * rows);
  if (bias) for (let n = 0; n < count; n++) y.set(bias, n * rows);
  matmul(count, columns, rows, x, 'plain', weight, 'transposed', y);
  return y;
}

/** dX = dY W; dW += dY' X and the sum of the rows of dY are added to `gradient`. */
export function affineRowsBackward({ rows, columns, weight }: Affine, x: Data, dy: Data, gradient: Affine): Data {
  const count = x.length / columns;
  const dx = emptyLike(x);
  matmul(count, rows, columns, dy, 'plain', weight, 'plain', dx);
  matmul(rows, count, columns, dy, 'transposed', x, 'plain', gradient.weight);
  const { bias } = gradient;
  for (let at = 0; bias && at < dy.length; at++) bias[at % rows] += dy[at];
  return dx;
}
