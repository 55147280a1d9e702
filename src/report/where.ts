import { taken } from '../checks/kinks.ts';
import type { Tie, WrongElement } from '../checks/observation.ts';
import type { Finding } from '../finding.ts';
import { positionOf, sizeOf } from '../tensor.ts';
import { mapLines } from './map.ts';
import { extent } from './table.ts';
import { columns, count, pair, printable, short, wrapped } from './text.ts';

/** How many wrong elements are listed where there is little room. */
const LISTED = 6;

/** Lines are no longer than this, if that can be had. */
const WIDTH = 98;

/**
 * Where a tensor is wrong: how many elements of how many and what they have in common, the worst of them beside the `other`
 * numbers that they are held against, and a map.
 */
export function whereLines(finding: Finding, other: string, verbose: boolean): string[] {
  const { wrong, argument, output, shapes, axes } = finding;
  if (!wrong) return [];
  const { pattern, larger, ties = [] } = wrong;
  const rule = pattern === undefined ? '' : `: ${printable(pattern, WIDTH)}`;
  const most = verbose ? wrong.elements.length : LISTED;
  const name = argument ?? output ?? '';
  const table = ties.length > 0 ? tieLines(ties, name, other, most) : elementLines(finding, name, other, most);
  if (larger) {
    const head = `in case ${printable(larger.case, 24)}, [${larger.shape.join(', ')}], ${extent({ wrong: larger })}${rule}`;
    return [...wrapped(head, WIDTH), ...mapLines({ ...larger, name }, verbose), `here ${extent(finding)}`, ...table];
  }
  const shape = shapes[name] ?? [];
  const positions = wrong.positions ?? everyPosition(finding, shape);
  const map = sizeOf(shape) === wrong.of ? mapLines({ ...wrong, positions, shape, axes, name }, verbose) : [];
  return [...wrapped(`${extent(finding)}${rule}`, WIDTH), ...table, ...map];
}

/** The positions of the wrong elements where all of them are listed. */
function everyPosition({ wrong }: Finding, shape: readonly number[]): number[] | undefined {
  const listed = wrong?.elements.filter(({ index }) => index.length === shape.length) ?? [];
  return listed.length === wrong?.count ? listed.map(({ index }) => positionOf(index, shape)) : undefined;
}

/** The worst elements, each by the names of its axes; by its index alone where the table would be too wide. */
function elementLines({ wrong, axes }: Finding, name: string, other: string, most: number): string[] {
  const listed = wrong?.elements.slice(0, most) ?? [];
  if (!wrong || listed.length === 0) return [];
  const rank = listed[0].index.length;
  const named = axes?.length === rank && rank > 0;
  const { titles, cells } = listed.some(isKinked) ? besideBothSides(name) : besideOne(name, other, listed);
  const table = (byAxis: boolean) => {
    const places = named && byAxis ? axes.map(axis => printable(axis, 16)) : ['element'];
    const placeOf = ({ index }: WrongElement) => (named && byAxis ? index.map(String) : [indexText(index)]);
    const rows = listed.map(element => [...placeOf(element), ...cells(element)]);
    const head = [...places, ...titles];
    return columns(
      [head, ...rows],
      head.map((_, at) => at).filter(at => (named && byAxis) || at > 0),
    );
  };
  const lines = table(true);
  const more = wrong.count - listed.length;
  return [
    ...(lines.every(line => line.length <= WIDTH) ? lines : table(false)),
    ...(more > 0 ? [`and ${wrong.estimated ? 'about ' : ''}${count(more)} more`] : []),
  ];
}

/** Columns of a table of elements after those that say where each is. */
interface Columns {
  readonly titles: readonly string[];
  cells(this: void, element: WrongElement): readonly string[];
}

/** Yours beside the one number that it is held against. */
function besideOne(name: string, other: string, listed: readonly WrongElement[]): Columns {
  const valued = listed.every(({ value }) => value !== undefined);
  return {
    titles: [...(valued ? [printable(name, 16)] : []), 'yours', other, '± bound', 'ratio'],
    cells: element => [
      ...(valued ? [short(element.value as number)] : []),
      ...(Number.isNaN(element.expected) ? [short(element.actual), '–', '–', '–'] : numbersOf(element)),
    ],
  };
}

/** Yours beside the slopes from both sides of a kink. */
function besideBothSides(name: string): Columns {
  return {
    titles: [printable(name, 16), 'yours', 'from the left', 'from the right', '± bound', 'takes'],
    cells: element => {
      const { value = NaN, actual, left = NaN, right = NaN, errorBound } = element;
      const which = taken(element);
      const slopes = [actual, left, right].map(slope => String(Number(slope.toPrecision(6))));
      return [short(value), ...slopes, `± ${short(errorBound)}`, which === 'other' ? 'neither' : which];
    },
  };
}

function isKinked({ left = NaN, right = NaN, errorBound }: WrongElement): boolean {
  return Math.abs(left - right) > errorBound;
}

/** Equal elements, and what they get together. */
function tieLines(ties: readonly Tie[], name: string, other: string, most: number): string[] {
  const rows = ties.slice(0, most).map(({ value, indices, actual, expected, errorBound }) => {
    const few = indices.slice(0, 2).map(indexText).join(' ');
    const where = indices.length > 2 ? `${few}, ${indices.length - 2} more` : few;
    return [where, short(value), ...numbersOf({ actual, expected, errorBound })];
  });
  const titles = ['equal elements', printable(name, 16), 'yours together', other, '± bound', 'ratio'];
  const more = ties.length > rows.length ? [`and ${ties.length - rows.length} more ties`] : [];
  return [...columns([titles, ...rows], [1, 2, 3, 4, 5]), ...more];
}

function numbersOf({
  actual,
  expected,
  errorBound,
}: Pick<WrongElement, 'actual' | 'expected' | 'errorBound'>): string[] {
  return [...pair(actual, expected), `± ${short(errorBound)}`, ratioText(actual, expected)];
}

function indexText(index: readonly number[]): string {
  return index.length === 0 ? '(the scalar)' : `[${index.join(', ')}]`;
}

/** One number as a multiple of another; how far it is from it where it is nearly the same. */
function ratioText(actual: number, expected: number): string {
  const ratio = actual / expected;
  if (expected === 0 || !Number.isFinite(ratio)) return '–';
  const off = (actual - expected) / expected;
  if (off === 0 || Math.abs(off) > 5e-3) return short(ratio);
  return `1 ${off < 0 ? '-' : '+'} ${short(Math.abs(off))}`;
}
