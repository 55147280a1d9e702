import type { Finding } from '../src/finding.ts';

/** A finding that passes, with some of it replaced. */
export function finding(part: Partial<Finding> = {}): Finding {
  return {
    layer: 'conv2d',
    implementation: 'reference',
    check: 'gradient',
    argument: 'weight',
    verdict: 'pass',
    code: 'ok',
    reason: '',
    case: '3',
    cases: 10,
    config: { kernel: 3, stride: 2 },
    shapes: { input: [2, 3, 7, 6], weight: [4, 3, 3, 2] },
    seed: '42/conv2d/3/normal/0',
    compared: 144,
    evaluations: 212,
    relativeError: 1e-15,
    errorBound: 1e-12,
    resolution: 3e-12,
    notes: [],
    diagnoses: [],
    replay: 'gradcheck --layer conv2d --seed 42 --case 3 --argument weight',
    ...part,
  };
}

/** Elements 0 of the last axis are half of what they should be. */
export const wrongKernel = finding({
  implementation: 'im2col',
  verdict: 'fail',
  code: 'mismatch',
  reason: 'the gradient of "weight" is 1.2 along a random direction, finite differences give 2.4 ± 1.0e-12',
  relativeError: 0.5,
  axes: ['out', 'in', 'row', 'column'],
  wrong: {
    count: 24,
    of: 144,
    estimated: false,
    pattern: 'kernel column 0',
    elements: [
      { index: [0, 0, 0, 0], actual: 1.2, expected: 2.4, errorBound: 1e-12 },
      { index: [3, 2, 1, 0], actual: 0.25, expected: 0.5, errorBound: 1e-12 },
    ],
  },
  diagnoses: [{ cause: 'scaled', factor: 0.5, text: 'every wrong element is 0.5 times the right one' }],
});

/** What a name or a message may hold: a line break, escapes, marks that change direction, half a character, and no end. */
export const HOSTILE = `evil\n\u001b[31mred\u001b[0m\r\u202egnp.exe\u0000\u009b2J\u2028\ud800${'x'.repeat(10_000)}`;
