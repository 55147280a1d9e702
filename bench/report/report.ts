import type { Finding } from '../../src/finding.ts';
import type { PastRun } from '../../src/report/history.ts';
import type { Past } from '../../src/report/html/past.ts';
import { keyOf } from '../../src/report/key.ts';
import { measuredOf } from '../../src/report/measured.ts';
import { type Report, report } from '../../src/run.ts';

const CHECKS = ['gradient', 'exact', 'agreement', 'contract'] as const;

/** A report over `layers` layers with `size` findings: one in ten wrong, each gradient measured part by part. */
export function largeReport(layers: number, size: number): Report {
  return report(
    Array.from({ length: size }, (_, at) => finding(at % layers, Math.floor(at / layers))),
    '42',
  );
}

function finding(layer: number, at: number): Finding {
  const check = CHECKS[at % CHECKS.length];
  const wrong = (layer + at) % 10 === 0 && check !== 'contract';
  const argument = check === 'contract' ? undefined : `argument${Math.floor(at / CHECKS.length)}`;
  const size = wrong ? 120 : 16;
  const shape = wrong ? [2, 3, 4, 5] : [4, 4];
  const expected = Array.from({ length: size }, (_, i) => Math.sin(1 + i + layer));
  const off = (i: number) => (wrong && i % 3 === 0 ? 2 : 1 + 1e-13 * Math.sin(i));
  const actual = expected.map((value, i) => value * off(i));
  const positions = expected.map((_, i) => i);
  const elements = positions
    .filter(i => wrong && i % 3 === 0)
    .map(i => ({ index: [0, 0, 0, i], actual: actual[i], expected: expected[i], errorBound: 1e-12 }));
  return {
    layer: `layer${layer}`,
    implementation: 'reference',
    check,
    ...(argument !== undefined && { argument }),
    verdict: wrong ? 'fail' : 'pass',
    code: wrong ? 'mismatch' : 'ok',
    reason: wrong ? `the gradient of "${argument}" is 1.52 along a random direction, finite differences give 0.76` : '',
    case: String(at),
    cases: 12,
    config: { kernel: [3, 2], stride: 2, padding: 'same', groups: 1, hasBias: true },
    shapes: { input: [2, 3, 7, 6], ...(argument !== undefined && { [argument]: shape }), bias: [4] },
    seed: `42/layer${layer}/${at}/normal/0`,
    compared: 144,
    evaluations: 1212,
    relativeError: wrong ? 0.5 : 1e-14 * (1 + at),
    errorBound: 1e-12,
    resolution: 9e-12,
    points: ['normal', 'large', 'small', 'negative', 'spread', 'integers'].map(kind => ({
      kind,
      verdict: wrong ? 'fail' : 'pass',
      code: 'ok',
      resolution: 9e-12,
    })),
    notes: [],
    ...(wrong && {
      wrong: {
        count: elements.length,
        of: size,
        estimated: false,
        pattern: 'column 0',
        positions: positions.filter(i => i % 3 === 0),
        elements: elements.slice(0, 8),
      },
      condition: 'only when stride > 1 (so in 14 cases, fresh ones among them)',
    }),
    ...(argument !== undefined && {
      parts: { shape, length: 1, joint: false, positions, actual, expected, errorBound: expected.map(() => 1e-12) },
    }),
    diagnoses: wrong ? [{ cause: 'scaled', factor: 2, text: 'every wrong element is 2 times the right one' }] : [],
    replay: `gradcheck --layer layer${layer} --seed 42 --case ${at} --argument ${argument}`,
  };
}

/** A past for a report: `runs` runs in which everything was right, and what changed since. */
export function pastOf({ findings }: Report, runs: number): Past {
  const right = { verdict: 'pass', error: 2e-15, inBounds: 0.002 } as const;
  return {
    changes: findings.map(finding => ({
      key: keyOf(finding),
      state: finding.verdict === 'fail' ? 'regressed' : 'same',
      before: { ...measuredOf(finding), ...right },
      after: measuredOf(finding),
    })),
    runs: Array.from(
      { length: runs },
      (_, run): PastRun => ({
        date: new Date(Date.UTC(2026, 0, 1 + run)).toISOString().slice(0, 10),
        commit: `c0ffee${run}`,
        findings: findings.map(key => ({ key, ...right })),
      }),
    ),
  };
}
