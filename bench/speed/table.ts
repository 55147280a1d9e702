import type { Time } from './measure.ts';

/** What a section has found, as the page shows it. */
export interface Table {
  readonly title: string;
  /** What is compared, and how to read it. */
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function toMarkdown({ title, note, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `## ${title}`,
    '',
    note,
    '',
    line(head),
    line(head.map((_, at) => (at === 0 ? '---' : '--:'))),
    ...rows.map(line),
  ].join('\n');
}

/** Milliseconds in the unit that suits them. */
export function time(ms: number): string {
  if (ms < 1) return `${figures(ms * 1000)} µs`;
  return ms < 1000 ? `${figures(ms)} ms` : `${figures(ms / 1000)} s`;
}

export const figures = (value: number): string => String(Number(value.toPrecision(value < 1 ? 2 : 3)));

/** A median time, and how many times faster than the first of its row that is. */
export const cell = ({ median, ratio }: Time): string => `${time(median)} (${factor(ratio)})`;

export const factor = (ratio: number): string => `${figures(ratio)}×`;
