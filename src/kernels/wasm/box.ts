import {
  type Access,
  add,
  and,
  call,
  type Code,
  equal,
  type Func,
  func,
  get,
  ifElse,
  increase,
  int,
  type Lanes,
  type Local,
  load,
  mul,
  set,
  sub,
  whileLeft,
} from './assembler.ts';

/** What there is to know about an axis: its extent, and the bytes between neighbours along it at either end. */
export const AXIS = 3;

/**
 * copyBox(rank, axes, from, to): to[i, …, j, k] = from[i, …, j, k], and with `adding` addBox: +=. At `axes`, outermost first,
 * three integers for each of two axes or more. `self` is the place of the function in its module: it calls itself for every
 * axis but the last two.
 */
export function box(lanes: Lanes, adding: boolean, self: number): Func {
  return func(adding ? 'addBox' : 'copyBox', 4, ([rank, axes, from, to], locals) => {
    const outer = locals.ints(AXIS);
    const inner = locals.ints(AXIS);
    const [left, source, target] = locals.ints(3);
    const [vectors, element] = lanes.accesses;
    const read = (axis: readonly Local[], at: number) =>
      axis.map((local, i) => set(local, load(get(axes), 4 * (at + i))));
    const forward = (a: Local, b: Local, bytesOfA: Code, bytesOfB: Code) => [
      increase(a, bytesOfA),
      increase(b, bytesOfB),
    ];
    const move = ({ load, store }: Access, offset = 0): Code => {
      const value = load(get(source), offset);
      return store(get(target), adding ? lanes.add(load(get(target), offset), value) : value, offset);
    };
    /** Goes along rows without gaps by so many numbers or vectors at a time. */
    const run = (access: Access, offsets: readonly number[]): Code => {
      const bytes = access.size * offsets.length;
      return whileLeft(left, bytes, [
        offsets.map(offset => move(access, offset * access.size)),
        forward(source, target, int(bytes), int(bytes)),
      ]);
    };

    const [rows, rowOfFrom, rowOfTo] = outer;
    const [columns, stepOfSource, stepOfTarget] = inner;
    const everyRow = (row: Code): Code =>
      whileLeft(rows, 1, [
        [set(left, get(columns)), set(source, get(from)), set(target, get(to))],
        [row, forward(from, to, get(rowOfFrom), get(rowOfTo))],
      ]);
    const dense = [
      set(left, mul(get(left), int(lanes.size))),
      [run(vectors, [0, 1, 2, 3]), run(vectors, [0]), run(element, [0])],
    ];
    const strided = whileLeft(left, 1, [move(element), forward(source, target, get(stepOfSource), get(stepOfTarget))]);
    const isDense = and(equal(get(stepOfSource), int(lanes.size)), equal(get(stepOfTarget), int(lanes.size)));
    const rest = call(self, sub(get(rank), int(1)), add(get(axes), int(4 * AXIS)), get(from), get(to));
    return [
      [read(outer, 0), read(inner, AXIS)],
      ifElse(
        equal(get(rank), int(2)),
        ifElse(isDense, everyRow(dense), everyRow(strided)),
        whileLeft(rows, 1, [rest, forward(from, to, get(rowOfFrom), get(rowOfTo))]),
      ),
    ];
  });
}
