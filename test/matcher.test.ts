import '../src/vitest.ts';
import { describe, expect, test } from 'vitest';
import { conv1d } from '../examples/wrong-conv1d.ts';
import { swish } from '../examples/swish.ts';

describe('toPassGradcheck', () => {
  test('passes a right layer', async () => {
    await expect(swish).toPassGradcheck();
  });

  test('does not pass a wrong one', async () => {
    await expect(conv1d).not.toPassGradcheck();
  });

  test('says which argument is wrong, where, and how to see it again', async () => {
    const message = await expect(conv1d)
      .toPassGradcheck()
      .then(
        () => 'passed',
        (error: Error) => error.message,
      );
    expect(message).toContain('conv1d');
    expect(message).toContain('finite difference');
    expect(message).toContain('--argument x');
    expect(message).not.toContain('gradient of "w"');
  });

  test('takes the options of check', async () => {
    await expect(conv1d).toPassGradcheck({ argument: 'w', seed: 7 });
  });

  test('refuses what is no layer', async () => {
    await expect(expect({ name: 'x' } as never).toPassGradcheck()).rejects.toThrow(/takes a layer/);
  });
});
