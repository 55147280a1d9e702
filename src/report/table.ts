import type { Verdict, Wrong } from '../checks/observation.ts';
import { MANY_ULPS, ulpsText } from '../checks/precision.ts';
import type { Finding } from '../finding.ts';
import type { Report } from '../run.ts';
import { columns, count, PLAIN, type Paint, plural, printable, short } from './text.ts';

/** One line of the table: an implementation that passes everything, or one finding. */
export interface Row {
  readonly layer: string;
  readonly implementation: string;
  readonly verdict: Verdict;
  /** What was looked at: "9 checks", or one check and what it was about. */
  readonly what: string;
  readonly compared: number;
  /** The smallest error that would have been caught; the worst of several. NaN where there is none. */
  readonly resolution: number;
  readonly reason: string;
}

/**
 * The rows of a report: one for every implementation that passes everything, else one for each of its findings that does not
 * pass. With `all` every finding has its row.
 */
export function rowsOf({ findings }: Report, all = false): Row[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.layer, finding.implementation, finding.test]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].flatMap(group => {
    const shown = all ? group : group.filter(({ verdict }) => verdict !== 'pass');
    return shown.length > 0 ? shown.map(rowOf) : [passing(group)];
  });
}

function passing(group: readonly Finding[]): Row {
  const [{ layer, implementation, test }] = group;
  const compared = group.reduce((sum, finding) => sum + finding.compared, 0);
  const what = inTest(plural(group.length, 'check'), test);
  const resolution = worstResolution(group);
  return {
    layer,
    implementation,
    verdict: 'pass',
    what,
    compared,
    resolution,
    reason: group.map(lackOf).find(Boolean) ?? '',
  };
}

/** What is to be said of a gradient that passes and is computed with few digits; nothing where it is not. */
export function lackOf({ verdict, argument, ulps = 0, dtype = 'float64' }: Finding): string {
  if (verdict !== 'pass' || ulps < MANY_ULPS) return '';
  return `few digits: gradient of ${printable(argument ?? '', 20)} rounded by ${ulpsText(ulps)} (${dtype})`;
}

function rowOf(finding: Finding): Row {
  const { layer, implementation, verdict, compared, wrong, resolution, known } = finding;
  const where = wrong && `${extent(finding)}${wrong.pattern ? `: ${wrong.pattern}` : ''}`;
  const own = where ?? (finding.reason || lackOf(finding));
  const reason = known === undefined ? own : `known: ${known}`;
  return { layer, implementation, verdict, what: subjectOf(finding), compared, resolution, reason };
}

/** A check and what it was about, and where a test asked for it: `gradient of weight`, `fixtures: output loss`. */
export function subjectOf(key: Pick<Finding, 'check' | 'argument' | 'output' | 'test'>): string {
  return inTest(aboutOf(key), key.test);
}

function inTest(what: string, test: string | undefined): string {
  return test === undefined ? what : `${what} in ${printable(test, 100)}`;
}

function aboutOf({ check, argument, output }: Pick<Finding, 'check' | 'argument' | 'output'>): string {
  if (argument !== undefined) {
    const name = printable(argument, 40);
    if (check === 'gradient') return `gradient of ${name}`;
    return check === 'contract' ? `contract: ${name}` : `${check}: gradient of ${name}`;
  }
  return output === undefined ? check : `${check}: output ${printable(output, 40)}`;
}

/** How many elements are wrong: "24 of 144 elements". */
export function extent({ wrong }: { readonly wrong?: Pick<Wrong, 'count' | 'of' | 'estimated'> }): string {
  if (!wrong) return '';
  return `${wrong.estimated ? 'about ' : ''}${count(wrong.count)} of ${plural(wrong.of, 'element')} wrong`;
}

/** Of the checks that measure one; those against given values say only what they allow. */
function worstResolution(findings: readonly Finding[]): number {
  const measured = findings.filter(({ check, resolution }) => check !== 'contract' && !Number.isNaN(resolution));
  const derivatives = measured.filter(({ check }) => !['examples', 'fixtures', 'agreement'].includes(check));
  const counted = derivatives.length > 0 ? derivatives : measured;
  return counted.length === 0 ? Number.NaN : Math.max(...counted.map(({ resolution }) => resolution));
}

/** The word for a verdict: capitals where something is to be done. */
export function verdictWord(verdict: Verdict): string {
  return verdict === 'pass' ? 'pass' : verdict.toUpperCase();
}

/** The colour of a verdict. */
export function paintVerdict(verdict: Verdict, paint: Paint): (text: string) => string {
  if (verdict === 'pass') return paint.green;
  return verdict === 'inconclusive' ? paint.yellow : paint.red;
}

/** The cells of a row, in the order of TITLES; texts are printable and short. */
export function cellsOf(row: Row): string[] {
  return [
    printable(row.layer, 32),
    printable(row.implementation, 24),
    verdictWord(row.verdict),
    row.what,
    count(row.compared),
    Number.isNaN(row.resolution) ? '–' : short(row.resolution),
    printable(row.reason.split('\n')[0], 72),
  ];
}

/** The titles of the columns. */
export const TITLES = ['layer', 'implementation', 'verdict', 'checked', 'compared', 'resolution', ''];

/** The table of a report for a terminal. */
export function tableText(report: Report, options: { all?: boolean; paint?: Paint } = {}): string {
  const { all = false, paint = PLAIN } = options;
  const rows = rowsOf(report, all);
  const [titles, ...lines] = columns([TITLES, ...rows.map(cellsOf)], [4, 5]);
  const painted = lines.map((line, at) => {
    const { verdict } = rows[at];
    const word = verdictWord(verdict);
    const column = titles.indexOf(TITLES[2]);
    const coloured = paintVerdict(verdict, paint)(word);
    return `${line.slice(0, column)}${coloured}${line.slice(column + word.length)}`;
  });
  return [paint.dim(titles), ...painted].join('\n');
}

/** The last line of a run: verdict, how much was looked at, and the seed. */
export function summaryText({ findings, seed, skipped, verdict }: Report, paint: Paint = PLAIN): string {
  const known = findings.filter(finding => finding.known !== undefined).length;
  const number = (wanted: Verdict) =>
    findings.filter(finding => finding.verdict === wanted && finding.known === undefined).length;
  // A finding without a case is about a file or process of which nothing could be checked.
  const checks = findings.filter(({ cases }) => cases > 0);
  const compared = checks.reduce((sum, finding) => sum + finding.compared, 0);
  const parts = [
    number('fail') > 0 && `${number('fail')} wrong`,
    number('error') > 0 && `${number('error')} could not be checked`,
    number('inconclusive') > 0 && `${number('inconclusive')} inconclusive`,
    known > 0 && `${known} known to be wrong`,
    checks.length > 0 && `${count(number('pass'))} of ${plural(checks.length, 'check')} passed`,
    checks.length > 0 && plural(new Set(checks.map(({ layer }) => layer)).size, 'layer'),
    checks.length > 0 && `${count(compared)} numbers compared`,
    skipped.length > 0 && `${skipped.length} skipped`,
    `seed ${printable(seed)}`,
  ];
  const word = paintVerdict(verdict, paint)(verdictWord(verdict));
  return `${paint.bold(word)}  ${parts.filter(part => part !== false).join(', ')}`;
}
