import type { Dtype } from '../tensor.ts';
import type { Audited } from './audited.ts';
import type { Entry } from './entry.ts';

/** A library of layers, and what of it is audited. */
export interface Library {
  /** As the command line has it, and the file of its host in src/cli/hosts. */
  readonly name: string;
  readonly title: string;
  /** What the report's file is called, before the version; the name unless said. */
  readonly file?: string;
  /** What to install. */
  readonly package: string;
  /** The precisions in which it is run. */
  readonly dtypes: readonly Dtype[];
  /** What it computes on. */
  readonly backend: string;
  readonly entries: readonly Entry[];
  /** Why an operation that is called wrong is wrong, derived from its definition and without the harness: by operation. */
  readonly notes: Readonly<Record<string, string>>;
  /** What it has a gradient for, or a layer of, that is not differentiable, and why; by name. */
  readonly notDifferentiable: Readonly<Record<string, string>>;
  /**
   * A program in the library's own language that shows a wrong gradient by itself: what it gives for the first argument that is wrong,
   * beside central differences in it.
   */
  readonly reproduction: (entry: Entry, found: Audited) => string;
}
