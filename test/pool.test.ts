import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../src/index.ts';
import { built } from './built.ts';

const unruly = fileURLToPath(new URL('files/unruly.ts', import.meta.url));
let main = '';

beforeAll(() => {
  main = built();
}, 60_000);

function gradcheck(...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const cwd = mkdtempSync(join(tmpdir(), 'pool-'));
  // With a small heap it is soon exhausted.
  return spawnSync(process.execPath, ['--max-old-space-size=150', main, ...args], { encoding: 'utf8', cwd });
}

describe('layers in worker threads', () => {
  test('one that hangs, eats the heap or exits takes down its worker only, and is reported', () => {
    const { stdout, stderr, status } = gradcheck('check', unruly, '--timeout', '4', '--json', '-');
    const { findings } = JSON.parse(stdout) as Report;
    const verdicts = findings.map(({ layer, verdict }) => `${layer}: ${verdict}`);

    expect([...new Set(verdicts)].toSorted()).toEqual([
      'eats: error',
      'exits: error',
      'hangs: error',
      'right: pass',
      'strays: pass',
      'wrong: fail',
      'wrong: pass',
    ]);
    const reason = (layer: string) => findings.find(one => one.layer === layer)?.reason;
    expect(reason('hangs')).toMatch(/a call did not return within 4 s; its worker was ended/);
    expect(reason('eats')).toMatch(/memory/);
    expect(reason('exits')).toMatch(/it called process\.exit\(0\)/);
    expect(stderr).toMatch(/an error in something that nobody waited for: Error: nobody waited/);
    expect(status).toBe(1);
  }, 60_000);

  test('one that hangs is ended where it is alone, given a timeout', () => {
    const { stderr, status } = gradcheck('check', unruly, '--layer', 'hangs', '--timeout', '2');
    expect(stderr).toMatch(/a call did not return within 2 s; its worker was ended/);
    expect(status).toBe(2);
  }, 60_000);

  test('takes objects of classes as this thread does', () => {
    const file = fileURLToPath(new URL('files/objects.ts', import.meta.url));
    const [here, there] = ['0', '2'].map(workers => gradcheck('check', file, '--workers', workers, '--json', '-'));
    expect(there.stdout).toBe(here.stdout);
    expect([here.status, there.status]).toEqual([1, 1]);
    const verdicts = (JSON.parse(here.stdout) as Report).findings.map(({ layer, verdict }) => `${layer} ${verdict}`);
    expect(verdicts).toContain('right pass');
    expect(verdicts).toContain('wrong fail');
  }, 60_000);

  test('find the same in the same order, however many there are', () => {
    const folder = mkdtempSync(join(tmpdir(), 'workers-'));
    const reports = ['0', '1', '2', '3'].map(workers => {
      const file = join(folder, `${workers}.json`);
      const names = ['relu', 'linear', 'softmax', 'conv1d'].flatMap(name => ['--layer', name]);
      expect(gradcheck('--workers', workers, '--json', file, ...names).status).toBe(0);
      return readFileSync(file, 'utf8');
    });

    expect((JSON.parse(reports[0]) as Report).findings.length).toBeGreaterThan(30);
    for (const report of reports) expect(report).toBe(reports[0]);
  }, 60_000);
});
