import type { Implementation } from '../layer.ts';
import { type Data, emptyLike, type Tensor } from '../tensor.ts';
import type { Pooling } from './pooling.ts';
import type { PoolRange } from './poolRanges.ts';

/**
 * The sum of every window, axis by axis: kernel rows + kernel columns additions a window instead of their product.
 *
 *     ofRows[row, s] = sum of x[row, column] over the columns of width[s]
 *     sums[r, s] = sum of ofRows[row, s] over the rows of height[r]
 */
export function windowSums(x: Data, { planes, rows, columns, height, width }: Pooling<PoolRange>): Data {
  const sums = emptyLike(x, planes * height.length * width.length);
  const ofRows = emptyLike(x, rows * width.length);
  for (let n = 0; n < planes; n++) {
    for (let row = 0; row < rows; row++) {
      const start = (n * rows + row) * columns;
      for (let s = 0; s < width.length; s++) {
        let sum = 0;
        for (let column = width[s].from; column < width[s].to; column++) sum += x[start + column];
        ofRows[row * width.length + s] = sum;
      }
    }
    for (let r = 0; r < height.length; r++) {
      const to = (n * height.length + r) * width.length;
      for (let row = height[r].from; row < height[r].to; row++) {
        for (let s = 0; s < width.length; s++) sums[to + s] += ofRows[row * width.length + s];
      }
    }
  }
  return sums;
}

/** The adjoint of `windowSums`: to every element the sum of what belongs to the windows that cover it. */
export function spreadOverWindows(y: Data, { planes, rows, columns, height, width }: Pooling<PoolRange>): Data {
  const x = emptyLike(y, planes * rows * columns);
  const ofRows = emptyLike(y, rows * width.length);
  for (let n = 0; n < planes; n++) {
    ofRows.fill(0);
    for (let r = 0; r < height.length; r++) {
      const from = (n * height.length + r) * width.length;
      for (let row = height[r].from; row < height[r].to; row++) {
        for (let s = 0; s < width.length; s++) ofRows[row * width.length + s] += y[from + s];
      }
    }
    for (let row = 0; row < rows; row++) {
      const start = (n * rows + row) * columns;
      for (let s = 0; s < width.length; s++) {
        const value = ofRows[row * width.length + s];
        for (let column = width[s].from; column < width[s].to; column++) x[start + column] += value;
      }
    }
  }
  return x;
}

/** An average pool by `windowSums`: the sum of every window, divided by what `divisor` says of it. */
export function averagesBySums<C>(
  poolingOf: (input: Tensor, config: C) => Pooling<PoolRange>,
  divisor: (high: PoolRange, wide: PoolRange, config: C) => number,
): Implementation<C> {
  const divide = (values: Data, { height, width }: Pooling<PoolRange>, config: C): Data => {
    const averages = emptyLike(values);
    const places = height.length * width.length;
    for (const [r, high] of height.entries()) {
      for (const [s, wide] of width.entries()) {
        const counted = divisor(high, wide, config);
        for (let at = r * width.length + s; at < values.length; at += places) averages[at] = values[at] / counted;
      }
    }
    return averages;
  };
  return {
    forward({ input }, config) {
      const pooling = poolingOf(input, config);
      return { output: { shape: pooling.shape, data: divide(windowSums(input.data, pooling), pooling, config) } };
    },
    vjp({ input }, { output }, config) {
      const pooling = poolingOf(input, config);
      return { input: { shape: input.shape, data: spreadOverWindows(divide(output.data, pooling, config), pooling) } };
    },
  };
}
