import type { Finding } from '../../finding.ts';
import { OTHER } from '../failure.ts';
import { type Cell, type Grid, gridOf, type Plane } from '../grid.ts';
import { count, pair, short } from '../text.ts';
import { html, type Markup } from './markup.ts';

/** A map has at most so many cells; all maps of a page together have so many, and after that few each. */
const CELLS = 768;
const ALL_CELLS = 12_000;
const FEW_CELLS = 12;

/** Draws heat maps, the first ones in full, so that a page stays as small as can be sent around. */
export function heatMaps(): (finding: Finding) => Markup | undefined {
  let left = ALL_CELLS;
  return finding => {
    const grid = gridOf(finding, Math.max(FEW_CELLS, Math.min(CELLS, left)));
    if (!grid) return undefined;
    left -= grid.planes.reduce((sum, { rows, columns }) => sum + rows.length * columns.length, 0);
    return heatMap(grid, finding);
  };
}

/**
 * The error of an argument in units of its bound, as tables with coloured cells. A library would draw shapes: a table can be read
 * by a screen reader with its rows and columns, walked through by keyboard, and read where no script runs; and two thousand of
 * them take milliseconds. The numbers of a cell are text in it, which the style shows below the map under a pointer or the focus.
 */
function heatMap(grid: Grid, { check, verdict }: Finding): Markup {
  const other = OTHER[check] ?? 'expected';
  const used = new Set<Level>();
  const tables = grid.planes.map((plane, at) => planeTable(plane, grid, other, at === 0, used));
  const legend = LEVELS.filter(level => used.has(level));
  const excused = verdict === 'pass' && BEYOND.some(level => used.has(level));
  return html`<figure class="heat"><figcaption>Error in units of its bound. ${howRead(grid)}${excused && ' What is beyond its bound did not repeat.'}</figcaption>
<ul class="legend">${legend.map(level => html`<li><i class="${level}"></i>${MEANING[level]}</li>`)}</ul>
<div class="maps">${tables}</div></figure>
`;
}

/** How a cell is coloured. */
const LEVELS = ['in0', 'in1', 'in2', 'x0', 'x1', 'x2', 'nan', 'wrong', 'right', 'unknown'] as const;
type Level = (typeof LEVELS)[number];

const BEYOND: readonly Level[] = ['x0', 'x1', 'x2'];

const MEANING: Readonly<Record<Level, string>> = {
  in0: 'at most 1/100 of its bound',
  in1: 'at most 1/10 of its bound',
  in2: 'at most its bound',
  x0: 'beyond its bound, at most 100 times',
  x1: 'beyond its bound, at most 10⁶ times',
  x2: 'over 10⁶ times its bound',
  nan: 'not finite',
  wrong: 'wrong, not measured by itself',
  right: 'right, not measured by itself',
  unknown: 'not looked at by itself',
};

function levelOf({ state, ratio, numbers }: Cell): Level {
  if (state !== 'measured') return numbers ? 'nan' : state;
  if (Number.isNaN(ratio) || !Number.isFinite(numbers?.actual)) return 'nan';
  if (ratio <= 1) return ratio <= 0.01 ? 'in0' : ratio <= 0.1 ? 'in1' : 'in2';
  return ratio <= 1e2 ? 'x0' : ratio <= 1e6 ? 'x1' : 'x2';
}

function howRead({ shape, axes: [rows, columns], most, planes: [{ rows: lines }] }: Grid): string {
  const parts = [`Shape [${shape.join(', ')}]`];
  if (columns !== '')
    parts.push(lines[0].title === '' ? `along ${columns}` : `${rows} downwards, ${columns} to the right`);
  if (most > 1) parts.push(`up to ${count(most)} neighbours share a cell, which shows the worst of them`);
  return `${parts.join('; ')}.`;
}

function planeTable(
  { title, columns, rows }: Plane,
  { axes }: Grid,
  other: string,
  first: boolean,
  used: Set<Level>,
): Markup {
  const cell = (one: Cell | undefined, focusable: boolean): Markup => {
    if (!one) return html`<td></td>`;
    const level = levelOf(one);
    used.add(level);
    const magnitude = magnitudeOf(one);
    return html`<td class="${level}"${magnitude !== '' && html` data-e="${magnitude}"`}${focusable && html` tabindex="0"`}><span>${cellText(one, other)}</span></td>`;
  };
  return html`<table class="map">${title !== '' && html`<caption>${title}</caption>`}
<tr><td class="corner">${axes[0] !== '' && axes[1] !== '' && html`<span>${axes[0]} by ${axes[1]}</span>`}</td>${columns.map(name => html`<th scope="col">${name}</th>`)}</tr>
${rows.map(
  (row, y) =>
    html`<tr>${row.title === '' ? html`<td class="corner"></td>` : html`<th scope="row">${row.title}</th>`}${row.cells.map((one, x) => cell(one, first && x === 0 && y === 0))}</tr>
`,
)}</table>`;
}

/** The power of ten of an error in units of its bound: below zero within the bound, zero or more beyond it. */
function magnitudeOf({ state, ratio }: Cell): string {
  if (state !== 'measured' || Number.isNaN(ratio) || ratio === 0) return '';
  if (ratio === Infinity) return '∞';
  const power = Math.floor(Math.log10(ratio));
  return String(ratio <= 1 ? Math.min(power, -1) : power).replace('-', '−');
}

/** Index, the layer's own number, the one that it is held against, its bound, and the error in units of that. */
function cellText({ state, index, elements, joint, numbers, ratio }: Cell, other: string): string {
  const place = index.length === 0 ? 'the scalar' : `[${index.join(', ')}]`;
  const where =
    elements === 1
      ? place
      : joint
        ? `${elements} elements from ${place} in a random direction`
        : `worst of ${count(elements)}: ${place}`;
  if (!numbers)
    return `${elements === 1 ? place : `${count(elements)} elements from ${place}`}: ${MEANING[state as Level]}`;
  const [actual, expected] = pair(numbers.actual, numbers.expected);
  const error = Number.isNaN(ratio) ? 'not finite' : `${short(ratio)} bounds`;
  return `${where}: yours ${actual}, ${other} ${expected} ± ${short(numbers.errorBound)}, off by ${error}`;
}
