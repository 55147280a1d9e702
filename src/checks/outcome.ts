import type { Point, PointKind } from '../cases.ts';
import { positionOf } from '../tensor.ts';
import {
  type KinkSeen,
  type Observation,
  observation,
  type Parts,
  type Tie,
  type Wrong,
  type WrongElement,
} from './observation.ts';
import { type Answer, type Comparison, ORDINARY, type Probe } from './probe.ts';

/** A disagreement that was confirmed, with what it takes to look further into it. */
export interface Disagreement {
  readonly probe: Probe;
  readonly primal: string;
  readonly answer: Answer;
  readonly comparison: Comparison;
}

/** What was seen of one primal at one base point. */
export interface Outcome {
  readonly verdict: 'pass' | 'fail' | 'excused';
  readonly code: string;
  readonly reason: string;
  readonly kind: PointKind;
  readonly seed: string;
  readonly compared: number;
  readonly relativeError: number;
  readonly errorBound: number;
  readonly resolution: number;
  readonly unresolved?: number;
  readonly parts?: Parts;
  readonly note?: string;
  readonly disagreement?: Disagreement;
  /** The wrong elements, where they are known without looking for them. */
  readonly elements?: readonly WrongElement[];
  readonly ties?: readonly Tie[];
  readonly kink?: KinkSeen;
  /** The rounding of the gradient, in units in the last place of its largest number. */
  readonly ulps?: number;
}

export interface GradientObservation extends Observation {
  readonly disagreement?: Disagreement;
}

/** A point that decides nothing, and why. */
export function excused(point: Point, code: string, reason: string): Outcome {
  return {
    verdict: 'excused',
    code,
    reason,
    kind: point.kind,
    seed: point.seed,
    compared: 0,
    relativeError: 0,
    errorBound: 0,
    resolution: Number.NaN,
  };
}

/** Points at which a pass is needed; fewer where there are fewer. */
const PASSES = 2;

/** Where nothing can be decided at ordinary points, a smaller error than this at others may be rounding that hides there. */
const HIDDEN = 1e-3;

/** Whether a disagreement counts: not a small one at zeros or far-off numbers, where rounding leaves all ordinary points undecided. */
function isTrusted({ kind, relativeError }: Outcome, outcomes: readonly Outcome[]): boolean {
  const ordinary = outcomes.filter(other => ORDINARY.has(other.kind));
  const undecided = ordinary.length > 0 && ordinary.every(({ verdict }) => verdict === 'excused');
  return ORDINARY.has(kind) || !undecided || !(relativeError <= HIDDEN);
}

/** What several points say together: a fail at any is one; at least two must pass, the others may be excused. */
export function summarise(
  argument: string,
  outcomes: readonly Outcome[],
  points: number,
  evaluations: number,
): GradientObservation {
  const compared = outcomes.reduce((sum, outcome) => sum + outcome.compared, 0);
  const base = { check: 'gradient' as const, argument, compared, evaluations };
  const fail = mostTelling(outcomes.filter(outcome => outcome.verdict === 'fail' && isTrusted(outcome, outcomes)));
  if (fail) {
    const { code, reason, relativeError, errorBound, resolution, seed, kink, disagreement } = fail;
    const own = { code, reason, relativeError, errorBound, resolution, seed, ...(kink && { kink }) };
    const seen = observation({ ...base, verdict: 'fail', ...own });
    const wrong = wrongOf(fail, argument);
    return wrong ? { ...seen, wrong } : { ...seen, disagreement };
  }
  const passes = outcomes.filter(({ verdict }) => verdict === 'pass');
  const kink = outcomes.find(outcome => outcome.kink)?.kink;
  const roundings = outcomes.flatMap(outcome => outcome.ulps ?? []);
  const ulps = roundings.length > 0 ? Math.max(...roundings) : undefined;
  const kinked = outcomes.filter(({ verdict, code }) => verdict === 'excused' && code === 'kink');
  const notes = [...new Set([...passes.flatMap(({ note }) => note ?? []), ...kinked.map(({ reason }) => reason)])];
  if (passes.length >= Math.min(PASSES, points)) {
    const resolved = passes.filter(({ code }) => code === 'ok');
    // At zeros and ties a slope may be a matter of choice, and what is wrong there is not held against every layer.
    const generic = resolved.filter(({ kind }) => kind !== 'integers');
    const best = worstBy(generic.length > 0 ? generic : resolved, ({ resolution }) => -resolution);
    const error = worstBy(resolved, ({ relativeError }) => relativeError);
    return observation({
      ...base,
      verdict: 'pass',
      code: best ? 'ok' : passes[0].code,
      reason: '',
      relativeError: error?.relativeError ?? 0,
      errorBound: error?.errorBound ?? 0,
      resolution: best?.resolution ?? Number.NaN,
      points: outcomes.map(({ kind, verdict, code, resolution: own }) => ({ kind, verdict, code, resolution: own })),
      unresolved: resolved.reduce((sum, { unresolved = 0 }) => sum + unresolved, 0),
      parts: resolved.find(({ parts }) => parts)?.parts,
      notes,
      ...(kink && { kink }),
      ...(ulps !== undefined && { ulps }),
      seed: error?.seed ?? passes[0].seed,
    });
  }
  const excuses = outcomes.filter(({ verdict }) => verdict === 'excused');
  const common = worstBy(excuses, ({ code }) => excuses.filter(other => other.code === code).length);
  const reason = common
    ? `${common.reason} (${excuses.length} of ${points} base points decide nothing)`
    : 'nothing was compared';
  return observation({
    ...base,
    verdict: 'inconclusive',
    code: common?.code ?? 'nothing-compared',
    reason,
    resolution: common?.resolution ?? Number.NaN,
    notes,
    ...(kink && { kink }),
    ...(ulps !== undefined && { ulps }),
    points: outcomes.map(({ kind, verdict, code, resolution: own }) => ({ kind, verdict, code, resolution: own })),
    seed: common?.seed,
  });
}

/** An error of so many times its bound leaves no doubt. */
const BEYOND_DOUBT = 100;

/** Larger errors are not for want of digits. */
const DIGITS = 2 ** -8;

/** Kinds of point at which values have both signs, no ties, and are far from none. */
const GENERIC: ReadonlySet<PointKind> = new Set(['normal', 'spread']);

/**
 * Of the fails that leave no doubt the one with the largest error, at generic values if it is nearly as large there; where there is none, that which is furthest beyond its bound.
 * One that is for want of digits speaks for all, if none is too large for it.
 */
function mostTelling(fails: readonly Outcome[]): Outcome | undefined {
  const lossy = fails.find(({ code }) => code === 'precision-loss');
  if (lossy && fails.every(({ relativeError }) => relativeError < DIGITS)) return lossy;
  const inBounds = ({ relativeError, errorBound }: Outcome) => relativeError / (errorBound || Number.MIN_VALUE);
  const certain = fails.filter(fail => !(inBounds(fail) < BEYOND_DOUBT));
  if (certain.length === 0) return worstBy(fails, inBounds);
  const error = ({ relativeError }: Outcome) => relativeError;
  const worst = worstBy(certain, error) as Outcome;
  const generic = worstBy(
    certain.filter(({ kind }) => GENERIC.has(kind)),
    error,
  );
  return generic && generic.relativeError >= worst.relativeError / 16 ? generic : worst;
}

/** The wrong elements of a fail that knows them without looking for them. */
function wrongOf({ elements = [], ties, disagreement }: Outcome, argument: string): Wrong | undefined {
  const gradient = disagreement?.answer.gradients[argument];
  if (!gradient || elements.length === 0) return undefined;
  return {
    count: elements.length,
    of: gradient.data.length,
    estimated: false,
    positions: elements.map(({ index }) => positionOf(index, gradient.shape)).toSorted((a, b) => a - b),
    elements: elements.slice(0, 8),
    ...(ties && { ties: ties.slice(0, 8) }),
  };
}

function worstBy<T>(items: readonly T[], size: (item: T) => number): T | undefined {
  let worst: T | undefined;
  for (const item of items) if (worst === undefined || size(item) > size(worst)) worst = item;
  return worst;
}
