import type { Finding } from '../finding.ts';
import { indexOf, sizeOf } from '../tensor.ts';
import { printable } from './text.ts';

/** The most rows and columns that are drawn; larger tensors are reduced, a cell being wrong where anything in it is. */
const ROWS = 8;
const COLUMNS = 64;

const WRONG = '#';
const RIGHT = '·';

/**
 * Where in the tensor the wrong elements are, in characters: its last two axes, at those indices of the others at which most are
 * wrong. Nothing where that says no more than their number.
 */
export function mapLines({ wrong, shapes, argument, axes }: Finding): string[] {
  const shape = argument === undefined ? undefined : shapes[argument];
  if (!wrong?.positions || !shape || sizeOf(shape) !== wrong.of) return [];
  if (wrong.of < 4 || wrong.count === wrong.of || wrong.count === 0) return [];
  const columns = shape[shape.length - 1];
  const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
  const plane = rows * columns;
  const planes = new Map<number, number[]>();
  for (const position of wrong.positions) {
    const at = Math.floor(position / plane);
    planes.set(at, [...(planes.get(at) ?? []), position % plane]);
  }
  const [shown, inside] = [...planes].reduce((most, next) => (next[1].length > most[1].length ? next : most));
  const [drawnRows, drawnColumns] = [Math.min(rows, ROWS), Math.min(columns, COLUMNS)];
  const cells = Array.from({ length: drawnRows }, () => new Array<string>(drawnColumns).fill(RIGHT));
  for (const position of inside) {
    const row = Math.floor((Math.floor(position / columns) * drawnRows) / rows);
    const column = Math.floor(((position % columns) * drawnColumns) / columns);
    cells[row][column] = WRONG;
  }
  const lines = cells.map(row => row.join(columns <= COLUMNS / 2 ? ' ' : ''));
  const leading = shape.slice(0, -2);
  if (sizeOf(leading) <= 1) return lines;
  const named = axes?.length === shape.length ? axes : undefined;
  const place = indexOf(shown, leading).map(
    (at, axis) => `${named ? printable(named[axis], 16) : `axis ${axis}`} ${at}`,
  );
  return [`${place.join(', ')}:`, ...lines];
}
