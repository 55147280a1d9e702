import { describe, expect, test } from 'vitest';
import { cs231n } from '../bench/rivals/cs231n.ts';
import { jax } from '../bench/rivals/jax.ts';
import { passOf, type Rule } from '../bench/rivals/pass.ts';
import { pytorchFast } from '../bench/rivals/pytorchFast.ts';
import { pytorchSlow } from '../bench/rivals/pytorchSlow.ts';
import { tinyDnn } from '../bench/rivals/tinyDnn.ts';
import { casesOf } from '../src/cases.ts';
import { elementwise } from './faults/fault.ts';

const [loose, , strict] = cs231n;
const rules = [pytorchSlow, pytorchFast, ...cs231n, tinyDnn, jax];

/** Whether a rule accepts x^2 whose derivative is 2x times a factor. */
async function accepts(rule: Rule, factor: number): Promise<boolean> {
  const layer = elementwise(
    'square',
    x => x * x,
    x => factor * 2 * x,
    { args: { input: [3, 4] } },
  );
  const [kase] = await casesOf(layer, '42');
  return rule.accepts((await passOf(layer, kase, '42')).pass);
}

describe.each(rules)('$name', rule => {
  test('accepts what is right', async () => {
    expect(await accepts(rule, 1)).toBe(true);
  });
  test.each([-1, 2, 0.9])('rejects a factor of %s', async factor => {
    expect(await accepts(rule, factor)).toBe(false);
  });
});

test.each([
  { rule: pytorchSlow, passes: 1 + 5e-4, fails: 1 + 5e-3 },
  { rule: pytorchFast, passes: 1 + 5e-4, fails: 1 + 5e-2 },
  { rule: loose, passes: 1 + 1e-2, fails: 1 + 1e-1 },
  { rule: tinyDnn, passes: 1 + 1e-5, fails: 1 + 1e-4 },
  { rule: jax, passes: 1 + 5e-6, fails: 1 + 5e-5 },
])('$rule.name accepts a factor of $passes, and not one of $fails', async ({ rule, passes, fails }) => {
  expect(await accepts(rule, passes)).toBe(true);
  expect(await accepts(rule, fails)).toBe(false);
  expect(await accepts(strict, passes)).toBe(false);
});
