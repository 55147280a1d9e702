import { readFileSync, writeFileSync } from 'node:fs';
import { loadDrawing } from '../../src/report/html/drawing.ts';
import type { Run } from './curve.ts';

/** `npm run case-study:plots`: draws docs/case-study/*.svg from the results beside them, which `npm run case-study` makes. */

const folder = new URL('../../docs/case-study/', import.meta.url);
const read = <T>(part: string) => JSON.parse(readFileSync(new URL(`${part}.json`, folder), 'utf8')) as T;

const { Plot, draw } = await loadDrawing();

function write(name: string, label: string, options: Parameters<typeof draw>[1]): void {
  const [svg] = /<svg.*<\/svg>/s.exec(String(draw(label, options))) ?? [''];
  const style = 'xmlns="http://www.w3.org/2000/svg" style="background: white; font: 11px sans-serif"';
  writeFileSync(new URL(`${name}.svg`, folder), svg.replace('<svg', `<svg ${style}`));
}

/** The error of training, and the accuracy, of each way to make batches. */
for (const [part, network] of [
  ['a', '(a) 1024-100-10'],
  ['b', '(b) one convolution'],
  ['c', '(c) LeNet-5'],
] as const) {
  const points = read<{ runs: Run[] }>(part).runs.flatMap(({ name, curve }) =>
    curve.map(point => ({ ...point, name })),
  );
  // Those by sum lie on one another.
  const labelled = points.filter(({ name }) => !name.endsWith('sum') || name.startsWith('batch 10'));
  const text = ({ name }: { name: string }) => (name.endsWith('sum') ? 'any batch, sum' : name);
  const ends = { z: 'name', text, textAnchor: 'start', dx: 6 } as const;
  const panel = (what: 'error' | 'accuracy', label: string, domain: [number, number]) => ({
    width: 640,
    height: 300,
    marginRight: 110,
    x: { label: 'images seen', tickFormat: (value: number) => value.toLocaleString('en') },
    y: { label, domain, grid: true },
    marks: [
      Plot.line(points, { x: 'images', y: what, stroke: 'name', clip: true }),
      Plot.text(labelled, Plot.selectLast({ x: 'images', y: what, ...ends })),
    ],
  });
  write(`${part}-error`, `${network}: error by images seen`, panel('error', 'error of a hundred images', [0, 60]));
  write(`${part}-accuracy`, `${network}: accuracy by images seen`, panel('accuracy', 'training images read', [0, 1]));
}

/** What a fault costs after an epoch. */
const faults = read<{ faults: { fault: string; runs: Run[] }[] }>('faults').faults.flatMap(({ fault, runs }) =>
  runs.map(({ network, test }) => ({ name: fault, network, accuracy: test.at(-1)?.accuracy ?? 0 })),
);
write('faults', 'Test accuracy after an epoch, by fault and network', {
  width: 940,
  height: 460,
  marginLeft: 460,
  marginTop: 70,
  marginRight: 60,
  x: { label: 'test images read', domain: [0, 1], grid: true },
  y: { label: null, domain: [...new Set(faults.map(({ name }) => name))] },
  color: { legend: false },
  symbol: { legend: false },
  marks: [
    Plot.ruleX([0.1]),
    Plot.dot(faults, { x: 'accuracy', y: 'name', stroke: 'network', symbol: 'network' }),
    Plot.text(
      faults.filter(({ name }) => name === faults[0].name),
      { x: 'accuracy', y: 'name', text: 'network', dy: -10, rotate: -25, textAnchor: 'start' },
    ),
  ],
});
