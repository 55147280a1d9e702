import type { Implementation } from '../layer.ts';
import { type Data, emptyLike, sizeOf, type Tensor, zerosLike } from '../tensor.ts';
import { everyWindow, type Pooling } from './pooling.ts';
import type { PoolWindow } from './poolWindows.ts';

/**
 * The largest value of every window; of equal ones the first in row-major order wins, and the gradient of a window goes
 * to its winner alone. NaN is larger than anything (of several, the last wins). A window without an element is -infinity.
 */
export function maxPooling<C>(poolingOf: (input: Tensor, config: C) => Pooling<PoolWindow>): Implementation<C> {
  return {
    forward({ input }, config) {
      const pooling = poolingOf(input, config);
      const y = emptyLike(input.data, sizeOf(pooling.shape));
      everyWindow(pooling, (at, n, high, wide) => {
        const winner = winnerOf(input.data, n, pooling, high, wide);
        y[at] = winner === undefined ? -Infinity : input.data[winner];
      });
      return { output: { shape: pooling.shape, data: y } };
    },
    vjp({ input }, { output }, config) {
      const pooling = poolingOf(input, config);
      const dx = zerosLike(input);
      everyWindow(pooling, (at, n, high, wide) => {
        const winner = winnerOf(input.data, n, pooling, high, wide);
        if (winner !== undefined) dx.data[winner] += output.data[at];
      });
      return { input: dx };
    },
  };
}

/** Where the winner of a window is in the data; undefined where the window has no element. */
function winnerOf(
  x: Data,
  n: number,
  { rows, columns }: Pooling<PoolWindow>,
  high: PoolWindow,
  wide: PoolWindow,
): number | undefined {
  let winner: number | undefined;
  for (const row of high.covered) {
    for (const column of wide.covered) {
      const at = (n * rows + row) * columns + column;
      if (winner === undefined || x[at] > x[winner] || Number.isNaN(x[at])) winner = at;
    }
  }
  return winner;
}
