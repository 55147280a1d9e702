import type { Report } from '../run.ts';
import { changeCounts, changesText } from '../report/changes.ts';
import type { Change } from '../report/compare.ts';
import { failuresOf, failureText, passingText } from '../report/failure.ts';
import type { Past } from '../report/html/past.ts';
import { summaryText, tableText } from '../report/table.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write.ts';

/** How a run ends, for whoever started it. */
export type Status = 0 | 1 | 2 | 3;

/** This many failures are told in full; the table has them all. */
const TOLD = 5;

/** What a report was compared with. */
export interface Compared extends Past {
  /** The changes that count as failures. */
  readonly counted: readonly Change[];
}

/** Prints a report, writes it as JSON and as a page where that is asked for, and says how the run ends. */
export async function finish(
  report: Report,
  options: Options,
  terminal: Terminal,
  compared?: Compared,
): Promise<Status> {
  const { quiet, verbose, json, html } = options;
  const { paint } = terminal;
  const changes = compared?.changes && changesText(compared.changes, { all: verbose, paint });
  if (changes && !quiet) terminal.out(`${changes}\n`);
  const failures = failuresOf(report.findings, verbose ? ['fail', 'error', 'inconclusive'] : ['fail', 'error']);
  // Of what could not even be begun the reason has been said already.
  const told = failures.filter(([{ cases }]) => cases > 0);
  if (!quiet && (verbose || !compared) && report.findings.some(({ cases }) => cases > 0)) {
    terminal.out(`${tableText(report, { all: verbose, paint })}\n`);
  }
  for (const [shown, ...also] of verbose ? told : told.slice(0, TOLD)) {
    terminal.out(`${failureText(shown, { also, paint, verbose })}\n`);
  }
  const beside = verbose ? report.findings.map(passingText).filter(text => text !== undefined) : [];
  if (beside.length > 0) terminal.out(`${beside.join('\n')}\n`);
  if (!verbose && told.length > TOLD) terminal.out(`… and ${told.length - TOLD} more: --verbose tells them all.\n`);
  if (compared?.changes) terminal.out(`since the baseline: ${changeCounts(compared.changes)}`);
  terminal.out(summaryText(report, paint));
  if (json !== undefined) {
    const { reportToJson } = await import('../report/json.ts');
    const text = reportToJson(report, compared?.changes);
    if (json === '-') terminal.json(text);
    else await writeWhole(json, text);
  }
  if (html !== undefined) {
    const { reportToHtml } = await import('../report/html.ts');
    await writeWhole(html, await reportToHtml(report, compared));
  }
  const status = statusOf(report);
  if (status === 2 && report.verdict !== 'error') terminal.problem('nothing was compared, so that nothing can pass');
  return compared && compared.counted.length > 0 ? 1 : status;
}

/** 1 where something is wrong; else 2 where something could not be checked or nothing was; else 3 where something is undecided. */
export function statusOf({ verdict, findings }: Report): Status {
  if (verdict === 'fail') return 1;
  if (verdict === 'error' || findings.every(({ compared, cases }) => compared === 0 && cases === 0)) return 2;
  if (verdict === 'inconclusive') return 3;
  return findings.some(({ compared }) => compared > 0) ? 0 : 2;
}
