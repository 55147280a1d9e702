import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../src/finding.ts';
import { type Implementation, type Layer } from '../src/layer.ts';
import { conv2d, layers } from '../src/layers/index.ts';
import { hash } from '../src/numeric/hash.ts';
import { type Baseline, baselineFromJson, baselineOf, baselineToJson } from '../src/report/baseline.ts';
import { changeCounts, changesText } from '../src/report/changes.ts';
import { type Change, compare } from '../src/report/compare.ts';
import { historyFromText, historyLine } from '../src/report/history.ts';
import { keyText } from '../src/report/key.ts';
import { knownFromJson, withKnown } from '../src/report/known.ts';
import { updated } from '../src/report/updated.ts';
import { check, report } from '../src/run.ts';
import { mapTensor, type Tensors } from '../src/tensor.ts';
import { finding, HOSTILE, wrongKernel } from './finding.ts';

/** The states of what a run measured, and why, beside a baseline of one finding. */
function changed(before: Partial<Finding>, ...after: Partial<Finding>[]): Change[] {
  const then = baselineOf(report([finding({ hash: 'a', ...before })], '42'));
  return compare(
    then.checks,
    after.map(part => finding({ hash: 'a', ...part })),
  );
}

const stateOf = (before: Partial<Finding>, after: Partial<Finding>) => changed(before, after)[0].state;

describe('since the baseline', () => {
  test.each([
    ['the same error', { relativeError: 1e-12 }, { relativeError: 1e-12 }, 'same'],
    ['ten times the error', { relativeError: 1e-12 }, { relativeError: 1e-11 }, 'same'],
    ['more than ten times the error', { relativeError: 1e-12 }, { relativeError: 1.1e-11 }, 'regressed'],
    ['a tenth of the error', { relativeError: 1e-11 }, { relativeError: 0.9e-12 }, 'improved'],
    ['rounding where there was none', { relativeError: 0 }, { relativeError: 8e-15 }, 'same'],
    ['more than rounding where there was none', { relativeError: 0 }, { relativeError: 1e-14 }, 'regressed'],
    ['rounding of float32', { relativeError: 0 }, { relativeError: 4e-6, dtype: 'float32' }, 'same'],
    ['more than that', { relativeError: 0 }, { relativeError: 6e-6, dtype: 'float32' }, 'regressed'],
    ['an error that is not a number', {}, { relativeError: Number.NaN }, 'regressed'],
    ['no number, as before', { relativeError: Number.NaN }, { relativeError: Number.NaN }, 'same'],
    ['fewer numbers compared', { compared: 144 }, { compared: 143 }, 'regressed'],
    ['more numbers compared', { compared: 144 }, { compared: 145 }, 'improved'],
    ['ten times the resolution', { resolution: 1e-12 }, { resolution: 1e-11 }, 'same'],
    ['more than ten times the resolution', { resolution: 1e-12 }, { resolution: 1.1e-11 }, 'regressed'],
    ['no resolution', { resolution: 1e-12 }, { resolution: Number.NaN }, 'regressed'],
    ['a fail', {}, { verdict: 'fail', compared: 200 }, 'regressed'],
    ['an inconclusive', {}, { verdict: 'inconclusive' }, 'regressed'],
    ['an error', {}, { verdict: 'error' }, 'regressed'],
    ['a pass again, of fewer numbers', { verdict: 'fail', relativeError: 0.5 }, { compared: 100 }, 'improved'],
    ['other evaluations, bounds and seeds', {}, { evaluations: 9, errorBound: 1e-9, seed: 'b', cases: 3 }, 'same'],
    ['another hash, however bad', {}, { hash: 'b', relativeError: 1 }, 'changed-config'],
  ] as const)('%s is %4$s', (_, before, after, state) => {
    expect(stateOf(before, after)).toBe(state);
  });

  test('what was not there is new, what is not there is missing', () => {
    const changes = changed({ argument: 'weight' }, { argument: 'bias' });
    expect(changes.map(({ key, state }) => [key.argument, state])).toEqual([
      ['weight', 'missing'],
      ['bias', 'new'],
    ]);
  });

  test('nothing is missing where a run did not look', () => {
    const then = baselineOf(report([finding(), finding({ layer: 'other' })], '42'));
    expect(compare(then.checks, [], ({ layer }) => layer === 'other').map(({ key }) => key.layer)).toEqual(['other']);
  });

  test('a regression says what it is, in numbers', () => {
    expect(changed({ relativeError: 1e-16 }, { relativeError: 1e-10, compared: 100 })[0].reason).toBe(
      'the error was 1e-16 and is 1e-10; 144 numbers were compared and now 100',
    );
  });

  test('what is most to be looked at comes first', () => {
    const before = ['a', 'b', 'c', 'd'].map(layer => finding({ layer, hash: 'a', relativeError: 1e-12 }));
    const after = [
      finding({ layer: 'a', hash: 'a', relativeError: 1e-12 }),
      finding({ layer: 'b', hash: 'b' }),
      finding({ layer: 'd', hash: 'a', relativeError: 1e-3 }),
      finding({ layer: 'e' }),
    ];
    const changes = compare(baselineOf(report(before, '42')).checks, after);
    expect(changes.map(({ key: { layer }, state }) => `${layer} ${state}`)).toEqual([
      'd regressed',
      'c missing',
      'b changed-config',
      'e new',
      'a same',
    ]);
    expect(changeCounts(changes)).toBe('1 regressed, 1 missing, 1 changed-config, 1 new, 1 as they were');
    const lines = changesText(changes).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(
      'REGRESSED       d      reference       gradient of weight  the error was 1e-12 and is 0.001',
    );
  });

  test('a table of changes is short, and harmless whatever a layer is called', () => {
    const many = Array.from({ length: 500 }, (_, i) => finding({ layer: `${HOSTILE}${i}` }));
    const text = changesText(compare([], many));
    expect(text.split('\n')).toHaveLength(22);
    expect(text.split('\n').at(-1)).toBe('… and 480 more: --verbose tells them all.');
    expect(text).not.toMatch(/[^\n\P{C}]/u);
  });
});

/** What an implementation gives, of fewer binary digits. */
function coarser(fine: Implementation, digits: number): Implementation {
  const round = (value: number) => {
    const unit = 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - digits);
    return Math.round(value / unit) * unit;
  };
  const all = (tensors: Tensors): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([name, one]) => [name, mapTensor(one, round)]));
  return {
    forward: async (args, config) => all(await fine.forward(args, config)),
    vjp: async (args, upstream, config, outputs) => all(await fine.vjp(args, upstream, config, outputs)),
  };
}

test('an im2col convolution whose error went from 1e-16 to 1e-10 still passes, and is found', async () => {
  const layer = conv2d as unknown as Layer;
  const im2col = layer.alternatives?.['im2col'] as Implementation;
  const worse = { ...layer, alternatives: { im2col: coarser(im2col, 32) } };
  const [before, after] = [await check(layer, { cases: 3 }), await check(worse, { cases: 3 })];
  expect([before.verdict, after.verdict]).toEqual(['pass', 'pass']);

  const changes = compare(baselineOf(before).checks, after.findings);
  const regressed = changes.filter(({ state }) => state === 'regressed');
  expect(regressed.every(({ key }) => key.implementation === 'im2col')).toBe(true);
  const output = regressed.find(({ key }) => key.check === 'agreement' && key.output === 'output');
  expect(output?.before?.error).toBeLessThan(1e-15);
  expect(output?.after?.error).toBeGreaterThan(1e-11);
  expect(output?.after?.error).toBeLessThan(1e-9);
  expect(changes.some(({ state }) => state === 'new' || state === 'changed-config')).toBe(false);
});

describe('the hash of a finding', () => {
  const hashes = async (layer: Layer, options = {}) =>
    (await check(layer, { checks: ['exact'], cases: 2, ...options })).findings.map(one => one.hash);
  const cases = [{ config: { stride: 1 }, args: { x: [2, 3] } }] as const;
  const copy: Layer = {
    name: 'copy',
    cases,
    forward: ({ x }) => ({ y: { shape: x.shape, data: x.data.slice() } }),
    vjp: (_, { y }) => ({ x: { shape: y.shape, data: y.data.slice() } }),
  };

  test('is that of its text', () => {
    // FNV-1a of 64 bits has known values.
    expect(hash('')).toBe('cbf29ce484222325');
    expect(hash('foobar')).toBe('85944171f73967e8');
  });

  test.each([
    ['a config', { ...copy, cases: [{ config: { stride: 2 }, args: { x: [2, 3] } }] }],
    ['a shape', { ...copy, cases: [{ config: { stride: 1 }, args: { x: [3, 2] } }] }],
    ['a given value', { ...copy, cases: [{ config: { stride: 1 }, args: { x: { shape: [1], values: [-0] } } }] }],
    ['the number of cases', { ...copy, cases: [...cases, ...cases] }],
    ['the precision', { ...copy, dtype: 'float32' }],
  ] as [string, Layer][])('changes with %s', async (_, other) => {
    const [one, another] = [await hashes(copy), await hashes(other)];
    expect(one[0]).toMatch(/^[\da-f]{16}$/);
    expect(another[0]).not.toBe(one[0]);
  });

  test('changes with the seed, and with nothing else', async () => {
    const one = await hashes(copy);
    expect(await hashes(copy, { seed: 7 })).not.toEqual(one);
    expect(await hashes({ ...copy, formula: 'y = x', axes: { x: ['row', 'column'] } })).toEqual(one);
  });

  test('is that of all cases, those where a layer breaks too', async () => {
    const twice: Layer = { ...copy, cases: [...cases, ...cases] };
    let calls = 0;
    const breaks: Layer = { ...twice, forward: (...args) => (calls++ > 12 ? ({} as never) : twice.forward(...args)) };
    const found = await check(breaks);
    expect(found.verdict).not.toBe('pass');
    expect(new Set(found.findings.map(one => one.hash)).size).toBe(1);
  });
});

describe('a baseline', () => {
  const full = report(
    [
      finding({ layer: 'z', relativeError: 1.23456e-14, errorBound: 7e-13, resolution: 3.21e-12, hash: 'h' }),
      finding({ layer: 'a', check: 'contract', argument: undefined, resolution: Number.NaN }),
      { ...wrongKernel, relativeError: Number.POSITIVE_INFINITY, test: 'a.test.ts > b' },
    ],
    '7',
  );
  const text = baselineToJson(baselineOf(full));

  test('has a line for every check, sorted, of rounded numbers', () => {
    const lines = text.split('\n').filter(line => line.includes('"layer"'));
    expect(lines.map(line => line.match(/"layer":"(\w+)"/)?.[1])).toEqual(['a', 'conv2d', 'z']);
    expect(lines[2]).toBe(
      '    {"layer":"z","implementation":"reference","check":"gradient","argument":"weight","verdict":"pass","error":1.2e-14,"inBounds":0.018,"resolution":3.2e-12,"compared":144,"hash":"h"}',
    );
    expect(text).toContain(`"node": "${process.version}"`);
  });

  test('is the same whatever order the findings are in', () => {
    expect(baselineToJson(baselineOf({ ...full, findings: full.findings.toReversed() }))).toBe(text);
  });

  test('reads back what it wrote', () => {
    expect(baselineToJson(baselineFromJson(text, 'here'))).toBe(text);
  });

  test('holds nothing of what could not even be begun', () => {
    expect(baselineOf(report([finding({ cases: 0, verdict: 'error' })], '1')).checks).toEqual([]);
  });

  test('compares as same with the run that it is from, rounded or not', () => {
    const back = baselineFromJson(text, 'here');
    expect(new Set(compare(back.checks, full.findings).map(({ state }) => state))).toEqual(new Set(['same']));
  });

  test('keeps, when it is updated, what is as it was, so that errors do not creep', () => {
    let baseline = baselineOf(report([finding({ relativeError: 1e-13 })], '1'));
    const states = [];
    for (let error = 3e-13; error < 1e-11; error *= 3) {
      const now = report([finding({ relativeError: error })], '1');
      const changes = compare(baseline.checks, now.findings);
      states.push(changes[0].state);
      baseline = updated(baseline, now, changes);
    }
    expect(states).toEqual(['same', 'same', 'regressed', 'same']);
  });

  test('keeps, when it is updated, what was not looked at, and loses what is missing', () => {
    const before = baselineOf(report([finding({ layer: 'a' }), finding({ layer: 'b' }), finding({ layer: 'c' })], '1'));
    const now = report([finding({ layer: 'a', relativeError: 0.1 }), finding({ layer: 'd' })], '2');
    const changes = compare(before.checks, now.findings, ({ layer }) => layer !== 'b');
    const after = updated(before, now, changes);
    const lines = baselineToJson(after).split('\n');
    const kept = lines.flatMap(line => line.match(/"layer":"(\w)".*"error":([^,]+)/)?.slice(1) ?? []);
    expect(kept).toEqual(['a', '0.1', 'b', '1e-15', 'd', '1e-15']);
  });

  const line = text.split('\n').find(one => one.includes('"z"')) as string;
  test.each([
    ['cut off', text.slice(0, text.length >> 1), /^base.json, line \d+: this is not JSON/],
    ['empty', '', 'base.json, line 1: this is not JSON'],
    ['a conflict of git', text.replace(line, `<<<<<<< HEAD\n${line}`), /^base.json, line 9: this is not JSON/],
    ['of another schema', text.replace('baseline/1', 'baseline/9'), 'base.json, line 2: schema: Invalid type'],
    ['a report', '{"schema":1}', 'base.json, line 1: schema: Invalid type'],
    ['a list', '[]', 'base.json, line 1: schema: Invalid key'],
    ['NaN', text.replace('1.2e-14', 'NaN'), /^base.json, line 9: this is not JSON/],
    ['infinite', text.replace('1.2e-14', '1e999'), 'base.json, line 9: checks.2.error'],
    ['negative', text.replace('1.2e-14', '-1.2e-14'), 'base.json, line 9: checks.2.error'],
    ['null', text.replace('1.2e-14', 'null'), 'base.json, line 9: checks.2.error'],
    ['not whole', text.replace('"compared":144,"hash":"h"', '"compared":1.5,"hash":"h"'), 'line 9: checks.2.compared'],
    ['absurd', text.replace('"compared":144,"hash":"h"', '"compared":1e300,"hash":"h"'), 'line 9: checks.2.compared'],
    ['misspelt', text.replace('"verdict":"pass","error":1.2e-14', '"verdikt":"pass","error":1'), 'line 9: checks.2'],
    ['a key twice', text.replace('"error":1.2e-14', '"error":1,"error":2'), 'line 9: the key "error" stands twice'],
    ['a check twice', text.replace(line, `${line},\n${line}`), 'base.json: there are two checks of the key ["z"'],
    ['nested', `${'['.repeat(1e5)}${']'.repeat(1e5)}`, 'base.json, line 1: it is nested deeper than 100 levels'],
  ])('that is %s says so, and where', (_, bad, message) => {
    expect(() => baselineFromJson(bad, 'base.json')).toThrow(message);
  });
});

test('the committed baseline has every built-in layer, and nothing but passes', () => {
  const text = readFileSync(new URL('../reports/baseline.json', import.meta.url), 'utf8');
  const { checks } = baselineFromJson(text, 'reports/baseline.json');
  const there = new Set(checks.map(({ key }) => key.layer));
  expect(layers.map(({ name }) => name).filter(name => !there.has(name))).toEqual([]);
  expect(checks.filter(({ measured }) => measured.verdict !== 'pass')).toEqual([]);
});

describe('what is known to be wrong', () => {
  const known = (parts: object) =>
    JSON.stringify({ schema: 'gradcheck-known/1', known: [{ layer: 'conv2d', check: 'gradient', ...parts }] });
  const list = knownFromJson(known({ argument: 'weight', reason: 'issue 12' }), 'known.json');

  test.each(['fail', 'error'] as const)('is listed where it is %s, and does not count', verdict => {
    const told = withKnown(report([finding({ verdict }), finding({ layer: 'other' })], '1'), list, 'known.json');
    expect(told.verdict).toBe('pass');
    expect(told.findings[0]).toMatchObject({ verdict, known: 'issue 12' });
  });

  test('is a fail where it passes again', () => {
    const told = withKnown(report([finding()], '1'), list, 'known.json');
    expect(told.verdict).toBe('fail');
    expect(told.findings[0].reason).toBe(
      'it passes, though known.json says that it does not (issue 12); take it off that list',
    );
  });

  test('is undecided where it is undecided', () => {
    expect(withKnown(report([finding({ verdict: 'inconclusive' })], '1'), list, 'known.json').verdict).toBe(
      'inconclusive',
    );
  });

  test('is one implementation and one argument', () => {
    const others = [finding({ verdict: 'fail', argument: 'bias' }), wrongKernel];
    expect(withKnown(report(others, '1'), list, 'known.json').findings.every(one => one.known === undefined)).toBe(
      true,
    );
  });

  test.each([
    ['without a reason', known({ argument: 'weight' }), 'known.json, line 1: known.0.reason: Invalid key'],
    ['with a blank reason', known({ reason: ' ' }), 'known.0.reason: Say why it is expected not to pass'],
    ['with a slip of the pen', known({ argumnet: 'weight', reason: 'x' }), 'known.0.argumnet'],
    ['of an unknown check', known({ check: 'gradients', reason: 'x' }), 'known.0.check: Invalid type'],
  ])('%s is refused', (_, text, message) => {
    expect(() => knownFromJson(text, 'known.json')).toThrow(message);
  });
});

describe('the history', () => {
  const line = (at: number, part: Partial<Finding> = {}) =>
    historyLine(report([finding(part)], '1'), {
      date: new Date(Date.UTC(2026, 0, at)).toISOString(),
      commit: `c${at}`,
    });

  test('reads back its runs, the oldest first', () => {
    const { runs, torn } = historyFromText(line(2) + line(1, { relativeError: Number.NaN, verdict: 'fail' }));
    expect(torn).toBe(0);
    expect(runs).toEqual([
      {
        date: '2026-01-01T00:00:00.000Z',
        commit: 'c1',
        findings: [expect.objectContaining({ verdict: 'fail', error: Number.NaN, inBounds: Number.NaN })],
      },
      expect.objectContaining({ commit: 'c2', findings: [expect.objectContaining({ error: 1e-15, inBounds: 0.001 })] }),
    ]);
  });

  test('is one line a run, whatever is in it', () => {
    expect(
      line(1, { layer: HOSTILE })
        .trimEnd()
        .split(/[\n\r]/),
    ).toHaveLength(1);
  });

  test('loses the run of a torn line, and no other', () => {
    fc.assert(
      fc.property(fc.nat(line(3).length - 1), end => {
        const text = line(1) + line(2) + line(3).slice(0, end);
        const { runs, torn } = historyFromText(text);
        // All but the line break is a whole run.
        expect(runs).toHaveLength(end === line(3).length - 1 ? 3 : 2);
        expect(torn).toBe(end === 0 || end === line(3).length - 1 ? 0 : 1);
        expect(historyFromText(`${text}\n${line(4)}`).runs.at(-1)?.commit).toBe('c4');
      }),
    );
  });

  test('is never refused', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.json(), fc.string(), fc.constant(line(1)))), lines => {
        expect(() => historyFromText(lines.join('\n'))).not.toThrow();
      }),
    );
  });
});

/** A finding of any numbers. */
const findings = fc
  .uniqueArray(
    fc.record({
      layer: fc.string(),
      argument: fc.option(fc.string(), { nil: undefined }),
      relativeError: fc.oneof(fc.double({ min: 0 }), fc.constant(Number.NaN)),
      resolution: fc.double({ min: 0 }),
      compared: fc.nat(),
      verdict: fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const, 'error' as const),
      hash: fc.constantFrom('a', 'b'),
    }),
    { selector: keyOfPart, maxLength: 8 },
  )
  .map(parts => parts.map(part => finding(part)));

function keyOfPart(part: { layer: string; argument: string | undefined }): string {
  return JSON.stringify([part.layer, part.argument ?? null]);
}

test('every run is as it was beside its own baseline, and an update makes it so', () => {
  fc.assert(
    fc.property(findings, findings, (before, after) => {
      const [then, now] = [report(before, '1'), report(after, '1')];
      const baseline: Baseline = baselineFromJson(baselineToJson(baselineOf(then)), 'here');
      expect(compare(baseline.checks, before).every(({ state }) => state === 'same')).toBe(true);
      const changes = compare(baseline.checks, after);
      expect(changes.map(({ key }) => keyText(key)).toSorted()).toEqual(
        [...new Set([...before, ...after].map(keyText))].toSorted(),
      );
      const next = updated(baseline, now, changes);
      expect(compare(next.checks, after).every(({ state }) => state === 'same')).toBe(true);
    }),
  );
});
