import type { Specs } from '../adapters/specs.ts';

/** One operation of a library in one configuration. */
export interface Entry {
  /** The operation, as the library calls it. */
  readonly operation: string;
  /** The configuration, in the words of the code. */
  readonly configuration: string;
  /** A function in the library's own language, given what its host names (`tf`, `np`, …); or, for a layer, what makes it. */
  readonly code: string;
  readonly kind: 'function' | 'layer';
  readonly args: Specs;
  /** Of a layer: what it is called with. */
  readonly training?: boolean;
  /** Of a loss with what is right handed to its backward: that. */
  readonly y?: unknown;
}

export const idOf = ({ operation, configuration }: Pick<Entry, 'operation' | 'configuration'>): string =>
  configuration === '' ? operation : `${operation}(${configuration})`;

/** An entry for a function. */
export const op = (operation: string, configuration: string, code: string, args: Specs): Entry => ({
  operation,
  configuration,
  code,
  kind: 'function',
  args,
});
