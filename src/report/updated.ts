import type { Report } from '../run.ts';
import { type Baseline, baselineOf } from './baseline.ts';
import type { Change } from './compare.ts';
import { keyText } from './key.ts';

/**
 * A baseline with what became of it: what is as it was stays as it stands there, so that errors do not creep up from one
 * update to the next; what was not looked at stays too.
 */
export function updated(baseline: Baseline, report: Report, changes: readonly Change[]): Baseline {
  const now = baselineOf(report);
  const states = new Map(changes.map(({ key, state }) => [keyText(key), state]));
  const kept = baseline.checks.filter(({ key }) => ['same', undefined].includes(states.get(keyText(key))));
  const fresh = now.checks.filter(({ key }) => states.get(keyText(key)) !== 'same');
  return { ...now, checks: [...kept, ...fresh] };
}
