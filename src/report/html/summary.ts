import type { Verdict } from '../../checks/observation.ts';
import type { Report } from '../../run.ts';
import type { Change } from '../compare.ts';
import { verdictWord } from '../table.ts';
import { count, printable } from '../text.ts';
import { html, type Markup } from './markup.ts';

/** So many layers are named. */
const NAMED = 6;

/** The head of the page: the verdict, whom it is about, and how much of what there is. */
export function summary(report: Report, changes: readonly Change[] | undefined): Markup {
  const { verdict, findings, skipped, seed, tool, environment } = report;
  const counted = findings.filter(({ known }) => known === undefined);
  const number = (wanted: Verdict) => counted.filter(finding => finding.verdict === wanted).length;
  const state = (wanted: Change['state']) => changes?.filter(change => change.state === wanted).length ?? 0;
  const layers = new Set(findings.map(({ layer }) => layer)).size;
  const tiles: [number, string, string][] = [
    [number('fail'), 'wrong', 'fail'],
    [number('error'), 'could not be checked', 'fail'],
    [state('regressed'), 'regressed since the baseline', 'fail'],
    [state('missing'), 'missing since the baseline', 'fail'],
    [number('inconclusive'), 'inconclusive', 'inconclusive'],
    [number('pass'), 'passed', 'pass'],
    [findings.length - counted.length, 'known to be wrong', ''],
    [state('improved'), 'improved', 'pass'],
    [state('new'), 'new', ''],
    [state('changed-config'), 'of another config than the baseline', ''],
    [layers, layers === 1 ? 'layer' : 'layers', ''],
    [findings.reduce((sum, { compared }) => sum + compared, 0), 'numbers compared', ''],
    [skipped.length, 'skipped', ''],
  ];
  const where = Object.entries(environment).map(([key, value]) => `${printable(key)} ${printable(value, 200)}`);
  return html`<header>
<p class="tool">${tool.name} ${printable(tool.version)}</p>
<h1 class="${verdict}">${verdictWord(verdict)} <span>${sentence(report)}</span></h1>
<ul class="tiles">
${tiles
  .filter(([amount]) => amount > 0)
  .map(([amount, what, kind]) => html`<li class="${kind}"><b>${count(amount)}</b> ${what}</li>`)}
</ul>
<p class="dim">Seed <code>${printable(seed, 200)}</code> · ${where.join(', ')}</p>
</header>
`;
}

function sentence({ verdict, findings }: Report): string {
  if (findings.length === 0) return 'Nothing was checked.';
  if (verdict === 'pass') return 'Every number that was compared agrees within its bound.';
  const counted = findings.filter(finding => finding.verdict === verdict && finding.known === undefined);
  const layers = [...new Set(counted.map(({ layer }) => layer))];
  const named = layers.slice(0, NAMED).map(layer => printable(layer, 40));
  const more = layers.length > NAMED ? ` and ${layers.length - NAMED} more` : '';
  const whom = `${named.join(', ')}${more}`;
  if (verdict === 'fail') return `Wrong: ${whom}.`;
  return verdict === 'error' ? `Could not be checked: ${whom}.` : `Nothing wrong was found; undecided: ${whom}.`;
}
