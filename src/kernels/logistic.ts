/** 1 / (1 + exp(-x)), to a few units in the last place for every x: exp overflows to infinity, and 1 / infinity is 0. */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Its derivative s(x) s(-x), which unlike s (1 - s) does not cancel where s is near 1. */
export function logisticSlope(x: number): number {
  return logistic(x) * logistic(-x);
}
