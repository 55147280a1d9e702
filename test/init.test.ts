import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { built } from './built.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

let main = '';
let folder = '';

/** Runs a program of node in the folder of the test. */
function run(...words: string[]): Promise<{ out: string; error: string; status: number }> {
  const env = { ...process.env, NO_COLOR: '1', CI: '1' };
  return new Promise(resolve => {
    execFile(process.execPath, words, { cwd: folder, env }, (error, out, err) => {
      resolve({ out, error: err, status: typeof error?.code === 'number' ? error.code : error ? -1 : 0 });
    });
  });
}

/** A folder in which the package and vitest are installed. */
beforeAll(async () => {
  main = built();
  folder = await mkdtemp(join(tmpdir(), 'gradcheck-init-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(root, join(folder, 'node_modules', 'gradcheck'), 'dir');
  for (const name of ['vitest', '@types', '@typescript', 'typescript']) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'dir');
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('what gradcheck init writes passes every check', async () => {
  const { out, status } = await run(main, 'init', 'layers/swish');
  expect(status).toBe(0);
  expect(await readdir(join(folder, 'layers'))).toEqual(['swish.test.ts', 'swish.ts']);
  const [, command] = /^ {2}gradcheck (check .*) --watch /m.exec(out) as RegExpExecArray;
  const checked = await run(main, ...command.split(' '));
  expect(checked).toMatchObject({ status: 0, error: '' });
  expect(checked.out).toMatch(/^swish +reference +pass/m);
});

test('its test passes in vitest, and fails when the layer is made wrong', async () => {
  await run(main, 'init', 'tested');
  const vitest = [join(folder, 'node_modules', 'vitest', 'vitest.mjs'), 'run', 'tested.test.ts'];
  expect(await run(...vitest)).toMatchObject({ status: 0, out: expect.stringContaining('1 passed') });
  const file = join(folder, 'tested.ts');
  await writeFile(file, (await readFile(file, 'utf8')).replace('bias.data[o] += d;', 'bias.data[o] = d;'));
  const wrong = await run(...vitest);
  expect(wrong.status).toBe(1);
  expect(wrong.out + wrong.error).toContain('gradient of bias');
});

test('its files have no type error', async () => {
  await run(main, 'init', 'typed');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck'];
  const compiler = join(folder, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
  const unused = ['--noUnusedLocals', '--noUnusedParameters'];
  expect(await run(compiler, ...options, ...unused, 'typed.ts', 'typed.test.ts')).toMatchObject({ out: '', status: 0 });
});

test('files that are there are left alone, unless --force is given', async () => {
  await writeFile(join(folder, 'mine.test.ts'), 'mine');
  const refused = await run(main, 'init', 'mine');
  expect(refused.status).toBe(2);
  expect(refused.error).toBe(
    'gradcheck: mine.test.ts would be overwritten; choose another name, or --force: gradcheck init mine --force\n',
  );
  expect(await readFile(join(folder, 'mine.test.ts'), 'utf8')).toBe('mine');
  expect(await readdir(folder)).not.toContain('mine.ts');
  expect(await run(main, 'init', 'mine', '--force')).toMatchObject({ status: 0, error: '' });
  expect(await readFile(join(folder, 'mine.test.ts'), 'utf8')).toContain("import layer from './mine.js'");
});

test('a name may end like a file, and there is one where none is given', async () => {
  expect((await run(main, 'init', 'named.ts')).out).toContain('wrote named.ts and named.test.ts');
  expect((await run(main, 'init')).out).toContain('wrote my-layer.ts and my-layer.test.ts');
});

test.each(["it's", '../', '7th', 'a b'])('%j is no name', async name => {
  const { error, status } = await run(main, 'init', name);
  expect(status).toBe(2);
  expect(error).toContain('is no name for a layer');
});

test('its help has examples', async () => {
  const { out, status } = await run(main, 'init', '--help');
  expect(status).toBe(0);
  expect(out).toContain('gradcheck init layers/swish');
  expect(out).toContain('--force');
});
