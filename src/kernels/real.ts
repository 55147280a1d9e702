import { describe } from '../tensor.ts';

/** What a setting must be, beyond being a number. */
export interface Demand {
  readonly words: string;
  readonly holds: (value: number) => boolean;
}

export const nonZero: Demand = { words: 'a number other than 0', holds: value => value !== 0 };
export const positive: Demand = { words: 'a number above 0', holds: value => value > 0 };
export const nonNegative: Demand = { words: 'a number of 0 or more', holds: value => value >= 0 };
const any: Demand = { words: 'a number', holds: () => true };

/**
 * The number of a setting.
 * @throws RangeError when it is none, or not as demanded; `layer` and `setting` are the names in the message.
 */
export function real(layer: string, setting: string, value: number, { words, holds }: Demand = any): number {
  if (typeof value === 'number' && !Number.isNaN(value) && holds(value)) return value;
  throw new RangeError(`${layer} has ${setting} ${describe(value)}; give ${words}`);
}
