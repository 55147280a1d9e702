import type { CaseSpec, Config, Layer } from '../../src/index.ts';
import { pair } from '../../src/kernels/pair.ts';
import { type Data, zerosLike } from '../../src/tensor.ts';
import { wrong } from './fault.ts';

/** One window of a pool: the flat positions that it covers in row-major order, and its own. */
export interface Window {
  readonly covered: readonly number[];
  readonly at: number;
  /** Which image of [batch, channel] it lies on. */
  readonly map: number;
  readonly r: number;
  readonly s: number;
}

export interface Work {
  readonly x: Data;
  readonly dy: Data;
  readonly dx: Data;
  readonly rows: number;
  readonly columns: number;
  readonly outRows: number;
  readonly outColumns: number;
  readonly config: Config;
}

/** Every window, written anew, with padding as a number or a pair; those of ceil mode reach past the end. */
export function everyWindow(work: Work, visit: (window: Window) => void): void {
  const { rows, columns, outRows, outColumns, config } = work;
  const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
  const [strideRows, strideColumns] = pair('stride', config.stride ?? config.kernel);
  const [dilationRows, dilationColumns] = pair('dilation', config.dilation ?? 1);
  const [top, left] = pair('padding', config.padding ?? 0, 0);
  for (let at = 0; at < work.dy.length; at++) {
    const s = at % outColumns;
    const r = Math.floor(at / outColumns) % outRows;
    const map = Math.floor(at / (outColumns * outRows));
    const covered: number[] = [];
    for (let p = 0; p < kernelRows; p++) {
      for (let q = 0; q < kernelColumns; q++) {
        const row = r * strideRows + p * dilationRows - top;
        const column = s * strideColumns + q * dilationColumns - left;
        if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
        covered.push((map * rows + row) * columns + column);
      }
    }
    visit({ covered, at, map, r, s });
  }
}

/** The position of the first largest value. */
export function winnerOf(x: Data, covered: readonly number[]): number {
  let winner = covered[0];
  for (const at of covered) if (x[at] > x[winner]) winner = at;
  return winner;
}

/** A pool whose gradient is what `backward` puts in `dx`, in the given settings. A sequence is an image of one row. */
export function faultyPool<C>(
  layer: Layer<C>,
  cases: readonly CaseSpec<C>[],
  backward: (work: Work) => void,
): Layer<C> {
  const isSequence = layer.axes?.input.length === 3;
  return wrong(layer, {
    cases,
    vjp: ({ input }, { output }, config: Config) => {
      const dx = zerosLike(input);
      const [outRows, outColumns] = isSequence ? [1, ...output.shape.slice(-1)] : output.shape.slice(-2);
      const [rows, columns] = isSequence ? [1, ...input.shape.slice(-1)] : input.shape.slice(-2);
      const { kernel, stride = kernel, padding = 0 } = config;
      const asImage = { kernel: [1, kernel], stride: [1, stride], padding: [0, padding] };
      backward({
        x: input.data,
        dy: output.data,
        dx: dx.data,
        rows,
        columns,
        outRows,
        outColumns,
        config: isSequence ? asImage : config,
      });
      return { input: dx };
    },
  });
}
