import type { Point, PointKind } from '../cases.ts';
import { type Observation, observation, type Parts, type WrongElement } from './observation.ts';
import type { Answer, Comparison, Probe } from './probe.ts';

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

/** What several points say together: a fail at any is one; at least two must pass, the others may be excused. */
export function summarise(
  argument: string,
  outcomes: readonly Outcome[],
  points: number,
  evaluations: number,
): GradientObservation {
  const compared = outcomes.reduce((sum, outcome) => sum + outcome.compared, 0);
  const base = { check: 'gradient' as const, argument, compared, evaluations };
  const fail = worstBy(
    outcomes.filter(({ verdict }) => verdict === 'fail'),
    ({ relativeError }) => relativeError,
  );
  if (fail) {
    const { code, reason, relativeError, errorBound, resolution, seed, disagreement, elements } = fail;
    const seen = observation({ ...base, verdict: 'fail', code, reason, relativeError, errorBound, resolution, seed });
    const of = disagreement?.answer.gradients[argument].data.length ?? 0;
    if (!elements?.length) return { ...seen, disagreement };
    return { ...seen, wrong: { count: elements.length, of, estimated: false, elements: elements.slice(0, 8) } };
  }
  const passes = outcomes.filter(({ verdict }) => verdict === 'pass');
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
    points: outcomes.map(({ kind, verdict, code, resolution: own }) => ({ kind, verdict, code, resolution: own })),
    seed: common?.seed,
  });
}

function worstBy<T>(items: readonly T[], size: (item: T) => number): T | undefined {
  let worst: T | undefined;
  for (const item of items) if (worst === undefined || size(item) > size(worst)) worst = item;
  return worst;
}
