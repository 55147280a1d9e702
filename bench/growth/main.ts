import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { loadDrawing } from '../../src/report/html/drawing.ts';
import type { Cost } from './one.ts';
import { models } from './models.ts';

/**
 * `npm run bench:growth`: what the gradient check of one case costs, against the number of parameters. Writes bench/growth/RESULTS.md
 * and bench/growth/growth.svg.
 */

const SIZES = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const costs: Cost[] = [];
for (const { name } of models) {
  for (const size of SIZES) {
    const jiti = here('../../node_modules/jiti/lib/jiti-register.mjs');
    const run = spawnSync(process.execPath, ['--import', jiti, here('one.ts'), name, String(size)], {
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(`${name} of ${size}: ${run.stderr}`);
    const cost = JSON.parse(run.stdout) as Cost;
    costs.push(cost);
    console.log(`${name} ${size}: ${cost.seconds.toFixed(1)} s, ${cost.forwards} forwards`);
  }
}

const rows = costs.map(
  ({ model, parameters, tensors, verdict, resolution, forwards, backwards, seconds, forward, megabytes }) =>
    `| ${model} | ${parameters} | ${tensors} | ${verdict} | ${resolution.toExponential(1)} | ${forwards} | ${backwards} | ${seconds.toFixed(2)} | ${(seconds / forward).toFixed(0)} | ${megabytes.toFixed(0)} |`,
);
writeFileSync(
  here('RESULTS.md'),
  `# How the cost of a check grows

Made by \`npm run bench:growth\` on Node ${process.versions.node}, ${os.cpus()[0]?.model ?? 'an unknown processor'}. The gradient check of one
case at its default settings, every tensor of it; each row in a process of its own, whose largest memory it is. The times are of a machine that may have had other
work; in forwards they are what they are in any other.

## Evaluations, time and memory

| model | parameters | tensors | verdict | resolution | forwards | backwards | seconds | seconds / one forward | MB |
| --- | --: | --: | --- | --: | --: | --: | --: | --: | --: |
${rows.join('\n')}
`,
);

const { Plot, draw } = await loadDrawing();
const axis = { type: 'log', grid: true, tickFormat: (value: number) => String(value) } as const;
const picture = draw('Seconds of a gradient check against the number of parameters', {
  width: 720,
  height: 400,
  marginRight: 150,
  x: { ...axis, label: 'parameters', ticks: SIZES, tickFormat: (value: number) => value.toLocaleString('en') },
  y: { ...axis, label: 'seconds', ticks: [0.01, 0.1, 1, 10] },
  marks: [
    Plot.line(costs, { x: 'parameters', y: 'seconds', stroke: 'model' }),
    Plot.dot(costs, { x: 'parameters', y: 'seconds', stroke: 'model' }),
    ...models.map(({ name }, at) =>
      Plot.text(
        costs.filter(({ model }) => model === name),
        Plot.selectLast({
          x: 'parameters',
          y: 'seconds',
          text: 'model',
          textAnchor: 'start',
          dx: 8,
          dy: 10 * (1 - at),
        }),
      ),
    ),
  ],
});
const [svg] = /<svg.*<\/svg>/s.exec(String(picture)) ?? [''];
writeFileSync(
  here('growth.svg'),
  svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg" style="background: white; font: 11px sans-serif"'),
);
