import type { Case } from './cases.ts';
import {
  type CheckName,
  type Observation,
  type Parts,
  type PointSeen,
  type Verdict,
  type Wrong,
  worstVerdict,
} from './checks/observation.ts';
import type { Diagnosis } from './diagnosis/hypothesis.ts';
import type { Config, Layer } from './layer.ts';

/** What one check says of one implementation of a layer over all its cases; of one argument where it is about a gradient. */
export interface Finding {
  readonly layer: string;
  readonly implementation: string;
  readonly check: CheckName;
  readonly argument?: string;
  readonly output?: string;
  readonly verdict: Verdict;
  /** An enumerated reason; `reason` is its text. */
  readonly code: string;
  readonly reason: string;
  /** The case that is shown: the smallest that fails, or else the worst. */
  readonly case: string;
  /** How many cases were looked at. */
  readonly cases: number;
  readonly config: Config;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly seed: string;
  readonly compared: number;
  readonly evaluations: number;
  readonly relativeError: number;
  readonly errorBound: number;
  readonly resolution: number;
  /** The base points of the case that is shown. */
  readonly points?: readonly PointSeen[];
  readonly unresolved?: number;
  readonly notes: readonly string[];
  readonly wrong?: Wrong;
  /** What was measured part by part in the case that is shown, wrong or not. */
  readonly parts?: Parts;
  /** Names of the axes of the argument or output, where the layer gives one for each. */
  readonly axes?: readonly string[];
  /** In which of the cases tried it fails, and in which not. */
  readonly condition?: string;
  readonly diagnoses: readonly Diagnosis[];
  readonly replay: string;
}

/** An observation and the case that it was made in. */
export interface Seen {
  readonly kase: Case;
  readonly observation: Observation;
}

/** What was seen over all cases, and what explains it. */
export interface Told {
  readonly seen: readonly Seen[];
  readonly diagnoses: readonly Diagnosis[];
  readonly condition?: string;
}

/** The key under which observations of different cases are one finding. */
export function findingKey({ check, argument, output }: Observation): string {
  return JSON.stringify([check, argument ?? null, output ?? null]);
}

/** The observation that a finding shows: of the worst verdict, the smallest case if it fails, else the largest error. */
export function representative(seen: readonly Seen[]): Seen {
  const verdict = worstVerdict(seen.map(({ observation }) => observation.verdict));
  const candidates = seen.filter(({ observation }) => observation.verdict === verdict);
  const better =
    verdict === 'pass' || verdict === 'inconclusive'
      ? (a: Seen, b: Seen) => a.observation.relativeError > b.observation.relativeError
      : (a: Seen, b: Seen) => sizeOfCase(a.kase) < sizeOfCase(b.kase);
  return candidates.reduce((best, next) => (better(next, best) ? next : best));
}

/** One finding from the observations of one check, argument and output over all cases. */
export function joinFinding(
  layer: Layer,
  implementation: string,
  { seen, diagnoses, condition }: Told,
  replay: (kase: Case) => string,
): Finding {
  const { kase, observation } = representative(seen);
  const { check, argument, output, verdict, code, reason, relativeError, errorBound, wrong, parts, seed } = observation;
  const sum = (of: (observation: Observation) => number) => seen.reduce((total, one) => total + of(one.observation), 0);
  const resolutions = seen.map(one => one.observation.resolution).filter(value => !Number.isNaN(value));
  const axes = axesOf(layer, kase, argument ?? output, wrong);
  return {
    layer: layer.name,
    implementation,
    check,
    ...(argument !== undefined && { argument }),
    ...(output !== undefined && { output }),
    verdict,
    code,
    reason,
    case: kase.id,
    cases: new Set(seen.map(one => one.kase.id)).size,
    config: kase.config,
    shapes: Object.fromEntries(Object.entries(kase.args).map(([name, { shape }]) => [name, shape])),
    seed: seed ?? '',
    compared: sum(one => one.compared),
    evaluations: sum(one => one.evaluations),
    relativeError,
    errorBound,
    resolution: verdict === 'pass' && resolutions.length > 0 ? Math.max(...resolutions) : observation.resolution,
    ...(observation.points && { points: observation.points }),
    ...(observation.unresolved !== undefined && { unresolved: sum(one => one.unresolved ?? 0) }),
    notes: [...new Set(seen.flatMap(one => one.observation.notes))],
    ...(wrong && { wrong }),
    ...(parts && { parts }),
    ...(axes && { axes }),
    ...(condition !== undefined && { condition }),
    diagnoses,
    replay: replay(kase),
  };
}

/** The names of a tensor's axes, where there is one for every index of its wrong elements. */
function axesOf(layer: Layer, kase: Case, name: string | undefined, wrong: Wrong | undefined) {
  if (name === undefined || wrong === undefined || wrong.elements.length === 0) return undefined;
  const axes = kase.args[name]?.axes ?? layer.axes?.[name];
  return axes?.length === wrong.elements[0].index.length ? axes : undefined;
}

function sizeOfCase({ args }: Case): number {
  return Object.values(args).reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
}

/** A word of a replay command as a POSIX shell takes it for one: in single quotes where it needs them. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
