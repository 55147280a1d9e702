import type { Implementation } from '../layer.ts';
import { type Data, emptyLike, type Tensor, zerosLike } from '../tensor.ts';
import type { Pooling } from './pooling.ts';
import type { PoolRange } from './poolRanges.ts';

/** A max pool by remembered winners: those of each row within every window of columns, then those among these rows. */
export function poolingByWinners<C>(poolingOf: (input: Tensor, config: C) => Pooling<PoolRange>): Implementation<C> {
  return {
    forward({ input }, config) {
      const pooling = poolingOf(input, config);
      const winners = winnersIn(input.data, pooling);
      const y = emptyLike(input.data, winners.length);
      for (let at = 0; at < y.length; at++) y[at] = winners[at] < 0 ? -Infinity : input.data[winners[at]];
      return { output: { shape: pooling.shape, data: y } };
    },
    vjp({ input }, { output }, config) {
      const winners = winnersIn(input.data, poolingOf(input, config));
      const dx = zerosLike(input);
      for (let at = 0; at < winners.length; at++) if (winners[at] >= 0) dx.data[winners[at]] += output.data[at];
      return { input: dx };
    },
  };
}

/** The flat index of the winner of every window; -1 where a window has no element. */
function winnersIn(x: Data, { planes, rows, columns, height, width }: Pooling<PoolRange>): Int32Array {
  const winners = new Int32Array(planes * height.length * width.length).fill(-1);
  const ofRows = new Int32Array(rows * width.length);
  for (let n = 0; n < planes; n++) {
    for (let row = 0; row < rows; row++) {
      const start = (n * rows + row) * columns;
      for (let s = 0; s < width.length; s++) {
        const { from, to, step } = width[s];
        let winner = -1;
        for (let at = start + from; at < start + to; at += step) winner = better(x, winner, at);
        ofRows[row * width.length + s] = winner;
      }
    }
    for (let r = 0; r < height.length; r++) {
      const to = (n * height.length + r) * width.length;
      for (let row = height[r].from; row < height[r].to; row += height[r].step) {
        for (let s = 0; s < width.length; s++) {
          winners[to + s] = better(x, winners[to + s], ofRows[row * width.length + s]);
        }
      }
    }
  }
  return winners;
}

/** Which of two positions wins, the first coming before the second; -1 is none. */
function better(x: Data, first: number, second: number): number {
  if (first < 0 || second < 0) return Math.max(first, second);
  return x[second] > x[first] || Number.isNaN(x[second]) ? second : first;
}
