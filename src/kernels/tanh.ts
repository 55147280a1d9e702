/** 2^n; from 30 on tanh is 1 to its last bit. */
const POWERS = Float64Array.from({ length: 64 }, (_, n) => 2 ** n);
const LARGEST = 20;

/** ln 2 in two parts, the first of so few bits that its products with n are exact. */
const LN2 = [0.693145751953125, 0.0000014286068203094173] as const;

/** Added to a number of up to 2^51 and taken off again, it rounds it to a whole one. */
const ROUNDER = 1.5 * 2 ** 52;

/**
 * tanh x = (e^2x - 1) / (e^2x + 1), where e^2x = 2^n e^r and e^r = (q + p) / (q - p) by a rational approximation for |r| <= ln 2 / 2, so
 * that tanh x = ((2^n - 1) q + (2^n + 1) p) / ((2^n + 1) q + (2^n - 1) p): one division, and nothing cancels. Within 4 units in the
 * last place of Math.tanh. The coefficients are those of exp in Moshier's Cephes library, release 2.3.
 */
export function tanhByRatio(x: number): number {
  const doubled = 2 * Math.min(Math.abs(x), LARGEST);
  const n = doubled * Math.LOG2E + ROUNDER - ROUNDER;
  const r = doubled - n * LN2[0] - n * LN2[1];
  const z = r * r;
  const p = r * ((0.00012617719307481058 * z + 0.030299440770744195) * z + 1);
  const q = ((3.0019850513866446e-6 * z + 0.002524483403496841) * z + 0.22726554820815503) * z + 2;
  const power = POWERS[n];
  const y = ((power - 1) * q + (power + 1) * p) / ((power + 1) * q + (power - 1) * p);
  return x < 0 ? -y : y;
}
