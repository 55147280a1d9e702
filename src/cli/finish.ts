import type { Report } from '../run.ts';
import { failuresOf, failureText } from '../report/failure.ts';
import { reportToHtml } from '../report/html.ts';
import { reportToJson } from '../report/json.ts';
import { summaryText, tableText } from '../report/table.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write.ts';

/** How a run ends, for whoever started it. */
export type Status = 0 | 1 | 2 | 3;

/** This many failures are told in full; the table has them all. */
const TOLD = 5;

/** Prints a report, writes it as JSON and as a page where that is asked for, and says how the run ends. */
export async function finish(report: Report, options: Options, terminal: Terminal): Promise<Status> {
  const { quiet, verbose, json, html } = options;
  const { paint } = terminal;
  const failures = failuresOf(report.findings, verbose ? ['fail', 'error', 'inconclusive'] : ['fail', 'error']);
  // Of what could not even be begun the reason has been said already.
  const told = failures.filter(([{ cases }]) => cases > 0);
  if (!quiet && report.findings.some(({ cases }) => cases > 0)) {
    terminal.out(`${tableText(report, { all: verbose, paint })}\n`);
  }
  for (const [shown, ...also] of verbose ? told : told.slice(0, TOLD)) {
    terminal.out(`${failureText(shown, { also, paint })}\n`);
  }
  if (!verbose && told.length > TOLD) terminal.out(`… and ${told.length - TOLD} more: --verbose tells them all.\n`);
  terminal.out(summaryText(report, paint));
  if (json === '-') terminal.json(reportToJson(report));
  else if (json !== undefined) await writeWhole(json, reportToJson(report));
  if (html !== undefined) await writeWhole(html, await reportToHtml(report));
  const status = statusOf(report);
  if (status === 2 && report.verdict !== 'error') terminal.problem('nothing was compared, so that nothing can pass');
  return status;
}

/** 1 where something is wrong; else 2 where something could not be checked or nothing was; else 3 where something is undecided. */
export function statusOf({ verdict, findings }: Report): Status {
  if (verdict === 'fail') return 1;
  if (verdict === 'error' || findings.every(({ compared, cases }) => compared === 0 && cases === 0)) return 2;
  if (verdict === 'inconclusive') return 3;
  return findings.some(({ compared }) => compared > 0) ? 0 : 2;
}
