import { describe, expect, test } from 'vitest';
import { type Audit, audited, inOwnPrecision } from '../src/audit/audit.ts';
import { idOf } from '../src/audit/entry.ts';
import { TFJS } from '../src/audit/tfjs.ts';
import { TFJS_NOTES } from '../src/audit/tfjsNotes.ts';
import { audit } from '../src/cli/audit.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { PLAIN } from '../src/report/text.ts';

async function run(...words: string[]): Promise<{ status: number; result: Audit; text: string }> {
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
  const status = await audit('tfjs', words, { seed: '42', layer: [], json: '-' }, terminal);
  return { status, result: JSON.parse(json) as Audit, text };
}

describe('gradcheck audit tfjs', () => {
  test('right operations are right, in float64 and in float32', async () => {
    const { status, result } = await run('tanh', 'layers.dense');
    expect(result.version).toBe('4.22.0');
    const count = TFJS.filter(entry => ['tanh', 'layers.dense'].some(word => idOf(entry).includes(word))).length;
    expect(result.entries.map(({ verdict, dtype }) => `${verdict} ${dtype}`)).toEqual(
      ['float64', 'float32'].flatMap(dtype => Array.from({ length: count }, () => `right ${dtype}`)),
    );
    expect(status).toBe(0);
    expect(result.gradients.notRun).not.toContain('Tanh');
    expect(result.gradients.notRun).toContain('Conv3D');
  });

  test('a wrong one comes with its reason, and a program that shows it by itself', async () => {
    const { status, result, text } = await run('mirrorPad(reflect)', 'diag', 'maximum([2,3], [3])');
    expect(status).toBe(1);
    expect(
      result.entries
        .map(({ operation, verdict }) => `${operation}: ${verdict}`)
        .slice(0, 3)
        .toSorted(),
    ).toEqual(['diag: missing', 'maximum: throws', 'mirrorPad: wrong']);
    const { reproduction } = result.entries.find(({ verdict }) => verdict === 'wrong') ?? {};
    expect(reproduction).toContain("tf.mirrorPad(x, [[1, 0], [2, 1]], 'reflect')");
    expect(text).toContain(TFJS_NOTES['mirrorPad']);
  });
});

test('the catalogue names every configuration once', () => {
  const ids = TFJS.map(idOf);
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

test('an error that float32 does not show is none of the library', () => {
  const entry = TFJS[0];
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
