import type { Change } from '../compare.ts';
import type { PastRun } from '../history.ts';

/** What a report is compared with: a baseline, and the runs before, the oldest first. */
export interface Past {
  readonly changes?: readonly Change[];
  readonly runs?: readonly PastRun[];
}
