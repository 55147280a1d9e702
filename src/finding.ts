import type { Case } from './cases.ts';
import {
  type CheckName,
  type KinkSeen,
  type Observation,
  type Parts,
  type PointSeen,
  type Verdict,
  type Wrong,
  worstVerdict,
} from './checks/observation.ts';
import type { Diagnosis } from './diagnosis/hypothesis.ts';
import type { ArgSpec, Config, Layer } from './layer.ts';
import { hash as hashOf } from './numeric/hash.ts';
import { ULP } from './numeric/stencil.ts';
import { extremes } from './numeric/sum.ts';
import { plain } from './plain.ts';
import type { Dtype } from './tensor.ts';

/** What one check says of one implementation of a layer over all its cases; of one argument where it is about a gradient. */
export interface Finding {
  /** The test that asked for it, where one did: its file and name. */
  readonly test?: string;
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
  readonly dtype?: Dtype;
  /** Equal where the numbers of all its cases were drawn and measured in the same way: see `hashOfCases`. */
  readonly hash?: string;
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
  /** What was seen of elements on a kink. */
  readonly kink?: KinkSeen;
  /**
   * What is lacking in precision, in units in the last place of the gradient's largest number: its rounding where it passes, its
   * error where a loss of precision is what it fails by.
   */
  readonly ulps?: number;
  /** What was measured part by part in the case that is shown, wrong or not. */
  readonly parts?: Parts;
  /** Names of the axes of the argument or output, where the layer gives one for each. */
  readonly axes?: readonly string[];
  /** In which of the cases tried it fails, and in which not. */
  readonly condition?: string;
  readonly diagnoses: readonly Diagnosis[];
  readonly replay: string;
  /** Why it is expected not to pass, where it is. */
  readonly known?: string;
}

/** An observation and the case that it was made in. */
export interface Seen {
  readonly kase: Case;
  readonly observation: Observation;
}

/** What was seen over all cases, a hash of those that were to be looked at, and what explains it. */
export interface Told {
  readonly seen: readonly Seen[];
  readonly hash?: string;
  readonly diagnoses: readonly Diagnosis[];
  readonly condition?: string;
}

/** Raised when points are drawn, or numbers measured, in another way than before. */
const METHOD = 2;

/** A hash of what the numbers of some cases follow from: config, shapes, given values, seed and method. */
export function hashOfCases(cases: readonly Case[], seed: string): string {
  const readable = cases.map(({ config, args, ...rest }) => [plain(config), Object.entries(args).map(listed), rest]);
  return hashOf(JSON.stringify([METHOD, seed, readable]));
}

function listed([name, { values, ...spec }]: [string, ArgSpec]): unknown {
  return [name, spec, values && Array.from(values, String)];
}

/** The key under which observations of different cases are one finding. */
export function findingKey({ check, argument, output }: Observation): string {
  return JSON.stringify([check, argument ?? null, output ?? null]);
}

/** The observation that a finding shows: of the worst verdict, the smallest case if it fails, else the largest error. */
export function representative(seen: readonly Seen[]): Seen {
  const verdict = worstVerdict(seen.map(({ observation }) => observation.verdict));
  const worst = seen.filter(({ observation }) => observation.verdict === verdict);
  // What is wrong at ties only is shown where nothing else is.
  const plain = worst.filter(({ observation }) => observation.code !== 'ties');
  const candidates = plain.length > 0 ? plain : worst;
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
  { seen, hash, diagnoses, condition }: Told,
  replay: (kase: Case) => string,
): Finding {
  const { kase, observation } = representative(seen);
  const { check, argument, output, verdict, code, reason, relativeError, errorBound, seed } = observation;
  const { wrong, kink, parts } = observation;
  const lossy = verdict === 'fail' && diagnoses.some(({ cause }) => cause === 'precision-loss');
  const ulps = lossy ? (observation.ulps ?? errorInUlps(parts, kase.dtype)) : roundingOf(seen);
  const sum = (of: (observation: Observation) => number) => seen.reduce((total, one) => total + of(one.observation), 0);
  const resolutions = seen.map(one => one.observation.resolution).filter(value => !Number.isNaN(value));
  const axes = axesOf(layer, kase, argument ?? output, parts?.shape.length ?? wrong?.elements[0]?.index.length);
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
    dtype: kase.dtype,
    ...(hash !== undefined && { hash }),
    compared: sum(one => one.compared),
    evaluations: sum(one => one.evaluations),
    relativeError,
    errorBound,
    resolution: verdict === 'pass' && resolutions.length > 0 ? Math.max(...resolutions) : observation.resolution,
    ...(observation.points && { points: observation.points }),
    ...(observation.unresolved !== undefined && { unresolved: sum(one => one.unresolved ?? 0) }),
    notes: [...new Set(seen.flatMap(one => one.observation.notes))],
    ...(wrong && { wrong }),
    ...(kink && { kink }),
    ...(ulps !== undefined && { ulps }),
    ...(parts && { parts }),
    ...(axes && { axes }),
    ...(condition !== undefined && { condition }),
    diagnoses,
    replay: replay(kase),
  };
}

/** The most that the gradient is rounded by in any case. */
function roundingOf(seen: readonly Seen[]): number | undefined {
  const all = seen.map(({ observation }) => observation.ulps).filter(value => value !== undefined);
  return all.length === 0 ? undefined : Math.max(...all);
}

/** The largest error of a tensor in units in the last place of its largest number. */
function errorInUlps(parts: Parts | undefined, dtype: Dtype): number | undefined {
  if (!parts || parts.joint) return undefined;
  const largest = extremes(parts.expected.map(Math.abs))[1];
  const error = extremes(parts.actual.map((value, at) => Math.abs(value - parts.expected[at])))[1];
  return Number.isFinite(error) && largest > 0 ? error / (largest * ULP[dtype]) : undefined;
}

/** The names of a tensor's axes, where there is one for each of them. */
function axesOf(layer: Layer, kase: Case, name: string | undefined, rank: number | undefined) {
  if (name === undefined || rank === undefined) return undefined;
  const axes = kase.args[name]?.axes ?? layer.axes?.[name];
  return axes?.length === rank ? axes : undefined;
}

function sizeOfCase({ args }: Case): number {
  return Object.values(args).reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 1), 0);
}

/** A word of a replay command as a POSIX shell takes it for one: in single quotes where it needs them. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
