import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { readDescription } from '../src/adapters/description.ts';
import { type ProcessOptions, processLayer } from '../src/adapters/process.ts';
import { UsageError } from '../src/cases.ts';
import { LayerError } from '../src/checks/subject.ts';
import type { CaseSpec, Layer } from '../src/layer.ts';
import { check, type CheckOptions } from '../src/run.ts';
import { tensor } from '../src/tensor.ts';

const path = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const example = (file: string) => `python3 "${path(`examples/python/${file}`)}"`;

/** The command of the layer y = x * x, misbehaving in some way; `description` goes over its own. */
function square(how = 'right', description: object = {}): string {
  return `python3 -IS "${path('test/processes/square.py')}" "${how}" '${JSON.stringify(description)}'`;
}

const open: Layer[] = [];

async function start(command: string, options: ProcessOptions = {}): Promise<Layer> {
  const layer = await processLayer(command, options);
  open.push(layer);
  return layer;
}

afterEach(async () => {
  for (const layer of open.splice(0)) await layer.close?.();
});

/** What the contract check says; the check ends the process, so that such tests may run side by side. */
async function contractOf(how: string, description: object = {}, options: ProcessOptions = {}) {
  const report = await check(await processLayer(square(how, description), options), { checks: ['contract'] });
  return report.findings[0];
}

function forward(layer: Layer, x: readonly number[], shape: readonly number[] = [2, 3], index = 0) {
  const { config } = (layer.cases as readonly CaseSpec[])[index];
  return Promise.resolve(layer.forward({ x: tensor(shape, x) }, config)).then(({ y }) => Array.from(y.data));
}

/** Whether a process runs; one that ended and was not yet waited for does not. */
function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

const SIX = [1, -2, 0.5, 3, -0.25, 7];
const SQUARES = SIX.map(x => x * x);

describe('the examples', () => {
  test('a right layer passes every check in every case, and so do its other implementation and the built-in one', async () => {
    const report = await check(await start(example('conv2d.py')));
    expect(report.findings.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    const seen = report.findings.map(({ implementation, check, argument }) =>
      [implementation, check, argument].join(' '),
    );
    for (const implementation of ['reference', 'windows', 'built-in conv2d']) {
      for (const argument of ['x', 'weight', 'bias']) {
        expect(seen).toContain(`${implementation} exact ${argument}`);
        expect(seen).toContain(`${implementation} gradient ${argument}`);
        if (implementation !== 'reference') expect(seen).toContain(`${implementation} agreement ${argument}`);
      }
    }
    expect(new Set(report.findings.map(({ cases }) => cases))).toEqual(new Set([3]));
  });

  test('a wrong layer fails in the argument that is wrong, and passes in the others', async () => {
    const report = await check(await start(example('wrong_dense.py')));
    expect(report.verdict).toBe('fail');
    const failed = report.findings.filter(({ verdict }) => verdict !== 'pass');
    expect(failed.map(({ check, argument, verdict, code }) => ({ check, argument, verdict, code }))).toEqual([
      { check: 'exact', argument: 'bias', verdict: 'fail', code: 'mismatch' },
      { check: 'gradient', argument: 'bias', verdict: 'fail', code: 'mismatch' },
    ]);
    expect(failed[0].wrong).toMatchObject({ count: 2, of: 2 });
  });
});

describe('what a description says', () => {
  test('becomes the layer', async () => {
    const described = {
      outputs: ['y', 'count'],
      nondifferentiable: ['count'],
      dtype: 'float32',
      implementations: ['plain', 'fast'],
      cases: [
        {
          config: { stride: 2 },
          arguments: {
            x: { shape: [2, 3], axes: ['row', 'column'], range: [-2, 'Infinity'], linear: true },
            w: { shape: [], role: 'parameter', linear: true, values: [0.5] },
            label: { shape: [2], integer: true, range: [0, 4] },
            mask: { shape: [2], differentiable: false, values: [0, 1] },
          },
        },
        { arguments: { x: { shape: [0, 3], linear: true }, w: { shape: [1] } } },
      ],
    };
    const anything = expect.any(Function) as unknown;
    expect(await start(square('right', described))).toEqual({
      forward: anything,
      vjp: anything,
      close: anything,
      name: 'square',
      dtype: 'float32',
      nondifferentiable: ['count'],
      linear: ['x'],
      axes: { x: ['row', 'column'] },
      alternatives: { fast: { forward: anything, vjp: anything } },
      cases: [
        {
          config: { stride: 2 },
          args: {
            x: { shape: [2, 3], role: 'input', axes: ['row', 'column'], range: [-2, Infinity] },
            w: { shape: [], role: 'parameter', values: Float64Array.of(0.5) },
            label: { shape: [2], role: 'input', integer: true, differentiable: false, range: [0, 4] },
            mask: { shape: [2], role: 'input', differentiable: false, values: Float64Array.of(0, 1) },
          },
        },
        { config: {}, args: { x: { shape: [0, 3], role: 'input' }, w: { shape: [1], role: 'input' } } },
      ],
    });
  });

  test('can be added to', async () => {
    const layer = await start(square(), { layer: { kinks: 'x = 0' } });
    expect(layer.kinks).toBe('x = 0');
  });

  const x = { shape: [2, 3] };
  test.each([
    { over: { protocol: 2 }, says: '"protocol" is 2; it should be 1' },
    { over: { protocol: null }, says: '"protocol" is missing' },
    { over: { name: null }, says: '"name" is missing' },
    { over: { name: '' }, says: '"name" is ""' },
    { over: { arguments: null }, says: '"arguments" is missing; it should be every argument\'s shape' },
    { over: { arguments: {} }, says: '"arguments" is an object with the keys (none)' },
    { over: { arguments: { x: [2, 3] } }, says: '"arguments".x is an array of 2; it should be {"shape":[2,3]}' },
    {
      over: { arguments: { x: {} } },
      says: '"arguments".x: a shape is an array of extents such as [2, 3], not undefined',
    },
    { over: { arguments: { x: { shape: [-1] } } }, says: '"arguments".x: shape [-1] has the extent -1' },
    { over: { arguments: { x: { shape: [1.5] } } }, says: 'extent 1.5; extents are integers of 0 or more' },
    { over: { arguments: { x: { shape: [2 ** 14, 2 ** 14 + 1] } } }, says: 'at most 2^28 = 268435456 are supported' },
    {
      over: { arguments: { x: { ...x, values: [1, 2] } } },
      says: 'values is an array of 2; shape [2, 3] takes 6 numbers',
    },
    {
      over: { arguments: { x: { shape: [2], values: [1, 'two'] } } },
      says: 'values is "two"; shape [2] takes 2 numbers',
    },
    {
      over: { arguments: { x: { ...x, range: [2, 1] } } },
      says: '"arguments".x.range is an array of 2; it should be [low, high]',
    },
    { over: { arguments: { x: { ...x, integer: true, range: [0.2, 0.8] } } }, says: 'with an integer between' },
    {
      over: { arguments: { x: { ...x, differentiable: false } } },
      says: '"arguments".x.values is missing; an argument that is not',
    },
    {
      over: { arguments: { x: { ...x, differentiable: 'no' } } },
      says: 'differentiable is "no"; it should be true or false',
    },
    { over: { arguments: { x: { ...x, axes: ['row'] } } }, says: 'axes is an array of 1; the shape has 2 axes' },
    { over: { arguments: { x: { ...x, role: 'weight' } } }, says: 'it should be "input" or "parameter"' },
    { over: { outputs: null }, says: '"outputs" is missing; it should be the names of the outputs' },
    { over: { outputs: [] }, says: '"outputs" is an array of 0; it should have at least one name' },
    { over: { outputs: ['y', 'y'] }, says: '"outputs" is "y, y"; no name may come twice' },
    { over: { nondifferentiable: ['z'] }, says: '"nondifferentiable" is "z"; the outputs are "y"' },
    { over: { dtype: 'float16' }, says: '"dtype" is "float16"; it should be "float64" or "float32"' },
    { over: { encoding: 'hex' }, says: '"encoding" is "hex"; it should be "base64" or left out' },
    { over: { cases: [] }, says: '"cases" is an array of 0; it should be [{"config":{…},"arguments":{…}},…]' },
    { over: { cases: [{ arguments: { x: { shape: [-2] } } }] }, says: '"cases"[0]."arguments".x: shape [-2]' },
    { over: { config: 3 }, says: '"config" is 3; it should be an object of settings' },
    { over: { implementations: 'fast' }, says: '"implementations" is "fast"; it should be a list of names' },
    { over: { implementations: ['plain', 'reference'] }, says: 'the name is taken' },
    {
      over: { reference: { layer: 'tanh', arguments: { z: 'input' } } },
      says: '"reference".arguments is "z"; yours are "x"',
    },
  ])('is refused where $says', ({ over, says }) => {
    const told = Object.entries({ protocol: 1, name: 'square', arguments: { x }, outputs: ['y'], ...over });
    const read = () => readDescription(Object.fromEntries(told.filter(([, value]) => value !== null)));
    expect(read).toThrow(UsageError);
    expect(read).toThrow(says);
  });

  test('is refused with the command that says it', async () => {
    const refused = processLayer(square('right', { dtype: 'float16' }));
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(
      /^process "python3 .*" describes its layer wrongly: "dtype" is "float16"; it should/,
    );
  });

  test('may refer to a built-in layer, if there is one', async () => {
    const refused = processLayer(square('right', { reference: 'conv9d' }));
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow('"reference" is "conv9d", which is no built-in layer; there are "conv2d"');
  });
});

describe('numbers', () => {
  test.each([
    { how: 'right', what: 'as they should be' },
    { how: 'windows', what: 'after a byte-order mark, with \\r\\n' },
    { how: 'blank lines', what: 'with blank lines around' },
  ])('are read $what', async ({ how }) => {
    expect(await forward(await start(square(how)), SIX)).toEqual(SQUARES);
  });

  test('go both ways in base64 where the description says so', async () => {
    const layer = await start(square('base64', { encoding: 'base64' }));
    expect(await forward(layer, SIX)).toEqual(SQUARES);
    expect((await check(layer, { checks: ['contract'] })).verdict).toBe('pass');
  });

  test.each([{ how: 'bare NaN' }, { how: 'NaN texts' }])('that JSON lacks are read from $how', async ({ how }) => {
    expect(await forward(await start(square(how)), SIX)).toEqual([Number.NaN, Infinity, -Infinity, 1, -0, 0.5]);
  });

  test('arrive as they were sent, to the last bit', async () => {
    const sent = [
      0.1,
      -1 / 3,
      1e21,
      2 ** 60,
      Number.MIN_VALUE,
      Number.MAX_VALUE,
      123456789012345.6,
      7,
      -0,
      Number.NaN,
      Infinity,
      -Infinity,
    ];
    const layer = await start(square('echo', { arguments: { x: { shape: [12] } } }));
    expect(await forward(layer, sent, [12])).toEqual(sent);
    expect(await forward(await start(square('sign bit', { arguments: { x: { shape: [2] } } })), [-0, 0], [2])).toEqual([
      -1, 1,
    ]);
  });

  test('by the hundred thousand come through the pipes in pieces', async () => {
    const sent = Array.from({ length: 100_000 }, (_, i) => (i % 1000 === 0 ? Number.NaN : i / 7));
    const layer = await start(square('echo', { arguments: { x: { shape: [100_000] } } }));
    expect(await forward(layer, sent, [100_000])).toEqual(sent);
  });

  test('of differentiable tensors are written as floats, indices and labels as integers', async () => {
    const label = { shape: [3], integer: true, range: [0, 4] };
    const { verdict, reason } = await contractOf('strict', {
      arguments: { x: { shape: [2, 3], values: [1, 2, 3, 4, 5, -0] }, label },
    });
    expect({ verdict, reason }).toEqual({ verdict: 'pass', reason: '' });
  });

  test('of a float32 layer are rounded to float32', async () => {
    const layer = await start(square('echo', { dtype: 'float32' }));
    const { y } = await layer.forward({ x: tensor([2, 3], [0.1, 1, 2, 3, 4, 5]) }, {});
    expect(y.data).toEqual(Float32Array.of(0.1, 1, 2, 3, 4, 5));
  });
});

describe('cases', () => {
  const cases = [
    { config: { gain: 1 }, arguments: { x: { shape: [2] } } },
    { config: { gain: 1 }, arguments: { x: { shape: [3] } } },
  ];

  test('are asked for by their position, whatever their configs', async () => {
    const layer = await start(square('case 0 kills', { cases }));
    expect(await forward(layer, [1, 2, 3], [3], 1)).toEqual([1, 4, 9]);
    await expect(forward(layer, [1, 2], [2], 0)).rejects.toThrow(
      'asked for forward of case 0: it exited with status 3',
    );
  });

  test('of which one kills the process leave the others to be checked', async () => {
    const layer = await start(square('case 0 kills', { cases }));
    const { findings } = await check(layer);
    const broken = findings.filter(({ verdict }) => verdict === 'error');
    expect(broken.map(({ check, code, case: id }) => ({ check, code, id }))).toEqual([
      { check: 'contract', code: 'process', id: '0' },
    ]);
    expect(broken[0].reason).toContain('its standard error ends:\n  about to die of case 0');
    expect(findings.find(({ check }) => check === 'gradient')).toMatchObject({
      verdict: 'pass',
      argument: 'x',
      cases: 1,
    });
  });

  test('that were not described are refused', async () => {
    const layer = await start(square('right', { cases }));
    expect(() => layer.forward({ x: tensor([2]) }, { gain: 1 })).toThrow('knows only the cases that it described');
  });
});

describe('a built-in layer to compare with', () => {
  test('is called by its own names, and its config is that of the case', async () => {
    const layer = await start(
      square('right', { reference: { layer: 'tanh', arguments: { x: 'input' }, outputs: { y: 'output' } } }),
    );
    const { findings } = await check(layer, { checks: ['agreement'] });
    const agreement = findings.filter(({ check }) => check === 'agreement');
    expect(
      agreement.map(({ implementation, verdict, argument, output }) => ({ implementation, verdict, argument, output })),
    ).toEqual([
      { implementation: 'built-in tanh', verdict: 'fail', argument: undefined, output: 'y' },
      { implementation: 'built-in tanh', verdict: 'fail', argument: 'x', output: undefined },
    ]);
  });

  test('without the output that is asked for is said to be', async () => {
    const layer = await start(square('right', { reference: { layer: 'tanh', arguments: { x: 'input' } } }));
    const { findings } = await check(layer, { checks: ['agreement'] });
    const { verdict, code, reason } = findings[findings.length - 1];
    expect({ verdict, code }).toEqual({ verdict: 'error', code: 'missing' });
    expect(reason).toContain('built-in tanh has no output "y" for "y": it gives "output"; map yours to its');
  });
});

describe('a process that does not get as far as describing its layer', () => {
  test.each([
    {
      command: 'no-such-command-anywhere',
      code: 'process',
      says: 'exited with status 127 (command not found) and gave no answer',
    },
    { command: 'true', code: 'process', says: 'it exited with status 0 and gave no answer' },
    { command: square('exits'), code: 'process', says: 'it exited with status 3 and gave no answer' },
    { command: square('banner'), code: 'process', says: 'not JSON: "Loading weights..."; print to standard error' },
    {
      command: 'echo hello; cat',
      code: 'process',
      says: 'a line that is not JSON: "hello"; print to standard error instead',
    },
    { command: square('silent'), code: 'timeout', says: 'it did not answer within 1 s; flush standard output' },
    { command: square('unflushed'), code: 'timeout', says: 'flush standard output after every line' },
    { command: 'yes', code: 'process', says: 'it printed a line that is not JSON: "y"' },
  ])('is said to: $command', async ({ command, code, says }) => {
    const refused = processLayer(command, { timeout: code === 'timeout' ? 0.5 : 10 });
    await expect(refused).rejects.toThrow(LayerError);
    await expect(refused).rejects.toMatchObject({ code });
    await expect(refused).rejects.toThrow(says);
    await expect(refused).rejects.toThrow(`process "${command}", asked for describe: `);
  });

  test('has the last 20 lines of its standard error in the message', async () => {
    const { message } = await processLayer(square('exits')).then(
      () => expect.unreachable(),
      (error: unknown) => error as LayerError,
    );
    const lines = message.split('\n').slice(2);
    expect(lines).toEqual(Array.from({ length: 20 }, (_, i) => `  log line ${i + 10}`));
  });
});

describe('a process that misbehaves later', () => {
  const notJson = 'it printed a line that is not JSON:';
  test.concurrent.each([
    {
      how: 'stray',
      code: 'process',
      says: `asked for forward: ${notJson} "loss = 3"; print to standard error instead`,
    },
    { how: 'stray in backward', code: 'process', says: `asked for backward: ${notJson} "dx = 3"; print to` },
    { how: 'afterwards', code: 'process', says: 'it printed a line when nothing was asked: "done"; print' },
    {
      how: 'json stray',
      code: 'process',
      says: 'a line that is no answer: "{\\"loss\\": 3}"; print to standard error',
    },
    { how: 'c nan', code: 'process', says: 'write "NaN", "Infinity" and "-Infinity" as texts' },
    { how: 'old id', code: 'process', says: 'it answered with id 0, not 1: "{\\"id\\": 0' },
    { how: 'text id', code: 'process', says: 'it answered with id "1", not 1' },
    { how: 'no id', code: 'process', says: 'it answered with id null, not 1' },
    { how: 'twice', code: 'process', says: 'it printed a line when nothing was asked: ' },
    { how: 'no result', code: 'process', says: 'its answer has neither "result" nor "error"' },
    { how: 'list result', code: 'process', says: 'its "result" is an array of 1, which is no object' },
    { how: 'error', code: 'threw', says: 'asked for backward: it failed: weights not loaded' },
    { how: 'no outputs', code: 'not-a-tensor', says: 'its result has no "outputs" but nothing' },
    { how: 'missing output', code: 'missing', says: 'it answered without the output "y"; there came nothing' },
    { how: 'null output', code: 'missing', says: 'it answered without the output "y"' },
    { how: 'extra output', code: 'extra', says: 'it answered with the output "z", which describe does not list' },
    { how: 'bare list', code: 'not-a-tensor', says: 'the output "y" is an array of 1; a tensor is {"shape":[2,3]' },
    { how: 'rows', code: 'not-a-tensor', says: 'its numbers stand one after the other, not in rows' },
    { how: 'words', code: 'not-a-tensor', says: 'the output "y" has data[2] = "three", which is no number' },
    { how: 'half a number', code: 'not-a-tensor', says: 'has 3 bytes in base64' },
    { how: 'too few', code: 'shape', says: 'the output "y" has shape [2, 3], which holds 6 numbers, but 2 came' },
    { how: 'no shape', code: 'shape', says: 'the output "y": a shape is an array of extents' },
    {
      how: 'exits in forward',
      code: 'process',
      says: 'it exited with status 3 and gave no answer\nits standard error ends:',
    },
    { how: 'one question', code: 'process', says: 'it exited with status 0 and gave no answer' },
    { how: 'killed in forward', code: 'process', says: 'SIGSEGV' },
    { how: 'six digits', code: 'process', says: 'at most 6 significant digits' },
    { how: 'flood of lines', code: 'process', says: `${notJson} "y"` },
    {
      how: 'flood of blank lines',
      code: 'process',
      says: 'it printed over 1048576 bytes that nobody asked for, and was ended',
    },
    { how: 'flood of one line', code: 'process', says: 'it printed a line of over 268435456 bytes, and was ended' },
  ])('is an error of the contract: $how', async ({ how, code, says }) => {
    const finding = await contractOf(how, {}, { timeout: 20 });
    expect(finding).toMatchObject({ check: 'contract', verdict: 'error', code });
    expect(finding.reason).toContain(says);
    expect(finding.reason).toContain(`process "python3 -IS "${path('test/processes/square.py')}" "${how}"`);
  });

  test.concurrent.each([
    { how: 'silent in forward', says: 'asked for forward: it did not answer within 2 s; flush standard output' },
    { how: 'begins', says: 'bytes without a newline; end every answer with a newline' },
    { how: 'closes output', says: 'it did not answer within 2 s' },
    { how: 'closes input', says: 'it did not answer within 2 s' },
    { how: 'flood of log', says: `it did not answer within 2 s` },
  ])('times out: $how', async ({ how, says }) => {
    const finding = await contractOf(how, {}, { timeout: 2 });
    expect(finding).toMatchObject({ check: 'contract', verdict: 'error', code: 'timeout' });
    expect(finding.reason).toContain(says);
  });

  test.concurrent.each([
    { how: 'missing gradient', code: 'missing', argument: 'x', says: 'no gradient for "x"' },
    { how: 'null gradient', code: 'missing', argument: 'x', says: 'no gradient for "x"' },
    { how: 'extra gradient', code: 'extra', argument: 'z', says: 'no argument of this layer' },
    { how: 'gradient shape', code: 'shape', argument: 'x', says: 'shape [3, 2], "x" itself shape [2, 3]' },
    { how: 'gradient count', code: 'shape', argument: 'x', says: 'shape [2, 3] but 1 numbers' },
    { how: 'gradient words', code: 'not-a-tensor', argument: 'x', says: 'has data[0] = "one", which is no number' },
  ])('has an error of the argument: $how', async ({ how, code, argument, says }) => {
    const finding = await contractOf(how);
    expect(finding).toMatchObject({ check: 'contract', verdict: 'error', code, argument });
    expect(finding.reason).toContain(says);
  });

  test('by printing endlessly between questions is ended', async () => {
    const layer = await start(square('flood when idle'));
    expect(await forward(layer, SIX)).toEqual(SQUARES);
    await sleep(300);
    expect(await forward(layer, SIX)).toEqual(SQUARES);
  });

  test('by a stray line gives its next answer all the same', async () => {
    const layer = await start(square('stray'));
    await expect(forward(layer, SIX)).rejects.toThrow('loss = 3');
    const gradients = await layer.vjp({ x: tensor([2, 3], SIX) }, { y: tensor([2, 3], [1, 1, 1, 1, 1, 1]) }, {}, {});
    expect(Array.from(gradients.x.data)).toEqual(SIX.map(x => 2 * x));
  });
});

describe('digits', () => {
  test('that are few because the numbers are short are no fault', async () => {
    const layer = await start(square('six digits'));
    expect(await forward(layer, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])).toEqual([0.01, 0.04, 0.09, 0.16, 0.25, 0.36]);
    await expect(forward(layer, [1 / 3, 2 / 3, 1 / 7, 2 / 7, 3 / 7, 4 / 7])).rejects.toThrow(
      'at most 6 significant digits',
    );
  });
});

describe('a process that died', () => {
  test('is started again three times', async () => {
    const layer = await start(square('exits in forward'));
    for (let time = 0; time < 4; time++) await expect(forward(layer, SIX)).rejects.toThrow('it exited with status 3');
    await expect(forward(layer, SIX)).rejects.toThrow(
      'it died 4 times and is not started again; the last time it exited with status 3',
    );
  });

  test('and describes itself otherwise is not used', async () => {
    const layer = await start(square('other each time'));
    await expect(forward(layer, SIX)).rejects.toThrow('it exited with status 0');
    await expect(forward(layer, SIX)).rejects.toThrow('it describes itself differently than before');
  });
});

describe('the end', () => {
  async function startWithPids(how: string): Promise<{ layer: Layer; pids: number[] }> {
    const log: string[] = [];
    const layer = await start(square(how), { onLog: line => log.push(line) });
    while (!log.some(line => line.startsWith('pids'))) await sleep(10);
    const [, ...pids] = (log.find(line => line.startsWith('pids')) as string).split(' ').map(Number);
    expect(pids.map(isRunning)).toEqual([true, true]);
    return { layer, pids };
  }

  test('of a check is that of the process and of what it started', async () => {
    const { layer, pids } = await startWithPids('with child');
    expect((await check(layer, { checks: ['contract'] })).verdict).toBe('pass');
    expect(pids.map(isRunning)).toEqual([false, false]);
  });

  test('comes also for a process that ignores that its input has ended', async () => {
    const { layer, pids } = await startWithPids('deaf with child');
    await layer.close?.();
    expect(pids.map(isRunning)).toEqual([false, false]);
  });

  test('is not final: what is asked afterwards starts the process again', async () => {
    const layer = await start(square());
    const options: CheckOptions = { checks: ['contract'] };
    expect([await check(layer, options), await check(layer, options)].map(({ verdict }) => verdict)).toEqual([
      'pass',
      'pass',
    ]);
  });

  test.each([
    { what: 'ends', signal: '', ends: { status: 0, signal: null } },
    { what: 'is interrupted', signal: 'SIGTERM', ends: { status: null, signal: 'SIGTERM' } },
  ])('comes for a process that nobody closed when the harness $what', ({ signal, ends }) => {
    const jiti = path('node_modules/jiti/lib/jiti-cli.mjs');
    const run = spawnSync(
      process.execPath,
      [jiti, path('test/processes/harness.ts'), square('deaf with child'), signal],
      {
        encoding: 'utf8',
        timeout: 30_000,
      },
    );
    expect({ status: run.status, signal: run.signal, errors: run.stderr }).toEqual({ ...ends, errors: '' });
    const [, ...pids] = run.stdout.trim().split(' ').map(Number);
    expect(pids.length).toBe(2);
    expect(pids.map(isRunning)).toEqual([false, false]);
  });
});

test('standard error is passed on line by line', async () => {
  const log: string[] = [];
  const layer = await start(square('logs'), { onLog: line => log.push(line) });
  await forward(layer, SIX);
  while (log.length < 2) await sleep(10);
  expect(log).toEqual(['asked for describe', 'asked for forward']);
});

test('calls that are made at once are answered one after the other', async () => {
  const layer = await start(square());
  const answers = await Promise.all(
    [1, 2, 3].map(factor =>
      forward(
        layer,
        SIX.map(x => factor * x),
      ),
    ),
  );
  expect(answers).toEqual([1, 4, 9].map(factor => SQUARES.map(y => factor * y)));
});

test.each([{ timeout: 0 }, { timeout: Number.NaN }, { timeout: Infinity }])(
  'a timeout of $timeout is refused',
  async options => {
    await expect(processLayer(square(), options)).rejects.toThrow('it should be a number of seconds above 0');
  },
);
