import type { Diagnosis } from '../../diagnosis/hypothesis.ts';
import type { Finding } from '../../finding.ts';
import { changeReason } from '../changes.ts';
import type { Change } from '../compare.ts';
import type { Measured } from '../measured.ts';
import { configText, OTHER, shapesText } from '../failure.ts';
import { extent, subjectOf } from '../table.ts';
import { count, pair, plural, printable, printableLines, short } from '../text.ts';
import { type Content, html, type Markup } from './markup.ts';

/** What is said of a finding beside itself. */
export interface Beside {
  /** Other checks that saw the same. */
  readonly also: readonly Finding[];
  readonly change?: Change;
  /** Where its error is. */
  readonly map?: Markup;
  /** Its error in past runs. */
  readonly history?: Markup;
}

/** Everything about one finding: what, where, when, why, since when, and the command that shows it again. */
export function findingBody(finding: Finding, { also, change, map, history }: Beside): Markup {
  const { reason, condition, config, shapes, notes, diagnoses, replay, known, test } = finding;
  const settings = configText(config);
  const report: Term[] = [
    ['What', printableLines(reason, 2000, 24).map(line => html`<p>${line}</p>`)],
    ['Where', whereText(finding)],
    ['When', condition === undefined ? '' : `fails ${printable(condition, 1000)}`],
    ['Why', diagnoses.map(whyOf)],
    ['Known', known !== undefined && printable(known, 1000)],
    ['Baseline', change && change.state !== 'same' && changeText(change)],
    ['Replay', replay !== '' && html`<code class="command">${printable(replay, 4000)}</code>`],
  ];
  const details: Term[] = [
    ['Error', errorText(finding)],
    ['Config', settings !== '' && html`<code>${settings}</code>`],
    ['Shapes', shapesText(shapes)],
    ['Test', test !== undefined && printable(test, 400)],
    ['Case', caseText(finding)],
    ['Resolution at', pointsText(finding)],
    ['Also seen by', [...new Set(also.map(subjectOf))].join(', ')],
    ['Notes', notes.slice(0, 12).map(note => html`<p>${printable(note, 1000)}</p>`)],
  ];
  return html`${terms(report)}${map}${elementsTable(finding)}${history}${terms(details)}`;
}

type Term = readonly [name: string, content: Content];

/** What there is something to be said of. */
function terms(all: readonly Term[]): Markup | undefined {
  const said = all.map(([name, content]) => [name, html`${content}`] as const).filter(([, { text }]) => text !== '');
  if (said.length === 0) return undefined;
  return html`<dl>
${said.map(
  ([name, content]) => html`<dt>${name}</dt><dd>${content}</dd>
`,
)}</dl>
`;
}

function whyOf({ cause, text, likely }: Diagnosis): Markup {
  const why = printable(text, 1000);
  const how = likely ? 'Likely' : 'Consistent with';
  return cause === 'unknown' ? html`<p>${why}</p>` : html`<p>${how} <b>${printable(cause)}</b>: ${why}</p>`;
}

function whereText(finding: Finding): string {
  const { wrong } = finding;
  if (!wrong) return '';
  return `${extent(finding)}${wrong.pattern === undefined ? '' : `: ${printable(wrong.pattern, 400)}`}`;
}

function errorText({
  check,
  relativeError,
  errorBound,
  resolution,
  compared,
  evaluations,
  unresolved,
}: Finding): string {
  if (compared === 0) return '';
  const of = OTHER[check] === 'finite difference' ? ' of the gradient' : ' of the largest value';
  return [
    check !== 'contract' && `${short(relativeError)}${of}, ${short(errorBound)} allowed`,
    !Number.isNaN(resolution) && `an error of ${short(resolution)} would have been seen`,
    `${plural(compared, 'number')} compared`,
    evaluations > 0 && `${plural(evaluations, 'forward evaluation')}`,
    unresolved !== undefined && unresolved > 0 && `${plural(unresolved, 'element')} too small to be resolved`,
  ]
    .filter(part => part !== false)
    .join('; ');
}

function caseText({ case: id, cases, seed }: Finding): string {
  if (cases === 0) return '';
  return `${printable(id, 200)}${cases > 1 ? ` (of ${count(cases)} tried)` : ''}${seed === '' ? '' : `, drawn from ${printable(seed, 400)}`}`;
}

function pointsText({ points }: Finding): string {
  return (points ?? [])
    .map(({ kind, verdict, code, resolution }) => {
      if (verdict !== 'pass') return `${printable(kind)} ${verdict} (${printable(code)})`;
      return `${printable(kind)} ${Number.isNaN(resolution) ? printable(code) : short(resolution)}`;
    })
    .join(', ');
}

function changeText(change: Change): string {
  return [change.state, changeReason(change)].filter(part => part !== '').join(': ');
}

/** A measurement of before or now, as cells of a table. */
export function measuredText(measured: Measured | undefined): string {
  if (!measured) return '–';
  const { verdict, error, inBounds } = measured;
  return `${verdict}, ${short(error)}${Number.isFinite(inBounds) ? ` (${short(inBounds)} of its bound)` : ''}`;
}

/** The worst wrong elements, with every number as far as it takes to tell them apart. */
function elementsTable({ wrong, check, axes }: Finding): Markup | undefined {
  if (!wrong || wrong.elements.length === 0) return undefined;
  const [{ index }] = wrong.elements;
  const names = index.map((_, axis) => (axes?.length === index.length ? printable(axes[axis], 40) : `axis ${axis}`));
  const rows = wrong.elements.map(element => {
    const [actual, expected] = pair(element.actual, element.expected);
    const ratio = element.actual / element.expected;
    const numbers = [
      ...element.index.map(String),
      actual,
      expected,
      `± ${short(element.errorBound)}`,
      element.expected === 0 || !Number.isFinite(ratio) ? '–' : short(ratio),
    ];
    return html`<tr>${numbers.map(number => html`<td>${number}</td>`)}</tr>
`;
  });
  const titles = [...names, 'yours', OTHER[check] ?? 'expected', '± bound', 'ratio'];
  const more = wrong.count - wrong.elements.length;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="The worst elements"><table class="elements"><caption>The worst elements${more > 0 && ` (${wrong.estimated ? 'about ' : ''}${count(more)} more are wrong)`}</caption>
<thead><tr>${titles.map(title => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div>
`;
}
