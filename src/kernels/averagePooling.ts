import type { Implementation } from '../layer.ts';
import { emptyLike, sizeOf, type Tensor, zerosLike } from '../tensor.ts';
import { everyWindow, type Pooling } from './pooling.ts';
import type { PoolWindow } from './poolWindows.ts';

/** The sum of every window, divided by what `divisor` says of it. */
export function averagePooling<C>(
  poolingOf: (input: Tensor, config: C) => Pooling<PoolWindow>,
  divisor: (high: PoolWindow, wide: PoolWindow, config: C) => number,
): Implementation<C> {
  return {
    forward({ input }, config) {
      const pooling = poolingOf(input, config);
      const { rows, columns } = pooling;
      const y = emptyLike(input.data, sizeOf(pooling.shape));
      everyWindow(pooling, (at, n, high, wide) => {
        let sum = 0;
        for (const row of high.covered) {
          for (const column of wide.covered) sum += input.data[(n * rows + row) * columns + column];
        }
        y[at] = sum / divisor(high, wide, config);
      });
      return { output: { shape: pooling.shape, data: y } };
    },
    vjp({ input }, { output }, config) {
      const pooling = poolingOf(input, config);
      const { rows, columns } = pooling;
      const dx = zerosLike(input);
      everyWindow(pooling, (at, n, high, wide) => {
        const share = output.data[at] / divisor(high, wide, config);
        for (const row of high.covered) {
          for (const column of wide.covered) dx.data[(n * rows + row) * columns + column] += share;
        }
      });
      return { input: dx };
    },
  };
}
