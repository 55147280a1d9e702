import { type Data, indexOf, sizeOf } from '../tensor.ts';
import type { Evidence } from './evidence.ts';

/** Jacobians with more rows than this are not asked for: a call of the backward gives one row. */
const ROWS = 256;

/** How far apart two entries are that are the same, relative to the largest: what finite differences are right to. */
const SAME = 1e-4;

/** The whole Jacobian by finite differences beside that of the backward: `right[i][m]` and `yours[i][m]` = dy_m / dx_i. */
export interface Matrices {
  readonly right: readonly Data[];
  readonly yours: readonly Data[];
  /** Entries that differ by more are different. */
  readonly tolerance: number;
  /** The index of every element and of every output; of several outputs, one number. */
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly (readonly number[])[];
  /** The index of every element of the first output. */
  readonly first: readonly (readonly number[])[];
}

const known = new WeakMap<Evidence, Promise<Matrices | undefined>>();

/** Both Jacobians; undefined where they are too large, were not measured whole, or the backward throws. One vjp an output. */
export function matricesOf(evidence: Evidence): Promise<Matrices | undefined> {
  const found = known.get(evidence) ?? measured(evidence);
  known.set(evidence, found);
  return found;
}

async function measured({
  columns,
  upstream,
  args,
  outputs,
  shape,
  claimedAt,
}: Evidence): Promise<Matrices | undefined> {
  if (upstream.length > ROWS || columns.includes(undefined)) return undefined;
  const right = columns as readonly Data[];
  const yours = right.map(column => new Float64Array(column.length));
  for (const m of upstream.keys()) {
    const row = await claimedAt(
      args,
      upstream.map((_, at) => (at === m ? 1 : 0)),
    );
    if (!row?.every(Number.isFinite)) return undefined;
    for (const [i, value] of row.entries()) yours[i][m] = value;
  }
  const largest = Math.max(0, ...right.flatMap(column => Array.from(column, Math.abs)));
  const shapes = Object.values(outputs).map(output => output.shape);
  return {
    right,
    yours,
    tolerance: SAME * largest,
    inputs: right.map((_, i) => indexOf(i, shape)),
    outputs: Array.from(upstream, (_, m) => (shapes.length === 1 ? indexOf(m, shapes[0]) : [m])),
    first: Array.from({ length: sizeOf(shapes[0]) }, (_, m) => indexOf(m, shapes[0])),
  };
}

/** What each entry of yours is beside the right one. */
export type Entry = 'same' | 'lost' | 'extra' | 'changed';

export function entryOf({ right, yours, tolerance }: Matrices, i: number, m: number): Entry {
  const [is, shouldBe] = [yours[i][m], right[i][m]];
  if (Math.abs(is - shouldBe) <= tolerance) return 'same';
  if (is === 0) return 'lost';
  return Math.abs(shouldBe) <= tolerance ? 'extra' : 'changed';
}

/** How many entries there are of each kind, but those that are 0 and should be. */
export type Entries = Readonly<Record<Entry, number>>;

export function entriesOf(both: Matrices): Entries {
  const entries = { same: 0, lost: 0, extra: 0, changed: 0 };
  for (const [i, column] of both.right.entries()) {
    for (const [m, slope] of column.entries()) {
      if (slope !== 0 || both.yours[i][m] !== 0) entries[entryOf(both, i, m)]++;
    }
  }
  return entries;
}

/** How many elements reach each output, and how many outputs each element reaches, in one of the Jacobians. */
export function countsOf(both: Matrices, jacobian: Matrices['right']): { reached: number[]; reaching: number[] } {
  return {
    reached: both.outputs.map((_, m) => jacobian.filter(column => isBeyond(both, column[m])).length),
    reaching: jacobian.map(column => column.filter(slope => isBeyond(both, slope)).length),
  };
}

/** Whether every output is one of the elements, as of a maximum, and some elements are none. */
export function isSelection(both: Matrices): boolean {
  const { reached, reaching } = countsOf(both, both.right);
  return reached.every(count => count <= 1) && reached.includes(1) && reaching.includes(0);
}

export function isBeyond({ tolerance }: Matrices, value: number): boolean {
  return Math.abs(value) > tolerance;
}

/** Elements and outputs that hang together: those that elements reach, and all that reaches these. */
export interface Component {
  readonly inputs: number[];
  readonly outputs: number[];
}

/** The components of the graph whose edges are the entries of the right Jacobian. */
export function componentsOf({ right, tolerance }: Matrices): Component[] {
  const count = right.length;
  const parent = Array.from({ length: count + (right[0]?.length ?? 0) }, (_, k) => k);
  const root = (k: number): number => {
    while (parent[k] !== k) k = parent[k] = parent[parent[k]];
    return k;
  };
  for (const [i, column] of right.entries()) {
    for (const [m, slope] of column.entries()) if (Math.abs(slope) > tolerance) parent[root(i)] = root(count + m);
  }
  const found = new Map<number, Component>();
  for (const k of parent.keys()) {
    const own = found.get(root(k)) ?? { inputs: [], outputs: [] };
    found.set(root(k), own);
    if (k < count) own.inputs.push(k);
    else own.outputs.push(k - count);
  }
  return [...found.values()];
}

/** How many rows are independent, what is left of them below `floor` being rounding: by Gram and Schmidt, the longest first. */
export function rankOf(rows: readonly (readonly number[])[], floor: number): number {
  const left = rows.map(row => [...row]);
  for (let rank = 0; ; rank++) {
    const norms = left.map(row => Math.hypot(...row));
    const longest = Math.max(0, ...norms);
    if (!(longest > floor)) return rank;
    const unit = left[norms.indexOf(longest)].map(value => value / longest);
    for (const row of left) {
      const weight = row.reduce((sum, value, k) => sum + value * unit[k], 0);
      for (const k of row.keys()) row[k] -= weight * unit[k];
    }
  }
}
