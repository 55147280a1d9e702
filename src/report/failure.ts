import type { CheckName } from '../checks/observation.ts';
import type { Diagnosis } from '../diagnosis/hypothesis.ts';
import type { Finding } from '../finding.ts';
import { ulpsText } from '../checks/precision.ts';
import { plain } from '../plain.ts';
import { paintVerdict, subjectOf, verdictWord } from './table.ts';
import {
  commandLines,
  count,
  cut,
  PLAIN,
  type Paint,
  plural,
  printable,
  printableLines,
  short,
  wrapped,
} from './text.ts';
import { whereLines } from './where.ts';

/** Lines of text are broken here; with what stands before them, and a sign after, they are twelve longer. */
const WIDTH = 98;

/** The most lines of every part, so that all of them fit on a screen. */
const LINES = { title: 2, what: 4, where: 17, when: 5, why: 5, also: 1, note: 2 } as const;

/** What the layer's own numbers are held against in each check. */
export const OTHER: Readonly<Record<CheckName, string>> = {
  contract: 'expected',
  examples: 'known value',
  fixtures: 'known value',
  agreement: 'reference',
  exact: 'finite difference',
  gradient: 'finite difference',
  symbolic: 'symbolic derivative',
  adjoint: 'jvp',
};

/** What can be said with a failure beside the finding. */
export interface FailureOptions {
  /** Other checks that saw the same. */
  readonly also?: readonly Finding[];
  readonly paint?: Paint;
  /** Everything that is known, on however many lines. */
  readonly verbose?: boolean;
}

/**
 * The bug report of one finding that does not pass, for one screen: who is wrong and by how much; where; when; why; and the
 * command that shows it again.
 */
export function failureText(finding: Finding, options: FailureOptions = {}): string {
  const { also = [], paint = PLAIN, verbose = false } = options;
  const { verdict, replay, diagnoses } = finding;
  const most = (lines: readonly string[], part: keyof typeof LINES) => (verbose ? lines : cut(lines, LINES[part]));
  const seenBy = [...new Set(also.map(subjectOf))].join(', ');
  const sections: [string, readonly string[]][] = [
    ['what', most(whatLines(finding, verbose), 'what')],
    ['where', most(whereLines(finding, OTHER[finding.check], verbose), 'where')],
    ['when', most(whenLines(finding), 'when')],
    ['why', most([...diagnoses.flatMap(whyLines), ...precisionLines(finding)], 'why')],
    ['also', most(seenBy === '' ? [] : wrapped(`seen by ${seenBy}`, WIDTH), 'also')],
    ['note', most(noteLines(finding), 'note')],
    ['numbers', verbose ? numberLines(finding) : []],
    ['replay', replay === '' ? [] : commandLines(printable(replay, 1000), WIDTH)],
  ];
  const [word, ...rest] = [verdictWord(verdict), ...cut(wrapped(titleOf(finding), WIDTH), LINES.title)];
  const title = rest.map((line, at) => (at === 0 ? paint.bold(line) : paint.bold(`      ${line}`)));
  const body = sections.flatMap(([name, lines]) =>
    lines.map((line, at) => `  ${paint.dim((at === 0 ? name : '').padEnd(7))} ${line}`.trimEnd()),
  );
  return [`${paint.bold(paintVerdict(verdict, paint)(word))}  ${title[0]}`, ...title.slice(1), ...body].join('\n');
}

/** What is said beside a finding that passes; nothing where nothing is. */
export function passingText(finding: Finding): string | undefined {
  const { verdict, notes } = finding;
  if (verdict !== 'pass' || notes.length === 0) return undefined;
  const text = `${titleOf(finding)}: ${notes.map(note => printable(note, 4 * WIDTH)).join('; ')}`;
  return wrapped(text, WIDTH)
    .map((line, at) => `${at === 0 ? 'note' : '    '}  ${line}`)
    .join('\n');
}

/** Layer, implementation, argument, and how much. */
export function titleOf(finding: Finding): string {
  const { layer, implementation, relativeError, errorBound, verdict, code } = finding;
  const who = `${printable(layer)} (${printable(implementation)}), ${subjectOf(finding)}`;
  if (atKink(finding)) return `${who}: at a kink${verdict === 'fail' ? ', outside of the slopes from both sides' : ''}`;
  if (verdict !== 'fail' || relativeError === 0) return who;
  if (!Number.isFinite(relativeError)) return `${who}: ${code === 'non-finite' ? 'not finite' : 'should be 0'}`;
  return `${who}: error ${short(relativeError)} of its size, ${short(errorBound)} allowed`;
}

/** Whether it is about the choice of a slope at a kink, which is no matter of right and wrong for every layer. */
function atKink({ code, kink, wrong }: Finding): boolean {
  return code === 'kink' && kink !== undefined && (wrong?.elements[0] === undefined || !kink.between);
}

/** What was seen, where the tables of wrong elements do not show just that. */
function whatLines({ check, code, reason, wrong }: Finding, verbose: boolean): string[] {
  const shown =
    check === 'gradient' &&
    (code === 'mismatch' || code === 'precision-loss' ? wrong?.elements.length : code === 'ties' && wrong?.ties);
  if (shown && !verbose) return [];
  return printableLines(reason, 4 * WIDTH, 24).flatMap(line => wrapped(line, WIDTH));
}

function whyLines({ cause, text, likely }: Diagnosis): string[] {
  const said = `${likely ? 'likely' : 'consistent with'} ${cause}: ${text}`;
  return wrapped(printable(cause === 'unknown' ? text : said, 3 * WIDTH), WIDTH);
}

/** What rounding to float32 leaves of a number, in units in the last place of float64. */
const FLOAT32 = [2 ** 25, 2 ** 30] as const;

/** Formula and digits apart: how far the formula is right, and how many digits are lost. */
function precisionLines({ verdict, ulps, dtype = 'float64', relativeError }: Finding): string[] {
  if (verdict !== 'fail' || ulps === undefined || ulps < 1) return [];
  const like32 = dtype === 'float64' && ulps > FLOAT32[0] && ulps < FLOAT32[1];
  const agrees = relativeError > 0 && relativeError < 1 ? `the formula agrees to ${short(relativeError)}; ` : '';
  const error = `the largest error is ${ulpsText(ulps)} (${dtype}) of the largest element`;
  return wrapped(`${agrees}${error}${like32 ? ', as rounding to float32 leaves' : ''}`, WIDTH);
}

function whenLines({ case: id, cases, config, shapes, points, condition }: Finding): string[] {
  const settings = configText(config);
  const shapes_ = shapesText(shapes);
  const failing = points?.filter(({ verdict }) => verdict !== 'pass').length ?? 0;
  const at = points && failing > 0 && failing < points.length ? `, at ${failing} of ${points.length} base points` : '';
  const shrunk = id.startsWith('~') ? 'made as small as it fails, ' : '';
  const tried = cases > 1 ? ` (${shrunk}${plural(cases, 'case')} tried)` : '';
  return [
    ...(condition === undefined ? [] : cut(wrapped(`fails ${printable(condition, 3 * WIDTH)}`, WIDTH), 2)),
    ...(settings === '' ? [] : cut(wrapped(`config ${settings}`, WIDTH), 2)),
    ...(shapes_ === '' ? [] : cut(wrapped(shapes_, WIDTH), 2)),
    ...(cases > 0 ? [`case ${printable(id)}${tried}${at}`] : []),
  ];
}

/** What is said besides, but for what is said already. */
function noteLines({ notes, reason }: Finding): string[] {
  return notes.filter(note => !reason.includes(note)).flatMap(note => wrapped(printable(note, 4 * WIDTH), WIDTH));
}

/** How much was looked at and how well, and where its random numbers come from. */
function numberLines(finding: Finding): string[] {
  const { verdict, compared, evaluations, resolution, unresolved = 0, points = [], seed, ulps } = finding;
  const counts = [
    compared > 0 && `${count(compared)} numbers compared`,
    evaluations > 0 && plural(evaluations, 'forward evaluation'),
    !Number.isNaN(resolution) && `errors from ${short(resolution)} of the gradient on are seen`,
    unresolved > 0 && `${plural(unresolved, 'element')} too small to be resolved`,
    verdict === 'pass' && ulps !== undefined && `rounded by ${ulpsText(ulps)}`,
  ].filter(part => part !== false);
  const kinds = points.map(({ kind, verdict, code, resolution: own }) => {
    const what = verdict === 'pass' && !Number.isNaN(own) ? short(own) : printable(code);
    return `${printable(kind)} ${verdict} ${what}`;
  });
  return [
    ...(counts.length > 0 ? wrapped(counts.join(', '), WIDTH) : []),
    ...(kinds.length > 0 ? wrapped(`base points: ${kinds.join(', ')}`, WIDTH) : []),
    ...(seed === '' ? [] : [`drawn from ${printable(seed, WIDTH)}`]),
  ];
}

/** A config as JSON whose own keys have no quotes, not too long; nothing for one that is empty. */
export function configText(config: unknown): string {
  const shown = plain(config);
  if (typeof shown !== 'object' || shown === null) return printable(JSON.stringify(shown) ?? '', 3 * WIDTH);
  const entries = Object.entries(shown).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return entries.length === 0 ? '' : printable(`{ ${entries.join(', ')} }`, 3 * WIDTH);
}

/** Every argument with its shape: "input [2, 3], weight [4, 3]". */
export function shapesText(shapes: Finding['shapes']): string {
  const all = Object.entries(shapes).map(([name, shape]) => `${printable(name, 40)} [${shape.join(', ')}]`);
  return all.length <= 12 ? all.join(', ') : `${all.slice(0, 11).join(', ')}, and ${all.length - 11} more`;
}

/** The checks from the one that tells most about a fault to the one that tells least. */
const TELLING: readonly CheckName[] = [
  'contract',
  'gradient',
  'exact',
  'symbolic',
  'adjoint',
  'agreement',
  'examples',
  'fixtures',
];

/**
 * Findings of these verdicts, in their order, but for those that are known to be wrong. Those about one argument or output of
 * one implementation are together, the most telling first.
 */
export function failuresOf(findings: readonly Finding[], verdicts: readonly Finding['verdict'][]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (!verdicts.includes(finding.verdict) || finding.known !== undefined) continue;
    const { test, layer, implementation, argument, output, verdict } = finding;
    const key = JSON.stringify([test, layer, implementation, argument, output, verdict]);
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  const rank = (finding: Finding) =>
    TELLING.indexOf(finding.check) - (finding.diagnoses.length > 0 ? TELLING.length : 0);
  return [...groups.values()]
    .map(group => group.toSorted((a, b) => rank(a) - rank(b)))
    .toSorted(([a], [b]) => verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict));
}
