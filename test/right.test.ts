import { describe, expect, test } from 'vitest';
import { check, defineLayer, type Finding, type Layer, layers } from '../src/index.ts';
import { mapTensor } from '../src/tensor.ts';
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

// A step in float32 is rarely short enough to lie on one tread.
test.each([Math.ceil, Math.floor, Math.trunc, Math.round])(
  'a staircase in float32 is called wrong at no seed: %s',
  async f => {
    const layer = defineLayer({
      name: f.name,
      dtype: 'float32',
      args: { x: [2, 3, 4] },
      forward: ({ x }) => ({ y: mapTensor(x, f) }),
      vjp: ({ x }) => ({ x: mapTensor(x, () => 0) }),
    });
    for (let seed = 1; seed <= 60; seed++) {
      expect((await check(layer, { seed: String(seed) })).verdict).not.toBe('fail');
    }
  },
);

function elevenBits(x: number): number {
  if (x === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 10);
  return Math.round(x / unit) * unit;
}

// What rounding makes a staircase of is none.
test.each<[string, (x: number) => number]>([
  ['1e3 is added', x => x + 1e3],
  ['1e5 is added', x => x + 1e5],
  ['1e6 is added', x => x + 1e6],
  ['eleven bits are kept', elevenBits],
])('a gradient of zeros is called wrong at every seed where %s in float32', async (_what, f) => {
  const layer = defineLayer({
    name: 'rounded',
    dtype: 'float32',
    args: { x: [6] },
    forward: ({ x }) => ({ y: mapTensor(x, f) }),
    vjp: ({ x }) => ({ x: mapTensor(x, () => 0) }),
  });
  for (let seed = 1; seed <= 20; seed++) {
    expect((await check(layer, { seed: String(seed), explain: false })).verdict).toBe('fail');
  }
});

// At whole numbers, and at eighths, it is a straight line.
test.each([1, 4, 8, 100, 256])('a staircase with %d treads to the unit is called wrong at no seed', async treads => {
  const layer = defineLayer({
    name: 'stairs',
    args: { x: [6] },
    forward: ({ x }) => ({ y: mapTensor(x, value => Math.floor(treads * value) / treads) }),
    vjp: ({ x }) => ({ x: mapTensor(x, () => 0) }),
  });
  for (let seed = 1; seed <= 20; seed++) {
    expect((await check(layer, { seed: String(seed) })).verdict).not.toBe('fail');
  }
});

async function expectPass(layer: Layer, seed: string): Promise<void> {
  const report = await check(layer, { seed });

  expect(report.findings.filter(({ verdict }) => verdict !== 'pass').map(inWords)).toEqual([]);
  expect(report.verdict).toBe('pass');
}

function inWords({ implementation, check: name, argument, verdict, code, reason }: Finding): string {
  return `${implementation}, ${name} of ${argument}: ${verdict}, ${code}: ${reason}`;
}
