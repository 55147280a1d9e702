import type { ArgSpec } from '../layer.ts';

/** One operation of a library in one configuration. */
export interface Entry {
  /** The operation, as the library calls it. */
  readonly operation: string;
  /** The configuration, in the words of the code. */
  readonly configuration: string;
  /** A function of tensors in the library's own language, given `tf`; or, for a Layer, what makes it. */
  readonly code: string;
  readonly kind: 'function' | 'layer';
  readonly args: Readonly<Record<string, ArgSpec | readonly number[]>>;
  /** Of a Layer: what it is called with. */
  readonly training?: boolean;
}

export const idOf = ({ operation, configuration }: Entry): string =>
  configuration === '' ? operation : `${operation}(${configuration})`;
