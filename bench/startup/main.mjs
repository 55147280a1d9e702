/**
 * `npm run bench:startup`, after `npm run build`: how long it takes to import gradcheck, and to check a small layer, beside
 * `node empty.mjs`. Measured with hyperfine (`apt-get install hyperfine`) where that is installed, else with a loop of spawns.
 * Writes bench/startup/RESULTS.md.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const RUNS = 20;
const dist = path => new URL(`../../dist/${path}`, import.meta.url);
const folder = mkdtempSync(join(os.tmpdir(), 'gradcheck-startup-'));
const file = (name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const square = (types = '') => `import { defineLayer } from 'gradcheck';
export default defineLayer({
  name: 'square',
  args: { x: [2, 3] },
  forward: ({ x }${types}) => ({ y: { shape: x.shape, data: x.data.map((v${types}) => v * v) } }),
  vjp: ({ x }${types}, { y }${types}) => ({ x: { shape: x.shape, data: x.data.map((v${types}, i${types}) => 2 * v * y.data[i]) } }),
});
`;
const check = fileURLToPath(dist('cli/main.js'));
const commands = [
  { name: 'node empty.mjs', words: [file('empty.mjs', '')] },
  { name: "import 'gradcheck'", words: [file('import.mjs', `import '${dist('index.js').href}';\n`)] },
  { name: 'gradcheck check square.mjs', words: [check, 'check', file('square.mjs', square())] },
  { name: 'gradcheck check square.ts', words: [check, 'check', file('square.ts', square(': any'))] },
];

try {
  const hyperfine = spawnSync('hyperfine', ['--version'], { encoding: 'utf8' });
  const tool = hyperfine.error ? `a loop of ${RUNS} spawns (hyperfine is not installed)` : hyperfine.stdout.trim();
  const rows = commands.map(({ name, words }) => {
    const times = (hyperfine.error ? byLoop(words) : byHyperfine(words)).toSorted((a, b) => a - b);
    const [median, least] = [times[Math.floor(times.length / 2)], times[0]].map(one => Math.round(1000 * one));
    return { name, median, least };
  });
  const text = `# Start-up

Made by \`npm run bench:startup\` on Node ${process.versions.node}, ${os.cpus()[0]?.model}, ${os.cpus().length} cores, with ${tool}; whole processes, milliseconds, ${RUNS} runs.

| | median | least | median beyond an empty file |
| --- | --: | --: | --: |
${rows.map(({ name, median, least }) => `| \`${name}\` | ${median} | ${least} | ${median - rows[0].median} |`).join('\n')}
`;
  writeFileSync(new URL('RESULTS.md', import.meta.url), text);
  console.log(text);
} finally {
  rmSync(folder, { recursive: true });
}

function byLoop(words) {
  run(words);
  return Array.from({ length: RUNS }, () => {
    const start = performance.now();
    run(words);
    return (performance.now() - start) / 1000;
  });
}

function run(words) {
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${words.join(' ')} ends with status ${status}: ${stderr}`);
}

/** Seconds of every run; the commands hold no character that its splitting of words would mind. */
function byHyperfine(words) {
  const json = join(folder, 'times.json');
  const given = ['-N', '--warmup', '2', '--runs', String(RUNS), '--export-json', json];
  const { status, stderr } = spawnSync('hyperfine', [...given, [process.execPath, ...words].join(' ')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`hyperfine ends with status ${status}: ${stderr}`);
  return JSON.parse(readFileSync(json, 'utf8')).results[0].times;
}
