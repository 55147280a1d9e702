import { describe, expect, test } from 'vitest';
import { check, type Finding, type Layer, layers } from '../src/index.ts';
import { rightByOtherConventions } from './faults/right.ts';
import { unusual } from './faults/unusual.ts';
import { named } from './named.ts';

describe('with nothing wrong', () => {
  test.each(named(layers))('%s passes every check', async (_name, layer) => {
    await expectPass(layer, '1');
  });
});

describe.each(['1', '2', '3'])('under seed %s', seed => {
  test.each(named(rightByOtherConventions))('a layer in which %s passes every check', async (_name, { layer }) => {
    await expectPass(layer, seed);
  });

  test.each(named(unusual))('a layer in which %s is not called wrong', async (_name, { layer, verdict }) => {
    const report = await check(layer, { seed });

    expect([report.verdict, ...report.findings.filter(one => one.verdict === 'fail').map(inWords)]).toEqual([verdict]);
  });
});

async function expectPass(layer: Layer, seed: string): Promise<void> {
  const report = await check(layer, { seed });

  expect(report.findings.filter(({ verdict }) => verdict !== 'pass').map(inWords)).toEqual([]);
  expect(report.verdict).toBe('pass');
}

function inWords({ implementation, check: name, argument, verdict, code, reason }: Finding): string {
  return `${implementation}, ${name} of ${argument}: ${verdict}, ${code}: ${reason}`;
}
