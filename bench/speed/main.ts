/**
 * Kernels, convolutions, layers and a step of training against each other and beside other packages: `npm run bench [-- WORD…]`.
 * Writes bench/RESULTS.md, unless words are given, which name the sections that are run.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Table, toMarkdown } from './table.ts';

/** Each in a process of its own: code that has seen numbers of both precisions is slower for both. */
const SECTIONS: readonly (readonly [section: string, of: string])[] = [
  ['convolution', 'float64'],
  ['convolution', 'float32'],
  ['lenet', 'float64'],
  ['lenet', 'float32'],
  ['products', 'float64'],
  ['products', 'float32'],
  ['windows', 'float64'],
  ['windows', 'float32'],
  ['forward', 'cpu'],
  ['forward', 'wasm'],
  ['layers', ''],
];

const words = process.argv.slice(2);
const chosen = SECTIONS.filter(([section]) => words.length === 0 || words.includes(section));
const tables = chosen.flatMap(([section, of]) => {
  process.stderr.write(`${section} ${of}\n`);
  return run(section, of) ?? [];
});
const head = `# Speed

Made by \`npm run bench\` on Node ${process.versions.node} (V8 ${process.versions.v8}), ${os.cpus()[0]?.model}, ${os.cpus().length} cores. Medians; whatever is compared takes
turns in one process. Other packages are those of \`bench/peers\`, where \`npm ci\` was run there. Wall times are those of a noisy machine; ratios are what
counts.
`;
const text = [head, ...tables.map(table => `${toMarkdown(table)}\n`)].join('\n');
console.log(text);
if (words.length === 0) writeFileSync(new URL('../RESULTS.md', import.meta.url), text);

function run(section: string, of: string): Table | undefined {
  const jiti = new URL('../../node_modules/jiti/lib/jiti-register.mjs', import.meta.url).href;
  const file = fileURLToPath(new URL('section.ts', import.meta.url));
  const out = execFileSync(process.execPath, ['--expose-gc', '--import', jiti, file, section, of], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  // Whatever a package prints comes before.
  return (JSON.parse(out.slice(out.lastIndexOf('\n') + 1)) as Table | null) ?? undefined;
}
