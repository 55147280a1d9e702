import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Report, report } from '../src/run.ts';
import { failuresOf, failureText } from '../src/report/failure.ts';
import { reportFromJson, reportToJson } from '../src/report/json.ts';
import { reportToMarkdown } from '../src/report/markdown.ts';
import { plain } from '../src/plain.ts';
import { rowsOf, summaryText, tableText } from '../src/report/table.ts';
import { pair, printable, short } from '../src/report/text.ts';
import { relu } from '../src/layers/relu.ts';
import { finding, HOSTILE, wrongKernel } from './finding.ts';

/** What may not reach a terminal: anything but plain characters, and line breaks of our own. */
const HARMFUL = /[^\n\P{C}]|[\u2028\u2029]/u;

describe('the report of a failure', () => {
  const text = failureText(wrongKernel);
  const lines = text.split('\n');

  test('says in its first line who is wrong, in what, and by how much', () => {
    expect(lines[0]).toBe('FAIL  conv2d (im2col), gradient of weight: error 0.5 of its size, 1e-12 allowed');
  });

  test('lists the worst elements by the names of their axes, yours beside the finite difference', () => {
    expect(lines.slice(2, 6)).toEqual([
      '  where   24 of 144 elements wrong: kernel column 0',
      '          out  in  row  column  yours  finite difference  ± bound  ratio',
      '            0   0    0       0    1.2                2.4  ± 1e-12    0.5',
      '            3   2    1       0   0.25                0.5  ± 1e-12    0.5',
    ]);
  });

  test('says when it happens, why it may, and how to see it again', () => {
    expect(text).toContain('when    config {"kernel":3,"stride":2}');
    expect(text).toContain('input [2, 3, 7, 6], weight [4, 3, 3, 2]');
    expect(text).toContain('case 3 (of 10 tried), drawn from 42/conv2d/3/normal/0');
    expect(text).toContain('why     consistent with scaled: every wrong element is 0.5 times the right one');
    expect(lines.at(-1)).toBe(`  replay  ${wrongKernel.replay}`);
  });

  test('does not speak of actual and expected values', () => {
    expect(text).not.toMatch(/\b(actual|expected)\b/i);
  });

  test('gives as many digits as it takes to see a difference', () => {
    expect(pair(1, 1 + 2 ** -40)).toEqual(['1', '1.00000000000091']);
    expect(pair(1.5, -1.5)).toEqual(['1.5', '-1.5']);
    expect(pair(Number.NaN, 0.25)).toEqual(['NaN', '0.25']);
  });

  test('names elements by position where the axes have no names', () => {
    const { axes: _, ...unnamed } = wrongKernel;
    expect(failureText(unnamed)).toContain('[3, 2, 1, 0]');
  });

  test('fits on a screen however much there is to say', () => {
    const elements = Array.from({ length: 50 }, (_, i) => ({ index: [i], actual: i, expected: -i, errorBound: 0 }));
    const shapes = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`argument${i}`, [i, i]]));
    const long = failureText(
      finding({
        ...wrongKernel,
        wrong: { count: 1000, of: 2000, estimated: true, elements },
        shapes,
        config: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`setting${i}`, i])),
        notes: Array.from({ length: 20 }, (_, i) => `note ${i}`),
      }),
      { also: Array.from({ length: 40 }, () => wrongKernel) },
    );
    expect(long.split('\n').length).toBeLessThan(40);
    expect(long).toContain('about 1,000 of 2,000 elements wrong');
    expect(long).toContain('and about 994 more');
  });

  test('joins what several checks say of one argument, the most telling first', () => {
    const exact = finding({ ...wrongKernel, check: 'exact', diagnoses: [] });
    const other = finding({ ...wrongKernel, argument: 'bias', check: 'examples' });
    const groups = failuresOf([exact, finding(), wrongKernel, other], ['fail']);
    expect(groups.map(group => group.map(({ check }) => check))).toEqual([['gradient', 'exact'], ['examples']]);
    expect(failureText(groups[0][0], { also: groups[0].slice(1) })).toContain('seen by exact: gradient of weight');
  });

  test('a gradient that is not finite has no size of error', () => {
    const text = failureText(finding({ verdict: 'fail', relativeError: Number.POSITIVE_INFINITY }));
    expect(text.split('\n')[0]).toBe('FAIL  conv2d (reference), gradient of weight: not finite');
  });
});

describe('the table', () => {
  const all = report([finding(), finding({ argument: 'bias', resolution: 5e-11 }), wrongKernel], '42');

  test('has one line for an implementation that passes, with the worst resolution', () => {
    const [, passing] = tableText(all).split('\n');
    expect(passing.split(/ {2,}/)).toEqual(['conv2d', 'reference', 'pass', '2 checks', '288', '5e-11']);
  });

  test('has one line for every finding that does not pass', () => {
    const lines = tableText(all).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(
      /^conv2d +im2col +FAIL +gradient of weight +144 +3e-12  24 of 144 elements wrong: kernel column 0/,
    );
  });

  test('has a line for every finding where all are asked for', () => {
    expect(rowsOf(all, true)).toHaveLength(3);
  });

  test('gives no resolution where nothing measures one', () => {
    expect(tableText(report([finding({ check: 'contract', resolution: Number.NaN })], '42'))).toMatch(/–$/m);
  });

  test('ends in a line that counts and gives the seed', () => {
    expect(summaryText(all)).toBe('FAIL  1 wrong, 2 of 3 checks passed, 1 layer, 432 numbers compared, seed 42');
  });
});

describe('hostile names', () => {
  const part = { layer: HOSTILE, implementation: HOSTILE, argument: HOSTILE, reason: HOSTILE, case: HOSTILE };
  const hostile = finding({
    ...wrongKernel,
    ...part,
    seed: HOSTILE,
    config: { [HOSTILE]: HOSTILE },
    shapes: { [HOSTILE]: [1] },
    axes: [HOSTILE, HOSTILE, HOSTILE, HOSTILE],
    notes: [HOSTILE],
    diagnoses: [{ cause: HOSTILE, text: HOSTILE }],
    replay: HOSTILE,
  });
  const one = report([hostile], HOSTILE, [{ id: HOSTILE, reason: HOSTILE }]);

  test.each([
    ['the table', tableText(one)],
    ['the report of a failure', failureText(hostile)],
    ['the last line', summaryText(one)],
    ['the Markdown', reportToMarkdown(one)],
  ])('%s has no control character, no change of direction, and no endless line of them', (_, text) => {
    expect(text).not.toMatch(HARMFUL);
    expect(Math.max(...text.split('\n').map(line => line.length))).toBeLessThan(1500);
  });

  test('any text is made printable, on one line, within its limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 2, max: 80 }), (text, limit) => {
        const shown = printable(text, limit);
        expect(shown).not.toMatch(HARMFUL);
        expect(shown).not.toContain('\n');
        expect(Array.from(shown).length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  test('what is plain stays as it is', () => {
    expect(printable('conv2d (λ = 0.5, größe 3 × 3) 🙂')).toBe('conv2d (λ = 0.5, größe 3 × 3) 🙂');
  });
});

describe('the Markdown', () => {
  test('shows names as they are, not as Markdown or HTML', () => {
    const markdown = reportToMarkdown(report([finding({ ...wrongKernel, layer: '<img src=x>|**a**`b`[c](d)' })], '42'));
    expect(markdown.replace(/^```[^]*?^```$/gm, '')).not.toContain('<img');
    const row = markdown.split('\n').find(line => line.includes('im2col')) as string;
    expect(row).not.toMatch(/[`*[]/);
    expect(row.split('|')).toHaveLength(9);
  });

  test('tells every failure in a part that unfolds', () => {
    const markdown = reportToMarkdown(report([finding(), wrongKernel], '42'));
    expect(markdown).toContain('<details><summary>FAIL conv2d (im2col), gradient of weight: error 0.5');
    expect(markdown).toContain(`\n\`\`\`text\n${failureText(wrongKernel)}\n\`\`\`\n\n</details>`);
  });

  test('fences what holds backticks of its own', () => {
    const markdown = reportToMarkdown(report([finding({ ...wrongKernel, reason: 'a ```` fence' })], '42'));
    expect(markdown).toContain('\n`````text\n');
  });

  test('lists what was skipped', () => {
    expect(reportToMarkdown(report([finding()], '42', [{ id: 'a.b', reason: 'no layer a' }]))).toContain(
      '| a.b | no layer a |',
    );
  });
});

describe('the JSON', () => {
  const odd = finding({
    verdict: 'fail',
    relativeError: Number.POSITIVE_INFINITY,
    errorBound: 0,
    resolution: Number.NaN,
    unresolved: 2,
    output: 'NaN',
    points: [{ kind: 'normal', verdict: 'fail', code: 'non-finite', resolution: Number.NaN }],
    wrong: {
      count: 1,
      of: 4,
      estimated: false,
      elements: [{ index: [0], actual: Number.NaN, expected: Number.NEGATIVE_INFINITY, errorBound: 1e-320 }],
    },
  });
  const full = report([finding(), wrongKernel, odd], '7', [{ id: 'a', reason: 'b' }]);

  test('writes numbers that JSON lacks as words', () => {
    const { findings } = JSON.parse(reportToJson(full)) as { findings: Record<string, unknown>[] };
    expect(findings[2]).toMatchObject({ relativeError: 'Infinity', resolution: 'NaN', errorBound: 0 });
    expect(findings[2].wrong).toMatchObject({ elements: [{ actual: 'NaN', expected: '-Infinity' }] });
  });

  test('reads back what it wrote', () => {
    expect(reportFromJson(reportToJson(full), 'here')).toEqual(full);
  });

  test('reads back every number to the bit, but for the sign of zero', () => {
    fc.assert(
      fc.property(fc.double(), actual => {
        const wrong = {
          count: 1,
          of: 1,
          estimated: false,
          elements: [{ index: [], actual, expected: 0, errorBound: 0 }],
        };
        const [back] = reportFromJson(reportToJson(report([finding({ wrong })], '1')), 'here').findings;
        const number = back.wrong?.elements[0].actual;
        expect(number === actual || Object.is(number, actual)).toBe(true);
      }),
    );
  });

  test('keeps keys that it does not know', () => {
    const text = reportToJson(full).replace('"schema": 1', '"schema": 1, "later": true');
    expect(reportFromJson(text, 'here') as Report & { later: boolean }).toMatchObject({ later: true });
  });

  test.each([
    { text: '{', message: 'run.json, line 1: this is not JSON' },
    { text: '7', message: 'run.json, line 1: Invalid type: Expected Object but received 7' },
    { text: '[]', message: 'run.json, line 1: schema: Invalid key' },
    { text: reportToJson(full).replace('"schema": 1', '"schema": 2'), message: 'run.json, line 2: schema:' },
    { text: reportToJson(full).replace('"pass"', '"fine"'), message: 'run.json, line 11: findings.0.verdict:' },
  ])('says what is wrong with another text: $message', ({ text, message }) => {
    expect(() => reportFromJson(text, 'run.json')).toThrow(message);
  });

  test('holds a config whatever is in it', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(
      plain({
        layers: [{ layer: relu }],
        bound: Number.NEGATIVE_INFINITY,
        big: 10n,
        of: Float64Array.of(1, 2),
        run: Math.sin,
        map: new Map([['a', 1]]),
        circle,
        left: undefined,
        get broken() {
          throw new Error('no');
        },
      }),
    ).toEqual('[unreadable: no]');
    expect(
      plain({ layers: [{ layer: relu }], bound: -1 / 0, big: 10n, of: Float64Array.of(1, 2), run: Math.sin }),
    ).toEqual({
      layers: [{ layer: 'relu' }],
      bound: '-Infinity',
      big: '10',
      of: [1, 2],
      run: '[function sin]',
    });
    expect(plain({ circle })).toEqual({ circle: { self: '[circular]' } });
    expect(plain(Array.from({ length: 100 }, () => 0))).toHaveLength(65);
  });
});

test.each([
  [0, '0'],
  [1.23456e-14, '1.2e-14'],
  [3e-12, '3e-12'],
  [0.5, '0.5'],
  [123.456, '123'],
  [-2.5e9, '-2.5e+9'],
  [Number.NaN, 'NaN'],
])('at a glance %d is %s', (value, text) => {
  expect(short(value)).toBe(text);
});
