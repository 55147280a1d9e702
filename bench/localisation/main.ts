import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { casesOf } from '../../src/cases.ts';
import { checkGradient } from '../../src/checks/gradient.ts';
import { Subject } from '../../src/checks/subject.ts';
import { locate } from '../../src/diagnosis/locate.ts';
import { defineLayer, type Layer, tensor } from '../../src/index.ts';

/**
 * `npm run bench:localisation`: how many forwards it takes to find k wrong elements of N, exactly. Writes
 * bench/localisation/RESULTS.md.
 */

const SIZES = [1000, 40_000, 1_000_000];
const COUNTS = [1, 3, 10, 30];

/** y = x^3, whose gradient is half as large at some elements. */
function halved(size: number, wrong: readonly number[], onForward: () => void): Layer {
  return defineLayer({
    name: 'cube',
    args: { x: [size] },
    forward: ({ x }) => {
      onForward();
      return {
        y: tensor(
          x.shape,
          x.data.map(value => value ** 3),
        ),
      };
    },
    vjp: ({ x }, { y }) => {
      const dx = Float64Array.from(x.data, (value, i) => 3 * value * value * y.data[i]);
      for (const i of wrong) dx[i] /= 2;
      return { x: tensor(x.shape, dx) };
    },
  });
}

const rows: string[] = [];
for (const size of SIZES) {
  for (const count of COUNTS) {
    // Anywhere: multiples of the golden ratio.
    const wrong = Array.from({ length: count }, (_, k) => (k * Math.floor(size * 0.618034) + 17) % size);
    let forwards = 0;
    const layer = halved(size, wrong, () => forwards++);
    const [kase] = await casesOf(layer, '42');
    const subject = new Subject(layer, 'reference', layer, kase);
    const start = performance.now();
    const [{ disagreement }] = await checkGradient(subject, '42');
    const detected = forwards;
    if (!disagreement) throw new Error('nothing is seen to be wrong');
    const positions = (await locate(disagreement)).wrong?.positions ?? [];
    const isExact = positions.join() === wrong.toSorted((a, b) => a - b).join();
    const halvings = count * Math.log2(size / count);
    const located = forwards - detected;
    rows.push(
      `| ${size} | ${count} | ${located} | ${(located / halvings).toFixed(1)} | ${detected} | ${isExact ? 'yes' : 'no'} |`,
    );
    console.log(rows.at(-1), `${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
}

writeFileSync(
  fileURLToPath(new URL('RESULTS.md', import.meta.url)),
  `# Finding the wrong elements

Made by \`npm run bench:localisation\` on Node ${process.versions.node}. Of N elements of a gradient k are half as large as they should be, anywhere. To
find them takes some times k log2(N / k) forwards; that something is wrong has been seen before, by the gradient check and its
confirmation.

## Forwards until all are found

| N | k | forwards | times k log2(N / k) | forwards of the check before | exactly those |
| --- | --: | --: | --: | --: | --- |
${rows.join('\n')}
`,
);
