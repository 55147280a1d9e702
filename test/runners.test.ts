import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Report } from '../src/index.ts';
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

// The register of jiti leaves files behind that it has translated in its own way.
test.each([
  [['--json', '-'], 1e-2, 1e-6],
  [['--json', '-', '--float64'], 1e-6, 0],
])('after it the example passes the command line, %j', (options, most, least) => {
  const words = [built(), 'check', 'examples/tfjs/swish.ts', ...options];
  const { stdout, status } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  const { findings } = JSON.parse(stdout) as Report;
  const resolution = findings.find(({ check }) => check === 'gradient')?.resolution ?? Number.NaN;
  expect(status).toBe(0);
  expect(resolution).toBeLessThan(most);
  expect(resolution).toBeGreaterThan(least);
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
