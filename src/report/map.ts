import type { Wrong } from '../checks/observation.ts';
import { indexOf, sizeOf } from '../tensor.ts';
import { printable, wrapped } from './text.ts';

/** The most rows and columns that are drawn; larger tensors are reduced, a cell being wrong where anything in it is. */
const ROWS = { short: 6, verbose: 24 };
const COLUMNS = 64;

/** Its title is broken here. */
const WIDTH = 98;

const WRONG = '#';
const RIGHT = '·';

/** A tensor of which some elements are wrong. */
export interface Mapped extends Pick<Wrong, 'count' | 'of' | 'positions'> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly axes?: readonly string[];
}

/**
 * Where in the tensor the wrong elements are, in characters: its last two axes, at those indices of the others at which most are
 * wrong. Nothing where that says no more than their number.
 */
export function mapLines({ count, of, positions, name, shape, axes }: Mapped, verbose = false): string[] {
  if (!positions || of < 4 || count === of || count === 0) return [];
  const columns = shape[shape.length - 1];
  const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
  const plane = rows * columns;
  const planes = new Map<number, number[]>();
  for (const position of positions) {
    const at = Math.floor(position / plane);
    planes.set(at, [...(planes.get(at) ?? []), position % plane]);
  }
  const [shown, inside] = [...planes].reduce((most, next) => (next[1].length > most[1].length ? next : most));
  const drawnRows = Math.min(rows, verbose ? ROWS.verbose : ROWS.short);
  const drawnColumns = Math.min(columns, COLUMNS);
  const cells = Array.from({ length: drawnRows }, () => Array.from({ length: drawnColumns }, () => RIGHT));
  for (const position of inside) {
    const row = Math.floor((Math.floor(position / columns) * drawnRows) / rows);
    const column = Math.floor(((position % columns) * drawnColumns) / columns);
    cells[row][column] = WRONG;
  }
  const names = axes?.length === shape.length ? axes.map(axis => printable(axis, 16)) : undefined;
  const leading = shape.slice(0, -2);
  const at = indexOf(shown, leading);
  const place = names ? at.map((index, axis) => `${names[axis]} ${index}`).join(', ') : `[${at.join(', ')}, :, :]`;
  const where = sizeOf(leading) > 1 ? ` at ${place}` : '';
  const sides = names ? `${names.slice(-2).join(' by ')}; ` : '';
  const reduced = rows * columns > drawnRows * drawnColumns ? 'reduced; ' : '';
  const title = `map of ${printable(name, 16)}${where} (${sides}${reduced}${WRONG} wrong, ${RIGHT} right)`;
  return [...wrapped(title, WIDTH), ...cells.map(row => row.join(columns <= COLUMNS / 2 ? ' ' : ''))];
}
