import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { analyticFixture } from '../fixtures/generate/analytic.ts';
import { analyticCases } from '../fixtures/generate/analyticCases.ts';
import { erf, exact, Formula, nearest } from '../fixtures/generate/highPrecision.ts';

describe('a formula with many digits', () => {
  test('takes a float64 for what it is', () => {
    expect(exact(0.1).toString()).toBe('0.1000000000000000055511151231257827021181583404541015625');
    expect([0.1, -3, 2 ** -60, 1e300, 5e-324].map(value => nearest(exact(value)))).toEqual([
      0.1,
      -3,
      2 ** -60,
      1e300,
      5e-324,
    ]);
  });

  // mpmath 1.3 with 70 digits.
  test.each([
    { x: 1, value: '0.8427007929497148693412206350826092592960669979663029084599378978' },
    { x: 0.75, value: '0.7111556336535151315989378345914107773742059540965372322781333971' },
  ])('has an error function of 64 digits at $x', ({ x, value }) => {
    expect(erf(exact(x)).toSignificantDigits(64).toString()).toBe(value);
  });

  test('has numbers in its text that are float64s too', () => {
    const value = new Formula('0.1 * x').value({ x: exact(3) });
    expect(value.toString()).toBe('0.3000000000000000166533453693773481063544750213623046875');
  });

  test.each([
    { formula: 'tanh(x) * w', at: { x: 0.5, w: 3 }, by: 'x', slope: 3 / Math.cosh(0.5) ** 2 },
    { formula: 'erf(x)', at: { x: 0 }, by: 'x', slope: 2 / Math.sqrt(Math.PI) },
    { formula: 'x > 1 ? x ^ 2 : 3 * x', at: { x: 1 + 2 ** -52 }, by: 'x', slope: 2 + 2 ** -51 },
    { formula: 'x > 1 ? x ^ 2 : (x < 0 ? 5 : 3 * x)', at: { x: 1 - 2 ** -53 }, by: 'x', slope: 3 },
  ])('has the slope $slope of $formula by $by', ({ formula, at, by, slope }) => {
    const scope = Object.fromEntries(Object.entries(at).map(([name, x]) => [name, exact(x)]));
    expect(nearest(new Formula(formula).slope(scope, by))).toBeCloseTo(slope, 14);
  });

  test('is refused where the digits do not suffice', () => {
    expect(() => erf(exact(9))).toThrow('too few');
    expect(() => new Formula('log(x)').value({ x: exact(-1) })).toThrow('log(x) is');
  });
});

describe('the analytic tables', () => {
  const sample = [
    'tanh.near_zero',
    'gelu.far_negative',
    'softplus.near_kinks',
    'bce.weighted_mean',
    'power.root_ordinary',
  ];

  test.each(analyticCases.filter(({ id }) => sample.includes(id)))('$id is what its generator makes', async one => {
    const file = fileURLToPath(new URL(`../fixtures/analytic/${one.id}.json`, import.meta.url));
    expect(await analyticFixture(one)).toBe(await readFile(file, 'utf8'));
  });
});
