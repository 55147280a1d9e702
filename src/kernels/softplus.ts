/** log(1 + exp(x)), the integral of the logistic function, to a few units in the last place for every x: exp never overflows. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/**
 * The same in mathjs's language, of a name or a number in parentheses that is not positive, or not negative. mathjs has no
 * derivative of log1p, and log(1 + u) loses a small u; log(1 + u) = 2 atanh(u / (2 + u)) does not.
 */
export const softplusFormula = {
  negative: (x: string) => `2 * atanh(exp(${x}) / (2 + exp(${x})))`,
  positive: (x: string) => `${x} + 2 * atanh(1 / (1 + 2 * exp(${x})))`,
};
