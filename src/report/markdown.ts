import type { Finding } from '../finding.ts';
import type { Report } from '../run.ts';
import { CHANGE_TITLES, changeCells, changeCounts } from './changes.ts';
import type { Change } from './compare.ts';
import { failuresOf, failureText, titleOf } from './failure.ts';
import { cellsOf, rowsOf, summaryText, TITLES, verdictWord } from './table.ts';
import { count, printable } from './text.ts';

/** GitHub takes comments of up to 65,536 characters. */
const LONGEST_COMMENT = 65_536;

/** A report as Markdown: summary, changes since a baseline, table, and every failure in a part that unfolds. Names are escaped. */
export function reportToMarkdown(report: Report, changes?: readonly Change[]): string {
  const { skipped, findings } = report;
  const lines = [
    ...head(report),
    ...(changes ? changesSection(changes) : []),
    '',
    ...table([TITLES, ...rowsOf(report).map(cellsOf)]),
    ...failuresOf(findings, ['fail', 'error', 'inconclusive']).flatMap(folded),
    ...(skipped.length > 0
      ? ['', `## Skipped (${skipped.length})`, '', ...table([['', 'reason'], ...skipped.map(skip)])]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** What of a report is worth a comment on a pull request: summary, then changes and failures as far as there is room. */
export function reportToComment(report: Report, changes?: readonly Change[]): string {
  const failures = failuresOf(report.findings, ['fail', 'error', 'inconclusive']).map(group =>
    folded(group).join('\n'),
  );
  const shown = fitting(failures, LONGEST_COMMENT / 2);
  const more = failures.length - shown.length;
  const lines = [
    ...head(report),
    ...(changes ? changesSection(changes) : []),
    ...shown,
    ...(more > 0 ? ['', `and ${count(more)} more failures, which the report has`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** As many of some texts, from the first on, as there is room for. */
function fitting(texts: readonly string[], room: number): readonly string[] {
  let length = 0;
  const end = texts.findIndex(text => (length += text.length + 1) > room);
  return end < 0 ? texts : texts.slice(0, end);
}

function head(report: Report): string[] {
  const { tool, environment } = report;
  const where = Object.entries(environment).map(([key, value]) => `${key} ${printable(value, 200)}`);
  return [`# ${tool.name} ${escaped(tool.version)}`, '', escaped(summaryText(report)), '', escaped(where.join(', '))];
}

function changesSection(changes: readonly Change[]): string[] {
  const changed = changes.filter(({ state }) => state !== 'same');
  const [titles, line, ...rows] = table([CHANGE_TITLES, ...changed.map(changeCells)]);
  const shown = fitting(rows, LONGEST_COMMENT / 3);
  const more = changed.length - shown.length;
  return [
    '',
    '## Since the baseline',
    '',
    changeCounts(changes),
    ...(shown.length > 0 ? ['', titles, line, ...shown] : []),
    ...(more > 0 ? ['', `and ${count(more)} more`] : []),
  ];
}

function folded([shown, ...also]: readonly Finding[]): string[] {
  const summary = escapedHtml(`${verdictWord(shown.verdict)} ${titleOf(shown)}`);
  return ['', `<details><summary>${summary}</summary>`, '', ...fenced(failureText(shown, { also })), '', '</details>'];
}

function skip({ id, reason }: Report['skipped'][number]): string[] {
  return [printable(id), printable(reason, 200)];
}

function table([titles, ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(titles), `|${titles.map(() => ' --- |').join('')}`, ...rows.map(line)];
}

/** A text in which nothing is Markdown or HTML. */
function escaped(text: string): string {
  return escapedHtml(text).replace(/[\\`*_[\]{}|~#!@]|:(?=\/)/g, character => `&#${character.codePointAt(0)};`);
}

function escapedHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Lines between fences that are longer than any run of backticks in them. */
function fenced(text: string): string[] {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(run => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, text, fence];
}
