import type { ArgSpec } from '../layer.ts';

/*
 * Arguments that several catalogues try their operations with.
 */

/** Three axes of different extents. */
export const shape = [2, 3, 4] as const;

/** Numbers that tie with each other, and zeros. */
export const ties: ArgSpec = { shape: [2, 6], values: [0, 0, 1, 1, -1, 2, 3, 3, -2, -2, 0, 1] };

/** Where two shapes meet: alike, and each broadcast, at the front, in the middle, at the end, as a number. */
export const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[2, 3, 4], []],
  [[], [2, 3]],
];

export const within = (low: number, high: number, of: readonly number[] = shape): ArgSpec => ({
  shape: of,
  range: [low, high],
});

export const positive = (of: readonly number[]): ArgSpec => within(0.5, 3, of);
