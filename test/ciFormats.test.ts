import { DOMParser } from 'linkedom';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../src/finding.ts';
import { annotations } from '../src/report/annotations.ts';
import { baselineOf } from '../src/report/baseline.ts';
import { compare } from '../src/report/compare.ts';
import { reportToJunit } from '../src/report/junit.ts';
import { reportToComment, reportToMarkdown } from '../src/report/markdown.ts';
import { report } from '../src/run.ts';
import { finding, HOSTILE, wrongKernel } from './finding.ts';

const undecided = finding({ layer: 'maxPool2d', verdict: 'inconclusive', code: 'kink', reason: 'a tie' });
const known = finding({ layer: 'old', verdict: 'fail', known: 'issue 12' });
const broken = finding({
  layer: 'broken',
  verdict: 'error',
  code: 'threw',
  reason: 'forward threw: "<no> & \'never\'"',
});
const full = report([finding(), wrongKernel, undecided, known, broken], '42');

/** A regression that still passes. */
const worse = finding({ relativeError: 1e-10 });
const then = baselineOf(report([finding({ relativeError: 1e-16 }), finding({ layer: 'gone' })], '42'));
const changes = compare(then.checks, [worse]);
const regressed = changes.filter(({ state }) => state === 'regressed');

const hostile = (part: Partial<Finding>) =>
  finding({ layer: HOSTILE, implementation: `<a b="c">]]>&%0A::error::`, reason: HOSTILE, argument: HOSTILE, ...part });
const evil = report(
  [hostile({ verdict: 'fail' }), hostile({ layer: '::error::|`*_', verdict: 'error' }), hostile({ check: 'exact' })],
  HOSTILE,
);

describe('JUnit XML', () => {
  const read = (xml: string) => new DOMParser().parseFromString(xml, 'text/xml');
  const outcomes = (xml: string) =>
    [...read(xml).querySelectorAll('testcase')].map(one => [
      one.getAttribute('classname'),
      one.getAttribute('name'),
      one.firstElementChild?.tagName ?? 'passed',
      one.firstElementChild?.getAttribute('message') ?? '',
    ]);

  test('has a suite for every layer, and a case for every finding', () => {
    const xml = reportToJunit(full);
    expect(outcomes(xml)).toEqual([
      ['conv2d.reference', 'gradient of weight', 'passed', ''],
      [
        'conv2d.im2col',
        'gradient of weight',
        'failure',
        'FAIL  conv2d (im2col), gradient of weight: error 0.5 of its size, 1e-12 allowed',
      ],
      ['maxPool2d.reference', 'gradient of weight', 'skipped', 'inconclusive: a tie'],
      ['old.reference', 'gradient of weight', 'skipped', 'known: issue 12'],
      ['broken.reference', 'gradient of weight', 'error', 'ERROR  broken (reference), gradient of weight'],
    ]);
    const all = read(xml).documentElement;
    expect(['tests', 'failures', 'errors', 'skipped'].map(name => all.getAttribute(name))).toEqual([
      '5',
      '1',
      '1',
      '2',
    ]);
    const suites = [...read(xml).querySelectorAll('testsuite')].map(one => one.getAttribute('name'));
    expect(suites).toEqual(['conv2d', 'maxPool2d', 'old', 'broken']);
  });

  test('has what counts as a failure since the baseline, and what is missing', () => {
    const strict = changes.filter(({ state }) => state !== 'same');
    expect(outcomes(reportToJunit(report([worse], '42'), strict)).map(([name, , outcome]) => [name, outcome])).toEqual([
      ['conv2d.reference', 'failure'],
      ['gone.reference', 'failure'],
    ]);
  });

  test('is well-formed whatever is in it', () => {
    const xml = reportToJunit(evil);
    expect(xml).not.toMatch(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u);
    // Markup is what this writes, and nothing else.
    const tags = [...xml.matchAll(/<(\/?[\w?]+)/g)].map(([, tag]) => tag);
    expect(new Set(tags)).toEqual(
      new Set([
        '?xml',
        'testsuites',
        '/testsuites',
        'testsuite',
        '/testsuite',
        'testcase',
        '/testcase',
        'failure',
        '/failure',
        'error',
        '/error',
      ]),
    );
    expect(xml.replaceAll(/&(amp|lt|gt|quot);/g, '')).not.toContain('&');
    expect(xml).toContain('.&lt;a b=&quot;c&quot;&gt;]]&gt;&amp;%0A::error::" name=');
  });
});

describe('annotations of GitHub', () => {
  test('are errors for what is wrong, and warnings for what is undecided', () => {
    const lines = annotations(full);
    expect(lines.map(line => line.split(/,|::/)[1])).toEqual([
      'error title=FAIL conv2d (im2col)%2C gradient of weight%3A error 0.5 of its size%2C 1e-12 allowed',
      'error title=ERROR broken (reference)%2C gradient of weight',
      'warning title=INCONCLUSIVE maxPool2d (reference)%2C gradient of weight',
    ]);
    expect(lines[0]).toContain('%0A  where');
  });

  test('are errors for what regressed though it passes', () => {
    expect(annotations(report([worse], '42'), regressed)).toEqual([
      '::error title=REGRESSED conv2d (reference)%2C gradient of weight::the error was 1e-16 and is 1e-10',
    ]);
  });

  test('say so once where it does not pass', () => {
    const failing = finding({ verdict: 'fail' });
    const counted = compare(then.checks, [failing]).filter(({ state }) => state === 'regressed');
    expect(annotations(report([failing], '42'), counted)).toHaveLength(1);
  });

  test('point at the file of the test that asked', () => {
    const one = finding({ verdict: 'fail', test: 'layers/a,b.test.ts > suite > it works' });
    expect(annotations(report([one], '42'))[0]).toMatch(/^::error file=layers\/a%2Cb\.test\.ts,title=FAIL/);
  });

  test('are one line each, whatever is in them', () => {
    for (const line of annotations(evil)) {
      expect(line).toMatch(/^::(error|warning) title=[^:,\n\r]*::[^\n\r]*$/);
      expect(line.replaceAll(/%(25|0A|0D|3A|2C)/g, '')).not.toContain('%');
    }
  });

  test('are as many as are shown', () => {
    const many = Array.from({ length: 40 }, (_, at) => finding({ layer: `layer${at}`, verdict: 'fail' }));
    const lines = annotations(report(many, '42'));
    expect(lines).toHaveLength(10);
    expect(lines[9]).toBe('::error title=gradcheck::and 31 more, which the report has');
  });
});

describe('Markdown', () => {
  test('has what changed before everything else', () => {
    const text = reportToMarkdown(report([worse], '42'), changes);
    expect(text).toContain('1 regressed, 1 missing');
    expect(text).toContain(
      '| REGRESSED | conv2d | reference | gradient of weight | the error was 1e-16 and is 1e-10 |',
    );
    expect(text.indexOf('REGRESSED')).toBeLessThan(text.indexOf('| layer | implementation | verdict |'));
  });

  test('for a pull request has the changes and the failures, and no table of all', () => {
    const text = reportToComment(full, changes);
    expect(text).toContain('REGRESSED');
    expect(text).toContain(
      '<summary>FAIL conv2d (im2col), gradient of weight: error 0.5 of its size, 1e-12 allowed</summary>',
    );
    expect(text).not.toContain('| layer | implementation | verdict |');
    expect(text).toContain('1 known to be wrong');
  });

  test('for a pull request fits into one', () => {
    const many = Array.from({ length: 3000 }, (_, at) =>
      hostile({ layer: `${'|<'.repeat(40)}${at}`, verdict: 'fail' }),
    );
    const text = reportToComment(report(many, '42'), compare([], many));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toMatch(/\nand [\d,]+ more failures, which the report has\n$/);
    expect(text).toMatch(/\nand [\d,]+ more\n/);
  });

  test('is text whatever is in it', () => {
    for (const text of [reportToMarkdown(evil, compare([], evil.findings)), reportToComment(evil)]) {
      expect(text.replaceAll(/<\/?(details|summary)>/g, '').replaceAll(/`{3,}text[^]*?`{3,}/g, '')).not.toContain('<');
      expect(text).not.toMatch(/[^\n\P{C}]/u);
    }
  });
});
