import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportFromJson } from '../src/report/json.ts';
import { mergeReports } from '../src/report/merge.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
let folder = '';

const FILES = {
  'vitest.config.ts': `export default {
  resolve: {
    alias: [
      { find: /^gradcheck$/, replacement: '${root}src/index.ts' },
      { find: /^gradcheck\\/(.*)$/, replacement: '${root}src/$1.ts' },
    ],
  },
  test: { reporters: [['${root}src/reporter.ts', { file: 'found/all.json' }]] },
};
`,
  'right.test.ts': `import 'gradcheck/vitest';
import { relu, tanh } from 'gradcheck';
import { expect, test } from 'vitest';
const options = { cases: 1, checks: ['gradient'] } as const;
test('relu', async () => {
  await expect(relu).toPassGradcheck(options);
});
test('tanh, twice', async () => {
  await expect(tanh).toPassGradcheck(options);
  await expect(tanh).toPassGradcheck({ ...options, seed: 7 });
});
test.concurrent('a', async ({ expect }) => {
  await expect(relu).toPassGradcheck(options);
});
test.concurrent('b', async ({ expect }) => {
  await expect(tanh).toPassGradcheck(options);
});
`,
  'wrong.test.ts': `import 'gradcheck/vitest';
import { defineLayer, tensor } from 'gradcheck';
import { describe, expect, test } from 'vitest';
const half = defineLayer({
  name: 'half',
  args: { x: [2, 3] },
  forward: ({ x }) => ({ y: x.data.length > 0 ? tensor(x.shape, x.data.map(v => 2 * v)) : x }),
  vjp: ({ x }, { y }) => ({ x: tensor(x.shape, y.data.map(v => v)) }),
});
describe('half', () => {
  test('is wrong', () => expect(half).not.toPassGradcheck());
  test('is right (it is not)', () => expect(half).toPassGradcheck());
});
`,
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradcheck-reporter-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function vitest(...words: string[]): Promise<number> {
  const main = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return new Promise(resolve => {
    execFile(process.execPath, [main, 'run', ...words], { cwd: folder }, error =>
      resolve(error ? Number(error.code) : 0),
    );
  });
}

test('gradcheck/reporter collects what the tests of two shards found', async () => {
  expect((await vitest('--shard=1/2')) + (await vitest('--shard=2/2'))).toBe(1);
  const sources = await Promise.all(
    [1, 2].map(async index => {
      const where = `found/all-shard-${index}-of-2.json`;
      return { where, report: reportFromJson(await readFile(join(folder, where), 'utf8'), where) };
    }),
  );
  expect(() => mergeReports(sources.slice(1))).toThrow('of 2 shards 1 is missing');
  const { findings, verdict, seed } = mergeReports(sources);
  expect({ verdict, seed }).toEqual({ verdict: 'fail', seed: '42, 7' });
  const gradients = findings.filter(one => one.check === 'gradient' && one.implementation === 'reference');
  expect(gradients.map(({ layer, test, verdict: of }) => `${layer}, ${test}: ${of}`)).toEqual([
    'half, wrong.test.ts > half > is right (it is not): fail',
    'relu, right.test.ts > a: pass',
    'relu, right.test.ts > relu: pass',
    'tanh, right.test.ts > b: pass',
    'tanh, right.test.ts > tanh, twice #2: pass',
    'tanh, right.test.ts > tanh, twice: pass',
  ]);
  expect(gradients[0].replay).toBe("npx vitest run wrong.test.ts -t 'is right \\(it is not\\)'");
});
