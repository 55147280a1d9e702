import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merge } from '../src/cli/merge.ts';
import { openTerminal } from '../src/cli/terminal.ts';
import { layers } from '../src/layers/index.ts';
import { reportToJson } from '../src/report/json.ts';
import { check, report } from '../src/run.ts';

/** `npm run bench:merge`: how long the reports of many machines take to become one, from files to a file. */
const SHARDS = 64;
const FINDINGS = 2000;

const folder = await mkdtemp(join(tmpdir(), 'gradcheck-merge-'));
try {
  const reports = [];
  for (const layer of layers.slice(0, 6)) reports.push(await check(layer));
  const found = reports.flatMap(({ findings }) => findings);
  const files: string[] = [];
  for (let index = 1; index <= SHARDS; index++) {
    const findings = Array.from({ length: FINDINGS }, (_, at) => {
      const finding = found[at % found.length];
      return { ...finding, layer: `${finding.layer} ${Math.floor(at / found.length)} of shard ${index}` };
    });
    const file = join(folder, `shard-${index}.json`);
    await writeFile(file, reportToJson({ ...report(findings, '42'), shard: { index, count: SHARDS } }));
    files.push(file);
  }
  const output = join(folder, 'report.json');
  const terminal = openTerminal({ quiet: true, jsonOnly: true });
  const start = performance.now();
  await merge(files, output, { seed: '42', layer: [], quiet: true }, terminal);
  const seconds = (performance.now() - start) / 1000;
  const megabytes = (await stat(output)).size / 1e6;
  terminal.json(
    `${SHARDS} shards of ${FINDINGS} findings: ${seconds.toFixed(2)} s, a report of ${megabytes.toFixed(0)} MB\n`,
  );
} finally {
  await rm(folder, { recursive: true });
}
