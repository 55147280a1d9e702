import { type ArgSpec, argSpec } from '../layer.ts';
import { type Random, random } from '../numeric/random.ts';
import { sizeOf } from '../tensor.ts';
import type { Audited } from './audited.ts';

/** Whether what is wrong is at equal elements: there only a direction that keeps them equal tells, all moved alike. */
export const isOfTies = ({ diagnosis }: Audited): boolean => /equal elements/.test(diagnosis ?? '');

/** Whole numbers, among which there are equal ones and zeros, where what is wrong is mostly so at these; else any. */
export const isOfWholes = (found: Audited): boolean => isOfTies(found) || !Number.isFinite(found.relativeError ?? 0);

/** Numbers for an argument in a program, the same for the same operation. */
export function numbersFor(spec: ArgSpec | readonly number[], stream: Random, areWhole: boolean): readonly number[] {
  const { shape, integer, range: [low, high] = [-1, 1], values } = argSpec(spec);
  if (values) return Array.from(values);
  const draw = () =>
    integer || areWhole
      ? stream.integer(Math.floor(low), high)
      : Number((low + (high - low) * stream.uniform()).toFixed(3));
  return Array.from({ length: sizeOf(shape) }, draw);
}

export const streamFor = ({ operation }: Audited): Random => random(operation);
