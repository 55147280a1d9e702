import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Faults, Runs } from '../bench/case-study/parts.ts';

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

  const percent = (part: number) => `${(100 * part).toFixed(2)} %`;
  const { faults } = JSON.parse(read('case-study/faults.json')) as Faults;
  expect(faults.length).toBeGreaterThan(8);
  for (const { fault, said: told, runs } of faults) {
    const row = text.split('\n').find(line => line.startsWith(`| ${fault} |`));
    for (const { test: tested } of runs) expect(row).toContain(percent(tested[tested.length - 1].accuracy));
    if (told) expect(row).toMatch(`| ${told.verdict}: ${told.arguments.join(', ')} | ${told.milliseconds.verdict} |`);
  }
  const { runs } = JSON.parse(read('case-study/answers.json')) as Runs;
  for (const { network, name, test: tested } of runs) {
    const row = text.split('\n').find(line => line.startsWith(`| ${network} | ${name} |`) && line.includes('%'));
    expect(row).toContain(tested.map(({ accuracy }) => percent(accuracy)).join(', '));
  }
});
