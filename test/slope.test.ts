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
  return slopeAlong(line, Float64Array.of(0), one, deviation, stepsFor(one, Infinity, dtype), 0, 0);
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
