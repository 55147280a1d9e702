import type { CheckName, Verdict } from '../../checks/observation.ts';
import type { Finding } from '../../finding.ts';
import type { Change } from '../compare.ts';
import { extent, subjectOf, verdictWord } from '../table.ts';
import { count, plural, printable, short } from '../text.ts';
import { badge, layerName } from './findings.ts';
import { html, type Markup } from './markup.ts';

/** A line of the table: a finding, where it is told in full, and what became of it. */
export interface Line {
  readonly finding: Finding;
  readonly id: string;
  readonly change?: Change;
}

/** From what is most to be looked at to the least. */
const VERDICTS: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];

/** All findings, what is to be looked at first. A script adds sorting and filtering; without it the table is as readable. */
export function findingsTable(lines: readonly Line[], compared: boolean): Markup {
  return html`<section aria-labelledby="all">
<h2 id="all">All findings</h2>
${filters(
  VERDICTS.filter(verdict => lines.some(({ finding }) => finding.verdict === verdict)),
  [...new Set(lines.map(({ finding }) => finding.check))],
  compared,
)}
<p id="shown" role="status">${plural(lines.length, 'finding')}</p>
<div class="scroll" role="region" aria-label="Table of all findings" tabindex="0">
<table id="findings" class="list">
<thead><tr>
<th scope="col">verdict</th>
<th scope="col">layer</th>
<th scope="col">checked</th>
${compared && html`<th scope="col">since baseline</th>`}
<th scope="col" class="number">error</th>
<th scope="col" class="number">error / bound</th>
<th scope="col" class="number">resolution</th>
<th scope="col" class="number">compared</th>
</tr></thead>
<tbody>
${lines.toSorted((a, b) => urgency(a) - urgency(b)).map(line => row(line, compared))}</tbody>
</table>
</div>
</section>
`;
}

/** What is wrong comes first, then what got worse, what is undecided, what changed otherwise or is known. */
function urgency({ finding: { verdict, known }, change }: Line): number {
  if (known === undefined && (verdict === 'fail' || verdict === 'error')) return VERDICTS.indexOf(verdict);
  if (change?.state === 'regressed') return 2;
  if (verdict === 'inconclusive') return 3;
  return known === undefined && (change === undefined || change.state === 'same') ? 5 : 4;
}

/** Hidden until the script shows them, since they do nothing without it. */
function filters(verdicts: readonly Verdict[], checks: readonly CheckName[], compared: boolean): Markup {
  const options = (names: readonly string[], text = (name: string) => name) =>
    names.map(name => html`<option value="${name}">${text(name)}</option>`);
  return html`<form id="filters" hidden>
<label>Search <input type="search" name="words" autocomplete="off" spellcheck="false" placeholder="layer, argument …"></label>
<label>Verdict <select name="verdict"><option value="">all</option>${options(verdicts, word => verdictWord(word as Verdict))}</select></label>
<label>Check <select name="check"><option value="">all</option>${options(checks.map(check => printable(check)))}</select></label>
${compared && html`<label><input type="checkbox" name="changed"> changed only</label>`}
<button type="reset">Clear</button>
</form>`;
}

/** What a cell is sorted by is in data-v where it is not the text. */
function row({ finding, id, change }: Line, compared: boolean): Markup {
  const { check, verdict, relativeError, errorBound, resolution } = finding;
  const changed = change !== undefined && change.state !== 'same';
  const measured = check !== 'contract' && finding.compared > 0;
  const ratio = relativeError === 0 ? 0 : relativeError / errorBound;
  return html`<tr data-verdict="${verdict}" data-check="${printable(check)}"${changed && html` data-changed`}>
<td data-v="${VERDICTS.indexOf(verdict)}">${badge(verdict)}</td>
<th scope="row">${layerName(finding)}</th>
<td><a href="#${id}">${subjectOf(finding)}</a>${reasonOf(finding)}</td>
${compared && html`<td>${change?.state ?? '–'}</td>`}
${number(measured ? relativeError : Number.NaN)}${number(measured ? ratio : Number.NaN)}${number(resolution)}
<td class="number" data-v="${finding.compared}">${count(finding.compared)}</td>
</tr>
`;
}

function number(value: number): Markup {
  const text = Number.isNaN(value) ? '–' : value === Infinity ? '∞' : short(value);
  return html`<td class="number" data-v="${value}">${text}</td>`;
}

/** Where it is wrong, or why it is undecided. */
function reasonOf(finding: Finding): Markup | undefined {
  const { verdict, wrong, reason, known } = finding;
  if (verdict === 'pass') return undefined;
  if (known !== undefined) return html` <small>known: ${printable(known, 160)}</small>`;
  const pattern = wrong?.pattern === undefined ? '' : `: ${printable(wrong.pattern, 120)}`;
  return html` <small>${wrong ? `${extent(finding)}${pattern}` : printable(reason.split('\n')[0], 100)}</small>`;
}
