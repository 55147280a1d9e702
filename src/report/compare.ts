import { worstVerdict } from '../checks/observation.ts';
import type { Finding } from '../finding.ts';
import { HALF_ULP } from '../numeric/stencil.ts';
import type { BaselineCheck } from './baseline.ts';
import { type Key, keyOf, keyText, sortedByKey } from './key.ts';
import { type Measured, measuredOf } from './measured.ts';
import { count, short } from './text.ts';

/** What became of a finding, from what is most to be looked at to the least. */
export const STATES = ['regressed', 'missing', 'changed-config', 'new', 'improved', 'same'] as const;

/** What became of a finding since the baseline. */
export interface Change {
  readonly key: Key;
  readonly state: (typeof STATES)[number];
  /** Why, in words. */
  readonly reason?: string;
  readonly before?: Measured;
  readonly after?: Measured;
}

/** An error or a resolution changed where it is this many times what it was. */
const FACTOR = 10;

/** Errors below so many units of rounding, of 1, are alike. */
const ROUNDING_UNITS = 8;

/**
 * What became of every finding since the baseline, what is most to be looked at first. Numbers are compared only under an
 * unchanged hash, and never for being equal, since functions such as Math.pow differ between versions of Node.
 * `looked` tells of which checks a run can say that they are missing, where it was of a part of all.
 */
export function compare(
  baseline: readonly BaselineCheck[],
  findings: readonly Finding[],
  looked = (_key: Key) => true,
): Change[] {
  const before = new Map(baseline.map(check => [keyText(check.key), check]));
  const changes: Change[] = [];
  for (const finding of findings) {
    if (finding.cases === 0) continue;
    const text = keyText(finding);
    const known = before.get(text);
    before.delete(text);
    const [key, after] = [keyOf(finding), measuredOf(finding)];
    if (!known) changes.push({ key, state: 'new', after });
    else if (known.hash !== (finding.hash ?? '')) {
      changes.push({ key, state: 'changed-config', before: known.measured, after });
    } else {
      const floor = ROUNDING_UNITS * HALF_ULP[finding.dtype ?? 'float64'];
      changes.push({ key, ...judge(known.measured, after, floor), before: known.measured, after });
    }
  }
  for (const { key, measured } of before.values()) {
    if (looked(key)) changes.push({ key, state: 'missing', before: measured });
  }
  const byKey = sortedByKey(changes, ({ key }) => key);
  return STATES.flatMap(state => byKey.filter(change => change.state === state));
}

function judge(before: Measured, after: Measured, floor: number): Pick<Change, 'state' | 'reason'> {
  const aspects = before.verdict === after.verdict ? numbers(before, after, floor) : [verdicts(before, after)];
  for (const [state, direction] of [
    ['regressed', 1],
    ['improved', -1],
  ] as const) {
    const reasons = aspects.filter(({ moved }) => moved === direction).map(({ reason }) => reason);
    if (reasons.length > 0) return { state, reason: reasons.join('; ') };
  }
  return { state: 'same' };
}

/** Something that may have got worse (1) or better (-1). */
interface Aspect {
  readonly moved: number;
  readonly reason: string;
}

function verdicts({ verdict: before }: Measured, { verdict: after }: Measured): Aspect {
  const worse = worstVerdict([before, after]) === after;
  return { moved: after === 'pass' ? -1 : Number(worse), reason: `${before} became ${after}` };
}

function numbers(before: Measured, after: Measured, floor: number): Aspect[] {
  return [
    {
      moved: magnitudes(before.error, after.error, floor),
      reason: `the error was ${short(before.error)} and is ${short(after.error)}`,
    },
    {
      moved: Math.sign(before.compared - after.compared),
      reason: `${count(before.compared)} numbers were compared and now ${count(after.compared)}`,
    },
    {
      moved: magnitudes(before.resolution, after.resolution, floor),
      reason: `the smallest error that would be seen was ${short(before.resolution)} and is ${short(after.resolution)}`,
    },
  ];
}

/** Whether a magnitude grew or shrank by more than the factor; one that is not known is as large as can be. */
function magnitudes(before: number, after: number, floor: number): number {
  const [from, to] = [before, after].map(value => (Number.isNaN(value) ? Infinity : Math.max(value, floor)));
  return to > FACTOR * from ? 1 : from > FACTOR * to ? -1 : 0;
}
