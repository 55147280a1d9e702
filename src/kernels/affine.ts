import { type Data, emptyLike } from '../tensor.ts';

/** An affine map of vectors: weight [rows, columns] and bias [rows], if there is one. */
export interface Affine {
  readonly rows: number;
  readonly columns: number;
  readonly weight: Data;
  readonly bias?: Data;
}

/** y = W x + b */
export function affine({ rows, columns, weight, bias }: Affine, x: Data): Data {
  const y = emptyLike(x, rows);
  for (let o = 0; o < rows; o++) {
    let sum = bias ? bias[o] : 0;
    for (let i = 0; i < columns; i++) sum += weight[o * columns + i] * x[i];
    y[o] = sum;
  }
  return y;
}

/** dx = W' dy; dW += dy x' and db += dy are added to `gradient`. */
export function affineBackward({ rows, columns, weight }: Affine, x: Data, dy: Data, gradient: Affine): Data {
  const dx = emptyLike(x);
  for (let o = 0; o < rows; o++) {
    for (let i = 0; i < columns; i++) {
      dx[i] += weight[o * columns + i] * dy[o];
      gradient.weight[o * columns + i] += dy[o] * x[i];
    }
    if (gradient.bias) gradient.bias[o] += dy[o];
  }
  return dx;
}

/** ẏ = W ẋ + Ẇ x + ḃ */
export function affineTangent(map: Affine, x: Data, dot: Affine, xDot: Data): Data {
  const y = affine({ ...map, bias: dot.bias }, xDot);
  for (const [o, value] of affine({ ...dot, bias: undefined }, x).entries()) y[o] += value;
  return y;
}
