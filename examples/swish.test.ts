import 'gradcheck/vitest';
import { expect, test } from 'vitest';
import { swish } from './swish.ts';

test('swish has the right gradients', async () => {
  await expect(swish).toPassGradcheck();
});
