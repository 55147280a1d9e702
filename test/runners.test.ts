import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { built } from './built.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the example of node:test passes', () => {
  built();
  const register = new URL('../node_modules/jiti/lib/jiti-register.mjs', import.meta.url).href;
  // Inside of a test a runner of node reports to its parent.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };
  const words = ['--import', register, '--test', 'examples/tfjs/swish.node.ts'];
  const { stdout, status } = spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8' });
  expect(stdout).toMatch(/pass 1\b/);
  expect(status).toBe(0);
});
