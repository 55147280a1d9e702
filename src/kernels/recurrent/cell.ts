import type { Data } from '../../tensor.ts';

/**
 * What a recurrent cell does with a = W x + b, u = U h + b' and the states before (h first), for one sample. a and u have one
 * block of `hidden` numbers for each gate; unit k of a state depends on element k of the blocks alone.
 */
export interface Cell {
  /** Blocks of rows in W and U. */
  readonly gates: number;
  readonly states: readonly ('h' | 'c')[];
  /** The states after. */
  forward(a: Data, u: Data, before: readonly Data[]): Data[];
  /** The gradients of a, u and the states before, from those of the states after. */
  vjp(a: Data, u: Data, before: readonly Data[], upstream: readonly Data[]): Parts;
  /** The tangents of the states after, from those of a, u and the states before. */
  jvp(a: Data, u: Data, before: readonly Data[], tangents: Parts): Data[];
  readonly blocked: BlockedCell;
}

/** Of a, u and the states before: gradients, or tangents. */
export interface Parts {
  readonly a: Data;
  readonly u: Data;
  readonly before: readonly Data[];
}

/**
 * The same of a whole batch at once: each block and each state has hidden times batch numbers. Returns the states after, and
 * the way back.
 */
export type BlockedCell = (
  a: Data,
  u: Data,
  before: readonly Data[],
) => {
  readonly after: readonly Data[];
  /** What vjp gives. The gradients of the states are new. */
  readonly back: (upstream: readonly Data[]) => Parts;
};
