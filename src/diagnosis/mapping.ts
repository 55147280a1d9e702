import { extremes } from '../numeric/sum.ts';
import { indexOf, positionOf } from '../tensor.ts';

/** A tensor of which some elements have what belongs to others. */
export interface Mapped {
  readonly shape: readonly number[];
  /** For every element the one that it has the number of: itself, another, -1 where it has none. */
  readonly source: readonly number[];
  readonly axisName: (axis: number) => string;
}

/** What a mapping is in words. */
export interface Described {
  readonly cause: string;
  readonly text: string;
}

/** The simplest rule by which elements have what belongs to others, if there is one; else some of them. */
export function describeMapping(mapped: Mapped): Described {
  return shift(mapped) ?? reorder(mapped) ?? alongOne(mapped) ?? layout(mapped) ?? some(mapped);
}

/** The elements that have something, and what they have, as indices. */
function pairs({ shape, source }: Mapped): [to: number[], from: number[]][] {
  return source.flatMap((from, to): [number[], number[]][] =>
    from < 0 ? [] : [[indexOf(to, shape), indexOf(from, shape)]],
  );
}

/** By as much along every axis, or by as much in memory. */
function shift(mapped: Mapped): Described | undefined {
  const { shape, source } = mapped;
  const [[firstTo, firstFrom], ...rest] = pairs(mapped);
  const by = firstTo.map((at, axis) => at - firstFrom[axis]);
  const isAlike = rest.every(([to, from]) => to.every((at, axis) => at - from[axis] === by[axis]));
  if (isAlike && by.some(one => one !== 0)) {
    const words = by.flatMap((one, axis) => (one === 0 ? [] : [`${one} along ${mapped.axisName(axis)}`]));
    return { cause: 'shifted', text: `it is shifted by ${words.join(' and ')}` };
  }
  const places = new Set(source.flatMap((from, to) => (from < 0 ? [] : [to - from])));
  const [place] = places;
  if (shape.length < 2 || places.size !== 1 || place === 0) return undefined;
  return { cause: 'shifted', text: `it is shifted by ${place} places in memory` };
}

/** The memory of the axes in another order. */
function reorder(mapped: Mapped): Described | undefined {
  const { shape, source } = mapped;
  for (const order of orders(shape.length)) {
    const other = order.map(axis => shape[axis]);
    const there = (to: number) => {
      const index = indexOf(to, other);
      return positionOf(
        shape.map((_, axis) => index[order.indexOf(axis)]),
        shape,
      );
    };
    const back = (to: number) => {
      const index = indexOf(to, shape);
      return positionOf(
        order.map(axis => index[axis]),
        other,
      );
    };
    if ([there, back].some(from => source.every((own, to) => own < 0 || own === from(to)))) {
      return { cause: 'transposed', text: `it is laid out with its axes in the order ${order.join(', ')}` };
    }
  }
  return undefined;
}

/** All orders of so many axes but the right one. */
function orders(rank: number): number[][] {
  const all = (left: readonly number[]): number[][] =>
    left.length === 0 ? [[]] : left.flatMap(axis => all(left.filter(one => one !== axis)).map(rest => [axis, ...rest]));
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return rank > 4 ? [] : all(axes).filter(order => order.some((axis, at) => axis !== at));
}

/** The slices along one axis are each other's. */
function alongOne(mapped: Mapped): Described | undefined {
  const { shape } = mapped;
  for (const axis of shape.keys()) {
    const from = new Map<number, number>();
    const holds = pairs(mapped).every(([to, own]) => {
      const known = from.get(to[axis]) ?? own[axis];
      from.set(to[axis], own[axis]);
      return known === own[axis] && to.every((at, other) => other === axis || at === own[other]);
    });
    if (!holds) continue;
    const changes = [...from].filter(([k, j]) => k !== j).map(([k, j]) => `${k} from ${j}`);
    return {
      cause: 'wrong-channel',
      text: `along ${mapped.axisName(axis)} the slices are each other's: ${changes.slice(0, 4).join(', ')}`,
    };
  }
  return undefined;
}

/** As if axes were shorter than they are: by what a stride leaves over. */
function layout(mapped: Mapped): Described | undefined {
  const { shape, source } = mapped;
  const used = pairs(mapped).map(([, from]) => from);
  const covered = shape.map((_, axis) => 1 + extremes(used.map(index => index[axis]))[1]);
  const placeOf = (from: number) => positionOf(indexOf(from, shape), covered);
  if (!source.every((from, to) => from < 0 || placeOf(from) === to)) return undefined;
  const words = covered.flatMap((extent, axis) =>
    extent === shape[axis] ? [] : [`${extent} of ${mapped.axisName(axis)}`],
  );
  return {
    cause: 'stride-remainder',
    text: `it is laid out as if there were only ${words.join(' and ')}: those that anything reaches`,
  };
}

function some({ shape, source }: Mapped): Described {
  const moved = source.flatMap((from, to) =>
    from < 0 || from === to
      ? []
      : [`[${indexOf(to, shape).join(', ')}] has that of [${indexOf(from, shape).join(', ')}]`],
  );
  return { cause: 'misplaced', text: `its numbers are right but in the wrong places: ${moved.slice(0, 3).join('; ')}` };
}
