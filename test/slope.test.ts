import { expect, test } from 'vitest';
import { random } from '../src/numeric/random.ts';
import { slopeAlong } from '../src/numeric/slope.ts';
import { stepsFor } from '../src/numeric/stencil.ts';

const one = Float64Array.of(1);

/** The slope at 0 of t + a t^3 + b t^5 + c t^7, each value off by a normal error of the given deviation. */
async function slopeOf([a, b, c]: readonly number[], deviation: number, dtype: 'float64' | 'float32', seed: string) {
  const stream = random(seed);
  const line = async (t: number) =>
    Float64Array.of(t + a * t ** 3 + b * t ** 5 + c * t ** 7 + deviation * stream.normal());
  return slopeAlong(line, Float64Array.of(0), one, () => ({ noise: deviation }), stepsFor(one, Infinity, dtype), 0, 0);
}

test.each(['float64', 'float32'] as const)(
  'in %s the bound holds whatever terms cancel between levels',
  async dtype => {
    const stream = random('coefficients');
    const exceeded: string[] = [];
    for (let trial = 0; trial < 5000; trial++) {
      const sign = () => (stream.uniform() < 0.5 ? -1 : 1);
      // Terms of t^3 and t^5 that are of one size at one of the steps.
      const step = 2 ** -(1 + 5 * stream.uniform());
      const a = sign() * 10 ** (-6 + 7 * stream.uniform());
      const b = ((-a * (0.3 + stream.uniform())) / step ** 2) * (stream.uniform() < 0.9 ? 1 : -1);
      const c = sign() * Math.abs(b) * stream.uniform();
      const deviation = dtype === 'float64' ? 1e-16 : 5e-8;
      const slope = await slopeOf([a, b, c], deviation, dtype, `noise ${trial}`);
      if (slope.status === 'smooth' && !(Math.abs(slope.value - 1) <= slope.bound)) {
        exceeded.push(`${trial}: ${slope.value - 1} ± ${slope.bound}, terms ${a} ${b} ${c}`);
      }
    }
    expect(exceeded).toEqual([]);
  },
);

test('a kink that shows only below the level of the best bound is one', async () => {
  // Slopes 31.2 and 30.1 at 0; on the right, others from 0.2 and from 0.25 on.
  const line = async (t: number) =>
    Float64Array.of(30.64 * t - 0.51 * Math.abs(t) - 9 * Math.max(0, t - 0.2) - 28 * Math.max(0, t - 0.25));
  const steps = stepsFor(Float64Array.of(2), Infinity, 'float32');
  const slope = await slopeAlong(line, Float64Array.of(0), one, () => ({ noise: 1.4e-5 }), steps, 0, 0);
  expect(slope.status).toBe('rough');
});

test('a kink much nearer than the finest step is one, as far as it stands out of the noise', async () => {
  // As of a hardswish beside 3 among many other numbers, in float32.
  const line = async (t: number) => Float64Array.of(-13.9 * t - 0.46 * t * t - 0.22 * Math.max(0, t - 6e-5));
  const steps = stepsFor(Float64Array.of(11), Infinity, 'float32');
  const slope = await slopeAlong(line, Float64Array.of(0), one, () => ({ noise: 3.6e-6 }), steps, 0, 0);
  expect(slope.status).toBe('rough');
});
