import { appendFile } from 'node:fs/promises';
import process from 'node:process';
import { UsageError } from '../cases.ts';
import { annotations } from '../report/annotations.ts';
import { type Baseline, baselineOf, baselineToJson } from '../report/baseline.ts';
import { type Change, compare } from '../report/compare.ts';
import { reportToJunit } from '../report/junit.ts';
import { type Key, keyText } from '../report/key.ts';
import { type Known, knownFromJson, withKnown } from '../report/known.ts';
import { reportToComment } from '../report/markdown.ts';
import { subjectOf } from '../report/table.ts';
import { plural, printable } from '../report/text.ts';
import { updated } from '../report/updated.ts';
import type { Report } from '../run.ts';
import { leave, reportOnAll } from './all.ts';
import { BASELINE, fileOf, isFile, isName, loadBaseline, savedUnder } from './baselines.ts';
import { reportOnGiven } from './check.ts';
import { type Compared, finish, type Status } from './finish.ts';
import { recall, remember } from './history.ts';
import { readReports } from './merge.ts';
import type { Options } from './options.ts';
import { readNeeded } from './read.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write.ts';

/** The options of `gradcheck report`. */
export interface ReportOptions {
  readonly process?: string;
  readonly baseline?: string;
  readonly saveBaseline?: string;
  readonly update?: boolean;
  readonly strict?: boolean;
  readonly known?: string;
  readonly junit?: string;
  readonly comment?: string;
}

/** The changes that count as failures, and those that --strict adds. */
const FAILURES: readonly Change['state'][] = ['regressed'];
const STRICT: readonly Change['state'][] = [...FAILURES, 'new', 'missing'];

/**
 * `gradcheck report`: checks every built-in layer, or the layers of some files, or reads reports of runs before; says what
 * changed since the baseline; and keeps what there is to keep.
 */
export async function reportChanges(
  inputs: readonly string[],
  given: ReportOptions,
  options: Options,
  terminal: Terminal,
): Promise<Status> {
  expectNames(given);
  const update = given.update === true && mayUpdate(terminal);
  const known = given.known === undefined ? [] : knownFromJson(await readNeeded(given.known, 'known'), given.known);
  // What is wrong with it is said before the run. It is read again after, since another run may have written it meanwhile.
  await loadBaseline(given.baseline, !update);
  const measured = await measure(inputs, given.process, options, terminal);
  expectDistinct(measured);
  const baseline = await loadBaseline(given.baseline, !update);

  const looked = lookedAt(options);
  const all = compare(baseline?.checks ?? [], measured.findings, looked);
  const expected = new Set(known.map(({ key }) => keyText(key)));
  const changes = all.filter(({ key }) => !expected.has(keyText(key)));
  const counted = update ? [] : changes.filter(({ state }) => (given.strict ? STRICT : FAILURES).includes(state));
  const report = withKnown(measured, known, given.known ?? '');
  const runs = await pastRuns(report, terminal);
  const compared: Compared = { counted, runs, ...(baseline && { changes }) };

  await leave(report, compared);
  if (given.junit !== undefined) await writeWhole(given.junit, reportToJunit(report, counted));
  if (given.comment !== undefined) await writeWhole(given.comment, reportToComment(report, compared.changes));
  const status = await finish(report, options, terminal, compared);
  await tellGitHub(report, compared, terminal);
  if (baseline && counted.length > 0) tellVersions(baseline, report, terminal);
  if (given.saveBaseline !== undefined) await keep(baselineOf(measured), savedUnder(given.saveBaseline), terminal);
  const file = fileOf(given.baseline);
  if (update) await keep(baseline ? updated(baseline, measured, all) : baselineOf(measured), file, terminal);
  else if (!baseline) terminal.log(`there is no baseline yet; gradcheck report --update writes ${file}`);
  const idle = tellIdle(known, measured, looked, terminal);
  return idle && status !== 1 ? 2 : status;
}

function expectNames({ baseline, saveBaseline, update }: ReportOptions): void {
  if (update && !isFile(baseline)) {
    throw new UsageError(`--update writes ${BASELINE} or the file that --baseline names; "${baseline}" is no file`);
  }
  if (saveBaseline !== undefined && !isName(saveBaseline)) {
    throw new UsageError(`"${saveBaseline}" is no name for a baseline; take letters, digits, - and _`);
  }
}

/** Findings are told apart by their keys from run to run, so that within a run they have to differ, too. */
function expectDistinct({ findings }: Report): void {
  const seen = new Set<string>();
  for (const finding of findings) {
    const text = keyText(finding);
    if (seen.has(text)) {
      throw new UsageError(
        `several layers are called "${printable(finding.layer)}"; for a report give each its own name`,
      );
    }
    seen.add(text);
  }
}

/** Under CI a baseline is read, never written: nobody would see what was accepted. */
function mayUpdate(terminal: Terminal): boolean {
  const { CI = '' } = process.env;
  if (['', '0', 'false'].includes(CI)) return true;
  terminal.problem(
    `--update does nothing under CI (CI is ${CI}); update the baseline on your own machine and commit it`,
  );
  return false;
}

/** A report on the built-in layers, on the layers of files or a process, or what reports say: files that end in .json. */
async function measure(
  inputs: readonly string[],
  command: string | undefined,
  options: Options,
  terminal: Terminal,
): Promise<Report> {
  const reports = inputs.filter(file => file.endsWith('.json'));
  if (reports.length === 0) {
    if (inputs.length === 0 && command === undefined) return reportOnAll(options, terminal);
    return reportOnGiven(inputs, command, options, terminal);
  }
  if (reports.length < inputs.length || command !== undefined) {
    throw new UsageError('give reports (.json) to read, or layers to check; not both');
  }
  const { layer, argument, case: only, cases } = options;
  if (layer.length > 0 || [argument, only, cases].some(option => option !== undefined)) {
    throw new UsageError('reports are read as a whole: without --layer, --argument, --case and --cases');
  }
  return readReports(reports, terminal);
}

/** Of which checks a run can say that they are missing. */
function lookedAt({ layer, argument, case: only }: Options): (key: Key) => boolean {
  return key =>
    only === undefined &&
    (layer.length === 0 || layer.includes(key.layer)) &&
    (argument === undefined || key.argument === argument);
}

/** The runs before, and this one. */
async function pastRuns(report: Report, terminal: Terminal): Promise<Compared['runs']> {
  await remember(report);
  const { runs, torn } = await recall();
  if (torn > 0) terminal.log(`${plural(torn, 'line')} of the history cannot be read and stay unread`);
  return runs;
}

async function keep(baseline: Baseline, file: string, terminal: Terminal): Promise<void> {
  await writeWhole(file, baselineToJson(baseline));
  terminal.log(`${file}: a baseline of ${plural(baseline.checks.length, 'check')}`);
}

/** Annotations and the summary of the step, where GitHub Actions runs this. */
async function tellGitHub(report: Report, { changes, counted }: Compared, terminal: Terminal): Promise<void> {
  const { GITHUB_ACTIONS, GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_ACTIONS !== 'true') return;
  for (const line of annotations(report, counted)) terminal.out(line);
  if (GITHUB_STEP_SUMMARY) await appendFile(GITHUB_STEP_SUMMARY, reportToComment(report, changes));
}

/** Another version of Node rounds some functions otherwise, so that a regression may be no fault of a layer. */
function tellVersions({ node }: Baseline, { environment }: Report, terminal: Terminal): void {
  if (node !== environment['node']) terminal.log(`the baseline is of Node ${node}, this run of ${environment['node']}`);
}

/** What is known to be wrong but was not even checked: a slip of the pen, or a layer that is no more. */
function tellIdle(
  known: readonly Known[],
  { findings }: Report,
  looked: (key: Key) => boolean,
  terminal: Terminal,
): boolean {
  const there = new Set(findings.map(keyText));
  const idle = known.filter(({ key }) => looked(key) && !there.has(keyText(key)));
  for (const { key } of idle) {
    const who = `${printable(key.layer)} (${printable(key.implementation)}), ${subjectOf(key)}`;
    terminal.problem(`known to be wrong, but not checked: ${who}; take it off the list, or correct its name`);
  }
  return idle.length > 0;
}
