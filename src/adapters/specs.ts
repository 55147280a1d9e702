import { type ArgSpec, isDifferentiable } from '../layer.ts';

/** Names of what a function takes, in order, and their shapes. Constants have `differentiable: false`. */
export type Specs = Readonly<Record<string, ArgSpec | readonly number[]>>;

/** Those of which a gradient is asked, in order. */
export const primalsOf = (specs: Specs): string[] => Object.keys(specs).filter(key => isDifferentiable(specs[key]));
