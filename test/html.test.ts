import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import type { Parts } from '../src/checks/observation.ts';
import { partsOf, worstParts } from '../src/checks/parts.ts';
import type { Finding } from '../src/finding.ts';
import { type Cell, type Grid, gridOf } from '../src/report/grid.ts';
import { reportToHtml } from '../src/report/html.ts';
import { html, Markup } from '../src/report/html/markup.ts';
import { check, report } from '../src/run.ts';
import { tensor } from '../src/tensor.ts';
import { tanh } from '../src/layers/tanh.ts';
import { finding, wrongKernel } from './finding.ts';

describe('HTML from a template', () => {
  test('escapes every text, in content and in attributes', () => {
    const evil = `"><script>alert('1')</script>&amp;`;
    expect(html`<p title="${evil}">${[evil]}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;">&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;</p>',
    );
  });

  test('leaves out what is not there, and keeps numbers and pieces as they are', () => {
    expect(html`${false}${undefined}${0}${[new Markup('<b>'), 1]}`.text).toBe('0<b>1');
  });
});

/** A finding whose tensor was measured one by one against zero, with bounds of 1. */
function measured(shape: readonly number[], error: (position: number) => number, part: Partial<Finding> = {}): Finding {
  const zeros = tensor(shape);
  const errors = zeros.data.map((_, position) => error(position));
  return finding({ shapes: { weight: shape }, parts: worstParts(errors, zeros, 1), ...part });
}

function cellsOf(grid: Grid | undefined): Cell[] {
  return (grid?.planes ?? []).flatMap(({ rows }) =>
    rows.flatMap(({ cells }) => cells.filter(cell => cell !== undefined)),
  );
}

describe('the map of an error', () => {
  test('has a plane for every index of the leading axes, and a cell for every element', () => {
    const grid = gridOf(
      measured([2, 2, 3, 4], position => position),
      768,
    );
    expect(grid?.planes.map(({ title }) => title)).toEqual([
      'axis 0 0, axis 1 0',
      'axis 0 0, axis 1 1',
      'axis 0 1, axis 1 0',
      'axis 0 1, axis 1 1',
    ]);
    expect(cellsOf(grid).map(({ ratio }) => ratio)).toEqual(Array.from({ length: 48 }, (_, i) => i));
    expect(cellsOf(grid)[47].index).toEqual([1, 1, 2, 3]);
  });

  test.each([
    ['a matrix', [300, 500]],
    ['a vector', [150_000]],
    ['many planes', [50, 60, 10, 5]],
  ])('keeps the one bad element of %s that is reduced', (_, shape) => {
    const bad = 123_456;
    const grid = gridOf(
      measured(shape, position => (position === bad ? 1e9 : 0)),
      768,
    );
    const cells = cellsOf(grid);
    expect(cells.length).toBeLessThanOrEqual(768);
    expect(cells.reduce((sum, { elements }) => sum + elements, 0)).toBe(150_000);
    const worst = cells.filter(({ ratio }) => ratio > 0);
    expect(worst).toHaveLength(1);
    expect(worst[0].ratio).toBe(1e9);
    expect(worst[0].index).toEqual(gridIndex(bad, shape));
  });

  test('does not let a large error hide one that is not finite', () => {
    const errors = (position: number) => (position === 3 ? Number.NaN : 1e300);
    const [cell] = cellsOf(gridOf(measured([40, 40], errors), 1));
    expect(cell).toMatchObject({ elements: 1600, ratio: Number.NaN, index: [0, 3] });
  });

  test('takes no longer for a tensor of 2^28 elements of which few are known', () => {
    const wrong = { ...wrongKernel.wrong!, of: 2 ** 28, elements: [], positions: [2 ** 27 + 5] };
    const cells = cellsOf(gridOf(finding({ ...wrongKernel, shapes: { weight: [2 ** 14, 2 ** 14] }, wrong }), 768));
    expect(cells.filter(({ state }) => state === 'wrong')).toHaveLength(1);
  });

  test('tells what was not measured by itself from what is right', () => {
    const shapes = { weight: [4, 2] };
    const wrong = { count: 2, of: 8, estimated: false, positions: [0, 5], elements: [] };
    const states = (finding: Finding) =>
      cellsOf(gridOf(finding, 768))
        .map(({ state }) => state[0])
        .join('');
    expect(states(finding({ verdict: 'fail', shapes, wrong }))).toBe('wrrrrwrr');
    expect(states(finding({ verdict: 'fail', shapes, wrong: { ...wrong, estimated: true } }))).toBe('wuuuuwuu');
  });

  test('shows parts that were moved together as such', () => {
    const parts = partsOf(
      [3, 7],
      [
        { position: 0, actual: 1, expected: 1.5, errorBound: 1 },
        { position: 20, actual: 3, expected: 0, errorBound: 1 },
      ],
      { length: 20, joint: true },
    );
    expect(cellsOf(gridOf(finding({ parts }), 768))).toMatchObject([
      { joint: true, elements: 20, ratio: 0.5, index: [0, 0] },
      { joint: true, elements: 1, ratio: 3, index: [2, 6] },
    ]);
  });

  test('is not there for a scalar, or where nothing is known of single elements', () => {
    expect(gridOf(finding(), 768)).toBeUndefined();
    expect(
      gridOf(
        measured([], () => 1),
        768,
      ),
    ).toBeUndefined();
  });
});

function gridIndex(position: number, shape: readonly number[]): number[] {
  return shape.map((extent, axis) => Math.floor(position / shape.slice(axis + 1).reduce((a, b) => a * b, 1)) % extent);
}

describe('what a check measures part by part', () => {
  test('is kept of at most 256 parts, each by its worst element', () => {
    const { data } = tensor(
      [1000],
      Array.from({ length: 1000 }, (_, i) => (i === 777 ? Number.NaN : i % 10)),
    );
    const parts = worstParts(data, tensor([1000]), 1e-3) as Parts;
    expect(parts).toMatchObject({ shape: [1000], length: 4, joint: false });
    expect(parts.positions).toHaveLength(250);
    expect(parts.actual[194]).toBeNaN();
    expect(parts.positions[194]).toBe(777);
  });

  test('is in a finding about a gradient of a few elements', async () => {
    const small = { ...tanh, cases: [{ config: {}, args: { input: { shape: [2, 3] } } }] };
    const { findings } = await check(small, { checks: ['gradient'] });
    const found = findings.find(({ argument }) => argument) as Finding;
    const { actual, expected, errorBound, ...parts } = found.parts as Parts;
    expect(parts).toEqual({ shape: [2, 3], length: 1, joint: false, positions: [0, 1, 2, 3, 4, 5] });
    for (const [at, bound] of errorBound.entries()) {
      expect(Math.abs(actual[at] - expected[at])).toBeLessThanOrEqual(bound);
      expect(bound).toBeLessThan(1e-9);
    }
  });
});

describe('the page of a report', () => {
  const ordered = report(
    [finding(), finding({ argument: 'bias', verdict: 'inconclusive', code: 'kink', reason: 'on a kink' }), wrongKernel],
    '42',
  );

  test('has what is wrong first, then what is undecided, then everything', async () => {
    const { document } = parseHTML(await reportToHtml(ordered));
    expect([...document.querySelectorAll('h2')].map(heading => heading.id)).toEqual([
      'wrong',
      'undecided',
      'margins',
      'all',
      'passing',
    ]);
    const rows = [...document.querySelectorAll('#findings tbody tr')];
    expect(rows.map(row => row.querySelector('.badge')?.textContent)).toEqual(['FAIL', 'INCONCLUSIVE', 'pass']);
    expect(document.querySelector('h1')?.textContent).toBe('FAIL Wrong: conv2d.');
  });

  test('tells in a wrong finding what, where, why, and how to see it again', async () => {
    const { document } = parseHTML(await reportToHtml(ordered));
    const text = document.querySelector('#wrong')?.parentElement?.textContent ?? '';
    for (const said of [
      wrongKernel.reason,
      '24 of 144 elements wrong: kernel column 0',
      'Consistent with scaled: every wrong element is 0.5 times the right one',
      wrongKernel.replay,
      '[0, 0, 0, 0]: yours 1.2, finite difference 2.4 ± 1e-12, off by 1.2e+12 bounds',
    ]) {
      expect(text).toContain(said);
    }
  });

  test('says what became of findings since a baseline, and of their error over the runs before', async () => {
    const measured = { verdict: 'pass', error: 1e-15, inBounds: 0.001, resolution: 3e-12, compared: 144 } as const;
    const gone = { ...wrongKernel, layer: 'gone' };
    const { document } = parseHTML(
      await reportToHtml(ordered, {
        changes: [
          { key: finding(), state: 'same', before: measured, after: measured },
          {
            key: wrongKernel,
            state: 'regressed',
            reason: 'a pass before',
            before: measured,
            after: { ...measured, verdict: 'fail', error: 0.5, inBounds: 5e11 },
          },
          { key: gone, state: 'missing', before: measured },
        ],
        runs: ['2026-01-01', '2026-01-02'].map((date, run) => ({
          date,
          commit: 'abc',
          findings: [{ key: wrongKernel, verdict: 'pass', error: 10 ** (-15 + 4 * run), inBounds: 0.1 }],
        })),
      }),
    );
    const rows = [...document.querySelectorAll('#changes ~ div.scroll tbody tr')].map(row =>
      row.textContent?.replace(/\s+/g, ' ').trim(),
    );
    expect(rows).toEqual([
      'regressed conv2d im2col gradient of weight a pass before pass, 1e-15 (0.001 of its bound) fail, 0.5 (5e+11 of its bound)',
      'missing gone im2col gradient of weight in the baseline, but not in this run pass, 1e-15 (0.001 of its bound) –',
    ]);
    expect(document.querySelector('.history')?.textContent).toContain(
      'Error between 1e-15 and 1e-11 in 2 runs from 2026-01-01 to 2026-01-02',
    );
    expect(document.querySelectorAll('.history svg circle')).toHaveLength(2);
  });

  test('does not count what is known to be wrong', async () => {
    const known = { ...wrongKernel, known: 'issue 12' };
    const { document } = parseHTML(await reportToHtml({ ...report([finding(), known], '42'), verdict: 'pass' }));
    expect([...document.querySelectorAll('h2')].map(({ id }) => id)).toEqual(['known', 'margins', 'all', 'passing']);
    expect(document.querySelector('.tiles')?.textContent).not.toMatch(/\d wrong/);
    const [first, last] = [...document.querySelectorAll('#findings tbody tr')].map(row => row.textContent);
    expect(first).toContain('known: issue 12');
    expect(last).toContain('pass');
  });

  test('of nothing says that nothing was checked', async () => {
    expect(await reportToHtml(report([], '42'))).toContain('Nothing was checked.');
  });

  test('allows its own style and script by their hashes, and nothing else', async () => {
    const page = await reportToHtml(ordered);
    const { document } = parseHTML(page);
    const policy = document.querySelector('meta[http-equiv]')?.getAttribute('content') ?? '';
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'$/,
    );
    expect(page).not.toMatch(/ (on\w+|style)=|<(link|img|iframe|object)|https?:/i);
  });
});
