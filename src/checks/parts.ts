import type { Data, Tensor } from '../tensor.ts';
import type { Parts } from './observation.ts';

/** The most parts that are kept of a tensor. */
const MOST = 256;

/** A number of a tensor beside the one that it is held against. */
export interface Part {
  readonly position: number;
  readonly actual: number;
  readonly expected: number;
  readonly errorBound: number;
}

/** Parts as columns, in the order of the tensor; undefined where there are none. */
export function partsOf(
  shape: readonly number[],
  measured: readonly Part[],
  { length = 1, joint = false } = {},
): Parts | undefined {
  if (measured.length === 0) return undefined;
  const parts = measured.toSorted((a, b) => a.position - b.position).slice(0, MOST);
  return {
    shape,
    length,
    joint,
    positions: parts.map(({ position }) => position),
    actual: parts.map(({ actual }) => actual),
    expected: parts.map(({ expected }) => expected),
    errorBound: parts.map(({ errorBound }) => errorBound),
  };
}

/** The parts of a tensor that was compared one by one: every element of a small one, the worst of each run of a large one. */
export function worstParts(actual: Data, { shape, data: expected }: Tensor, errorBound: number): Parts | undefined {
  const length = Math.ceil(expected.length / MOST);
  const worst = new Map<number, Part>();
  for (const position of expected.keys()) {
    // Nothing is stated of this one.
    if (Number.isNaN(expected[position])) continue;
    const part = { position, actual: actual[position], expected: expected[position], errorBound };
    const at = Math.floor(position / length);
    const other = worst.get(at);
    if (!other || !(errorOf(part) <= errorOf(other))) worst.set(at, part);
  }
  return partsOf(shape, [...worst.values()], { length });
}

function errorOf({ actual, expected }: Part): number {
  // Infinity where Infinity is expected is right.
  const error = actual === expected ? 0 : Math.abs(actual - expected);
  return Number.isNaN(error) ? Infinity : error;
}
