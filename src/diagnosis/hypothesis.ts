import type { Data } from '../tensor.ts';
import type { Evidence, Variant } from './evidence.ts';

/** What a fault may be called; the words of the JSON. */
export interface Diagnosis {
  readonly cause: string;
  /** What `scaled` is scaled by. */
  readonly factor?: number;
  readonly text: string;
  /** Whether it predicts no numbers, but is what mostly makes what is seen. */
  readonly likely?: true;
}

/** A fault that would explain the gradient. */
export interface Hypothesis extends Diagnosis {
  /** Whether it would show at every element, and not only at those that are wrong. */
  readonly everywhere?: boolean;
  /** Whether it says nothing of axes, so that it may be tried where arguments have more or fewer. */
  readonly ofAnyRank?: boolean;
  /**
   * What yours would be if this were the fault; NaN where it says nothing. Undefined where the fault could not be there, or is of
   * other extents.
   */
  predict(evidence: Evidence): Data | undefined | Promise<Data | undefined>;
}

/** One kind of fault: the hypotheses that fit it to some evidence, its free numbers taken from there. */
export type Cause = (evidence: Evidence) => readonly Hypothesis[] | Promise<readonly Hypothesis[]>;

/** A hypothesis explains an element when it leaves this much of its error, or less. */
const UNEXPLAINED = 1e-3;

/** The elements of which yours differs from the finite difference. */
export function wrongOf({ claimed, truth, bound }: Evidence): number[] {
  const positions = Array.from(truth.keys()).filter(i => !Number.isNaN(truth[i]));
  return positions.filter(i => !(Math.abs(claimed[i] - truth[i]) <= bound));
}

/** The part of the wrong elements that a prediction explains; 0 where it speaks of less than half of them. */
export function explained(evidence: Evidence, predicted: Data, everywhere = false): number {
  const { claimed, truth, bound } = evidence;
  const spoken = wrongOf(evidence).filter(i => !Number.isNaN(predicted[i]));
  if (spoken.length === 0 || 2 * spoken.length < wrongOf(evidence).length) return 0;
  const met = spoken.filter(i => {
    const error = Math.abs(claimed[i] - truth[i]);
    return Math.abs(claimed[i] - predicted[i]) <= Math.min(UNEXPLAINED * error + bound, error / 4);
  });
  if (!everywhere) return met.length / spoken.length;
  const others = Array.from(truth.keys()).filter(
    i => Math.abs(claimed[i] - truth[i]) <= bound && !Number.isNaN(predicted[i]),
  );
  const kept = others.filter(i => Math.abs(claimed[i] - predicted[i]) <= 4 * bound);
  return met.length < spoken.length
    ? met.length / spoken.length
    : spoken.length / (spoken.length + others.length - kept.length);
}

/** J'u in a variant that would show everywhere; undefined where yours is not that. */
export async function predictedIn(evidence: Evidence, variant: Variant): Promise<Data | undefined> {
  return (await evidence.mayBeIn(variant)) ? evidence.truthIn(variant) : undefined;
}
