/**
 * The same in node:test, from TypeScript:
 *
 *     node --import jiti/register --test examples/tfjs/swish.node.ts
 */
import { test } from 'node:test';
import { assertGradcheck } from 'gradcheck/node';
import { swish } from './swish.ts';

void test('the operation has the right gradient', async () => {
  await assertGradcheck(swish);
});
