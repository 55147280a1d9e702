import { describe, expect, test } from 'vitest';
import { erf, erfc } from '../src/kernels/erf.ts';

/** mpmath 1.3 with 40 digits, rounded. */
const known: [x: number, erf: number, erfc: number][] = [
  [1e-300, 1.1283791670955126e-300, 1],
  [0.125, 0.1403162048013338, 0.8596837951986662],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [0.75, 0.7111556336535151, 0.28884436634648486],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [3, 0.9999779095030014, 2.209049699858544e-5],
  [5.5, 0.9999999999999927, 7.357847917974398e-15],
  [-0.625, -0.623240882188418, 1.6232408821884179],
  [-2, -0.9953222650189527, 1.9953222650189528],
  [10.59375, 1, 9.652962506682373e-51],
  [26.5, 1, 2.2109076642637343e-307],
];

/** Relative error. */
const off = (got: number, want: number) => Math.abs(got / want - 1);

describe('the error function', () => {
  test.each(known)('and its complement are right to 1e-15 of themselves at %d', (x, plain, complement) => {
    expect(off(erf(x), plain)).toBeLessThanOrEqual(1e-15);
    expect(off(erfc(x), complement)).toBeLessThanOrEqual(1e-15);
  });

  test('keeps the sign of zero, its limits and what is not a number', () => {
    expect([erf(0), erf(-0), erf(Infinity), erf(-Infinity), erf(Number.NaN)]).toEqual([0, -0, 1, -1, Number.NaN]);
    expect([erfc(Infinity), erfc(-Infinity), erfc(Number.NaN)]).toEqual([0, 2, Number.NaN]);
  });
});
