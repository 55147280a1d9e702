import { changeReason } from '../changes.ts';
import type { Change } from '../compare.ts';
import { keyText } from '../key.ts';
import { subjectOf } from '../table.ts';
import type { Charts } from './charts.ts';
import { measuredText } from './findingParts.ts';
import { layerName } from './findings.ts';
import { html, type Markup } from './markup.ts';

/** So many changes are drawn, and listed. */
const DRAWN = 24;
const LISTED = 200;

/** What changed since the baseline, in the order that it is given: a drawing and a table. Links lead to `idOf` a key. */
export function changesSection(
  changes: readonly Change[],
  idOf: (key: string) => string | undefined,
  charts: Charts,
): Markup {
  const changed = changes.filter(({ state }) => state !== 'same');
  const moved = changed.filter(({ state }) => state === 'regressed' || state === 'improved');
  const more = changed.length - LISTED;
  return html`<section aria-labelledby="changes">
<h2 id="changes">Since the baseline</h2>
${changed.length === 0 && html`<p>Nothing changed.</p>`}
${charts.changes(moved.slice(0, DRAWN))}
${changed.length > 0 && table(changed.slice(0, LISTED), idOf)}
${more > 0 && html`<p class="dim">and ${more} more, which the table of all findings has</p>`}
</section>
`;
}

function table(changed: readonly Change[], idOf: (key: string) => string | undefined): Markup {
  const row = (change: Change) => {
    const { key, state, before, after } = change;
    const id = idOf(keyText(key));
    const what = subjectOf(key);
    return html`<tr>
<td><span class="badge ${state}">${state}</span></td>
<th scope="row">${layerName(key)}</th>
<td>${id === undefined ? what : html`<a href="#${id}">${what}</a>`}
<small>${changeReason(change)}</small></td>
<td>${measuredText(before)}</td>
<td>${measuredText(after)}</td>
</tr>
`;
  };
  return html`<div class="scroll" role="region" aria-label="Table of changes" tabindex="0">
<table class="list">
<thead><tr><th scope="col">state</th><th scope="col">layer</th><th scope="col">checked</th><th scope="col">before</th><th scope="col">now</th></tr></thead>
<tbody>
${changed.map(row)}</tbody>
</table>
</div>`;
}
