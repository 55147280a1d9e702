import 'gradcheck/vitest';
import { expect, test } from 'vitest';
import { swish } from './swish.ts';

test('the operation has the right gradient', async () => {
  await expect(swish).toPassGradcheck();
});
