import type { Verdict } from '../../checks/observation.ts';
import type { Finding } from '../../finding.ts';

/** What tells one finding from another, in every run. */
export type Key = Pick<Finding, 'layer' | 'implementation' | 'check' | 'argument' | 'output'>;

/** What a finding measured. */
export interface Measured {
  readonly verdict: Verdict;
  /** The error relative to the gradient, and the same in units of its bound. */
  readonly error: number;
  readonly inBounds: number;
  readonly resolution: number;
  readonly compared: number;
}

/** What became of a finding since the baseline. */
export interface Change {
  readonly key: Key;
  readonly state: 'same' | 'improved' | 'new' | 'missing' | 'changed-config' | 'regressed';
  /** Why, in words. */
  readonly reason?: string;
  readonly before?: Measured;
  readonly after?: Measured;
}

/** A run of the past. */
export interface PastRun {
  /** ISO 8601. */
  readonly date: string;
  readonly commit?: string;
  readonly findings: readonly (Pick<Measured, 'verdict' | 'error' | 'inBounds'> & { readonly key: Key })[];
}

/** What a report is compared with: a baseline, and the runs before, the oldest first. */
export interface Past {
  readonly changes?: readonly Change[];
  readonly runs?: readonly PastRun[];
}

/** A key as text. */
export function keyText({ layer, implementation, check, argument, output }: Key): string {
  return JSON.stringify([layer, implementation, check, argument ?? null, output ?? null]);
}
