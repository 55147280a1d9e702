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

test('the example of Jest passes', () => {
  built();
  const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
  const words = ['--experimental-vm-modules', jest, '--testMatch', '**/swish.jest.js', '--rootDir', root];
  const env = { ...process.env, NODE_OPTIONS: undefined };
  const { stderr, status } = spawnSync(process.execPath, words, { cwd: root, env, encoding: 'utf8' });
  expect(stderr).toMatch(/Tests: +1 passed/);
  expect(status).toBe(0);
}, 60_000);
