// What runs in the page has its globals; the sources are built without them.
/// <reference lib="dom" />
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { conv1d } from '../examples/wrong-conv1d.ts';
import { reportToHtml } from '../src/report/html.ts';
import type { Past } from '../src/report/html/past.ts';
import { relu } from '../src/layers/relu.ts';
import { check, type Report, report } from '../src/run.ts';
import { BROWSER, launch } from './browser.ts';
import { finding, HOSTILE, wrongKernel } from './finding.ts';

const require = createRequire(import.meta.url);

describe.skipIf(!BROWSER.there)(`the page of a report ${BROWSER.title}`, () => {
  let browser: Browser;
  let folder = '';
  let real: Report;
  const opened: Page[] = [];
  /** What no page may do: write to the console, throw, ask for anything but itself, open a dialog. */
  let complaints: string[] = [];

  beforeAll(async () => {
    browser = await launch();
    folder = await mkdtemp(join(tmpdir(), 'gradcheck-html-'));
    const findings = [...(await check(conv1d)).findings, ...(await check(relu, { cases: 4 })).findings];
    real = report(findings, '42', [{ id: 'fixture.json', reason: 'of another schema' }]);
  });

  afterEach(async () => {
    for (const page of opened.splice(0)) await page.context().close();
    expect(complaints).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens the page of a report from disk. */
  async function open(of: Report, { past, ...options }: BrowserContextOptions & { past?: Past } = {}): Promise<Page> {
    const file = join(folder, `report${opened.length}.html`);
    await writeFile(file, await reportToHtml(of, past));
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    opened.push(page);
    complaints = [];
    const own = pathToFileURL(file).href;
    page.on('console', message => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', error => complaints.push(`error: ${error.message}`));
    page.on('dialog', dialog => complaints.push(`dialog: ${dialog.message()}`));
    page.on('request', request => request.url().split('#')[0] !== own && complaints.push(`request: ${request.url()}`));
    await page.goto(own);
    return page;
  }

  const past = (): Past => ({
    changes: real.findings.map(key => ({
      key,
      state: key.verdict === 'fail' ? 'regressed' : 'same',
      before: { verdict: 'pass', error: 1e-15, inBounds: 0.01, resolution: 1e-12, compared: key.compared },
      after: { ...key, error: key.relativeError, inBounds: key.relativeError / key.errorBound },
    })),
    runs: ['2026-01-01', '2026-01-02', '2026-01-03'].map((date, run) => ({
      date,
      commit: 'c0ffee',
      findings: real.findings.map(key => ({ key, verdict: 'pass', error: 1e-15 * 8 ** run, inBounds: 0.01 })),
    })),
  });

  test('shows the verdict, the wrong finding unfolded, and every plot', async () => {
    const page = await open(real, { past: past() });
    expect(await page.locator('h1').innerText()).toMatch(/^FAIL\s+Wrong: conv1d\.$/);
    const wrong = page.locator('details.finding[open]').first();
    expect(await wrong.locator('summary').innerText()).toMatch(/^FAIL conv1d \(reference\), gradient of x/);
    expect(await wrong.innerText()).toContain('fails in 2 of 3 cases');
    for (const plot of await page.locator('details[open] .chart svg, main > section > .chart svg').all()) {
      const box = await plot.boundingBox();
      expect(box?.width).toBeGreaterThan(300);
      expect(box?.height).toBeGreaterThan(80);
    }
    expect(await page.locator('.chart svg').count()).toBeGreaterThanOrEqual(3);
  });

  test('says under the pointer what a cell of a heat map holds', async () => {
    const page = await open(real);
    const cell = page.locator('details[open] .map td.x2').first();
    const told = cell.locator('span');
    expect(await told.evaluate(span => (span as HTMLElement).offsetHeight)).toBeLessThanOrEqual(1);
    await cell.hover();
    expect(await told.innerText()).toMatch(
      /^\[\d+, \d+\]: yours -?[\d.]+, finite difference -?[\d.]+ ± [\d.e-]+, off by [\d.e+]+ bounds$/,
    );
    const box = await told.boundingBox();
    expect(box?.height).toBeGreaterThan(16);
    expect(box?.width).toBeGreaterThan(200);
  });

  test('walks through a heat map by the arrow keys, and says what each cell holds', async () => {
    const page = await open(real);
    const cells = page.locator('details[open] .map').first().locator('td:not(.corner)');
    const focused = () => page.evaluate(() => document.activeElement?.querySelector('span')?.innerText ?? '');
    await cells.first().focus();
    expect(await focused()).toMatch(/^\[0, 0\]/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^\[1, 2\]/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^\[1, 2\]/);
    await page.keyboard.press('End');
    expect(await focused()).toMatch(/^\[1, 8\]/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toMatch(/^\[0, 0\]/);
    expect(await page.locator('details[open] .map').first().locator('td[tabindex="0"]').count()).toBe(1);
  });

  test('goes on in the next plane of a heat map', async () => {
    const page = await open(report([{ ...wrongKernel, shapes: { weight: [4, 3, 3, 2] } }], '42'));
    const focused = () => page.evaluate(() => document.activeElement?.querySelector('span')?.innerText ?? '');
    await page.locator('.map td:not(.corner)').first().focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
    expect(await focused()).toMatch(/^\[0, 1, 0, 1\]/);
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowLeft');
    expect(await focused()).toMatch(/^\[0, 0, 0, 1\]/);
  });

  test('sorts the table by keyboard, and says by what', async () => {
    const page = await open(real);
    const column = (at: number) =>
      page
        .locator('#findings tbody tr')
        .evaluateAll((rows, cell) => rows.map(row => (row as HTMLTableRowElement).cells[cell].innerText), at);
    const errors = async () =>
      (
        await page
          .locator('#findings tbody tr td:nth-child(4)')
          .evaluateAll(cells => cells.map(cell => Number(cell.getAttribute('data-v'))))
      ).filter(error => !Number.isNaN(error));
    const heading = page.locator('#findings thead th').nth(3);
    await heading.getByRole('button', { name: 'error', exact: true }).focus();
    await page.keyboard.press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBe('descending');
    expect(await errors()).toEqual((await errors()).toSorted((a, b) => b - a));
    await page.keyboard.press('Space');
    expect(await heading.getAttribute('aria-sort')).toBe('ascending');
    expect(await errors()).toEqual((await errors()).toSorted((a, b) => a - b));
    await page.getByRole('button', { name: 'layer', exact: true }).press('Enter');
    expect(await heading.getAttribute('aria-sort')).toBeNull();
    const layers = await column(1);
    expect(layers).toEqual(layers.toSorted((a, b) => a.localeCompare(b)));
  });

  test('filters the table by keyboard, and says how much is left', async () => {
    const page = await open(real, { past: past() });
    const all = real.findings.length;
    const visible = () => page.locator('#findings tbody tr:visible').count();
    await page.getByLabel('Search').focus();
    await page.keyboard.type('CONV1D gradient');
    expect(await page.getByRole('status').innerText()).toBe(`${await visible()} of ${all} findings`);
    expect(await visible()).toBeLessThan(all);
    await page.keyboard.press('Tab');
    await page.keyboard.type('F');
    await expect
      .poll(() => page.locator('#findings tbody tr:visible .badge').allInnerTexts())
      .toEqual(['FAIL', 'FAIL']);
    await page.getByLabel('Search').fill('no such thing');
    expect(await page.getByRole('status').innerText()).toBe(`0 of ${all} findings`);
    await page.getByRole('button', { name: 'Clear' }).press('Enter');
    await expect.poll(visible).toBe(all);
    await page.getByLabel('changed only').press('Space');
    expect(await visible()).toBe(real.findings.filter(({ verdict }) => verdict === 'fail').length);
  });

  test('unfolds what a link of the table leads to, however deep', async () => {
    const page = await open(real);
    await page.locator('#findings tbody tr', { hasText: 'relu' }).getByRole('link').first().press('Enter');
    const id = await page.evaluate(() => location.hash);
    await page.locator(`${id} dl`).first().waitFor({ state: 'visible' });
    await page.locator(`${id} > summary`).press('Enter');
    await page.locator(`${id} dl`).first().waitFor({ state: 'hidden' });
    await page.locator(`#findings a[href="${id}"]`).press('Enter');
    await page.locator(`${id} dl`).first().waitFor({ state: 'visible' });
  });

  test('is all there to be read and pointed at without a script, and has no control that does nothing', async () => {
    const page = await open(real, { javaScriptEnabled: false });
    expect(await page.locator('#findings tbody tr:visible').count()).toBe(real.findings.length);
    expect(await page.locator('button:visible, input:visible, select:visible').count()).toBe(0);
    const cell = page.locator('details[open] .map td.x2').first();
    await cell.hover();
    expect((await cell.locator('span').boundingBox())?.height).toBeGreaterThan(16);
  });

  test('lets nothing else run or load', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const page = await open(real);
    const refused = await page.evaluate(
      async port => {
        const seen: string[] = [];
        document.addEventListener('securitypolicyviolation', event => seen.push(event.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'document.title = "changed"';
        const image = document.createElement('img');
        image.src = `http://127.0.0.1:${port}/beacon.png`;
        document.body.append(script, image);
        await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
        await new Promise(resolve => setTimeout(resolve, 100));
        return seen;
      },
      (server.address() as AddressInfo).port,
    );
    server.close();
    expect(refused.toSorted()).toEqual(['connect-src', 'img-src', 'script-src-elem']);
    expect(await page.title()).toBe('FAIL – gradcheck report');
    expect(asked).toBe(0);
    // The browser complains of what it refuses.
    expect(complaints.length).toBeGreaterThan(0);
    complaints = [];
  });

  test.each([
    ['a script', '<script>alert(1)</script>'],
    ['an element with a handler', '<img src=x onerror=alert(1)>'],
    ['what closes attributes', `"'><svg onload=alert(1)>`],
    ['what closes the page', '</td></table></title></style></script></body>'],
    ['a comment and entities', '<!-- &lt;b&gt; &quot; --> &amp; ]]>'],
    ['templates', '${alert(1)} {{alert(1)}} `'],
    ['line breaks, escapes, marks of direction and 10,000 characters', HOSTILE],
    ['letters from right to left', 'שכבה ‏abc‎ طبقة'],
    ['nothing', ''],
  ])('keeps %s in names and messages as text', async (_, text) => {
    const hostile = finding({
      ...wrongKernel,
      layer: text,
      implementation: text,
      argument: text,
      output: text,
      reason: text,
      code: text,
      case: text,
      seed: text,
      config: { [text]: text },
      shapes: { [text]: [4, 3, 3, 2] },
      axes: [text, text, text, text],
      condition: text,
      notes: [text],
      points: [{ kind: text, verdict: 'fail', code: text, resolution: 1 }],
      wrong: { ...wrongKernel.wrong!, pattern: text },
      diagnoses: [{ cause: text, text }],
      replay: text,
    });
    const measured = { verdict: 'fail', error: 1, inBounds: 2, resolution: 1, compared: 1 } as const;
    const page = await open(report([hostile, { ...hostile, verdict: 'pass' }], text, [{ id: text, reason: text }]), {
      past: {
        changes: [
          { key: hostile, state: 'regressed', reason: text, before: { ...measured, error: 0.1 }, after: measured },
        ],
        runs: [1, 2].map(error => ({
          date: text,
          commit: text,
          findings: [{ key: hostile, verdict: 'fail', error, inBounds: 2 }],
        })),
      },
    });
    for (const folded of await page.locator('details').all())
      await folded.evaluate(one => ((one as HTMLDetailsElement).open = true));
    const there = await page.evaluate(() => ({
      scripts: document.scripts.length,
      strangers: document.querySelectorAll('img, body style, iframe, svg [onload], b b').length,
      handlers: [...document.querySelectorAll('*')].filter(one =>
        one.getAttributeNames().some(name => name.startsWith('on')),
      ).length,
      sections: [...document.querySelectorAll('h2')].map(({ id }) => id),
      text: document.body.textContent ?? '',
      wide: document.documentElement.scrollWidth > innerWidth,
    }));
    expect(there).toMatchObject({ scripts: 1, strangers: 0, handlers: 0, wide: false });
    expect(there.sections).toEqual(['wrong', 'changes', 'margins', 'all', 'passing', 'skipped']);
    // oxlint-disable-next-line no-control-regex -- just these must not be there
    expect(there.text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u001b\0]/);
    if (text !== HOSTILE && !/[\u200e\u200f]/.test(text)) expect(there.text.split(text).length).toBeGreaterThan(12);
  });

  test.each([
    ['light', 'light', 1280],
    ['dark', 'dark', 1280],
    ['on a phone', 'light', 390],
  ] as const)('has nothing that axe finds wrong, %s', async (_, colorScheme, width) => {
    const page = await open(real, { past: past(), colorScheme, viewport: { width, height: 844 } });
    // Every kind of finding unfolded, and every kind of cell drawn.
    await page
      .locator('.layer')
      .first()
      .evaluate(one => {
        for (const folded of [one, ...one.querySelectorAll('details')]) (folded as HTMLDetailsElement).open = true;
      });
    await page.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> };
      };
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`);
    });
    expect(violations).toEqual([]);
  });

  test('fits on a phone, and follows its light and dark', async () => {
    const colours: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(real, { past: past(), colorScheme, viewport: { width: 360, height: 740 } });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      colours.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    }
    expect(colours[0]).not.toBe(colours[1]);
  });

  test('names every colour of a cell in its legend, and sets text on it that can be read', async () => {
    const shape = [1, 7];
    const error = [1e-3, 0.05, 0.5, 10, 1e4, 1e9, Number.NaN];
    const parts = {
      shape,
      length: 1,
      joint: false,
      positions: [0, 1, 2, 3, 4, 5, 6],
      actual: error,
      expected: error.map(() => 0),
      errorBound: error.map(() => 1),
    };
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open(report([finding({ ...wrongKernel, shapes: { weight: shape }, parts })], '42'), {
        colorScheme,
      });
      const contrasts = await page.evaluate(() => {
        const luminance = (colour: string) => {
          const [r, g, b] = (colour.match(/[\d.]+/g) ?? [])
            .map(part => Number(part) / 255)
            .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return [...document.querySelectorAll('.map td[data-e]')].map(cell => {
          const { color, backgroundColor } = getComputedStyle(cell);
          const [a, b] = [luminance(color), luminance(backgroundColor)];
          return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        });
      });
      expect(contrasts).toHaveLength(6);
      expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(4.5);
      expect(await page.locator('.legend li').count()).toBe(7);
    }
  });
});
