import type { Report } from '../run.ts';
import { failuresOf, failureText, titleOf } from './failure.ts';
import { cellsOf, rowsOf, summaryText, TITLES, verdictWord } from './table.ts';
import { printable } from './text.ts';

/** A report as Markdown: summary, table, and every failure in a part that unfolds. Names are escaped. */
export function reportToMarkdown(report: Report): string {
  const { tool, environment, skipped, findings } = report;
  const where = Object.entries(environment).map(([key, value]) => `${key} ${value}`);
  const lines = [
    `# ${tool.name} ${escaped(tool.version)}`,
    '',
    escaped(summaryText(report)),
    '',
    escaped(where.join(', ')),
    '',
    ...table([TITLES, ...rowsOf(report).map(cellsOf)]),
  ];
  for (const [shown, ...also] of failuresOf(findings, ['fail', 'error', 'inconclusive'])) {
    const summary = escapedHtml(`${verdictWord(shown.verdict)} ${titleOf(shown)}`);
    lines.push(
      '',
      `<details><summary>${summary}</summary>`,
      '',
      ...fenced(failureText(shown, { also })),
      '',
      '</details>',
    );
  }
  if (skipped.length > 0) {
    lines.push('', `## Skipped (${skipped.length})`, '', ...table([['', 'reason'], ...skipped.map(skip)]));
  }
  return `${lines.join('\n')}\n`;
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
