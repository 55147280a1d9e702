import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Runs } from '../bench/case-study/parts.ts';

const read = (path: string) => readFileSync(new URL(`../docs/${path}`, import.meta.url), 'utf8');

test('the tables of the case study have the numbers of the runs', () => {
  const text = read('case-study.md');
  for (const part of ['a', 'b', 'c']) {
    const { runs } = JSON.parse(read(`case-study/${part}.json`)) as Runs;
    expect(runs.length).toBeGreaterThan(0);
    for (const { batch, reduction, curve, test: tested } of runs) {
      const [first, second] = tested.map(({ accuracy }) => `${(100 * accuracy).toFixed(2)} %`);
      const error = curve[curve.length - 1].error.toFixed(1);
      expect(text).toContain(`| (${part}) | ${batch} | ${reduction} | ${error} | ${first} | ${second} |`);
    }
  }
});
