const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

/**
 * The error function 2/√π ∫₀ˣ exp(-t²) dt, to a few units in the last place for every x.
 *
 * Up to |x| = 1/2 by the series erf x = 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)) (Abramowitz and Stegun 7.1.6), whose
 * terms are all of one sign, so that nothing cancels; beyond, 1 - erfc.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 0.5) return x > 0 ? 1 - erfc(x) : erfc(-x) - 1;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 2 ** -54 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * sum;
}

/**
 * The complement 1 - erf x, without the loss of digits where erf x is near 1: to a few units in the last place for every x,
 * until it underflows beyond x = 26.5.
 *
 * From x = 1/2 by the continued fraction √π exp(x²) erfc x = 1 / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + …)))) (7.1.14),
 * from its tail backwards. 192 / x² + 16 levels bring its relative error below 2^-54.
 */
export function erfc(x: number): number {
  if (x < 0.5) return 1 - erf(x);
  if (x > 27) return 0;
  let tail = x;
  for (let n = Math.ceil(192 / (x * x)) + 16; n >= 1; n--) tail = x + n / 2 / tail;
  return gaussian(x) / (Math.sqrt(Math.PI) * tail);
}

/** exp(-x²): x² as the square of a multiple of 1/16, which is exact, and the rest; the rounding of x x would be multiplied by x². */
function gaussian(x: number): number {
  const near = Math.round(16 * x) / 16;
  return Math.exp(-near * near) * Math.exp((near - x) * (near + x));
}
