import { expect, test } from 'vitest';
import { tanhByRatio } from '../src/kernels/tanh.ts';

/** Units in the last place of the reference's number. */
function ulps(x: number): number {
  const right = Math.tanh(x);
  return Math.abs(tanhByRatio(x) - right) / 2 ** (Math.floor(Math.log2(Math.abs(right))) - 52);
}

test('tanh by a ratio is that of the engine to four units in the last place, from tiny numbers to large ones', () => {
  let worst = 0;
  for (let k = 1; k <= 200_000; k++) {
    // Sizes from 1e-10 to 30, irregularly.
    const x = 10 ** (-10 + 11.5 * ((k * 0.6180339887498949) % 1)) * (k % 2 === 0 ? 1 : -1);
    worst = Math.max(worst, ulps(x));
  }
  // The engine's own may be off by one.
  expect(worst).toBeLessThanOrEqual(4);
  expect(worst).toBeGreaterThan(0);
});

test('tanh by a ratio at zero, far out and of what is no number', () => {
  expect([0, 19, 25, -1e300, Infinity, -Infinity].map(tanhByRatio)).toEqual([0, 1, 1, -1, 1, -1]);
  expect(tanhByRatio(Number.NaN)).toBeNaN();
});
