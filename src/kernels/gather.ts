import { emptyLike, indexOf, sizeOf, stridesOf, type Tensor } from '../tensor.ts';

/** The index in the input that an element of the output, given by its index, is taken from; none where it is not. */
export type Origin = (index: readonly number[]) => readonly number[] | undefined;

/** y[index] = x[origin(index)], or `elsewhere` where there is no origin. */
export function gather(x: Tensor, shape: readonly number[], origin: Origin, elsewhere = 0): Tensor {
  const y = emptyLike(x.data, sizeOf(shape)).fill(elsewhere);
  everyOrigin(shape, x.shape, origin, (to, from) => {
    y[to] = x.data[from];
  });
  return { shape, data: y };
}

/** The adjoint of `gather`: dx[origin(index)] += dy[index], for an input of `shape`. */
export function scatter(dy: Tensor, shape: readonly number[], origin: Origin): Tensor {
  const dx = emptyLike(dy.data, sizeOf(shape));
  everyOrigin(dy.shape, shape, origin, (from, to) => {
    dx[to] += dy.data[from];
  });
  return { shape, data: dx };
}

function everyOrigin(
  shape: readonly number[],
  ofInput: readonly number[],
  origin: Origin,
  visit: (position: number, inInput: number) => void,
): void {
  const strides = stridesOf(ofInput);
  for (let position = 0; position < sizeOf(shape); position++) {
    const found = origin(indexOf(position, shape));
    if (found)
      visit(
        position,
        found.reduce((sum, at, axis) => sum + at * strides[axis], 0),
      );
  }
}
