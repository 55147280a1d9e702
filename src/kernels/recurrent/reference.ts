import { type Data, emptyLike, type Tensors, zerosLike } from '../../tensor.ts';
import { emptyResults, initialStates, type Maps, mapsOf, type Results, type Sizes } from './arguments.ts';
import type { Cell } from './cell.ts';
import { type Pass, pass, passBackward, passTangent } from './pass.ts';
import { sum } from '../sum.ts';

/** One sample: its passes, layer by layer and in each direction, and what the last layer gives at every step. */
interface Run {
  readonly passes: readonly Pass[];
  readonly output: readonly Data[];
}

/** Sample by sample, layer by layer, step by step. */
export function forward(cell: Cell, sizes: Sizes, args: Tensors): Results {
  const results = emptyResults(cell, sizes, args.input.data);
  const maps = mapsOf(args, sizes);
  for (let n = 0; n < sizes.batch; n++) store(results, sizes, n, run(cell, sizes, args, maps, n));
  return results;
}

/** The gradients of all arguments; last layer first. */
export function vjp(cell: Cell, sizes: Sizes, args: Tensors, upstream: Results): Tensors {
  const { batch, inputs, hidden, directions, passes: names } = sizes;
  const gradients = Object.fromEntries(Object.entries(args).map(([name, value]) => [name, zerosLike(value)]));
  const [maps, dMaps] = [mapsOf(args, sizes), mapsOf(gradients, sizes)];
  for (let n = 0; n < batch; n++) {
    const { passes } = run(cell, sizes, args, maps, n);
    let dys: readonly Data[] = rowsOf(upstream.output, sizes, n, directions * hidden);
    for (let first = names.length - directions; first >= 0; first -= directions) {
      const dxs = passes.slice(first, first + directions).map((own, d) => {
        const at = first + d;
        const dhs = inOrder(
          dys.map(dy => dy.subarray(d * hidden, (d + 1) * hidden)),
          d,
        );
        const row = at * batch + n;
        const dFinal = upstream.finals.map(final => final.subarray(row * hidden, (row + 1) * hidden));
        const back = passBackward(cell, maps[at], own, dhs, dFinal, dMaps[at]);
        for (const [s, state] of cell.states.entries()) {
          gradients[`${state}0`]?.data.set(back.dInitial[s], row * hidden);
        }
        return inOrder(back.dxs, d);
      });
      dys = dxs.reduce((one, other) => one.map((dx, t) => sum(dx, other[t])));
    }
    for (const [t, dx] of dys.entries()) gradients.input.data.set(dx, sizes.row(t, n) * inputs);
  }
  return gradients;
}

/** The tangents of the results. */
export function jvp(cell: Cell, sizes: Sizes, args: Tensors, tangents: Tensors): Results {
  const { batch, inputs } = sizes;
  const results = emptyResults(cell, sizes, args.input.data);
  const [maps, mapsDot] = [mapsOf(args, sizes), mapsOf(tangents, sizes)];
  for (let n = 0; n < batch; n++) {
    const { passes } = run(cell, sizes, args, maps, n);
    const dots = stack(sizes, rowsOf(tangents.input.data, sizes, n, inputs), (at, xs) =>
      passTangent(cell, maps[at], passes[at], mapsDot[at], xs, initialStates(cell, sizes, tangents, at * batch + n)),
    );
    store(results, sizes, n, dots);
  }
  return results;
}

function run(cell: Cell, sizes: Sizes, args: Tensors, maps: readonly Maps[], n: number): Run {
  const { batch, inputs } = sizes;
  return stack(sizes, rowsOf(args.input.data, sizes, n, inputs), (at, xs) =>
    pass(cell, maps[at], xs, initialStates(cell, sizes, args, at * batch + n)),
  );
}

/** Layer on layer: the outputs of each, of both directions side by side, go into the next. */
function stack(
  { directions, passes: names }: Sizes,
  xs: readonly Data[],
  through: (at: number, xs: readonly Data[]) => Pass,
): Run {
  const passes: Pass[] = [];
  let output = xs;
  for (let first = 0; first < names.length; first += directions) {
    const below = output;
    for (let d = 0; d < directions; d++) passes.push(through(first + d, inOrder(below, d)));
    output = sideBySide(passes.slice(first));
  }
  return { passes, output };
}

/** What a layer gives at every step: the states h of its directions side by side. */
function sideBySide(passes: readonly Pass[]): Data[] {
  const hs = passes.map(({ states }, d) =>
    inOrder(
      states.slice(1).map(([h]) => h),
      d,
    ),
  );
  const [{ length }] = hs[0];
  return hs[0].map((h, t) => {
    const y = emptyLike(h, hs.length * length);
    for (const [d, rows] of hs.entries()) y.set(rows[t], d * length);
    return y;
  });
}

/** Rows in the order of time brought into that of a direction, or back. */
function inOrder(rows: readonly Data[], direction: number): readonly Data[] {
  return direction === 0 ? rows : rows.toReversed();
}

/** The rows of a sample, step by step. */
function rowsOf(data: Data, { steps, row }: Sizes, n: number, length: number): Data[] {
  return Array.from({ length: steps }, (_, t) => data.subarray(row(t, n) * length, (row(t, n) + 1) * length));
}

/** Writes what a sample ends in. */
function store(results: Results, { batch, hidden, row }: Sizes, n: number, { passes, output }: Run): void {
  for (const [t, y] of output.entries()) results.output.set(y, row(t, n) * y.length);
  for (const [at, { states }] of passes.entries()) {
    const last = states[states.length - 1];
    for (const [s, state] of last.entries()) results.finals[s].set(state, (at * batch + n) * hidden);
  }
}
