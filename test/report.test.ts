import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Report, report } from '../src/run.ts';
import { failureText } from '../src/report/failure.ts';
import { reportFromJson, reportToJson } from '../src/report/json.ts';
import { reportToMarkdown } from '../src/report/markdown.ts';
import { plain } from '../src/plain.ts';
import { rowsOf, summaryText, tableText } from '../src/report/table.ts';
import { printable, short } from '../src/report/text.ts';
import { relu } from '../src/layers/relu.ts';
import { finding, HOSTILE, wrongKernel } from './finding.ts';

/** What may not reach a terminal: anything but plain characters, and line breaks of our own. */
const HARMFUL = /[^\n\P{C}]|[\u2028\u2029]/u;

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
    const markdown = reportToMarkdown(report([finding({ ...wrongKernel, notes: ['a ```` fence'] })], '42'));
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
