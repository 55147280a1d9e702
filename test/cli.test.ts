import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { layers } from '../src/layers/index.ts';
import { reportFromJson } from '../src/report/json.ts';
import { VERSION } from '../src/version.ts';
import { built } from './built.ts';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

let main = '';
let folder = '';

/** What a run of the command printed, and how it ended. */
interface Run {
  readonly out: string;
  readonly error: string;
  readonly status: number;
}

/** Runs the command in the folder of the test's files. */
function gradcheck(...words: string[]): Promise<Run> {
  const env = { ...process.env, NO_COLOR: '1' };
  return new Promise(resolve => {
    execFile(process.execPath, [main, ...words], { cwd: folder, env, maxBuffer: 2 ** 26 }, (error, out, err) => {
      resolve({ out, error: err, status: typeof error?.code === 'number' ? error.code : error ? -1 : 0 });
    });
  });
}

/** A layer file: y = x^2 under a name, with some of it replaced. */
function layerFile(parts: string, before = ''): string {
  return `import { defineLayer, tensor } from 'gradcheck';
${before}
const squares = (x: { shape: readonly number[]; data: Float64Array }) => tensor(x.shape, x.data.map(v => v * v));
export default defineLayer({
  name: 'square',
  args: { x: [2, 3] },
  forward: ({ x }) => ({ y: squares(x as never) }),
  vjp: ({ x }, { y }) => ({ x: tensor(x.shape, Float64Array.from(x.data, (v, i) => 2 * v * y.data[i])) }),
  ${parts}
});
`;
}

const HALF = 'vjp: ({ x }, { y }) => ({ x: tensor(x.shape, Float64Array.from(x.data, (v, i) => v * y.data[i])) }),';

const FILES: Record<string, string> = {
  'right.ts': layerFile(''),
  'wrong.ts': layerFile(`name: 'half', axes: { x: ['row', 'column'] }, ${HALF}`),
  'throws-later.ts': layerFile("name: 'thrower', forward() { throw new Error('not today'); },"),
  'undecided.ts': layerFile(
    "name: 'undecided', forward: ({ x }) => ({ y: tensor(x.shape, x.data.map(() => NaN)) }), vjp: (_, { y }) => ({ x: tensor(y.shape, y.data) }),",
  ),
  'several.mts': `import { relu, tanh } from 'gradcheck';
enum Kind { One = 1 }
export const all = [relu, tanh, relu];
export const again = relu;
export function helper(x: number): number { return x * Kind.One; }
`,
  'plain.mjs': `export const copy = {
  name: 'copy',
  cases: [{ config: {}, args: { x: [3] } }],
  forward: ({ x }) => ({ y: { shape: x.shape, data: x.data.slice() } }),
  vjp: (_, { y }) => ({ x: { shape: y.shape, data: y.data.slice() } }),
};
`,
  'common.js': `const { sigmoid } = require('gradcheck');\nmodule.exports = { mine: sigmoid };\n`,
  'talks.ts': layerFile(
    "name: 'talker', forward: ({ x }) => { console.log('from forward'); process.stdout.write('raw\\n'); return { y: squares(x as never) }; },",
    "console.log('on import'); console.info('info'); console.debug('debug'); console.table([1]);",
  ),
  'stays.ts': layerFile('', 'setInterval(() => {}, 1000);'),
  'leaves.ts': layerFile("name: 'leaver', forward() { process.exit(0); },"),
  'never.ts': layerFile("name: 'never', forward: () => new Promise(() => {}),"),
  'stray.ts': layerFile(
    "name: 'stray', forward: ({ x }) => { void Promise.reject(new Error('left alone')); return { y: squares(x as never) }; },",
  ),
  'caseless.ts': layerFile("name: 'caseless', args: undefined,"),
  'hostile.ts': layerFile(`name: 'evil\\u001b[31m\\n\\u202e' + 'x'.repeat(10_000), ${HALF}`),
  'syntax.ts': 'export const a = 1;\nexport default { a: ;\n',
  'throws.ts': "export const a: number = 1;\nthrow new TypeError('boom');\n",
  'throws-text.ts': "throw 'only words';\n",
  'imports-nothing.ts': "import { a } from './not-there.ts';\nexport default a;\n",
  'empty.ts': '',
  'no-layer.ts': `export class Dense { forward(x: unknown) { return x; } backward(y: unknown) { return y; } }
export const rate = 0.1;
export default { forward() {}, vjp() {} };
`,
  'notes.txt': 'no layer',
  'layer.py': 'print(1)\n',
  'process.mjs': `import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, arguments: args, cotangents } = JSON.parse(line);
  console.error('asked for ' + method);
  const map = (t, f) => ({ shape: t.shape, data: t.data.map(f) });
  const result =
    method === 'describe'
      ? { protocol: 1, name: 'cube', arguments: { x: { shape: [3] } }, outputs: ['y'] }
      : method === 'forward'
        ? { outputs: { y: map(args.x, v => v ** 3) } }
        : { gradients: { x: map(args.x, (v, i) => 3 * v * v * cotangents.y.data[i]) } };
  console.log(JSON.stringify({ id, result }));
}
`,
};

beforeAll(async () => {
  main = built();
  folder = await mkdtemp(join(tmpdir(), 'gradcheck-cli-'));
  await Promise.all(Object.entries(FILES).map(([name, text]) => writeFile(join(folder, name), text)));
  await mkdir(join(folder, 'sub'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.concurrent('checking a file', () => {
  test('that is right ends with 0, a table, and the seed', async () => {
    const { out, error, status } = await gradcheck('check', 'right.ts');
    expect({ error, status }).toEqual({ error: '', status: 0 });
    expect(out).toMatch(/^square {2}reference {7}pass {5}3 checks/m);
    expect(out.trimEnd().split('\n').at(-1)).toMatch(
      /^pass {2}3 of 3 checks passed, 1 layer, \d+ numbers compared, seed 42$/,
    );
  });

  test('that is wrong ends with 1 and a bug report', async () => {
    const { out, error, status } = await gradcheck('check', 'wrong.ts');
    expect({ error, status }).toEqual({ error: '', status: 1 });
    expect(out).toMatch(/^FAIL {2}half \(reference\), gradient of x: error/m);
    expect(out).toContain('6 of 6 elements wrong');
    expect(out).toMatch(/row {2}column +yours +finite difference +± bound +ratio/);
    expect(out).toMatch(/replay {2}gradcheck check wrong\.ts --layer half --seed 42 --case 0 --argument x$/m);
    expect(out).not.toContain('FILE');
  });

  test('the replay command shows the failure again', async () => {
    const { out } = await gradcheck('check', 'wrong.ts', '--seed', 'two words');
    const command = /replay {2}gradcheck (.*)$/m.exec(out)?.[1] as string;
    expect(command).toContain("--seed 'two words'");
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
    const again = await gradcheck(...words);
    expect(again.status).toBe(1);
    expect(again.out).toContain(`replay  gradcheck ${command}`);
  });

  test('that throws when it is called ends with 2 and says what it threw', async () => {
    const { out, status } = await gradcheck('check', 'throws-later.ts');
    expect(status).toBe(2);
    expect(out).toMatch(/^ERROR {2}thrower \(reference\), contract\n {2}what {4}forward threw Error: not today$/m);
  });

  test('of which nothing can be decided ends with 3', async () => {
    const { out, status } = await gradcheck('check', 'undecided.ts');
    expect(status).toBe(3);
    expect(out).toMatch(/INCONCLUSIVE +gradient of x/);
  });

  test.each([
    { files: ['wrong.ts', 'throws-later.ts', 'undecided.ts', 'right.ts'], status: 1, verdict: 'FAIL' },
    { files: ['undecided.ts', 'syntax.ts', 'right.ts'], status: 2, verdict: 'ERROR' },
    { files: ['right.ts', 'undecided.ts'], status: 3, verdict: 'INCONCLUSIVE' },
    { files: ['syntax.ts', 'wrong.ts'], status: 1, verdict: 'FAIL' },
  ])('the worst decides among $files: $status', async ({ files, status, verdict }) => {
    const run = await gradcheck('check', ...files);
    expect(run.status).toBe(status);
    expect(run.out.trimEnd().split('\n').at(-1)).toMatch(new RegExp(`^${verdict} `));
  });

  test('finds layers that are exported by name, in arrays, and more than once', async () => {
    const { out, status } = await gradcheck('check', 'several.mts', '--json', '-', '--quiet', '--cases', '1');
    expect(status).toBe(0);
    const { findings } = reportFromJson(out, 'out');
    expect([...new Set(findings.map(({ layer }) => layer))]).toEqual(['relu', 'tanh']);
    const once = findings.map(one => [one.layer, one.implementation, one.check, one.argument, one.output].join());
    expect(new Set(once).size).toBe(once.length);
  });

  test.each(['plain.mjs', 'common.js'])('reads %s too', async file => {
    expect(await gradcheck('check', file, '--quiet', '--cases', '1')).toMatchObject({ status: 0, error: '' });
  });

  test('says when two layers have one name', async () => {
    const { error, status } = await gradcheck('check', 'right.ts', 'stays.ts');
    expect(status).toBe(0);
    expect(error).toContain('several layers are called "square"');
  });

  test('ends although the layer keeps the process busy', async () => {
    expect(await gradcheck('check', 'stays.ts')).toMatchObject({ status: 0 });
  });

  test.each([
    { file: 'leaves.ts', message: 'the run ended before its checks did' },
    { file: 'never.ts', message: 'the run ended before its checks did' },
    { file: 'stray.ts', message: 'an error in something that nobody waited for: Error: left alone' },
  ])('$file does not pass by ending or disturbing the run', async ({ file, message }) => {
    const { error, status } = await gradcheck('check', file);
    expect(status).toBe(2);
    expect(error).toContain(message);
  });

  test('what a layer prints goes to standard error', async () => {
    const { out, error } = await gradcheck('check', 'talks.ts');
    for (const said of ['on import', 'info', 'debug', 'from forward', 'raw']) expect(error).toContain(said);
    expect(out).toMatch(/^layer +implementation/);
    expect(out).not.toMatch(/from forward|raw|on import/);
  });

  test('a hostile name is harmless', async () => {
    const { out, status } = await gradcheck('check', 'hostile.ts');
    expect(status).toBe(1);
    expect(out).not.toMatch(/[^\n\P{C}]|\u202e/u);
    expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThan(1500);
  });
});

describe.concurrent('a wrong use', () => {
  test.each([
    { words: ['check'], message: 'there is nothing to check; name a file' },
    { words: ['check', 'rihgt.ts'], message: 'rihgt.ts: there is no such file; did you mean right.ts?' },
    { words: ['check', 'sub'], message: 'sub is a folder; name the files in it' },
    {
      words: ['check', 'notes.txt'],
      message: 'notes.txt has the extension ".txt"; a layer file is .ts, .mts, .js, .mjs',
    },
    { words: ['check', 'layer.py'], message: 'gradcheck check --process "COMMAND"' },
    { words: ['check', 'syntax.ts'], message: 'syntax.ts:2:21: syntax error: Unexpected token' },
    { words: ['check', 'throws.ts'], message: 'throws.ts throws when it is imported: TypeError: boom (line 2)' },
    { words: ['check', 'throws-text.ts'], message: 'throws when it is imported: a value that is no error: only words' },
    { words: ['check', 'imports-nothing.ts'], message: "Cannot find module './not-there.ts'" },
    { words: ['check', 'empty.ts'], message: 'empty.ts exports no layer: it exports nothing' },
    {
      words: ['check', 'no-layer.ts'],
      message:
        'Dense is a class, default is an object with forward and vjp but without name, rate is 0.1; for a class with forward and backward: export default fromClass(',
    },
    { words: ['check', 'caseless.ts'], message: 'layer "caseless" does not say which shapes to try' },
    {
      words: ['check', 'right.ts', '--layer', 'squares'],
      message: 'there is no layer "squares"; did you mean "square"?',
    },
    { words: ['check', 'right.ts', '--layer', 'conv'], message: 'there is no layer "conv"; there are: square' },
    {
      words: ['check', 'right.ts', '--argument', 'w'],
      message: 'layer "square" has no argument "w" with a gradient; it has x',
    },
    { words: ['check', 'right.ts', '--case', '7'], message: 'layer "square" has no case 7' },
    { words: ['check', 'right.ts', '--cases', '0'], message: "argument '0' is invalid. Expected a whole number" },
    { words: ['check', 'right.ts', '--cases', '1e9'], message: 'Expected a whole number' },
    { words: ['check', 'right.ts', '--timeout', 'soon'], message: 'Expected a number of seconds above 0' },
    { words: ['check', 'right.ts', '--seed', ''], message: 'It is empty' },
    { words: ['check', 'right.ts', '--seed'], message: "option '--seed <seed>' argument missing" },
    { words: ['check', 'right.ts', '--sed', '3'], message: '(Did you mean --seed?)' },
    {
      words: ['check', 'right.ts', '--json', 'no/such/report.json'],
      message: 'cannot write no/such/report.json: ENOENT',
    },
    {
      words: ['check', '--process', 'exit 3'],
      message: 'process "exit 3", asked for describe: it exited with status 3',
    },
    { words: ['chekc', 'right.ts'], message: '"chekc" is no command; did you mean "check"?' },
    { words: ['right.ts'], message: '"right.ts" is no command; did you mean: gradcheck check right.ts' },
    { words: ['--layer', 'conv2'], message: 'there is no layer "conv2"; did you mean "conv2d"?' },
    { words: ['list', '--layer', 'reulu'], message: 'did you mean "relu"?' },
    { words: ['fixtures'], message: "missing required argument 'folders'" },
    { words: ['fixtures', 'nowhere'], message: 'nowhere: there is no such folder or file' },
    { words: ['fixtures', 'sub'], message: 'there is no fixture of the schema gradcheck-fixture/1 in sub' },
  ])('gradcheck $words: $message', async ({ words, message }) => {
    const { error, status } = await gradcheck(...words);
    expect(status).toBe(2);
    expect(error).toMatch(/^gradcheck: /);
    expect(error).toContain(message);
    expect(error).not.toMatch(/^\s+at /m);
  });

  test('shows where an error began where that is asked for', async () => {
    const { error, status } = await gradcheck('check', 'throws.ts', '--verbose');
    expect(status).toBe(2);
    expect(error).toMatch(/TypeError: boom\n\s+at .*throws\.ts:2/);
  });

  test('of one file does not keep the others from being checked', async () => {
    const { out, error, status } = await gradcheck('check', 'syntax.ts', 'right.ts', 'missing.ts');
    expect(status).toBe(2);
    expect(error).toContain('syntax.ts:2:21: syntax error');
    expect(error).toContain('missing.ts: there is no such file');
    expect(out).toMatch(/^square +reference +pass/m);
    expect(out).toContain('2 could not be checked, 3 of 3 checks passed');
  });
});

describe.concurrent('the JSON of a run', () => {
  test('on standard output is alone there', async () => {
    const { out, error, status } = await gradcheck('check', 'talks.ts', 'wrong.ts', '--json', '-');
    expect(status).toBe(1);
    expect(reportFromJson(out, 'out').findings.map(({ layer }) => layer)).toContain('talker');
    expect(error).toContain('FAIL  half');
  });

  test('has the keys of schema 1', async () => {
    const { out } = await gradcheck('check', 'wrong.ts', '--json=-', '--quiet');
    const json = JSON.parse(out) as Record<string, unknown> & { findings: Record<string, unknown>[] };
    expect(json).toMatchObject({
      schema: 1,
      tool: { name: 'gradcheck', version: VERSION },
      environment: { node: process.version },
      seed: '42',
      verdict: 'fail',
      skipped: [],
    });
    const found = json.findings.find(({ check }) => check === 'gradient');
    expect(found).toMatchObject({
      layer: 'half',
      implementation: 'reference',
      argument: 'x',
      verdict: 'fail',
      code: 'mismatch',
      case: '0',
      cases: 1,
      config: {},
      shapes: { x: [2, 3] },
      axes: ['row', 'column'],
      wrong: { count: 6, of: 6, estimated: false },
      replay: 'gradcheck check wrong.ts --layer half --seed 42 --case 0 --argument x',
    });
    for (const key of [
      'reason',
      'seed',
      'compared',
      'evaluations',
      'relativeError',
      'errorBound',
      'resolution',
      'diagnoses',
    ]) {
      expect(found).toHaveProperty(key);
    }
    const { elements } = (found as { wrong: { elements: object[] } }).wrong;
    expect(Object.keys(elements[0])).toEqual(['index', 'actual', 'expected', 'errorBound']);
  });

  test('has a page beside it where --html says', async () => {
    const { status } = await gradcheck('check', 'wrong.ts', '--html', 'page.html');
    expect(status).toBe(1);
    const page = await readFile(join(folder, 'page.html'), 'utf8');
    expect(page).toContain('gradcheck check wrong.ts --layer half');
    expect(page).not.toMatch(/https?:/);
  });

  test('is written to a file as a whole, whatever could not be checked', async () => {
    await gradcheck('check', 'syntax.ts', 'right.ts', '--json', 'new/report.json');
    const report = reportFromJson(await readFile(join(folder, 'new', 'report.json'), 'utf8'), 'report.json');
    expect(report.verdict).toBe('error');
    expect(report.findings.find(({ layer }) => layer === 'syntax.ts')).toMatchObject({
      verdict: 'error',
      code: 'usage',
      reason: expect.stringContaining('syntax error'),
    });
    expect(await readdir(join(folder, 'new'))).toEqual(['report.json']);
  });

  test('is the same for the same seed', async () => {
    const [first, second, third] = await Promise.all(
      ['7', '7', '8'].map(seed => gradcheck('check', 'wrong.ts', '--json', '-', '--quiet', '--seed', seed)),
    );
    expect(first.out).toBe(second.out);
    expect(third.out).not.toBe(first.out);
  });
});

describe.concurrent('options', () => {
  test('--quiet prints one line where all pass', async () => {
    const { out, error } = await gradcheck('check', 'right.ts', '--quiet');
    expect(error).toBe('');
    expect(out).toMatch(/^pass {2}[^\n]*seed 42\n$/);
  });

  test('--quiet prints failures all the same', async () => {
    const { out } = await gradcheck('check', 'wrong.ts', '--quiet');
    expect(out).toMatch(/^FAIL {2}half/);
  });

  test('--verbose prints a line for every finding', async () => {
    const { out } = await gradcheck('check', 'right.ts', '--verbose');
    expect(out).toMatch(/pass +contract.*\n.*pass +exact: gradient of x.*\n.*pass +gradient of x/);
  });

  test('--seed random is drawn once and printed', async () => {
    const { out } = await gradcheck('check', 'right.ts', '--seed', 'random', '--json', 'random.json');
    const seed = /seed (\d+)$/m.exec(out)?.[1];
    const report = reportFromJson(await readFile(join(folder, 'random.json'), 'utf8'), 'random.json');
    expect(report.seed).toBe(seed);
    expect(seed).not.toBe('42');
  });

  test('stand before the command too', async () => {
    const { out } = await gradcheck('--seed', '9', '--quiet', 'check', 'right.ts');
    expect(out).toMatch(/seed 9$/m);
  });

  test('an argument that only some layers have is looked at in those', async () => {
    const { status, out } = await gradcheck(
      'check',
      'right.ts',
      'several.mts',
      '--argument',
      'x',
      '--json',
      '-',
      '--quiet',
    );
    expect(status).toBe(0);
    expect([...new Set(reportFromJson(out, 'out').findings.map(({ layer }) => layer))]).toEqual(['square']);
  });

  test.each([['--help'], ['check', '--help'], ['fixtures', '--help'], ['list', '--help'], ['help', 'check']])(
    '%s %s shows examples and ends with 0',
    async (...words) => {
      const { out, error, status } = await gradcheck(...words);
      expect({ status, error }).toEqual({ status: 0, error: '' });
      expect(out).toMatch(/^Usage: gradcheck/);
      expect(out).toContain('Examples:');
      expect(out).toContain('--seed <seed>');
    },
  );

  test('--version prints the version', async () => {
    expect(await gradcheck('--version')).toMatchObject({ out: `${VERSION}\n`, status: 0 });
  });
});

describe('a layer in another process', () => {
  const command = `"${process.execPath}" process.mjs`;

  test('is checked; its log is shown with --verbose', async () => {
    const { out, error, status } = await gradcheck('check', '--process', command, '--verbose', '--timeout', '20');
    expect(status).toBe(0);
    expect(out).toMatch(/^cube +reference +pass +gradient of x/m);
    expect(error).toContain('asked for backward');
  });

  test('replays by its command', async () => {
    const { out } = await gradcheck('check', '--process', command, '--json', '-', '--quiet');
    expect(reportFromJson(out, 'out').findings[0].replay).toContain(
      `gradcheck check --process '${command}' --layer cube`,
    );
  });

  test('may stand beside a file', async () => {
    const { out, status } = await gradcheck('check', 'right.ts', '--process', command);
    expect(status).toBe(0);
    expect(out).toContain('2 layers');
  });
});

describe('gradcheck without a command', () => {
  beforeEach(() => rm(join(folder, 'reports'), { recursive: true, force: true }));

  test('checks built-in layers with their golden fixtures, and writes its reports', async () => {
    const { out, error, status } = await gradcheck('--layer', 'relu', '--layer', 'flatten');
    expect({ error, status }).toEqual({ error: '', status: 0 });
    expect(out).toMatch(/^flatten +reference +pass +\d+ checks/m);
    const report = reportFromJson(await readFile(join(folder, 'reports', 'latest.json'), 'utf8'), 'latest.json');
    expect([...new Set(report.findings.map(({ layer }) => layer))].toSorted()).toEqual(['flatten', 'relu']);
    expect(new Set(report.findings.map(({ check }) => check))).toContain('fixtures');
    expect(report.findings.every(({ replay }) => replay.startsWith('gradcheck --layer '))).toBe(true);
    expect(await readFile(join(folder, 'reports', 'latest.md'), 'utf8')).toMatch(/^# gradcheck/);
    expect((await readdir(join(folder, 'reports'))).toSorted()).toEqual(['latest.html', 'latest.json', 'latest.md']);
    expect(await readFile(join(folder, 'reports', 'latest.html'), 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
  });

  test('replays one golden fixture', async () => {
    const { out, status } = await gradcheck('--layer', 'relu', '--case', 'relu.at_kink', '--json', '-', '--quiet');
    expect(status).toBe(0);
    const seen = reportFromJson(out, 'out').findings.map(({ check, case: id }) => `${check} ${id}`);
    expect([...new Set(seen)]).toEqual(['fixtures relu.at_kink']);
  });

  test('cannot write where a file is in the way', async () => {
    await writeFile(join(folder, 'reports'), '');
    const { error, status } = await gradcheck('--layer', 'flatten', '--cases', '1');
    expect(status).toBe(2);
    expect(error).toMatch(/^gradcheck: cannot write reports/);
  });
});

describe('gradcheck fixtures', () => {
  test('runs a folder, and says what it skips and passes over', async () => {
    const elsewhere = join(folder, 'golden');
    await mkdir(elsewhere, { recursive: true });
    const tensor = { dtype: 'float64', shape: [1], data: [1] };
    const fixture = {
      schema: 'gradcheck-fixture/1',
      id: 'nonesuch.a',
      layer: 'nonesuch',
      primals: {},
      outputs: { y: tensor },
    };
    await writeFile(join(elsewhere, 'nonesuch.a.json'), JSON.stringify(fixture));
    const { out, error, status } = await gradcheck('fixtures', join(fixtures, 'tiny-dnn'), elsewhere);
    expect(status).toBe(0);
    expect(out).toContain('1 fixture skipped, of layers that there are not: nonesuch (1)');
    expect(error).toContain('1 file of another schema');
    const nothing = await gradcheck('fixtures', elsewhere, '--json', 'skipped.json');
    expect(nothing.status).toBe(2);
    expect(nothing.error).toContain('nothing was compared');
    const report = reportFromJson(await readFile(join(folder, 'skipped.json'), 'utf8'), 'skipped.json');
    expect(report.skipped).toEqual([{ id: 'nonesuch.a', layer: 'nonesuch', reason: 'there is no layer "nonesuch"' }]);
  });

  test('tells with --verbose which tolerance a fixture suggests, and why each is skipped', async () => {
    const torch = join(fixtures, 'torch');
    const { out, status } = await gradcheck('fixtures', torch, '--layer', 'mse', '--layer', 'tanh', '--verbose');
    expect(status).toBe(0);
    expect(out).toMatch(/^tanh\.default +1e-9 relative \+ 1e-11 absolute$/m);
    const all = await gradcheck('fixtures', torch, '--verbose');
    expect(all.out).toMatch(/^ {2}optimizer\.adam +there is no layer "optimizer"$/m);
    expect(all.status).toBe(0);
  });

  test('fails where a layer differs, names the case, and goes on', async () => {
    const golden = join(folder, 'differs');
    await mkdir(golden, { recursive: true });
    const known = JSON.parse(await readFile(join(fixtures, 'torch', 'tanh.default.json'), 'utf8')) as {
      gradients: { input: { data: number[] } };
    };
    known.gradients.input.data[2] *= 1 + 1e-9;
    await writeFile(join(golden, 'a.json'), JSON.stringify(known));
    await writeFile(join(golden, 'b.json'), '{');
    const { out, error, status } = await gradcheck('fixtures', 'differs');
    expect(status).toBe(1);
    expect(error).toContain('b.json: this is not JSON');
    expect(out).toMatch(/^FAIL {2}tanh \(reference\), fixtures: gradient of input/m);
    expect(out).toMatch(/yours +known value/);
    expect(out).toContain('replay  gradcheck fixtures differs --layer tanh --case tanh.default');
    expect(out).toContain('suggests a tolerance of');
  });
});

describe('gradcheck list', () => {
  test('shows what every layer is held against, in 100 columns, and what is missing', async () => {
    const { out, status } = await gradcheck('list');
    expect(status).toBe(0);
    for (const { name } of layers) expect(out).toMatch(new RegExp(`^${name} `, 'm'));
    expect(out).toMatch(/^layer +hand +torch +tiny-dnn +analytic +symbolic +adjoint +exact +alternatives$/m);
    expect(out).toMatch(/^relu +\d+ +\d+ +\d+ +\d+ +yes +– +1 +–$/m);
    expect(out).toMatch(/^without golden numbers: .*bilinear/m);
    expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThanOrEqual(100);
  });

  test('gives the same as JSON, with what the exact check finds', async () => {
    const { out } = await gradcheck('list', '--layer', 'conv2d', '--layer', 'maxPool2d', '--json', '-', '--quiet');
    expect(JSON.parse(out)).toMatchObject({
      schema: 1,
      layers: [
        {
          layer: 'conv2d',
          reference: 'reference',
          alternatives: expect.arrayContaining(['im2col']),
          golden: { torch: expect.any(Number), 'tiny-dnn': expect.any(Number) },
          symbolic: false,
          adjoint: ['input', 'weight', 'bias'],
          exact: ['input', 'weight', 'bias'],
          missing: [],
        },
        // Not declared: found.
        { layer: 'maxPool2d', adjoint: [], exact: ['input'] },
      ],
    });
  });
});
