import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { built } from './built.ts';

let main = '';
const folders: string[] = [];
const children: ChildProcess[] = [];

/** y = factor * x^2, of which backward says 2 x. */
const LAYER = `import { defineLayer, tensor } from 'gradcheck';
import { factor } from './factor.ts';
export default defineLayer({
  name: 'square',
  args: { x: [3] },
  forward: ({ x }) => ({ y: tensor(x.shape, x.data.map(v => factor * v * v)) }),
  vjp: ({ x }, { y }) => ({ x: tensor(x.shape, x.data.map((v, i) => 2 * v * y.data[i])) }),
});
`;

/** y = x^3 in a process, of which backward says 2 x^2. */
const PROCESS = `import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, arguments: args, cotangents } = JSON.parse(line);
  const map = f => ({ shape: [3], data: args.x.data.map(f) });
  const results = {
    describe: () => ({ protocol: 1, name: 'cube', arguments: { x: { shape: [3] } }, outputs: ['y'] }),
    forward: () => ({ outputs: { y: map(v => v ** 3) } }),
    backward: () => ({ gradients: { x: map((v, i) => 2 * v * v * cotangents.y.data[i]) } }),
  };
  console.log(JSON.stringify({ id, result: results[method]() }));
}
`;

beforeAll(() => {
  main = built();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true })));
});

/** `gradcheck check … --watch` in a fresh folder with a right layer. */
async function watching(...words: string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'gradcheck-watch-'));
  folders.push(folder);
  await mkdir(join(folder, 'away'));
  await writeFile(join(folder, 'away', 'cube.mjs'), PROCESS);
  await writeFile(join(folder, 'factor.ts'), 'export const factor = 1;\n');
  await writeFile(join(folder, 'square.ts'), LAYER);
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [main, 'check', ...words, '--watch'], { cwd: folder, env });
  children.push(child);
  const exit = new Promise(resolve => child.once('exit', resolve));
  let said = '';
  let from = 0;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  return {
    folder,
    write: (name: string, text: string) => writeFile(join(folder, name), text),
    /** Waits until something new is said, and gives all that was said since the last time. */
    until: async (wanted: RegExp) => {
      while (!wanted.test(said.slice(from))) await new Promise(resolve => setTimeout(resolve, 20));
      const part = said.slice(from);
      from = said.length;
      return part;
    },
    exit,
    end: (signal: NodeJS.Signals) => {
      child.kill(signal);
      return exit;
    },
  };
}

test('checks again when a file is saved, or one that it imports, and ends with the last status', async () => {
  const { until, write, end } = await watching('square.ts');
  expect(await until(/Ctrl-C ends\n/)).toMatch(/^square +reference +pass/m);
  await write('factor.ts', 'export const factor = 3;\n');
  const second = await until(/Ctrl-C ends\n/);
  expect(second).toMatch(/^\d\d:\d\d:\d\d {2}factor\.ts changed$/m);
  expect(second).toMatch(/^FAIL {2}square/m);
  // Only a terminal has a screen to clear.
  expect(second).not.toContain('\u001b');
  expect(await end('SIGINT')).toBe(1);
});

test('sees a file that takes the place of another, and passes over those that are no sources', async () => {
  const { folder, until, write, end } = await watching('square.ts', '--quiet');
  await until(/Ctrl-C ends\n/);
  await write('notes.txt', 'nothing to check');
  await write('.square.ts.swp', LAYER);
  await write('new.tmp', LAYER.replace('2 * v', '3 * v'));
  await rename(join(folder, 'new.tmp'), join(folder, 'square.ts'));
  const second = await until(/Ctrl-C ends\n/);
  expect(second.match(/changed/g)).toHaveLength(1);
  expect(second).toMatch(/ {2}square\.ts changed$/m);
  expect(second).toMatch(/^FAIL/m);
  await write('square.ts', LAYER);
  expect(await until(/Ctrl-C ends\n/)).toMatch(/^pass/m);
  expect(await end('SIGTERM')).toBe(0);
});

test('a layer that never comes to an end is left for the next save', async () => {
  const { until, write, end } = await watching('square.ts');
  await until(/Ctrl-C ends\n/);
  await write('factor.ts', 'export const factor = 1;\nfor (;;) {}\n');
  await until(/factor\.ts changed\n/);
  await write('factor.ts', 'export const factor = 1;\n');
  expect(await until(/Ctrl-C ends\n/)).toMatch(/^square +reference +pass/m);
  expect(await end('SIGINT')).toBe(0);
});

test('a process is watched by the files that its command names', async () => {
  const { until, write, end } = await watching('--process', `"${process.execPath}" away/cube.mjs`, '--quiet');
  expect(await until(/watching away; Ctrl-C ends\n/)).toMatch(/^FAIL/m);
  await write('away/cube.mjs', PROCESS.replace('2 * v', '3 * v'));
  expect(await until(/Ctrl-C ends\n/)).toMatch(/^pass/m);
  expect(await end('SIGINT')).toBe(0);
});

test('there is nothing to watch where no file is named', async () => {
  const { until, exit } = await watching();
  await until(/^gradcheck: there is nothing to watch; name a file/);
  expect(await exit).toBe(2);
});
