import { AssertionError } from 'node:assert';
import { expect, test, vi } from 'vitest';
import { conv1d } from '../examples/wrong-conv1d.ts';
import { swish } from '../examples/swish.ts';
import { assertGradcheck } from '../src/node.ts';

test('assertGradcheck returns the report of a right layer, and throws what is wrong with another', async () => {
  expect((await assertGradcheck(swish)).verdict).toBe('pass');
  const error = await assertGradcheck(conv1d).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AssertionError);
  expect((error as AssertionError).message).toContain('gradient of x');
  await expect(assertGradcheck({})).rejects.toThrow(TypeError);
});

test("gradcheck/jest adds the matcher to Jest's expect", async () => {
  const extend = vi.fn();
  vi.stubGlobal('expect', { extend });
  await import('../src/jest.ts');
  vi.unstubAllGlobals();
  const [[{ toPassGradcheck }]] = extend.mock.calls as [
    [{ toPassGradcheck: (layer: unknown) => Promise<{ pass: boolean }> }],
  ];
  expect((await toPassGradcheck(swish)).pass).toBe(true);
  expect((await toPassGradcheck(conv1d)).pass).toBe(false);
});
