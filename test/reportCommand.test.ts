import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { baselineFromJson } from '../src/report/baseline.ts';
import { historyFromText } from '../src/report/history.ts';
import { reportFromJson } from '../src/report/json.ts';
import { built } from './built.ts';

let main = '';
let all = '';
/** The folder of the test: empty but for `layers/`. */
let folder = '';

/** What a command printed, and how it ended. */
interface Run {
  readonly out: string;
  readonly error: string;
  readonly status: number;
}

function run(file: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const { PATH, HOME } = process.env;
  const options = { cwd: folder, env: { PATH, HOME, NO_COLOR: '1', ...env }, maxBuffer: 2 ** 26 };
  return new Promise(resolve => {
    execFile(file, words, options, (error, out, err) => {
      resolve({ out, error: err, status: typeof error?.code === 'number' ? error.code : error ? -1 : 0 });
    });
  });
}

const gradcheck = (...words: string[]) => run(process.execPath, [main, ...words]);
const under = (env: Record<string, string>, ...words: string[]) => run(process.execPath, [main, ...words], env);

const read = (path: string) => readFile(join(folder, path), 'utf8');
const write = (path: string, text: string) => writeFile(join(folder, path), text);
const baseline = async () => baselineFromJson(await read('reports/baseline.json'), 'baseline');

/** A layer y = slope * x whose numbers have so many binary digits, and whose gradient is `factor` times the right one. */
function layerFile(name: string, { digits = 52, factor = 1 } = {}): string {
  return `import { defineLayer, tensor } from 'gradcheck';
const round = (x: number) => {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x) || 1)) - ${digits});
  return Math.round(x / unit) * unit;
};
export default defineLayer({
  name: '${name}',
  args: { x: [2, 3] },
  forward: ({ x }) => ({ y: tensor(x.shape, x.data.map(v => round(1.1 * v))) }),
  vjp: ({ x }, { y }) => ({ x: tensor(x.shape, y.data.map(v => round(${factor} * 1.1 * v))) }),
});
`;
}

beforeAll(async () => {
  main = built();
  all = await mkdtemp(join(tmpdir(), 'gradcheck-report-'));
}, 120_000);
beforeEach(async () => {
  folder = await mkdtemp(join(all, 'run-'));
  await mkdir(join(folder, 'layers'));
  await write('layers/a.ts', layerFile('a'));
  await write('layers/b.ts', layerFile('b'));
});
afterAll(() => rm(all, { recursive: true, force: true }));

const LAYERS = ['layers/a.ts', 'layers/b.ts'];

describe('gradcheck report', () => {
  test('without a baseline says how there is one, and leaves a report and a history', async () => {
    const { out, error, status } = await gradcheck('report', ...LAYERS);
    expect(status).toBe(0);
    expect(error).toBe('there is no baseline yet; gradcheck report --update writes reports/baseline.json\n');
    expect(out).toMatch(/^pass {2}\d of \d checks passed, 2 layers/);
    expect(await readdir(join(folder, 'reports'))).toEqual([
      'history.ndjson',
      'latest.html',
      'latest.json',
      'latest.md',
    ]);
  });

  test('is as it was right after --update', async () => {
    const update = await gradcheck('report', ...LAYERS, '--update');
    expect(update.error).toMatch(/^reports\/baseline.json: a baseline of \d checks\n$/);
    const text = await read('reports/baseline.json');
    const { out, status } = await gradcheck('report', ...LAYERS, '--strict');
    expect(status).toBe(0);
    expect(out).toMatch(/^since the baseline: \d as they were\npass {2}/);
    expect(await read('reports/baseline.json')).toBe(text);
    expect(historyFromText(await read('reports/history.ndjson')).runs).toHaveLength(2);
  });

  test('finds a regression that still passes, everywhere that it reports', async () => {
    await gradcheck('report', ...LAYERS, '-u');
    await write('layers/a.ts', layerFile('a', { digits: 30 }));
    expect((await gradcheck('check', 'layers/a.ts')).status).toBe(0);
    const summary = join(folder, 'summary.md');
    const env = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary, GITHUB_SHA: 'c0ffee' };
    const files = ['--junit', 'junit.xml', '--comment', 'comment.md', '--json', 'run.json'];
    const { out, status } = await under(env, 'report', ...LAYERS, ...files);
    expect(status).toBe(1);
    expect(out.split('\n')[1]).toMatch(
      /^REGRESSED +a +reference +gradient of x +the error was \S+ and is \S+; the smallest error that would be seen was/,
    );
    expect(out).toMatch(/since the baseline: 1 regressed, \d as they were\npass {2}/);
    expect(out).toMatch(/^::error title=REGRESSED a \(reference\)%2C gradient of x::the error was/m);
    expect(await read('junit.xml')).toContain('failures="1"');
    for (const file of ['summary.md', 'comment.md', 'reports/latest.md'])
      expect(await read(file)).toContain('| REGRESSED | a |');
    for (const file of ['run.json', 'reports/latest.json']) expect(await read(file)).toContain('"state":"regressed"');
    expect(await read('reports/latest.html')).toContain('regressed');
    expect(historyFromText(await read('reports/history.ndjson')).runs.at(-1)?.commit).toBe('c0ffee');
    // What it wrote it can read.
    const again = await gradcheck('report', 'run.json');
    expect(again.status).toBe(1);
    expect(again.out).toContain('REGRESSED');
  });

  test('accepts it with --update, but not under CI', async () => {
    await gradcheck('report', ...LAYERS, '-u');
    const before = await read('reports/baseline.json');
    await write('layers/a.ts', layerFile('a', { digits: 30 }));
    const inCi = await under({ CI: 'true' }, 'report', ...LAYERS, '-u');
    expect(inCi.status).toBe(1);
    expect(inCi.error).toContain('--update does nothing under CI (CI is true)');
    expect(await read('reports/baseline.json')).toBe(before);
    expect((await under({ CI: 'false' }, 'report', ...LAYERS, '-u')).status).toBe(0);
    expect((await gradcheck('report', ...LAYERS)).status).toBe(0);
    const [old, now] = [before, await read('reports/baseline.json')].map(text => text.split('\n'));
    expect(now.filter((line, at) => line !== old[at])).toHaveLength(1);
  });

  test('tells what is new and missing, and fails for it only when it is strict', async () => {
    await gradcheck('report', 'layers/a.ts', '-u');
    const usual = await gradcheck('report', 'layers/b.ts');
    expect(usual.out).toMatch(/since the baseline: \d missing, \d new\n/);
    expect(usual.status).toBe(0);
    expect((await gradcheck('report', 'layers/b.ts', '--strict')).status).toBe(1);
    expect((await gradcheck('report', ...LAYERS, '--layer', 'a', '--strict')).status).toBe(0);
  });

  test('updates of the layers that it is asked for only those', async () => {
    await gradcheck('report', ...LAYERS, '-u');
    const before = await read('reports/baseline.json');
    await gradcheck('report', ...LAYERS, '--layer', 'a', '-u');
    expect(await read('reports/baseline.json')).toBe(before);
  });

  test('compares nothing under another seed', async () => {
    await gradcheck('report', ...LAYERS, '-u');
    const { out, status } = await gradcheck('report', ...LAYERS, '--seed', '7');
    expect(out).toMatch(/since the baseline: \d changed-config\n/);
    expect(status).toBe(0);
  });

  test('lists what is known to be wrong, does not count it, and fails where it passes again', async () => {
    await write('layers/b.ts', layerFile('b', { factor: 2 }));
    const { status, out } = await gradcheck('report', ...LAYERS, '-u', '--json', 'run.json');
    expect(status).toBe(1);
    expect(out).toContain('FAIL  b (reference)');
    const wrong = reportFromJson(await read('run.json'), 'run').findings.filter(({ verdict }) => verdict === 'fail');
    const known = wrong.map(({ layer, check, argument }) => ({ layer, check, argument, reason: 'a factor of 2' }));
    await write('known.json', JSON.stringify({ schema: 'gradcheck-known/1', known }));
    const listed = await gradcheck('report', ...LAYERS, '--known', 'known.json');
    expect(listed.status).toBe(0);
    expect(listed.out).toContain(`${known.length} known to be wrong`);
    expect((await gradcheck('report', ...LAYERS, '--known', 'known.json', '--verbose')).out).toContain(
      'known: a factor of 2',
    );

    await write('layers/b.ts', layerFile('b'));
    const again = await gradcheck('report', ...LAYERS, '--known', 'known.json');
    expect(again.status).toBe(1);
    expect(again.out).toContain('known.json says that it does not (a factor of 2); take it off that list');

    await write('layers/b.ts', layerFile('c'));
    const gone = await gradcheck('report', ...LAYERS, '--known', 'known.json');
    expect(gone.status).toBe(2);
    expect(gone.error).toContain('known to be wrong, but not checked: b (reference)');
  });

  test('compares with a name, a file and a git revision', async () => {
    const git = async (...words: string[]) => {
      const { status, error } = await run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...words]);
      expect({ status, words, error }).toMatchObject({ status: 0 });
    };
    await gradcheck('report', ...LAYERS, '-u', '--save-baseline', 'precise');
    await git('init', '-q');
    await git('add', '-f', 'reports/baseline.json');
    await git('commit', '-qm', 'baseline');
    await git('tag', 'v1');
    await write('layers/a.ts', layerFile('a', { digits: 30 }));
    await gradcheck('report', ...LAYERS, '-u');
    expect((await gradcheck('report', ...LAYERS)).status).toBe(0);
    for (const which of ['precise', 'reports/baseline.precise.json', 'v1']) {
      const { status, out } = await gradcheck('report', ...LAYERS, '--baseline', which);
      expect({ which, status, regressed: out.includes('1 regressed') }).toEqual({ which, status: 1, regressed: true });
    }
    for (const which of ['nowhere', '--output=x', 'HEAD:x', 'none.json']) {
      const { status, error } = await gradcheck('report', ...LAYERS, `--baseline=${which}`);
      expect(status).toBe(2);
      expect(error).toMatch(
        which === 'none.json' ? /^gradcheck: none.json: there is no such file/ : /there is no baseline "/,
      );
    }
  });

  test('writes the baseline file that it is told to', async () => {
    expect((await gradcheck('report', ...LAYERS, '--baseline', 'mine.json')).status).toBe(2);
    expect((await gradcheck('report', ...LAYERS, '--baseline', 'mine.json', '-u')).status).toBe(0);
    expect((await gradcheck('report', ...LAYERS, '--baseline', 'mine.json', '--strict')).status).toBe(0);
    expect(await readdir(join(folder, 'reports'))).not.toContain('baseline.json');
  });

  test.each([
    [['--baseline', 'main', '-u'], '"main" is no file'],
    [['--save-baseline', '../x'], '"../x" is no name for a baseline'],
    [['--save-baseline', 'x.json'], 'is no name for a baseline'],
    [['--known', 'none.json'], 'none.json: there is no such file'],
    [['--shard', '1/2'], '--shard is for gradcheck and gradcheck check, not for gradcheck report'],
    [['layers/a.ts'], 'several layers are called "a"'],
    [['old.json'], 'give reports (.json) to read, or layers to check; not both'],
  ])('refuses %j', async (words, message) => {
    await write('layers/b.ts', layerFile('a'));
    const { status, error } = await gradcheck('report', ...LAYERS, ...words);
    expect(error).toContain(message);
    expect(status).toBe(2);
  });

  test('reads reports as a whole', async () => {
    await gradcheck('check', ...LAYERS, '--json', 'run.json');
    const { status, error } = await gradcheck('report', 'run.json', '--layer', 'a');
    expect({ status, error }).toEqual({
      status: 2,
      error: 'gradcheck: reports are read as a whole: without --layer, --argument, --case and --cases\n',
    });
  });
});

describe('what is damaged', () => {
  test.each([
    ['cut off', (text: string) => text.slice(0, -40), /^gradcheck: reports\/baseline.json, line \d+: this is not JSON/],
    [
      'not a number',
      (text: string) => text.replace('"error":0', '"error":NaN'),
      /baseline.json, line \d+: this is not JSON/,
    ],
    [
      'a key twice',
      (text: string) => text.replace('"error":0', '"error":0,"error":0'),
      /line \d+: the key "error" stands/,
    ],
    ['empty', () => '', /this is not JSON/],
  ])('a baseline that is %s is refused, and never overwritten', async (_, damage, message) => {
    await gradcheck('report', 'layers/a.ts', '-u');
    const text = damage(await read('reports/baseline.json'));
    await write('reports/baseline.json', text);
    for (const words of [[], ['-u'], ['--strict']]) {
      const { status, error, out } = await gradcheck('report', 'layers/a.ts', ...words);
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(error).toMatch(message);
    }
    expect(await read('reports/baseline.json')).toBe(text);
  });

  test('a file of 200 MB is refused, by its name', async () => {
    await mkdir(join(folder, 'reports'));
    for (const path of ['reports/baseline.json', 'large.json']) {
      const file = await open(join(folder, path), 'w');
      await file.truncate(200 * 2 ** 20);
      await file.close();
    }
    const large = await gradcheck('report', 'layers/a.ts', '-u');
    expect(large.error).toBe('gradcheck: reports/baseline.json is larger than 32 MB, more than a baseline can be\n');
    const { status, error } = await gradcheck('merge', 'large.json', '-o', 'report.json');
    expect({ status, error }).toEqual({
      status: 2,
      error: 'gradcheck: large.json is larger than 128 MB, more than a report can be\n',
    });
  });

  test('a torn history costs the run that tore it', async () => {
    await gradcheck('report', 'layers/a.ts');
    await appendFile(join(folder, 'reports/history.ndjson'), '{"schema":"gradcheck-run/1","date":"2026-0');
    const { status, error } = await gradcheck('report', 'layers/a.ts');
    expect(status).toBe(0);
    expect(error).toContain('1 line of the history cannot be read and stay unread');
    expect(historyFromText(await read('reports/history.ndjson')).runs).toHaveLength(2);
  });

  test('nothing is by several runs at once', async () => {
    await gradcheck('report', ...LAYERS, '-u');
    const runs = await Promise.all(Array.from({ length: 4 }, () => gradcheck('report', ...LAYERS, '-u')));
    expect(runs.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect((await baseline()).checks).toHaveLength(4);
    expect(historyFromText(await read('reports/history.ndjson'))).toMatchObject({ torn: 0, runs: { length: 5 } });
    reportFromJson(await read('reports/latest.json'), 'latest');
    expect((await readdir(join(folder, 'reports'))).filter(name => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('gradcheck merge', () => {
  const shard = (index: number, count: number, ...words: string[]) =>
    gradcheck('check', ...LAYERS, '--shard', `${index}/${count}`, '--json', `shard-${index}.json`, ...words);

  test('makes of shards what one machine would have found', async () => {
    await write('layers/b.ts', layerFile('b', { factor: 2 }));
    expect((await shard(2, 2)).status).toBe(1);
    expect((await shard(1, 2)).status).toBe(0);
    expect((await gradcheck('check', ...LAYERS, '--json', 'whole.json')).status).toBe(1);
    const { status, out } = await gradcheck('merge', 'shard-2.json', 'shard-1.json', '-o', 'report.json');
    expect(status).toBe(1);
    expect(out).toContain('FAIL  b (reference)');
    await gradcheck('merge', 'whole.json', '-o', 'whole.json');
    expect(await read('report.json')).toBe(await read('whole.json'));
    await gradcheck('merge', 'report.json', 'shard-1.json', 'shard-2.json', '-o', 'report.json');
    expect(await read('report.json')).toBe(await read('whole.json'));
  });

  test('refuses what is not whole, names the files, and leaves what is there', async () => {
    await write('report.json', 'mine');
    await shard(1, 2);
    const missing = await gradcheck('merge', 'shard-1.json', '-o', 'report.json');
    expect(missing).toMatchObject({
      status: 2,
      error: 'gradcheck: of 2 shards 2 is missing; there are shard-1.json (1)\n',
    });
    await shard(2, 2);
    await gradcheck('check', 'layers/a.ts', '--cases', '1', '--seed', '7', '--json', 'other.json');
    const conflict = await gradcheck('merge', 'shard-1.json', 'shard-2.json', 'other.json', '-o', 'report.json');
    expect(conflict.status).toBe(2);
    expect(conflict.error).toMatch(/^gradcheck: shard-1.json and other.json differ in a \(reference\), /);
    await write('shard-2.json', (await read('shard-2.json')).slice(0, 300));
    const torn = await gradcheck('merge', 'shard-1.json', 'shard-2.json', '-o', 'report.json');
    expect(torn.status).toBe(2);
    expect(torn.error).toMatch(/^gradcheck: shard-2.json, line \d+: this is not JSON/);
    expect(await read('report.json')).toBe('mine');
  });

  test('passes over the baseline beside reports', async () => {
    await gradcheck('report', ...LAYERS, '-u');
    const { status, error } = await gradcheck(
      'merge',
      'reports/baseline.json',
      'reports/latest.json',
      '-o',
      'report.json',
    );
    expect({ status, error }).toEqual({
      status: 0,
      error: 'reports/baseline.json: of the schema gradcheck-baseline/1, passed over\n',
    });
    const none = await gradcheck('merge', 'reports/baseline.json', '-o', 'report.json');
    expect(none.error).toContain('gradcheck: there is no report in reports/baseline.json\n');
  });

  test.each(['0/2', '3/2', '1', 'a/b', '1/2/3', '-1/2'])('has no shard %s', async word => {
    const { status, error } = await gradcheck('check', 'layers/a.ts', `--shard=${word}`);
    expect(status).toBe(2);
    expect(error).toContain('Expected a part of how many, such as 2/4');
  });

  test('has no more shards than layers', async () => {
    const { status, error } = await shard(1, 3);
    expect(status).toBe(2);
    expect(error).toBe('gradcheck: 2 layers cannot be dealt out to 3 shards; take fewer\n');
  });

  test('joins shards of the built-in layers, which leave their reports by themselves', async () => {
    const three = ['--layer', 'relu', '--layer', 'tanh', '--layer', 'sigmoid', '--cases', '1'];
    for (const part of ['1/2', '2/2']) await gradcheck(...three, '--shard', part);
    expect(await readdir(join(folder, 'reports'))).toEqual(['shard-1-of-2.json', 'shard-2-of-2.json']);
    await gradcheck(...three);
    const shards = [1, 2].map(index => `reports/shard-${index}-of-2.json`);
    await gradcheck('merge', ...shards, '-o', 'report.json');
    await gradcheck('merge', 'reports/latest.json', '-o', 'whole.json');
    expect(await read('report.json')).toBe(await read('whole.json'));
  });
});

describe('the example of a workflow', () => {
  const workflow = fileURLToPath(new URL('../examples/ci/gradcheck.yml', import.meta.url));

  test('finds on four shards and one machine more what changed', async () => {
    for (const name of ['c', 'd', 'e', 'f']) await write(`layers/${name}.ts`, layerFile(name));
    await gradcheck('report', ...(await readdir(join(folder, 'layers'))).map(name => `layers/${name}`), '-u');
    await rm(join(folder, 'reports/history.ndjson'));
    await write('layers/e.ts', layerFile('e', { digits: 30 }));

    const commands = [...(await readFile(workflow, 'utf8')).matchAll(/^ +- run: (npx gradcheck .+)$/gm)];
    const [check, merge, report] = commands.map(([, command]) =>
      command.replace('npx gradcheck', `"${process.execPath}" "${main}"`),
    );
    const env = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
    const step = (command: string) => run('sh', ['-c', command], env);
    for (const shard of ['3', '1', '4', '2']) {
      expect((await step(check.replaceAll('${{ matrix.shard }}', shard))).status).toBe(0);
    }
    expect((await step(merge)).status).toBe(0);
    const { status, out } = await step(report);
    expect(status).toBe(1);
    expect(out).toMatch(/^since the baseline: 1 regressed, \d+ as they were$/m);
    expect(out).toMatch(/^::error title=REGRESSED e /m);
    expect(await readdir(join(folder, 'reports'))).toEqual(
      expect.arrayContaining(['comment.md', 'history.ndjson', 'junit.xml', 'latest.html', 'shard-4.json']),
    );
    expect(commands).toHaveLength(3);
  });
});
