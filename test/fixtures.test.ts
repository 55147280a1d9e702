import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UsageError } from '../src/cases.ts';
import { checkFixtures, type Fixture, parseFixture, readFixtures, resolveLayers } from '../src/fixtures.ts';
import { defineLayer } from '../src/layer.ts';
import { layers } from '../src/layers/index.ts';
import { relu } from '../src/layers/relu.ts';
import { tanh } from '../src/layers/tanh.ts';

const own = fileURLToPath(new URL('../fixtures', import.meta.url));

/** A fixture of relu as a file has it, with some of it replaced; a key of undefined is left out. */
function relusWith(part: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    schema: 'gradcheck-fixture/1',
    id: 'relu.small',
    source: 'by hand',
    layer: 'relu',
    config: {},
    primals: { input: { dtype: 'float64', shape: [2], data: [-1, 3] } },
    constants: {},
    outputs: { output: { dtype: 'float64', shape: [2], data: [0, 3] } },
    upstream: { output: { dtype: 'float64', shape: [2], data: [5, 7] } },
    gradients: { input: { dtype: 'float64', shape: [2], data: [0, 7] } },
    tolerance: { relative: 1e-3, absolute: 1 },
    finiteDifferences: true,
    notes: '',
    ...part,
  };
}

const parse = (part: Record<string, unknown> = {}) =>
  parseFixture(JSON.stringify(relusWith(part)), 'relu.small.json') as Fixture;

const input = (tensor: Record<string, unknown>) => ({ primals: { input: { shape: [2], data: [1, 2], ...tensor } } });

describe('a fixture in a file', () => {
  test('becomes an example of its layer', () => {
    const { id, layer, example, finiteDifferences } = parse();
    expect({ id, layer, finiteDifferences }).toEqual({ id: 'relu.small', layer: 'relu', finiteDifferences: true });
    expect(example.args['input']).toEqual({ shape: [2], data: Float64Array.of(-1, 3) });
    expect(example.gradients?.['input'].data).toEqual(Float64Array.of(0, 7));
    expect(example.source).toBe('by hand');
  });

  test('its tolerance is no tolerance of the example', () => {
    expect(parse().example.tolerance).toBeUndefined();
    expect(parse().tolerance).toEqual({ relative: 1e-3, absolute: 1 });
  });

  test('constants are arguments like the others', () => {
    const { example } = parse({ constants: { mask: { dtype: 'bool', shape: [3], data: [true, false, 1] } } });
    expect(example.args['mask'].data).toEqual(Float64Array.of(1, 0, 1));
  });

  test('words stand for numbers that JSON lacks, and null for what is not stated', () => {
    const output = { dtype: 'float64', shape: [4], data: ['Infinity', '-Infinity', 'NaN', null] };
    const { example } = parse({ outputs: { output }, upstream: undefined, gradients: undefined });
    expect(example.outputs?.['output'].data).toEqual(
      Float64Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, Number.NaN),
    );
    expect(example.gradients).toBeUndefined();
  });

  test('scalars and tensors without elements have their shapes', () => {
    const { example } = parse({
      primals: { a: { shape: [], data: [2] }, b: { shape: [0, 3], data: [] } },
      outputs: { output: { shape: [], data: [1] } },
      upstream: undefined,
      gradients: undefined,
    });
    expect(example.args['a'].shape).toEqual([]);
    expect(example.args['b'].data).toHaveLength(0);
  });

  test('of another schema is named, not read', () => {
    expect(parseFixture('{"schema":"other/2","anything":1}', 'a.json')).toEqual({ schema: 'other/2' });
  });

  test.each([
    { what: 'no JSON', text: '{"schema"', message: 'this is not JSON' },
    { what: 'no object', text: '3', message: 'the file: Invalid type: Expected Object but received 3' },
    { what: 'no schema', text: '{"layer":"relu"}', message: 'schema: Invalid key' },
  ])('$what is refused by the name of the file', ({ text, message }) => {
    expect(() => parseFixture(text, 'dir/a.json')).toThrow(UsageError);
    expect(() => parseFixture(text, 'dir/a.json')).toThrow(`dir/a.json: ${message}`);
  });

  test.each([
    { what: 'no layer', part: { layer: undefined }, message: 'layer: Invalid key: Expected "layer"' },
    { what: 'a layer that is no name', part: { layer: 3 }, message: 'layer: Invalid type: Expected string' },
    { what: 'no primals', part: { primals: undefined }, message: 'primals: Invalid key' },
    { what: 'a tensor without data', part: input({ data: undefined }), message: 'primals.input.data: Invalid key' },
    {
      what: 'data that do not fit the shape',
      part: input({ shape: [3] }),
      message: 'primals.input: shape [3] holds 3 numbers, but data has 2',
    },
    { what: 'a negative extent', part: input({ shape: [-2] }), message: 'primals.input: shape [-2] has the extent -2' },
    { what: 'a fractional extent', part: input({ shape: [0.5] }), message: 'primals.input: shape [0.5]' },
    { what: 'a huge shape', part: input({ shape: [1e6, 1e6] }), message: 'at most 2^28' },
    { what: 'a huge extent', part: input({ shape: [1e300] }), message: 'at most 2^28' },
    {
      what: 'a word that is no number',
      part: input({ data: [1, 'inf'] }),
      message:
        'primals.input.data[1] is "inf"; expected a number, true, false, or one of "NaN", "Infinity", "-Infinity"',
    },
    {
      what: 'the name of a method',
      part: input({ data: [1, 'toString'] }),
      message: 'primals.input.data[1] is "toString"',
    },
    { what: 'an argument left open', part: input({ data: [1, null] }), message: 'primals.input.data[1] is null' },
    {
      what: 'an argument given twice',
      part: { constants: { input: { shape: [1], data: [1] } } },
      message: 'constants.input: there is an argument of this name in primals too',
    },
    { what: 'gradients without an upstream', part: { upstream: undefined }, message: 'upstream: gradients are given' },
    {
      what: 'an upstream of another shape',
      part: { upstream: { output: { shape: [1], data: [1] } } },
      message: 'upstream.output has shape [1], but outputs.output [2]',
    },
    {
      what: 'a gradient of no argument',
      part: { gradients: { inptu: { shape: [2], data: [1, 2] } } },
      message: 'gradients.inptu: there is no "inptu" in primals',
    },
    {
      what: 'nothing to compare',
      part: { outputs: undefined, upstream: undefined, gradients: undefined },
      message: 'neither outputs nor gradients',
    },
  ])('$what is refused by the name of the key', ({ part, message }) => {
    expect(() => parse(part)).toThrow(UsageError);
    expect(() => parse(part)).toThrow(message);
    expect(() => parse(part)).toThrow(/^relu\.small\.json: /);
  });
});

describe('a folder of fixtures', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gradcheck-fixtures-'));
    await mkdir(join(folder, 'deep', 'deeper'), { recursive: true });
    await mkdir(join(folder, 'node_modules'));
    await writeFile(join(folder, 'deep', 'deeper', 'b.json'), JSON.stringify(relusWith({ id: 'b' })));
    await writeFile(join(folder, 'a.json'), JSON.stringify(relusWith({ id: 'a' })));
    await writeFile(join(folder, 'bad.json'), '{');
    await writeFile(join(folder, 'other.json'), '{"schema":"other/1"}');
    await writeFile(join(folder, 'notes.txt'), 'not a fixture');
    await writeFile(join(folder, '.hidden.json'), '{');
    await writeFile(join(folder, 'node_modules', 'c.json'), '{');
    await symlink(folder, join(folder, 'around'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is read as deep as it goes; a bad file does not stop the others', async () => {
    const { fixtures, passedOver, problems } = await readFixtures(folder);
    expect(fixtures.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(passedOver).toEqual([{ file: join(folder, 'other.json'), schema: 'other/1' }]);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining('bad.json: this is not JSON')]);
  });

  test('may be one file', async () => {
    expect((await readFixtures(join(folder, 'a.json'))).fixtures).toHaveLength(1);
  });

  test('that is not there is refused', async () => {
    await expect(readFixtures(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: there is no such folder or file/);
  });
});

describe('the fixtures of this package', () => {
  test('are all fixtures, but for the list of what was skipped', async () => {
    const { passedOver, problems } = await readFixtures(own);
    expect(problems).toEqual([]);
    // Steps of optimizers have a test of their own.
    expect([...new Set(passedOver.map(({ schema }) => schema))].toSorted()).toEqual([
      'gradcheck-fixture-skipped/1',
      'gradcheck-optimizer/1',
    ]);
  });

  test('agree with every implementation of every layer, to the last of them', async () => {
    const { fixtures } = await readFixtures(own);
    const { findings, skipped } = await checkFixtures(layers, fixtures);
    // What are no layers; the network is there once more as a sequential.
    expect([...new Set(skipped.map(({ layer }) => layer))]).toEqual(['network', 'optimizer']);
    expect(findings.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    const numbers = fixtures
      .filter(({ layer }) => layers.some(({ name }) => name === layer))
      .flatMap(({ example, layer }) => {
        const implementations = 1 + Object.keys(layers.find(({ name }) => name === layer)?.alternatives ?? {}).length;
        return [...Object.values(example.outputs ?? {}), ...Object.values(example.gradients ?? {})].map(
          ({ data }) => implementations * data.filter(value => !Number.isNaN(value)).length,
        );
      })
      .reduce((sum, length) => sum + length, 0);
    expect(findings.reduce((sum, { compared }) => sum + compared, 0)).toBe(numbers);
  });

  test('name their replay by layer and id', async () => {
    const { fixtures } = await readFixtures(join(own, 'torch', 'relu.at_kink.json'));
    const { findings } = await checkFixtures(layers, fixtures, { replay: ({ id }) => `again ${id}` });
    expect(findings.map(({ replay, check, case: id }) => [replay, check, id])).toEqual([
      ['again relu.at_kink', 'fixtures', 'relu.at_kink'],
      ['again relu.at_kink', 'fixtures', 'relu.at_kink'],
    ]);
    const gradient = findings.find(({ argument }) => argument === 'input');
    expect(gradient?.notes).toEqual(['some gradients here are conventions of the source']);
  });
});

describe('holding layers against fixtures', () => {
  const fixture = (part: Record<string, unknown>): Fixture => parse(part);
  const output = (data: unknown[]) => ({ outputs: { output: { shape: [2], data } } });

  test('what differs by more than rounding fails, whatever tolerance the file suggests', async () => {
    const { findings } = await checkFixtures([relu], [fixture(output([0, 3.0000001]))]);
    const found = findings.find(one => one.output === 'output');
    expect(found).toMatchObject({ verdict: 'fail', compared: 2, wrong: { count: 1, elements: [{ index: [1] }] } });
    expect(found?.notes).toEqual(['the source suggests a tolerance of 0.001 relative + 1 absolute, which is not used']);
  });

  test('what the source does not state is not compared', async () => {
    const { findings } = await checkFixtures([relu], [fixture(output([null, 3]))]);
    expect(findings.find(one => one.output === 'output')).toMatchObject({ verdict: 'pass', compared: 1 });
  });

  test('a layer that throws on one is a finding, and the others go on', async () => {
    const moody = defineLayer({
      ...relu,
      alternatives: {
        moody: {
          forward: (args, config) => {
            if (args['input'].data[0] === -1) throw new Error('not that');
            return relu.forward(args, config);
          },
          vjp: (args, upstream, config, outputs) => relu.vjp(args, upstream, config, outputs),
        },
      },
    });
    const { findings } = await checkFixtures(
      [moody],
      [fixture({}), fixture({ id: 'other', ...input({}), ...output([1, 2]), gradients: undefined })],
    );
    const moodys = findings.filter(({ implementation }) => implementation === 'moody');
    expect(moodys.map(({ verdict, case: id }) => `${id} ${verdict}`).toSorted()).toEqual([
      'other pass',
      'relu.small error',
    ]);
    expect(moodys.find(({ verdict }) => verdict === 'error')?.reason).toContain('forward threw Error: not that');
    expect(
      findings.filter(({ implementation }) => implementation === 'reference').map(({ verdict }) => verdict),
    ).toEqual(['pass', 'pass']);
  });

  test('a layer that there is not is skipped and named', async () => {
    const { findings, skipped } = await checkFixtures([relu], [fixture({ layer: 'gelu', id: 'gelu.a' })]);
    expect(findings).toEqual([]);
    expect(skipped).toEqual([{ id: 'gelu.a', layer: 'gelu', reason: 'there is no layer "gelu"' }]);
  });

  test('only one argument is compared where that is asked for', async () => {
    const { findings } = await checkFixtures([relu], [fixture({})], { argument: 'input' });
    expect(findings.map(({ argument }) => argument)).toEqual(['input']);
  });

  test('layers that a config names are found, at any depth', () => {
    const config = {
      layers: [
        { name: 'a', layer: 'relu' },
        { name: 'b', layer: 'tanh', config: { layer: 'relu' } },
      ],
      n: 2,
    };
    expect(resolveLayers(config, layers)).toEqual({
      config: {
        layers: [
          { name: 'a', layer: relu },
          { name: 'b', layer: tanh, config: { layer: relu } },
        ],
        n: 2,
      },
    });
    expect(resolveLayers({ layers: [{ layer: 'nonesuch' }] }, layers)).toEqual({ unknown: 'nonesuch' });
  });

  test('a constant that only the fixture names has no gradient', async () => {
    const network = fixture({
      id: 'sequential.loss',
      layer: 'sequential',
      config: { layers: [{ name: 'loss', layer: 'sumSquaredError' }] },
      constants: { 'loss.target': { shape: [2], data: [0, 1] } },
      outputs: { loss: { shape: [], data: [5] } },
      upstream: { loss: { shape: [], data: [1] } },
      gradients: { input: { shape: [2], data: [-2, 4] } },
    });
    const { findings } = await checkFixtures(layers, [network]);
    expect(findings.map(({ verdict, compared }) => `${verdict} ${compared}`)).toEqual(['pass 1', 'pass 2']);
  });

  test('a network of named layers runs', async () => {
    const network = fixture({
      id: 'sequential.relus',
      layer: 'sequential',
      config: {
        layers: [
          { name: 'first', layer: 'relu' },
          { name: 'second', layer: 'relu' },
        ],
      },
    });
    const { findings } = await checkFixtures(layers, [network]);
    expect(findings.map(({ verdict, compared }) => `${verdict} ${compared}`)).toEqual(['pass 2', 'pass 2']);
  });
});
