import { UsageError } from '../cases.ts';
import { BASELINE_SCHEMA } from '../report/baseline.ts';
import { reportFromJson, reportToJson } from '../report/json.ts';
import { KNOWN_SCHEMA } from '../report/known.ts';
import { mergeReports, type Source } from '../report/merge.ts';
import type { Report } from '../run.ts';
import { finish, type Status } from './finish.ts';
import type { Options } from './options.ts';
import { LARGEST, readNeeded } from './read.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write.ts';

/** `gradcheck merge`: joins the reports of several machines, writes the joint one to a file, and prints it. */
export async function merge(
  files: readonly string[],
  output: string,
  options: Options,
  terminal: Terminal,
): Promise<Status> {
  const report = await readReports(files, terminal);
  const text = reportToJson(report);
  if (text.length > LARGEST.report * 2 ** 20) {
    throw new UsageError(`the joint report is larger than ${LARGEST.report} MB, the most that is read; merge fewer`);
  }
  await writeWhole(output, text);
  return finish(report, options, terminal);
}

/**
 * One report of those in some files.
 * @throws UsageError when one of them is malformed, or they cannot be merged.
 */
export async function readReports(files: readonly string[], terminal: Terminal): Promise<Report> {
  const sources: Source[] = [];
  for (const file of new Set(files)) {
    const text = await readNeeded(file, 'report');
    const other = otherSchema(text);
    if (other === undefined) sources.push({ where: file, report: reportFromJson(text, file) });
    else terminal.log(`${file}: of the schema ${other}, passed over`);
  }
  if (sources.length === 0) throw new UsageError(`there is no report in ${files.join(', ')}`);
  return mergeReports(sources);
}

/** The schema of what lies beside reports and is none, as a pattern such as reports/*.json finds it. */
function otherSchema(text: string): string | undefined {
  const schema = /^\s*\{\s*"schema"\s*:\s*"([^"]*)"/.exec(text.slice(0, 200))?.[1];
  return [BASELINE_SCHEMA, KNOWN_SCHEMA].find(one => one === schema);
}
