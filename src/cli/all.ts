import { join } from 'node:path';
import { checkFixtures } from '../fixtures.ts';
import { quoted } from '../finding.ts';
import { layers } from '../layers/index.ts';
import { reportToHtml } from '../report/html.ts';
import { reportToJson } from '../report/json.ts';
import { reportToMarkdown } from '../report/markdown.ts';
import { report } from '../run.ts';
import { checkLayers, chooseLayers, show } from './checkLayers.ts';
import { finish, type Status } from './finish.ts';
import { ownFixtures } from './golden.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write.ts';

/** Where a run of everything leaves its report. */
const REPORTS = 'reports';

/** `gradcheck`: checks every built-in layer, its golden fixtures among the rest, and writes reports/latest.{json,md,html}. */
export async function checkAll(options: Options, terminal: Terminal): Promise<Status> {
  const chosen = chooseLayers(
    layers.map(layer => ({ layer, command: 'gradcheck' })),
    options.layer,
  );
  const { case: only, argument, seed } = options;
  const names = chosen.map(({ layer }) => layer.name);
  const fixtures = [...(await ownFixtures()).values()]
    .flat()
    .filter(({ id, layer }) => (only === undefined || id === only) && names.includes(layer));
  const { findings, lacking } = await checkLayers(chosen, options, terminal);
  // All layers, since a config may name others than those that are chosen.
  const golden = await checkFixtures(layers, fixtures, {
    argument,
    onProgress: show(terminal),
    replay: ({ layer, id }) => `gradcheck --layer ${quoted(layer)} --case ${quoted(id)}`,
  });
  const all = names.flatMap(name => [...findings, ...golden.findings].filter(({ layer }) => layer === name));
  if (all.length === 0 && lacking.length > 0) throw lacking[0];
  const joined = report(all, seed, golden.skipped);
  await writeWhole(join(REPORTS, 'latest.json'), reportToJson(joined));
  await writeWhole(join(REPORTS, 'latest.md'), reportToMarkdown(joined));
  await writeWhole(join(REPORTS, 'latest.html'), await reportToHtml(joined));
  return finish(joined, options, terminal);
}
