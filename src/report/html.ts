import type { Finding } from '../finding.ts';
import type { Report } from '../run.ts';
import type { Change } from './compare.ts';
import { failuresOf } from './failure.ts';
import { changesSection } from './html/changes.ts';
import { type Charts, historyText, loadCharts, type PastError } from './html/charts.ts';
import { findingsSection, type Folded, layersSection } from './html/findings.ts';
import { heatMaps } from './html/heatMap.ts';
import { html, Markup } from './html/markup.ts';
import { page } from './html/page.ts';
import type { Past } from './html/past.ts';
import { summary } from './html/summary.ts';
import { findingsTable } from './html/table.ts';
import { keyText } from './key.ts';
import { verdictWord } from './table.ts';
import { count, printable } from './text.ts';

/** So many of the wrong findings are unfolded. */
const OPEN = 5;

/** So many histories are drawn; the others are told. A drawing takes some milliseconds and kilobytes. */
const DRAWN = 60;

/** A history is drawn where the error moved by this factor, or something is wrong or changed. */
const MOVED = 10;

/**
 * A report as one HTML page that is complete by itself: it opens from disk, loads nothing and allows nothing to load, and every
 * name in it is text. What is wrong comes first, then what changed, then everything.
 */
export async function reportToHtml(report: Report, past: Past = {}): Promise<string> {
  const { findings, skipped, verdict, tool } = report;
  const charts = await loadCharts();
  const changes = new Map(past.changes?.map(change => [keyText(change.key), change]));
  const mapOf = heatMaps();
  const historyOf = histories(past, charts);

  const ids = new Map<Finding, string>();
  const fold = ([finding, ...also]: readonly Finding[]): Folded => {
    const id = `f${ids.size}`;
    for (const one of [finding, ...also]) ids.set(one, id);
    const change = changes.get(keyText(finding));
    return { finding, id, beside: { also, change, map: mapOf(finding), history: historyOf(finding, change) } };
  };
  const each = (of: readonly Finding[]) => of.map(finding => fold([finding]));
  const wrong = failuresOf(findings, ['fail', 'error']).map(fold);
  const undecided = failuresOf(findings, ['inconclusive']).map(fold);
  const known = each(findings.filter(finding => finding.known !== undefined));
  const passing = each(findings.filter(({ verdict }) => verdict === 'pass'));
  const idsByKey = new Map(findings.map(finding => [keyText(finding), ids.get(finding)]));
  const lines = findings.map(finding => ({
    finding,
    id: ids.get(finding) ?? '',
    change: changes.get(keyText(finding)),
  }));

  const sections: [title: string, id: string, section: Markup | undefined][] = [
    ['What is wrong', 'wrong', findingsSection('wrong', 'What is wrong', wrong, OPEN)],
    ['Since the baseline', 'changes', past.changes && changesSection(past.changes, key => idsByKey.get(key), charts)],
    ['What is undecided', 'undecided', findingsSection('undecided', 'What is undecided', undecided)],
    ['What is known', 'known', findingsSection('known', 'What is known to be wrong', known)],
    ['Errors and bounds', 'margins', marginSection(findings, charts)],
    ['All findings', 'all', findingsTable(lines, past.changes !== undefined)],
    ['What passes', 'passing', layersSection('passing', 'What passes', passing)],
    ['Skipped', 'skipped', skippedSection(skipped)],
  ];
  const there = sections.filter(([, , section]) => section !== undefined);
  const body = html`<a class="skip" href="#all">Skip to the table of all findings</a>
${summary(report, past.changes)}
<nav aria-label="Sections"><ul>${there.map(([title, id]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main>
${there.map(([, , section]) => section)}</main>
`;
  return page(`${verdictWord(verdict)} – ${tool.name} report`, body);
}

/** The past of a finding: drawn where it tells something and not too much is drawn already, else in words. */
function histories({ runs = [] }: Past, charts: Charts): (finding: Finding, change?: Change) => Markup | undefined {
  const errors = new Map<string, PastError[]>();
  for (const { date, commit, findings } of runs) {
    for (const { key, error, inBounds } of findings) {
      const text = keyText(key);
      const before = errors.get(text);
      const one = { date: printable(date, 40), commit, error, inBounds };
      if (before) before.push(one);
      else errors.set(text, [one]);
    }
  }
  let drawn = 0;
  return (finding, change) => {
    const past = errors.get(keyText(finding));
    if (!past) return undefined;
    const sizes = past.map(({ error }) => error);
    const moved = !(Math.max(...sizes) <= MOVED * Math.min(...sizes));
    const telling = moved || finding.verdict !== 'pass' || (change !== undefined && change.state !== 'same');
    if (past.length < 2 || !telling || drawn >= DRAWN) return html`<p class="dim">${historyText(past)}</p>`;
    drawn++;
    return html`<figure class="history"><figcaption class="dim">${historyText(past)}</figcaption>${charts.history(past)}</figure>`;
  };
}

function marginSection(findings: readonly Finding[], charts: Charts): Markup | undefined {
  const chart = charts.margins(findings);
  if (!chart) return undefined;
  return html`<section aria-labelledby="margins">
<h2 id="margins">Errors and bounds</h2>
<p class="dim">A stroke for every finding that has a bound. Right of the dashed line an error is larger than its bound explains.</p>
${chart}
</section>
`;
}

function skippedSection(skipped: Report['skipped']): Markup | undefined {
  if (skipped.length === 0) return undefined;
  const each = skipped.map(
    ({ id, reason }) => html`<dt>${printable(id, 80)}</dt><dd>${printable(reason, 400)}</dd>
`,
  );
  return html`<section aria-labelledby="skipped">
<h2 id="skipped">Skipped <span class="dim">${count(skipped.length)}</span></h2>
<dl>
${each}</dl>
</section>
`;
}
