import type { Data, Tensors } from '../tensor.ts';
import { type Evidence, pulledBack } from './evidence.ts';

/** What a fault may be called; the words of the JSON. */
export interface Diagnosis {
  readonly cause: string;
  /** What `scaled` is scaled by. */
  readonly factor?: number;
  readonly text: string;
}

/** A fault that would explain the gradient. */
export interface Hypothesis extends Diagnosis {
  /**
   * What yours would be at the wrong elements if this were the fault; NaN where it says nothing, undefined where the fault
   * could not be there.
   */
  predict(evidence: Evidence): Data | undefined | Promise<Data | undefined>;
}

/** One kind of fault: the hypotheses that fit it to some evidence, its free numbers taken from there. */
export type Cause = (evidence: Evidence) => readonly Hypothesis[];

/** A hypothesis explains an element when it leaves this much of its error, or less. */
const UNEXPLAINED = 1e-3;

/** The elements of which yours differs from the finite difference. */
export function wrongOf({ claimed, truth, bound }: Evidence): number[] {
  const positions = Array.from(truth.keys()).filter(i => !Number.isNaN(truth[i]));
  return positions.filter(i => !(Math.abs(claimed[i] - truth[i]) <= bound));
}

/** The part of the wrong elements that a prediction explains, 0 where there are none. */
export function explained(evidence: Evidence, predicted: Data): number {
  const { claimed, truth, bound } = evidence;
  const wrong = wrongOf(evidence);
  if (wrong.length === 0) return 0;
  const right = wrong.filter(i => {
    const error = Math.abs(claimed[i] - truth[i]);
    return Math.abs(claimed[i] - predicted[i]) <= Math.min(UNEXPLAINED * error + bound, error / 4);
  });
  return right.length / wrong.length;
}

/** J(altered)'u, with some arguments replaced. A few elements are looked at first; where they do not fit, no others are. */
export async function predictedAt(evidence: Evidence, altered: Tensors): Promise<Data | undefined> {
  const args = { ...evidence.args, ...altered };
  const few = await evidence.columnsAt(args, 3);
  if (!few) return undefined;
  const first = pulledBack(few, evidence.upstream);
  const some = { ...evidence, truth: evidence.truth.map((value, i) => (few[i] ? value : Number.NaN)) };
  if (explained(some, first) < 1) return first;
  const all = await evidence.columnsAt(args);
  return all && pulledBack(all, evidence.upstream);
}
