import { type Data, emptyLike, type Tensors, zerosLike } from '../../tensor.ts';
import type { Affine } from '../affine.ts';
import { matmul } from '../matmul.ts';
import { emptyResults, initialStates, mapsOf, type Results, type Sizes } from './arguments.ts';
import type { BlockedCell, Cell } from './cell.ts';

/** A step of one direction of one layer on the whole batch. Matrices have one column a sample. */
interface Visit {
  readonly t: number;
  readonly x: Data;
  readonly h: Data;
  readonly after: readonly Data[];
  readonly back: ReturnType<BlockedCell>['back'];
}

/** By pass, its steps in the order in which it goes through time; and what the last layer gives at every step. */
interface Run {
  readonly passes: readonly (readonly Visit[])[];
  readonly output: readonly Data[];
}

/**
 * A whole batch at a time, by matrix products: with one column a sample, the gates of W x + b are blocks of rows, and each is a
 * run of numbers.
 */
export function forward(cell: Cell, sizes: Sizes, args: Tensors): Results {
  const { steps, batch, row } = sizes;
  const { passes, output } = run(cell, sizes, args);
  const results = emptyResults(cell, sizes, args.input.data);
  for (const [t, y] of output.entries()) rowsFrom(y, results.output, batch, n => row(t, n));
  for (const [at, visits] of passes.entries()) {
    for (const [s, state] of visits[steps - 1].after.entries()) {
      rowsFrom(state, results.finals[s], batch, n => at * batch + n);
    }
  }
  return results;
}

/** Back the same way, last step of the last layer first. */
export function vjp(cell: Cell, sizes: Sizes, args: Tensors, upstream: Results): Tensors {
  const { batch, hidden, directions, row } = sizes;
  const { passes, output } = run(cell, sizes, args);
  const gradients = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, zerosLike(value)]));
  const [maps, dMaps] = [mapsOf(args, sizes), mapsOf(gradients, sizes)];
  let dys = output.map((_, t) => columnsOf(upstream.output, directions * hidden, batch, n => row(t, n)));
  for (let first = passes.length - directions; first >= 0; first -= directions) {
    const dxs = dys.map(() => emptyLike(passes[first][0].x));
    for (let at = first; at < first + directions; at++) {
      const place = (at - first) * hidden * batch;
      let dStates: readonly Data[] = upstream.finals.map(final => columnsOf(final, hidden, batch, n => at * batch + n));
      for (const { t, x, h, back } of passes[at].toReversed()) {
        for (let k = 0; k < h.length; k++) dStates[0][k] += dys[t][place + k];
        const { a, u, before } = back(dStates);
        affineBackward(maps[at].ih, x, a, batch, dMaps[at].ih, dxs[t]);
        affineBackward(maps[at].hh, h, u, batch, dMaps[at].hh, before[0]);
        dStates = before;
      }
      for (const [s, state] of cell.states.entries()) {
        const gradient = gradients[`${state}0`];
        if (gradient) rowsFrom(dStates[s], gradient.data, batch, n => at * batch + n);
      }
    }
    dys = dxs;
  }
  for (const [t, dx] of dys.entries()) rowsFrom(dx, gradients.input.data, batch, n => row(t, n));
  return gradients;
}

function run(cell: Cell, sizes: Sizes, args: Tensors): Run {
  const { steps, batch, inputs, hidden, directions, row } = sizes;
  const order = Array.from({ length: steps }, (_, t) => t);
  const maps = mapsOf(args, sizes);
  const passes: Visit[][] = [];
  let output = order.map(t => columnsOf(args.input.data, inputs, batch, n => row(t, n)));
  for (let first = 0; first < maps.length; first += directions) {
    const xs = output;
    output = xs.map(x => emptyLike(x, directions * hidden * batch));
    for (let at = first; at < first + directions; at++) {
      const place = (at - first) * hidden * batch;
      const initial = initialStates(cell, sizes, args, at * batch, batch);
      let before: readonly Data[] = initial.map(state => columnsOf(state, hidden, batch, n => n));
      passes[at] = [];
      for (const t of at === first ? order : order.toReversed()) {
        const [x, h] = [xs[t], before[0]];
        const { after, back } = cell.blocked(affine(maps[at].ih, x, batch), affine(maps[at].hh, h, batch), before);
        output[t].set(after[0], place);
        passes[at].push({ t, x, h, after, back });
        before = after;
      }
    }
  }
  return { passes, output };
}

/** W x + b */
function affine({ rows, columns, weight, bias }: Affine, x: Data, batch: number): Data {
  const y = emptyLike(x, rows * batch);
  for (let o = 0; bias && o < rows; o++) y.fill(bias[o], o * batch, (o + 1) * batch);
  matmul(rows, columns, batch, weight, 'plain', x, 'plain', y);
  return y;
}

/** dx += W' dy, dW += dy x', db += dy summed over the batch. */
function affineBackward(map: Affine, x: Data, dy: Data, batch: number, gradient: Affine, dx: Data): void {
  const { rows, columns, weight } = map;
  matmul(columns, rows, batch, weight, 'transposed', dy, 'plain', dx);
  matmul(rows, batch, columns, dy, 'plain', x, 'transposed', gradient.weight);
  const { bias } = gradient;
  for (let at = 0; bias && at < dy.length; at++) bias[Math.floor(at / batch)] += dy[at];
}

/** The rows of `length` numbers that belong to the samples of a batch, as columns of a matrix. */
function columnsOf(data: Data, length: number, batch: number, row: (sample: number) => number): Data {
  const matrix = emptyLike(data, length * batch);
  for (let n = 0; n < batch; n++) {
    const from = row(n) * length;
    for (let i = 0; i < length; i++) matrix[i * batch + n] = data[from + i];
  }
  return matrix;
}

/** The columns of a matrix put back as rows. */
function rowsFrom(matrix: Data, data: Data, batch: number, row: (sample: number) => number): void {
  const length = matrix.length / batch;
  for (let n = 0; n < batch; n++) {
    const to = row(n) * length;
    for (let i = 0; i < length; i++) data[to + i] = matrix[i * batch + n];
  }
}
