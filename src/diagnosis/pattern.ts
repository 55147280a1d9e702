import { extremes } from '../numeric/sum.ts';
import { indexOf } from '../tensor.ts';

/** The wrong elements of a tensor, and what is known of the others. */
export interface Extent {
  readonly shape: readonly number[];
  /** The names of its axes, if it has them. */
  readonly names?: readonly string[];
  /** Its own values, and its name. */
  readonly values: ArrayLike<number>;
  readonly name: string;
  readonly wrong: readonly number[];
  /** Elements that are right; all others unless said. */
  readonly right?: readonly number[];
}

/** Where there is nothing to tell apart. */
export const ALL = 'all elements';

/** Up to this many elements are named one by one where no rule covers them. */
const NAMED = 3;

/**
 * What the wrong elements have in common, in the layer's own axes: the simplest rule that holds for all of them and for none of
 * the right ones; else the elements themselves, if they are few. Nothing for a tensor of one element.
 */
export function pattern(extent: Extent): string | undefined {
  const { shape, wrong } = extent;
  const size = shape.reduce((product, length) => product * length, 1);
  if (wrong.length === 0 || size === 1) return undefined;
  const set = new Set(wrong);
  const right = extent.right ?? Array.from({ length: size }, (_, i) => i).filter(i => !set.has(i));
  if (right.length === 0) return extent.right ? 'nearly everywhere' : ALL;
  const box = boxed(extent, wrong, right) ?? boxedOut(extent, wrong, right);
  return (
    (isScattered(extent) ? undefined : box) ??
    byParity(extent, wrong, right) ??
    byValue(extent, wrong, right) ??
    box ??
    (extent.right || wrong.length > NAMED ? undefined : named(extent))
  );
}

/** Whether they are here and there in a vector, of which any elements are a box. */
function isScattered({ shape, wrong }: Extent): boolean {
  const isVector = shape.filter(length => length > 1).length === 1;
  const [first, last] = extremes(wrong);
  return isVector && last - first >= wrong.length;
}

/** The indices along every axis that occur among some elements. */
function spans({ shape }: Extent, positions: readonly number[]): number[][] {
  const indices = positions.map(position => indexOf(position, shape));
  return shape.map((_, axis) => [...new Set(indices.map(index => index[axis]))].toSorted((a, b) => a - b));
}

/** "kernel column 0", "batch item 2 and rows 3 to 5": all elements at some indices of some axes. */
function boxed(extent: Extent, wrong: readonly number[], right: readonly number[]): string | undefined {
  const inside = spans(extent, wrong);
  const within = (position: number) => indexOf(position, extent.shape).every((at, axis) => inside[axis].includes(at));
  if (right.some(within)) return undefined;
  const axes = extent.shape.flatMap((length, axis) =>
    inside[axis].length < length ? [along(extent, axis, inside[axis])] : [],
  );
  // A box around one or a few elements is no rule, but their index.
  if (extent.right === undefined && wrong.length <= NAMED && axes.length > 1) return named(extent);
  return axes.length === 0 ? undefined : `all with ${axes.join(' and ')}`;
}

/** "all but row 0": the right elements are a box. */
function boxedOut(extent: Extent, wrong: readonly number[], right: readonly number[]): string | undefined {
  const inside = spans(extent, right);
  const within = (position: number) => indexOf(position, extent.shape).every((at, axis) => inside[axis].includes(at));
  if (wrong.some(within)) return undefined;
  const { shape } = extent;
  const outside = shape.flatMap((length, axis) => {
    const rest = Array.from({ length }, (_, k) => k).filter(k => !inside[axis].includes(k));
    return rest.length > 0 ? [along(extent, axis, rest)] : [];
  });
  return `all with ${outside.join(' or ')}`;
}

/** One axis, or two together, at even or odd indices. */
function byParity(extent: Extent, wrong: readonly number[], right: readonly number[]): string | undefined {
  for (const axis of extent.shape.keys()) {
    for (const [parity, word] of [
      [0, 'even'],
      [1, 'odd'],
    ] as const) {
      const holds = (position: number) => indexOf(position, extent.shape)[axis] % 2 === parity;
      if (wrong.every(holds) && !right.some(holds)) return `all with ${word} ${nameOf(extent, axis)}`;
    }
  }
  return undefined;
}

/** "where input < 0": the values themselves tell wrong from right. */
function byValue({ values, name }: Extent, wrong: readonly number[], right: readonly number[]): string | undefined {
  const of = (positions: readonly number[], f: (x: number) => number) => positions.map(i => f(values[i]));
  const rules: readonly [text: string, holds: (x: number) => boolean][] = [
    [`where ${name} < 0`, x => x < 0],
    [`where ${name} > 0`, x => x > 0],
    [`where ${name} = 0`, x => x === 0],
    [`where ${name} <= 0`, x => x <= 0],
    [`where ${name} >= 0`, x => x >= 0],
  ];
  for (const [text, holds] of rules) {
    if (wrong.every(i => holds(values[i])) && !right.some(i => holds(values[i]))) return text;
  }
  if (wrong.length < 2 || right.length < 2) return undefined;
  for (const [text, f] of [
    [name, (x: number) => x],
    [`|${name}|`, Math.abs],
  ] as const) {
    const [low, high] = extremes(of(wrong, f));
    const [least, most] = extremes(of(right, f));
    if (low > most) return `where ${text} >= ${low.toPrecision(3)}`;
    if (high < least) return `where ${text} <= ${high.toPrecision(3)}`;
    const between = of(right, f).some(x => x >= low && x <= high);
    if (!between) return `where ${text} is from ${low.toPrecision(3)} to ${high.toPrecision(3)}`;
  }
  return undefined;
}

function named({ shape, wrong }: Extent): string {
  const elements = wrong.map(position => `[${indexOf(position, shape).join(', ')}]`);
  return `element${elements.length > 1 ? 's' : ''} ${elements.join(' and ')}`;
}

/** "kernel column 0", "the last row", "rows 2 to 4". */
function along(extent: Extent, axis: number, indices: readonly number[]): string {
  const name = nameOf(extent, axis);
  const last = extent.shape[axis] - 1;
  const [from, to] = [indices[0], indices[indices.length - 1]];
  if (indices.length === 1) return from === last && last > 0 ? `the last ${name} (${from})` : `${name} ${from}`;
  if (to - from + 1 === indices.length) return `${name} ${from} to ${to}`;
  return `${name} ${indices.slice(0, 6).join(', ')}${indices.length > 6 ? ', …' : ''}`;
}

function nameOf({ shape, names }: Extent, axis: number): string {
  if (names?.length === shape.length) return names[axis];
  return shape.length === 1 ? 'index' : `axis ${axis} at`;
}
