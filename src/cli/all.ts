import { join } from 'node:path';
import { quoted } from '../finding.ts';
import { checkFixtures } from '../fixtures.ts';
import { layers } from '../layers/index.ts';
import type { Past } from '../report/html/past.ts';
import { reportToHtml } from '../report/html.ts';
import { reportToJson } from '../report/json.ts';
import { reportToMarkdown } from '../report/markdown.ts';
import { type Report, report } from '../run.ts';
import { builtIn } from './builtIn.ts';
import { checkLayers, chooseLayers, dealOut, show } from './checkLayers.ts';
import { finish, type Status } from './finish.ts';
import { ownFixtures } from './golden.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { REPORTS, writeWhole } from './write.ts';

/** `gradcheck`: checks every built-in layer and network, its golden fixtures among the rest, and leaves the report in `reports/`. */
export async function checkAll(options: Options, terminal: Terminal): Promise<Status> {
  const report = await reportOnAll(options, terminal);
  await leave(report);
  return finish(report, options, terminal);
}

/** A report on every built-in layer and network, its golden fixtures among the rest. */
export async function reportOnAll(options: Options, terminal: Terminal): Promise<Report> {
  const { layer: wanted, case: only, argument, seed, shard } = options;
  const chosen = dealOut(
    chooseLayers(
      builtIn.map((layer, at) => ({ layer, command: 'gradcheck', source: { at } })),
      wanted,
    ),
    shard,
  );
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
  return { ...report(all, seed, golden.skipped), ...(shard && { shard }) };
}

/** Leaves a report as latest.{json,md,html}; that of a shard as shard-2-of-4.json, to be merged with the others. */
export async function leave(report: Report, { changes, runs }: Past = {}): Promise<void> {
  const { shard } = report;
  if (shard) {
    await writeWhole(join(REPORTS, `shard-${shard.index}-of-${shard.count}.json`), reportToJson(report));
    return;
  }
  await writeWhole(join(REPORTS, 'latest.json'), reportToJson(report, changes));
  await writeWhole(join(REPORTS, 'latest.md'), reportToMarkdown(report, changes));
  await writeWhole(join(REPORTS, 'latest.html'), await reportToHtml(report, { changes, runs }));
}
