import type { Data } from '../../tensor.ts';

/** Values and slopes of an activation, element by element. */
export interface Squashed {
  readonly value: Data;
  readonly slope: Data;
}

/** The logistic function of x: with e = exp(-|x|), 1 / (1 + e) or e / (1 + e), and the slope e / (1 + e)^2. */
export function sigmoids(x: Data): Squashed {
  const value = x.slice();
  const slope = x.map((each, k) => {
    const e = Math.exp(-Math.abs(each));
    value[k] = (each < 0 ? e : 1) / (1 + e);
    return e / (1 + e) ** 2;
  });
  return { value, slope };
}

/** tanh x and its slope: with e = exp(-2|x|), 4 e / (1 + e)^2. */
export function tanhs(x: Data): Squashed {
  const slope = x.map(each => {
    const e = Math.exp(-2 * Math.abs(each));
    return (4 * e) / (1 + e) ** 2;
  });
  return { value: x.map(Math.tanh), slope };
}
