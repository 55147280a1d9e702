import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../src/cases.ts';
import type { Finding } from '../src/finding.ts';
import { plain } from '../src/plain.ts';
import { baselineFromJson, baselineOf, baselineToJson } from '../src/report/baseline.ts';
import { reportFromJson, reportToJson } from '../src/report/json.ts';
import { knownFromJson } from '../src/report/known.ts';
import { mergeReports, type Source } from '../src/report/merge.ts';
import { record, recorded } from '../src/recorded.ts';
import { type Report, report } from '../src/run.ts';
import { finding, HOSTILE, wrongKernel } from './finding.ts';

/** A source that is read from JSON, as those of other machines are. */
function source(where: string, of: Report): Source {
  return { where, report: reportFromJson(reportToJson(of), where) };
}

const merged = (...sources: Source[]) => reportToJson(mergeReports(sources));

/** Findings of several layers, each with what may stand in JSON by a word. */
const findings: Finding[] = Array.from({ length: 12 }, (_, at) =>
  finding({
    layer: `layer${at % 6}`,
    argument: at < 6 ? 'x' : undefined,
    verdict: at === 3 ? 'fail' : 'pass',
    resolution: at === 4 ? Number.NaN : 1e-12,
    config: { pads: Array.from({ length: 70 }, (_, i) => i), bound: Number.NEGATIVE_INFINITY, name: HOSTILE },
    notes: ['a note'],
  }),
);

/** The findings dealt out to shards, some of them to several, and the shards in any order. */
const shards = fc.integer({ min: 1, max: 5 }).chain(count =>
  fc
    .tuple(
      fc.array(fc.subarray(findings), { minLength: count, maxLength: count }),
      fc.shuffledSubarray(
        Array.from({ length: count }, (_, at) => at + 1),
        { minLength: count },
      ),
    )
    .map(([twice, order]) =>
      order.map((index): Source => {
        const own = findings.filter((one, at) => at % count === index - 1 || twice[index - 1].includes(one));
        const skipped = [{ id: `fixture ${index % 2}`, reason: 'no layer' }];
        return source(`shard-${index}.json`, { ...report(own, '42', skipped), shard: { index, count } });
      }),
    ),
);

describe('reports of several machines', () => {
  test('are one report, in any order, with everything once', () => {
    const whole = mergeReports([source('whole.json', report(findings, '42'))]);
    fc.assert(
      fc.property(shards, sources => {
        const { skipped, ...joint } = mergeReports(sources);
        expect(joint).toEqual({ ...whole, skipped: undefined, environment: joint.environment });
        expect(skipped.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('are the same report, to the byte, however often they are merged', () => {
    fc.assert(
      fc.property(shards, sources => {
        const once = mergeReports(sources);
        const text = reportToJson(once);
        const again = source('merged.json', once);
        expect(merged(again)).toBe(text);
        expect(merged(again, again)).toBe(text);
        expect(merged(...sources, again)).toBe(text);
        expect(merged(again, ...sources.toReversed())).toBe(text);
      }),
    );
  });

  test('in groups are what they are at once, where nothing says that they are parts', () => {
    const [a, b, c] = [0, 4, 8].map(at => source(`${at}.json`, report(findings.slice(at, at + 6), '42')));
    const pair = source('pair.json', mergeReports([a, b]));
    expect(merged(c, pair)).toBe(merged(a, b, c));
  });

  test('keep the order of keys, and the file, of no matter which', () => {
    const [one] = findings;
    const other = Object.fromEntries(Object.entries(one).toReversed()) as unknown as Finding;
    expect(mergeReports([source('a', report([one], '1')), source('b', report([other], '1'))]).findings).toHaveLength(1);
  });

  const [first] = findings;
  const shard = (index: number, count: number, part: Partial<Finding> = {}): Source =>
    source(`${index}-${count}.json`, {
      ...report([{ ...first, layer: `${index}`, ...part }], '42'),
      shard: { index, count },
    });
  const newer = {
    where: 'new.json',
    report: { ...report([], '1'), tool: { name: 'gradcheck', version: '9' } },
  } as const;

  test.each([
    ['nothing', [], 'there is no report to merge'],
    ['a shard of four', [shard(3, 4)], 'of 4 shards 1, 2, 4 are missing; there are 3-4.json (3)'],
    ['all but one', [shard(1, 3), shard(2, 3)], 'of 3 shards 3 is missing; there are 1-3.json (1), 2-3.json (2)'],
    ['shards of different runs', [shard(1, 2), shard(2, 3)], '1-2.json is shard 1 of 2, but 2-3.json is shard 2 of 3'],
    [
      'different versions',
      [shard(1, 1), newer],
      /^1-1.json is of gradcheck .*, but new.json of 9; merge reports of one/,
    ],
    [
      'a contradiction',
      [shard(1, 2, { layer: 'a' }), shard(2, 2, { layer: 'a', relativeError: 0.5 })],
      '1-2.json and 2-2.json differ in a (reference), gradient of x: relativeError is 1e-15 and 0.5',
    ],
    [
      'a contradiction of numbers that JSON lacks',
      [shard(1, 2, { layer: 'a', resolution: Number.NaN }), shard(2, 2, { layer: 'a', resolution: Infinity })],
      'resolution is "NaN" and "Infinity"',
    ],
    [
      'a contradiction within a report',
      [source('one.json', report([first, { ...first, compared: 1 }], '1'))],
      'two findings of one.json differ in layer0 (reference), gradient of x: compared is 144 and 1',
    ],
  ] as [string, Source[], string | RegExp][])('of %s are refused', (_, sources, message) => {
    expect(() => mergeReports(sources)).toThrow(message);
    expect(() => mergeReports(sources.toReversed())).toThrow(UsageError);
  });

  test('say all that their environments and seeds were', () => {
    const on = (node: string, seed: string) =>
      source(node, { ...report([finding({ layer: node })], seed), environment: { node, arch: 'x64' } });
    const joint = mergeReports([on('v22', '7'), on('v20', '42')]);
    expect(joint).toMatchObject({ environment: { node: 'v20, v22', arch: 'x64' }, seed: '42, 7' });
    expect(mergeReports([source('joint', joint), on('v20', '42')])).toEqual(joint);
  });

  test('pass where all that there is passes, also beside a machine that had nothing to do', () => {
    const sources = [source('a', report([finding()], '1')), source('b', report([], '1'))];
    expect(mergeReports(sources).verdict).toBe('pass');
  });
});

test('a config that was cut is not cut again', () => {
  const cut = plain({ list: Array.from({ length: 1000 }, (_, i) => i) });
  expect(plain(cut)).toEqual(cut);
});

describe('what tests leave for a reporter', () => {
  test('bears the name of the test, and a number where there are several of a layer', () => {
    const meta = {};
    for (const relativeError of [0, 1e-3, 0]) record(meta, report([finding({ relativeError })], '42'));
    record(meta, report([finding({ layer: 'other' })], '42'));
    const sources = recorded(
      JSON.parse(JSON.stringify(meta)) as object,
      'a/b.test.ts',
      'suite > it works (always)',
      'it works (always)',
    );
    expect(sources.map(({ report: { findings: own } }) => `${own[0].layer} ${own[0].test}`)).toEqual([
      'conv2d a/b.test.ts > suite > it works (always)',
      'conv2d a/b.test.ts > suite > it works (always) #2',
      'other a/b.test.ts > suite > it works (always)',
    ]);
    expect(sources[0].report.findings[0].replay).toBe("npx vitest run a/b.test.ts -t 'it works \\(always\\)'");
    expect(mergeReports(sources).findings).toHaveLength(3);
  });

  test('is nothing where a test asked for nothing', () => {
    expect(recorded({}, 'a.test.ts', 'a', 'a')).toEqual([]);
  });
});

describe('a damaged text', () => {
  const texts = {
    report: reportToJson({ ...report([...findings, wrongKernel], '42'), shard: { index: 1, count: 2 } }),
    baseline: baselineToJson(baselineOf(report([...findings, wrongKernel], '42'))),
    known: JSON.stringify({ schema: 'gradcheck-known/1', known: [{ layer: 'a', check: 'exact', reason: 'b' }] }),
  };
  const readers = { report: reportFromJson, baseline: baselineFromJson, known: knownFromJson };

  test.each(Object.keys(texts) as (keyof typeof texts)[])('of a %s is refused with its name, or is none', kind => {
    const text = texts[kind];
    const damage = fc.oneof(
      fc.record({ from: fc.nat(text.length), length: fc.nat(40), by: fc.constant('') }),
      fc.record({ from: fc.nat(text.length), length: fc.nat(9), by: fc.oneof(fc.string(), fc.json()) }),
      fc.record({
        from: fc.nat(text.length),
        length: fc.nat(2),
        by: fc.constantFrom('NaN', '1e999', '-1', 'null', '"', '{', ']', ',', '\n', '"__proto__":{},', '\u0000', '0.5'),
      }),
      fc.record({ from: fc.nat(text.length), length: fc.constant(text.length), by: fc.constant('') }),
    );
    fc.assert(
      fc.property(damage, ({ from, length, by }) => {
        const damaged = text.slice(0, from) + by + text.slice(from + length);
        try {
          readers[kind](damaged, 'the file');
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect((error as Error).message).toMatch(/^the file(, line \d+)?: /);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each(Object.keys(texts) as (keyof typeof texts)[])('that never was a %s is refused with its name', kind => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.jsonValue().map(value => JSON.stringify({ schema: value })),
        ),
        text => {
          expect(() => readers[kind](text, 'the file')).toThrow(/^the file(, line \d+)?: /);
        },
      ),
      { numRuns: 200 },
    );
  });

  const line = texts.report.split('\n').findIndex(one => one.includes('"layer0"')) + 1;
  test.each([
    ['a negative error', '"relativeError":1e-15', '"relativeError":-1', 'findings.0.relativeError'],
    ['half a number', '"compared":144', '"compared":0.5', 'findings.0.compared'],
    ['an extent of -1', '"weight":[4,3,3,2]', '"weight":[-1]', 'findings.0.shapes.weight.0'],
    ['a key twice', '"verdict":"pass"', '"verdict":"fail","verdict":"pass"', 'the key "verdict" stands twice'],
    ['a key twice by another spelling', '"verdict":"pass"', '"verdict":"fail","\\u0076erdict":"pass"', 'stands twice'],
  ])('names the line of %s', (_, from, to, message) => {
    expect(() => reportFromJson(texts.report.replace(from, to), 'run.json')).toThrow(
      new RegExp(`^run.json, line ${line}: .*${message.replaceAll('.', '\\.')}`),
    );
  });

  test.each([{ index: 0, count: 2 }, { index: 3, count: 2 }, { index: 1, count: 1e15 }, { index: 1 }, 'all'])(
    'names a shard %j that there cannot be',
    shard => {
      const text = texts.report.replace('{"index":1,"count":2}', JSON.stringify(shard));
      expect(() => reportFromJson(text, 'run.json')).toThrow(/^run.json, line \d: shard/);
    },
  );
});
