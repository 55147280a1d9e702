/** The sum of the errors of a set of elements, each times its component of a random tangent, and how far it may be off. */
export interface Residual {
  readonly error: number;
  readonly bound: number;
}

/** The elements that carry an error. */
export interface Located {
  readonly elements: readonly number[];
  /** Whether the errors are too many to follow one by one; `elements` is then what had been found. */
  readonly dense: boolean;
  /** Where there are further errors, at least one in each, where they are too many to follow. */
  readonly ranges: readonly Range[];
}

/** From one element to before another. */
export interface Range extends Residual {
  readonly from: number;
  readonly to: number;
}

/**
 * The elements of 0..size-1 that carry an error, by halving: a range whose residual is within its bound is let go, the
 * other halves are halved again. `measure(from, to)` is the residual of a range under one fixed tangent with random
 * components, so that errors cancel within a range only by chance; the residual of a right half is what its parent has
 * over its left one, and is measured itself only where that is not decisive. k errors among N elements take about
 * k log2(N / k) measurements and as many again.
 *
 * Gives up as `dense` when more than `most` ranges are still of interest.
 */
export async function bisect(
  size: number,
  measure: (from: number, to: number) => Promise<Residual>,
  most: number,
): Promise<Located> {
  const found: number[] = [];
  let active: Range[] = [{ from: 0, to: size, ...(await measure(0, size)) }];
  while (active.length > 0) {
    const next: Range[] = [];
    for (const parent of active) {
      if (parent.to - parent.from === 1) {
        found.push(parent.from);
        continue;
      }
      const middle = (parent.from + parent.to) >> 1;
      const left = await measure(parent.from, middle);
      const rest = { error: parent.error - left.error, bound: parent.bound + left.bound };
      const sure = Math.abs(rest.error) > 8 * rest.bound || (rest.bound === 0 && rest.error === 0);
      const right = sure ? rest : await measure(middle, parent.to);
      if (!(Math.abs(left.error) <= left.bound)) next.push({ from: parent.from, to: middle, ...left });
      if (!(Math.abs(right.error) <= right.bound)) next.push({ from: middle, to: parent.to, ...right });
    }
    if (found.length + next.length > most) return { elements: found, dense: true, ranges: next };
    active = next;
  }
  return { elements: found.sort((a, b) => a - b), dense: false, ranges: [] };
}

/** One element of a range that carries an error: two measurements for every halving; undefined where halves cancel. */
export async function oneOf(
  range: Range,
  measure: (from: number, to: number) => Promise<Residual>,
): Promise<number | undefined> {
  let [from, to] = [range.from, range.to];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    const carries = async (a: number, b: number) => {
      const { error, bound } = await measure(a, b);
      return !(Math.abs(error) <= bound);
    };
    if (await carries(from, middle)) to = middle;
    else if (await carries(middle, to)) from = middle;
    else return undefined;
  }
  return from;
}
