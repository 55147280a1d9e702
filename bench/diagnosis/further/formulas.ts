import type { Data } from '../../../src/tensor.ts';

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** The softmax of some numbers. */
export function softmax(x: Data): Data {
  const largest = Math.max(...x);
  const powers = x.map(value => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map(power => power / sum);
}

/** What arrives at the numbers that softmax made p of, from what arrives at p. */
export function softmaxBackward(p: Data, dy: Data): Data {
  const common = p.reduce((sum, share, i) => sum + share * dy[i], 0);
  return p.map((share, i) => share * (dy[i] - common));
}
