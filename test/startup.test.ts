import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { built } from './built.ts';

test('importing the built package loads one small package, and few files of its own', () => {
  const entry = new URL('../index.js', pathToFileURL(built())).href;
  const hooks = `export async function resolve(name, context, next) { console.error(name); return next(name, context); }`;
  const program = `import { register } from 'node:module';
    register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hooks))});
    const { layers } = await import('${entry}');
    console.log(layers.length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  const loaded = stderr.trim().split('\n');
  expect(Number(stdout)).toBeGreaterThan(100);
  expect(loaded).toContain(entry);
  const packages = new Set(loaded.filter(name => !/^([./]|file:)/.test(name)));
  expect([...packages]).toEqual(['seedrandom/lib/alea.js']);
  expect(new Set(loaded).size).toBeLessThan(20);
});
