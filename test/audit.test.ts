import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Audit, audited, inOwnPrecision } from '../src/audit/audit.ts';
import { type Entry, idOf } from '../src/audit/entry.ts';
import { libraries } from '../src/audit/index.ts';
import { tfjs } from '../src/audit/tfjs/library.ts';
import { whichConfigurations } from '../src/audit/which.ts';
import { audit } from '../src/cli/audit.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { PLAIN } from '../src/report/text.ts';

async function run(library: string, ...words: string[]): Promise<{ status: number; result: Audit; text: string }> {
  let [json, text] = ['', ''];
  const terminal: Terminal = {
    out: said => {
      text += said;
    },
    json: said => {
      json += said;
    },
    problem: () => undefined,
    log: () => undefined,
    progress: () => undefined,
    wipe: () => undefined,
    paint: PLAIN,
    drained: () => Promise.resolve(),
  };
  const status = await audit(library, words, { seed: '42', layer: [], json: '-' }, terminal);
  return { status, result: JSON.parse(json) as Audit, text };
}

describe('gradcheck audit tfjs', () => {
  test('right operations are right, in float64 and in float32', async () => {
    const { status, result } = await run('tfjs', 'tanh', 'layers.dense');
    expect(result.version).toBe('4.22.0');
    const count = tfjs.entries.filter(entry =>
      ['tanh', 'layers.dense'].some(word => idOf(entry).includes(word)),
    ).length;
    expect(result.entries.map(({ verdict, dtype }) => `${verdict} ${dtype}`)).toEqual(
      ['float64', 'float32'].flatMap(dtype => Array.from({ length: count }, () => `right ${dtype}`)),
    );
    expect(status).toBe(0);
    expect(result.gradients.notRun).not.toContain('Tanh');
    expect(result.gradients.notRun).toContain('Conv3D');
  });

  test('a wrong one comes with its reason, and a program that shows it by itself', async () => {
    const { status, result, text } = await run('tfjs', 'mirrorPad(reflect)', 'diag', 'maximum([2,3], [3])');
    expect(status).toBe(1);
    expect(
      result.entries
        .map(({ operation, verdict }) => `${operation}: ${verdict}`)
        .slice(0, 3)
        .toSorted(),
    ).toEqual(['diag: missing', 'maximum: throws', 'mirrorPad: wrong']);
    const { reproduction } = result.entries.find(({ verdict }) => verdict === 'wrong') ?? {};
    expect(reproduction).toContain("tf.mirrorPad(x, [[1, 0], [2, 1]], 'reflect')");
    expect(text).toContain(tfjs.notes['mirrorPad']);
  });
});

/** What a program prints: the gradient and the differences, as lists of numbers. */
async function ran(program: string): Promise<string[]> {
  const isModule = /^const jax = await/m.test(program);
  const args = ['--input-type', isModule ? 'module' : 'commonjs', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const lines = stdout.trim().split('\n').slice(-2);
  return lines.map(line => line.replace(/^.*?(?= -?[\d.]+|NaN|-?Infinity)/, '').trim());
}

describe('gradcheck audit convnetjs', () => {
  test('every layer is run; a wrong one comes with a program that shows it', async () => {
    const { status, result, text } = await run('convnetjs', 'Layer');
    expect(status).toBe(1);
    expect(result.gradients).toEqual({ registered: 14, notRun: [] });
    const wrong = result.entries.filter(({ verdict }) => verdict === 'wrong');
    const kinds = [...new Set(wrong.map(({ operation }) => operation))];
    expect(kinds).toEqual(['RegressionLayer', 'DropoutLayer', 'LocalResponseNormalizationLayer']);
    for (const kind of kinds) {
      const { reproduction = '' } = wrong.find(({ operation }) => operation === kind) ?? {};
      const [differences, gradient] = await ran(reproduction);
      expect(gradient).toMatch(/^-?\d/);
      expect(gradient).not.toBe(differences);
    }
    expect(text).toContain('| LocalResponseNormalizationLayer | wrong | 2 of 3 | all but those with n: 1 |');
  });
});

describe('gradcheck audit jax', () => {
  test('right functions are right in both precisions', async () => {
    const { status, result } = await run('jax', 'numpy.tanh', 'nn.softmax(axis 1)');
    expect(status).toBe(0);
    expect(result.version).toMatch(/^0\.1/);
    expect(result.entries.map(({ verdict }) => verdict)).toEqual(['right', 'right', 'right', 'right']);
  });

  test('a program shows that the gradient of a product is not finite where a factor is 0', async () => {
    const { result } = await run('jax', 'numpy.prod(a zero)');
    const { verdict, reproduction = '' } = result.entries[0];
    expect(verdict).toBe('wrong');
    const [gradient, differences] = await ran(reproduction);
    expect(gradient).toMatch(/NaN/);
    expect(differences).toMatch(/^(-?[\d.]+ ?)+$/);
  });
});

test('every Layer of TensorFlow.js is in the catalogue, or not differentiable', async () => {
  const { layers } = (await import('@tensorflow/tfjs-layers')) as { layers: Record<string, unknown> };
  const known = new Set([...tfjs.entries.map(({ operation }) => operation), ...Object.keys(tfjs.notDifferentiable)]);
  const names = Object.keys(layers).filter(name => typeof layers[name] === 'function');
  expect(names.length).toBeGreaterThan(70);
  expect(names.map(name => `layers.${name}`).filter(name => !known.has(name))).toEqual([]);
});

test.each(libraries)('the catalogue of $name names every configuration once', ({ entries }) => {
  const ids = entries.map(idOf);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

test.each(libraries)('what the report on $name calls wrong has a derivation and a program', ({ name, file, notes }) => {
  const folder = new URL('../reports/audits/', import.meta.url);
  const report = readdirSync(folder).find(one => one.startsWith(`${file ?? name}-`) && one.endsWith('.json')) ?? '';
  const { entries } = JSON.parse(readFileSync(new URL(report, folder), 'utf8')) as Audit;
  const wrong = entries.filter(({ verdict }) => verdict === 'wrong');
  expect(wrong.length).toBeGreaterThan(0);
  expect(wrong.filter(({ operation }) => !notes[operation]).map(idOf)).toEqual([]);
  expect(wrong.filter(({ reproduction }) => !reproduction).map(idOf)).toEqual([]);
});

test('an error that float32 does not show is none of the library', () => {
  const entry = tfjs.entries[0];
  const base = audited(entry, 'float32', []);
  const off = (relativeError: number) => ({
    ...base,
    dtype: 'float64' as const,
    verdict: 'wrong' as const,
    relativeError,
  });
  expect(inOwnPrecision([off(1e-7), base])[0].verdict).toBe('right');
  expect(inOwnPrecision([off(1e-3), base])[0].verdict).toBe('wrong');
  expect(inOwnPrecision([off(1e-7)])[0].verdict).toBe('wrong');
});

describe('in which configurations', () => {
  const entry = (configuration: string, b: readonly number[] = [2]): Entry => ({
    operation: 'f',
    configuration,
    code: '',
    kind: 'function',
    args: { a: [2], b },
  });
  const pools = [
    '3, strides 1, same',
    '3, strides 2, same',
    '3, strides 1, ceil',
    '3, strides 2, round',
    '2, strides 2',
  ];
  const where = (entries: readonly Entry[], ...failing: number[]) =>
    whichConfigurations(entries, one => failing.includes(entries.indexOf(one))).text;

  test('a setting that only the failing ones have', () => {
    const entries = pools.map(name => entry(name));
    expect(where(entries, 0, 1)).toBe('those with same');
    expect(where(entries, 2, 3)).toBe('those with ceil or round');
  });

  test('a setting that only the others have', () => {
    const entries = pools.map(name => entry(name));
    expect(where(entries, 0, 1, 2, 3)).toBe('those with 3');
    expect(where(entries, 1, 2, 3, 4)).toBe('those with strides 2 or ceil');
    expect(where(entries, 0, 1, 2, 4)).toBe('all but those with round');
  });

  test('their names where no setting tells', () => {
    const entries = ['a 1, b 1', 'a 1, b 2', 'a 2, b 1', 'a 2, b 2'].map(name => entry(name));
    expect(where(entries, 0, 3)).toBe('a 1, b 1; a 2, b 2');
  });

  test('shapes that differ', () => {
    const entries = [entry('[2], [2]'), entry('[2], [3,2]', [3, 2]), entry('[2], []', [])];
    expect(where(entries, 1, 2)).toBe('those with arguments of different shapes');
    expect(where(entries, 0, 1, 2)).toBe('all that were tried');
  });
});
