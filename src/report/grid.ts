import type { Parts } from '../checks/observation.ts';
import type { Finding } from '../finding.ts';
import { indexOf, positionOf, sizeOf } from '../tensor.ts';
import { printable } from './text.ts';

/** A plane of a map has at most so many rows and columns; larger ones are reduced. */
const SIDE = 32;

/** What has no rows of its own, a long vector or a list of runs, is written in lines of this many. */
const LINE = 16;

/** What is known of the worst element of a cell. */
export interface Cell {
  readonly state: 'measured' | 'wrong' | 'right' | 'unknown';
  /** How many elements the cell stands for. */
  readonly elements: number;
  /** The first of them, or of those that were measured the worst. */
  readonly index: readonly number[];
  /** The error in units of its bound; NaN where it was not measured or a number is not finite. */
  readonly ratio: number;
  readonly numbers?: { readonly actual: number; readonly expected: number; readonly errorBound: number };
  /** Whether the elements were moved together. */
  readonly joint: boolean;
}

/** Two axes of a tensor at one index of the others. */
export interface Plane {
  readonly title: string;
  readonly columns: readonly string[];
  /** A cell is undefined where the last line has ended. */
  readonly rows: readonly { readonly title: string; readonly cells: readonly (Cell | undefined)[] }[];
}

export interface Grid {
  readonly planes: readonly Plane[];
  readonly shape: readonly number[];
  /** Names of rows and columns. */
  readonly axes: readonly [string, string];
  /** The most elements that a cell stands for. */
  readonly most: number;
}

/**
 * The error in a tensor as a map of at most `most` cells: its last two axes as rows and columns, a plane for every index of the others. Where these are
 * too many, neighbours share a cell, which shows the worst of them: a maximum, never a mean, so that one bad element stays visible.
 * Undefined where nothing is known of single elements, or there is only one.
 */
export function gridOf(finding: Finding, most: number): Grid | undefined {
  const { wrong, parts, shapes, argument } = finding;
  const shape = parts?.shape ?? (argument === undefined ? undefined : shapes[argument]);
  if (!shape || sizeOf(shape) < 2 || (!parts && !wrong?.elements.length && !wrong?.positions?.length)) return undefined;
  const seen = cellsOf(finding, shape);
  const rest = exactlyKnown(finding) ? 'right' : 'unknown';
  const length = parts?.length ?? 1;
  if (length > 1 || (shape.length === 1 && shape[0] > LINE)) {
    return runs(shape, length * Math.ceil(sizeOf(shape) / length / most), seen, rest);
  }
  return planes(finding, shape, most, seen, rest);
}

/** Whether every element that is not among the wrong ones is right. */
function exactlyKnown({ wrong }: Finding): boolean {
  if (!wrong || wrong.estimated) return false;
  return (wrong.positions?.length ?? wrong.elements.length) === wrong.count;
}

/** What is known of elements, by flat position. */
function cellsOf({ wrong, parts }: Finding, shape: readonly number[]): Map<number, Cell> {
  const seen = new Map<number, Cell>();
  const size = sizeOf(shape);
  const add = (position: number, cell: Pick<Cell, 'state'> & Partial<Cell>) => {
    if (!(position >= 0 && position < size)) return;
    const index = indexOf(position, shape);
    const known = { ratio: Number.NaN, elements: 1, joint: false, index, ...cell };
    const other = seen.get(position);
    if (!other || severity(known) > severity(other)) seen.set(position, known);
  };
  if (parts) {
    for (const [at, position] of parts.positions.entries()) {
      add(position, {
        ...measured(numbersAt(parts, at)),
        joint: parts.joint,
        elements: parts.joint ? parts.length : 1,
      });
    }
  }
  for (const position of wrong?.positions ?? []) add(position, { state: 'wrong' });
  for (const { index, ...numbers } of wrong?.elements ?? []) {
    if (index.length !== shape.length) continue;
    add(positionOf(index, shape), Number.isNaN(numbers.expected) ? { state: 'wrong', numbers } : measured(numbers));
  }
  return seen;
}

function numbersAt({ actual, expected, errorBound }: Parts, at: number): NonNullable<Cell['numbers']> {
  return { actual: actual[at], expected: expected[at], errorBound: errorBound[at] };
}

function measured(numbers: NonNullable<Cell['numbers']>): Pick<Cell, 'state' | 'ratio' | 'numbers'> {
  const { actual, expected, errorBound } = numbers;
  const error = actual === expected ? 0 : Math.abs(actual - expected);
  return { state: 'measured', ratio: error === 0 ? 0 : error / errorBound, numbers };
}

/** What is worse is larger: not finite, beyond the bound by how much, wrong but not measured, within it by how much. */
function severity({ state, ratio }: Cell): number {
  if (state === 'measured') return Number.isNaN(ratio) ? Infinity : ratio;
  return { wrong: 1 + Number.EPSILON, right: -1, unknown: -2 }[state];
}

/** The worst of the cells that share a place, by place. */
function worstBy(seen: ReadonlyMap<number, Cell>, placeOf: (position: number) => number): Map<number, Cell> {
  const worst = new Map<number, Cell>();
  for (const [position, cell] of seen) {
    const place = placeOf(position);
    const other = worst.get(place);
    if (!other || severity(cell) > severity(other)) worst.set(place, cell);
  }
  return worst;
}

function blank(state: 'right' | 'unknown', elements: number, index: readonly number[]): Cell {
  return { state, elements, index, ratio: Number.NaN, joint: false };
}

/** Runs of `length` elements that follow each other, in lines. */
function runs(
  shape: readonly number[],
  length: number,
  seen: ReadonlyMap<number, Cell>,
  rest: 'right' | 'unknown',
): Grid {
  const size = sizeOf(shape);
  const worst = worstBy(seen, position => Math.floor(position / length));
  const cells = Array.from({ length: Math.ceil(size / length) }, (_, run) => {
    const elements = Math.min(length, size - run * length);
    return { ...(worst.get(run) ?? blank(rest, elements, indexOf(run * length, shape))), elements };
  });
  const width = Math.min(LINE, cells.length);
  const rows = Array.from({ length: Math.ceil(cells.length / width) }, (_, row) => ({
    title: String(row * width * length),
    cells: Array.from({ length: width }, (_cell, column) => cells[row * width + column]),
  }));
  const columns = Array.from({ length: width }, (_, column) => `+${column * length}`);
  return { planes: [{ title: '', columns, rows }], shape, axes: ['element', ''], most: length };
}

function planes(
  { axes }: Finding,
  shape: readonly number[],
  most: number,
  seen: ReadonlyMap<number, Cell>,
  rest: 'right' | 'unknown',
): Grid {
  const rank = shape.length;
  const leading = shape.slice(0, -2);
  const extents = [sizeOf(leading), rank > 1 ? shape[rank - 2] : 1, shape[rank - 1]];
  const columns = bins(extents[2], Math.min(SIDE, Math.ceil(Math.sqrt(most))));
  const rows = bins(extents[1], Math.min(SIDE, Math.ceil(most / columns.length)));
  const layers = bins(extents[0], Math.max(1, Math.floor(most / (rows.length * columns.length))));
  const at = (position: number) => {
    const line = Math.floor(position / extents[2]);
    const [plane, row, column] = [Math.floor(line / extents[1]), line % extents[1], position % extents[2]];
    return (binOf(plane, layers) * rows.length + binOf(row, rows)) * columns.length + binOf(column, columns);
  };
  const worst = worstBy(seen, at);
  const names = shape.map((_, axis) => (axes?.length === rank ? printable(axes[axis], 24) : `axis ${axis}`));
  const cellAt = (layer: Bin, row: Bin, column: Bin): Cell => {
    const first = (layer.from * extents[1] + row.from) * extents[2] + column.from;
    const elements = layer.length * row.length * column.length;
    return { ...(worst.get(at(first)) ?? blank(rest, elements, indexOf(first, shape))), elements };
  };
  return {
    planes: layers.map(layer => ({
      title: leading.length === 0 ? '' : titleOf(layer, leading, names),
      columns: columns.map(labelOf),
      rows: rows.map(row => ({
        title: rank > 1 ? labelOf(row) : '',
        cells: columns.map(column => cellAt(layer, row, column)),
      })),
    })),
    shape,
    axes: [rank > 1 ? names[rank - 2] : '', names[rank - 1]],
    most: layers[0].length * rows[0].length * columns[0].length,
  };
}

interface Bin {
  readonly from: number;
  readonly length: number;
}

/** 0..extent-1 in at most `most` bins of equal length; the last may be shorter. */
function bins(extent: number, most: number): Bin[] {
  const length = Math.ceil(extent / most);
  return Array.from({ length: Math.ceil(extent / length) }, (_, at) => ({
    from: at * length,
    length: Math.min(length, extent - at * length),
  }));
}

function binOf(at: number, [{ length }]: readonly Bin[]): number {
  return Math.floor(at / length);
}

function labelOf({ from, length }: Bin): string {
  return length === 1 ? String(from) : `${from}–${from + length - 1}`;
}

function titleOf({ from, length }: Bin, leading: readonly number[], names: readonly string[]): string {
  const place = (position: number) => indexOf(position, leading).map((at, axis) => `${names[axis]} ${at}`);
  const first = place(from).join(', ');
  return length === 1 ? first : `${first} to ${place(from + length - 1).join(', ')}`;
}
