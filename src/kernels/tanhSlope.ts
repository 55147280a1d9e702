/** The derivative of tanh. It does not cancel where tanh x is near ±1, as 1 - tanh(x)^2 does. */
export function tanhSlope(x: number): number {
  return 1 / Math.cosh(x) ** 2;
}
