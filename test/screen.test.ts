import { describe, expect, test } from 'vitest';
import { casesOf, drawPoint, type PointKind } from '../src/cases.ts';
import { checkGradient } from '../src/checks/gradient.ts';
import { screen } from '../src/checks/screen.ts';
import { Subject } from '../src/checks/subject.ts';
import type { Layer } from '../src/layer.ts';
import { conv2d } from '../src/layers/conv2d.ts';
import { matmul } from '../src/layers/matmul.ts';
import { relu } from '../src/layers/relu.ts';
import { tanh } from '../src/layers/tanh.ts';
import { mapTensor } from '../src/tensor.ts';
import { rightGradients, wrong } from './faults/fault.ts';

async function subjectOf(layer: Layer): Promise<Subject> {
  const [kase] = await casesOf(layer, '42');
  return new Subject(layer, 'reference', layer, kase);
}

/** What a look at a point is enough for. */
async function seenAt(layer: Layer, kind: PointKind, isFirst: boolean) {
  const subject = await subjectOf(layer);
  return screen(subject, drawPoint(subject.kase, kind, '42'), subject.primals, isFirst);
}

/** tanh of twelve numbers, whose gradient has an error put in. */
function withError(error: (x: number, i: number) => number): Layer {
  return wrong(tanh, {
    cases: [{ config: {}, args: { input: { shape: [3, 4] } } }],
    vjp: (args, upstream, config) => {
      const { input } = rightGradients(tanh, args, upstream, config);
      return { input: mapTensor(input, (dx, i) => dx + error(args.input.data[i], i)) };
    },
  });
}

describe('a look at a point', () => {
  test('is enough for a convolution of 232 parameters: 54 forwards and 6 backwards over all points', async () => {
    const layer = wrong(conv2d, {
      cases: [
        {
          config: { inChannels: 3, outChannels: 8, kernel: 3 },
          args: { input: { shape: [2, 3, 16, 16] }, weight: { shape: [8, 3, 3, 3] }, bias: { shape: [8] } },
        },
      ],
    });
    const subject = await subjectOf(layer);
    const seen = await checkGradient(subject, '42');
    expect(seen.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
    expect(Math.max(...seen.map(({ resolution }) => resolution))).toBeLessThan(1e-9);
    expect([subject.forwards, subject.vjps]).toEqual([54, 6]);
  });

  test.each(['normal', 'large', 'small', 'negative', 'spread', 'integers'] as const)(
    'is enough at %s values',
    async kind => {
      const found = await seenAt(matmul, kind, false);
      expect([...found.values()].map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
    },
  );

  test('says of every element of a small primal what it is', async () => {
    const outcome = (
      await seenAt(
        withError(() => 0),
        'normal',
        true,
      )
    ).get('input');
    const { actual = [], expected = [], errorBound = [] } = outcome?.parts ?? {};
    expect(actual).toHaveLength(12);
    for (const [i, bound] of errorBound.entries()) {
      expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(bound);
      expect(bound).toBeLessThan(1e-8);
    }
  });

  test.each([
    ['in all elements', () => 1e-8],
    ['in one element', (_x: number, i: number) => (i === 5 ? 1e-8 : 0)],
    ['of one sign and the other', (_x: number, i: number) => (i % 2 === 0 ? 1e-8 : -1e-8)],
    ['that is not a number', (_x: number, i: number) => (i === 5 ? Number.NaN : 0)],
  ])('is not enough for an error %s', async (_what, error) => {
    expect((await seenAt(withError(error), 'normal', true)).size).toBe(0);
    expect((await seenAt(withError(error), 'normal', false)).size).toBe(0);
  });

  test('is not enough on a kink, nor for fewer digits than float64 has', async () => {
    const flat = wrong(relu, { cases: [{ config: {}, args: { input: { shape: [3, 4] } } }] });
    expect((await seenAt(flat, 'integers', false)).size).toBe(0);
    const rounded = wrong(tanh, {
      cases: [{ config: {}, args: { input: { shape: [3, 4] } } }],
      forward: ({ input }) => ({ output: mapTensor(input, x => Math.tanh(x) * (1 + 2 ** -30 * Math.sin(1e9 * x))) }),
    });
    expect((await seenAt(rounded, 'normal', true)).size).toBe(0);
  });

  test('is not enough for a primal whose part of the slope is hidden by that of another', async () => {
    const scaled = wrong(matmul, {
      forward: ({ a, b }, config) => matmul.forward({ a, b: mapTensor(b, x => 1e-9 * x + 1) }, config),
      vjp: (args, upstream, config) => {
        const there = { a: args.a, b: mapTensor(args.b, x => 1e-9 * x + 1) };
        const { a, b } = rightGradients(matmul, there, upstream, config);
        return { a, b: mapTensor(b, x => 1e-9 * x) };
      },
    });
    expect([...(await seenAt(scaled, 'normal', false)).keys()]).toEqual(['a']);
  });
});
