import type { CheckName, WrongElement } from '../checks/observation.ts';
import type { Diagnosis } from '../diagnosis/hypothesis.ts';
import type { Finding } from '../finding.ts';
import { mapLines } from './map.ts';
import { plain } from '../plain.ts';
import { extent, paintVerdict, subjectOf, verdictWord } from './table.ts';
import { columns, PLAIN, type Paint, pair, printable, printableLines, short, wrapped } from './text.ts';

/** How many wrong elements are listed. */
const LISTED = 6;

/** Lines of text are broken here. */
const WIDTH = 100;

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
}

/**
 * The bug report of one finding that does not pass, for one screen: who is wrong and by how much; where; when; why; and the
 * command that shows it again.
 */
export function failureText(finding: Finding, { also = [], paint = PLAIN }: FailureOptions = {}): string {
  const { verdict, wrong, replay } = finding;
  const sections: [string, readonly string[]][] = [
    ['what', printableLines(finding.reason, 4 * WIDTH, 24).flatMap(line => wrapped(line, WIDTH))],
    ['where', wrong ? whereLines(finding) : []],
    ['when', whenLines(finding)],
    ['why', finding.diagnoses.flatMap(whyLines)],
    ['also', also.length > 0 ? wrapped(`seen by ${also.map(subjectOf).join(', ')}`, WIDTH).slice(0, 3) : []],
    ['note', finding.notes.slice(0, 3).map(note => printable(note, 2 * WIDTH))],
    ['replay', replay === '' ? [] : [printable(replay, 1000)]],
  ];
  const title = `${paint.bold(paintVerdict(verdict, paint)(verdictWord(verdict)))}  ${paint.bold(titleOf(finding))}`;
  const body = sections.flatMap(([name, lines]) =>
    lines.map((line, at) => `  ${paint.dim((at === 0 ? name : '').padEnd(7))} ${line}`.trimEnd()),
  );
  return [title, ...body].join('\n');
}

/** Layer, implementation, argument, and how much. */
export function titleOf(finding: Finding): string {
  const { layer, implementation, relativeError, errorBound, verdict } = finding;
  const who = `${printable(layer)} (${printable(implementation)}), ${subjectOf(finding)}`;
  if (verdict !== 'fail' || relativeError === 0) return who;
  if (!Number.isFinite(relativeError)) return `${who}: not finite`;
  return `${who}: error ${short(relativeError)} of its size, ${short(errorBound)} allowed`;
}

function whereLines(finding: Finding): string[] {
  const { wrong, check, axes } = finding;
  if (!wrong) return [];
  const head = `${extent(finding)}${wrong.pattern ? `: ${printable(wrong.pattern, WIDTH)}` : ''}`;
  const listed = wrong.elements.slice(0, LISTED);
  if (listed.length === 0) return [head];
  const rank = listed[0].index.length;
  const named = axes?.length === rank && rank > 0;
  const places = named ? axes.map(axis => printable(axis, 16)) : ['element'];
  const titles = [...places, 'yours', OTHER[check] ?? 'expected', '± bound', 'ratio'];
  const rows = listed.map(element => [
    ...(named ? element.index.map(String) : [rank === 0 ? '(the scalar)' : `[${element.index.join(', ')}]`]),
    ...numbersOf(element),
  ]);
  const right = titles.map((_, at) => at).filter(at => named || at > 0);
  const more =
    wrong.count > listed.length ? [`and ${wrong.estimated ? 'about ' : ''}${wrong.count - listed.length} more`] : [];
  return [head, ...columns([titles, ...rows], right), ...more, ...mapLines(finding)];
}

function whyLines({ cause, text }: Diagnosis): string[] {
  return wrapped(printable(cause === 'unknown' ? text : `consistent with ${cause}: ${text}`, 3 * WIDTH), WIDTH);
}

function numbersOf({ actual, expected, errorBound }: WrongElement): string[] {
  const ratio = expected === 0 || !Number.isFinite(actual / expected) ? '–' : short(actual / expected);
  return [...pair(actual, expected), `± ${short(errorBound)}`, ratio];
}

function whenLines({ case: id, cases, config, shapes, points, seed, condition }: Finding): string[] {
  const lines: string[] = condition === undefined ? [] : [`fails ${printable(condition, 3 * WIDTH)}`];
  const settings = configText(config);
  const arguments_ = shapesText(shapes);
  if (settings !== '') lines.push(`config ${settings}`);
  if (arguments_ !== '') lines.push(arguments_);
  const failing = points?.filter(({ verdict }) => verdict !== 'pass');
  const at =
    failing && points && failing.length < points.length ? `, ${failing.length} of ${points.length} points` : '';
  const from = seed === '' ? '' : `, drawn from ${printable(seed)}`;
  if (cases > 0) lines.push(`case ${printable(id)}${cases > 1 ? ` (of ${cases} tried)` : ''}${at}${from}`);
  return lines.flatMap(line => wrapped(line, WIDTH)).slice(0, 6);
}

/** A config as JSON, on one line and not too long; nothing for one that is empty. */
export function configText(config: unknown): string {
  const text = JSON.stringify(plain(config)) ?? '';
  return text === '{}' ? '' : printable(text, 3 * WIDTH);
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
