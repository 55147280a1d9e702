import type { Data, Tensor, Tensors } from '../tensor.ts';
import type { Observation } from './observation.ts';
import type { Subject } from './subject.ts';

/** A forward, and what it would have to give to be another one, with what it takes to look further into it. */
export interface Mismatch {
  /** Whose forward gives it, for these arguments. */
  readonly subject: Subject;
  readonly args: Tensors;
  readonly output: string;
  readonly given: Tensor;
  /** NaN where nothing is wanted. */
  readonly wanted: Data;
  readonly allowed: number;
  /** Whether what is given is right, and what is wanted is not: the reference beside an alternative. */
  readonly isReference: boolean;
}

export interface ForwardObservation extends Observation {
  readonly mismatch?: Mismatch;
}
