import type { Finding } from '../../finding.ts';
import { REFERENCE } from '../../run.ts';
import type { Key } from '../key.ts';
import { extent, subjectOf, verdictWord } from '../table.ts';
import { count, plural, printable } from '../text.ts';
import { type Beside, findingBody } from './findingParts.ts';
import { type Content, html, type Markup } from './markup.ts';

/** A finding that unfolds, with what else is known of it. */
export interface Folded {
  readonly finding: Finding;
  /** Where links to it lead. */
  readonly id: string;
  readonly beside: Beside;
}

/** A section of findings one after the other, the first few of them unfolded. */
export function findingsSection(id: string, title: string, all: readonly Folded[], open = 0): Markup | undefined {
  if (all.length === 0) return undefined;
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title} <span class="dim">${count(all.length)}</span></h2>
${all.map((one, at) => folded(one, at < open))}</section>
`;
}

/** A section of findings by layer, all of them folded. */
export function layersSection(id: string, title: string, all: readonly Folded[]): Markup | undefined {
  if (all.length === 0) return undefined;
  const layers = new Map<string, Folded[]>();
  for (const one of all) layers.set(one.finding.layer, [...(layers.get(one.finding.layer) ?? []), one]);
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${title} <span class="dim">${count(all.length)}</span></h2>
${[...layers].map(
  ([layer, own]) => html`<details class="layer">
<summary><span class="name">${printable(layer, 80)}</span> <span class="dim">${plural(own.length, 'finding')}</span></summary>
${own.map(one => folded(one, false))}</details>
`,
)}</section>
`;
}

function folded({ finding, id, beside }: Folded, open: boolean): Markup {
  const { layer, implementation, verdict, wrong } = finding;
  const title = `${printable(layer, 80)} (${printable(implementation, 60)}), ${subjectOf(finding)}`;
  return html`<details class="finding" id="${id}"${open && html` open`}>
<summary>${badge(verdict)} <span class="name">${title}</span> ${wrong && html`<span class="dim">${extent(finding)}</span>`}</summary>
${findingBody(finding, beside)}</details>
`;
}

/** A verdict: a word in its colour. */
export function badge(verdict: Finding['verdict']): Markup {
  return html`<span class="badge ${verdict}">${verdictWord(verdict)}</span>`;
}

/** A layer, with its implementation where it is not its own. */
export function layerName({ layer, implementation }: Key): Content {
  const name = printable(layer, 60);
  return implementation === REFERENCE ? name : html`${name} <small>${printable(implementation, 40)}</small>`;
}
