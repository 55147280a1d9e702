import type { Case } from './cases.ts';
import type { Disagreement, GradientObservation } from './checks/outcome.ts';
import type { ForwardObservation } from './checks/mismatch.ts';
import type { Observation } from './checks/observation.ts';
import { LayerError } from './checks/subject.ts';
import { separatingRules, type Trial } from './diagnosis/condition.ts';
import { diagnosisOf } from './diagnosis/contract.ts';
import { diagnose } from './diagnosis/diagnose.ts';
import type { Diagnosis } from './diagnosis/hypothesis.ts';
import { type Located, locate } from './diagnosis/locate.ts';
import { explainOutput } from './diagnosis/output.ts';
import { ALL } from './diagnosis/pattern.ts';
import { representative, type Seen, type Told } from './finding.ts';
import type { Layer } from './layer.ts';
import type { Drawn } from './shrink.ts';
import { positionOf } from './tensor.ts';

/** How a fault is looked for in further cases. */
export interface Further {
  /** What is seen of one check, argument and output in a case: the observation of the same kind, if there is one. */
  readonly look: (kase: Case) => Promise<Seen | undefined>;
  /** What the gradient check sees of the argument in a case; where another check found it wrong. */
  readonly gradientIn?: (kase: Case) => Promise<Seen | undefined>;
  /** Fresh cases, and the smallest that fails, for a layer that draws its cases. */
  readonly drawn?: Drawn;
}

/** A primal of up to this many elements is measured whole for a diagnosis. */
const MEASURED = 128;

/** Fresh cases that a condition is tried on, and those among which they are chosen. */
const TRIED = 10;
const CHOSEN_AMONG = 60;

/**
 * Where, when and why: the wrong elements, the smallest case that fails, the condition that tells failing cases from passing ones,
 * and what explains the error.
 */
export async function explain(layer: Layer, seen: readonly Seen[], further: Further): Promise<Told> {
  try {
    const smallest = await shrunk(further);
    const all = smallest ? [...seen, smallest] : seen;
    const condition = await conditionOf(layer, seen, further);
    const shown = representative(all);
    const where = await whereOf(all, shown);
    return {
      seen: withWhere(all, shown, where),
      diagnoses: await whyOf(all, where?.wrong.positions, further),
      ...(condition !== undefined && { condition }),
    };
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    return { seen, diagnoses: diagnosisOf(representative(seen).observation.code) };
  }
}

/** Where only: the wrong elements of what is shown. */
export async function located(seen: readonly Seen[]): Promise<Told> {
  const shown = representative(seen);
  const { verdict, code } = shown.observation;
  const where = await whereOf(seen, shown);
  return { seen: withWhere(seen, shown, where), diagnoses: verdict === 'fail' ? diagnosisOf(code) : [] };
}

/** All that was seen, with the wrong elements of what is shown. */
function withWhere(all: readonly Seen[], shown: Seen, where: Located | undefined): readonly Seen[] {
  if (!where) return all;
  return all.map(one => (one === shown ? { ...shown, observation: { ...shown.observation, ...where } } : one));
}

/** The smallest failing case of a layer that draws its cases, where it is smaller than those seen. */
async function shrunk({ look, drawn }: Further): Promise<Seen | undefined> {
  const kase = await drawn?.smallest(async one => (await look(one))?.observation.verdict === 'fail');
  const found = kase && (await look(kase));
  return found?.observation.verdict === 'fail' ? found : undefined;
}

/** The simplest condition that holds in every failing case and in no passing one, tried on fresh cases where they can be drawn. */
async function conditionOf(layer: Layer, seen: readonly Seen[], { look, drawn }: Further): Promise<string | undefined> {
  const trials: Trial[] = seen
    .filter(({ observation }) => tells(observation))
    .map(({ kase, observation }) => ({ kase, fails: observation.verdict === 'fail' }));
  const rulesNow = () => separatingRules(layer, trials);
  let rules = rulesNow();
  const pool = drawn ? [...(await drawn.fresh(CHOSEN_AMONG))] : [];
  for (let tried = 0; tried < TRIED && pool.length > 0; tried++) {
    // The case on which the rules are most divided tells most.
    const [simplest] = rules;
    const doubt = (kase: Case) => {
      const holding = rules.filter(({ holds }) => holds(kase)).length;
      return Math.min(holding, rules.length - holding) + (simplest?.holds(kase) ? 0.25 : 0);
    };
    const next = pool.reduce((best, kase) => (doubt(kase) > doubt(best) ? kase : best));
    pool.splice(pool.indexOf(next), 1);
    const one = await look(next);
    if (!one || !tells(one.observation)) continue;
    trials.push({ kase: next, fails: one.observation.verdict === 'fail' });
    rules = rulesNow();
  }
  const failing = trials.filter(({ fails }) => fails).length;
  if (trials.length < 2) return undefined;
  if (failing === trials.length) return `in every one of ${trials.length} cases`;
  const [rule] = rules;
  if (!rule || trials.length < 4) return `in ${failing} of ${trials.length} cases`;
  return `only when ${rule.text} (so in ${trials.length} cases${drawn ? ', fresh ones among them' : ''})`;
}

/** Whether a case says where the fault shows: a gradient that is zero, or decides nothing, hides it. */
function tells({ verdict, code }: Observation): boolean {
  return verdict === 'fail' || (verdict === 'pass' && code !== 'zero' && code !== 'kink');
}

async function whereOf(all: readonly Seen[], shown: Seen): Promise<Located | undefined> {
  const { disagreement } = shown.observation as GradientObservation;
  if (!disagreement) return undefined;
  const where = await locate(disagreement);
  const rich = richest(all, shown);
  if (!rich) return where;
  // In a case of a few elements there is no rule to be seen; single elements are no rule for another case.
  const { pattern, count, of, estimated, positions } = (await locate(rich)).wrong;
  if (pattern === undefined || pattern.startsWith('element')) return where;
  if (pattern === ALL) return { ...where, wrong: { ...where.wrong, pattern } };
  const { subject, point } = rich.probe;
  const { shape } = point.args[rich.primal];
  const names = subject.kase.args[rich.primal].axes ?? subject.layer.axes?.[rich.primal];
  const axes = names?.length === shape.length ? { axes: names } : {};
  const larger = { case: subject.kase.id, shape, ...axes, count, of, estimated, ...(positions && { positions }) };
  return { ...where, wrong: { ...where.wrong, pattern, larger } };
}

async function whyOf(
  all: readonly Seen[],
  known: readonly number[] | undefined,
  { gradientIn }: Further,
): Promise<readonly Diagnosis[]> {
  const shown = representative(all);
  const certain = diagnosisOf(shown.observation.code);
  if (certain.length > 0) return certain;
  // The more numbers are to be met, the fewer explanations meet them by chance.
  const mismatches = all.flatMap(({ observation }) => (observation as ForwardObservation).mismatch ?? []);
  const [mismatch] = mismatches.toSorted((a, b) => b.wanted.length - a.wanted.length);
  if (mismatch) return explainOutput(mismatch, [...new Set(all.map(({ kase }) => kase.config))]);
  const { disagreement: own } = shown.observation as GradientObservation;
  const disagreement = own ?? ((await gradientIn?.(shown.kase))?.observation as GradientObservation)?.disagreement;
  if (!disagreement) return [];
  const rich = richest(all, shown) ?? disagreement;
  const others = failing(all).filter(other => other !== rich && other.primal === rich.primal);
  const unlike = (other: Disagreement) => differences(rich.probe.subject.kase, other.probe.subject.kase);
  const positions = (rich === disagreement ? known : undefined) ?? positionsOf(await locate(rich), rich);
  const passing = all.filter(({ observation }) => observation.verdict === 'pass' && tells(observation));
  return diagnose(rich, positions, {
    failing: others.toSorted((a, b) => unlike(b) - unlike(a)),
    passing: passing.map(({ kase }) => kase),
    configs: all.map(({ kase }) => kase.config),
  });
}

/** Where the wrong elements are; those that are listed where they are too many to follow. */
function positionsOf({ wrong }: Located, { probe, primal }: Disagreement): readonly number[] {
  const { shape } = probe.point.args[primal];
  return wrong.positions ?? wrong.elements.map(({ index }) => positionOf(index, shape));
}

/** Of the failing cases the one with most elements that can be measured whole, if that is not the one that is shown. */
function richest(all: readonly Seen[], shown: Seen): Disagreement | undefined {
  const size = ({ probe, primal }: Disagreement) => probe.point.args[primal].data.length;
  const measurable = failing(all).filter(one => size(one) <= MEASURED);
  if (measurable.length === 0) return undefined;
  const best = measurable.reduce((most, next) => (size(next) > size(most) ? next : most));
  return best === (shown.observation as GradientObservation).disagreement ? undefined : best;
}

function failing(all: readonly Seen[]): Disagreement[] {
  return all.flatMap(({ observation }) => (observation as GradientObservation).disagreement ?? []);
}

/** In how many extents and settings two cases differ. */
function differences(a: Case, b: Case): number {
  const extents = Object.entries(a.args).flatMap(([name, { shape }]) =>
    shape.filter((extent, axis) => extent !== b.args[name]?.shape[axis]),
  );
  const [own, other] = [a.config, b.config] as Record<string, unknown>[];
  const settings = Object.keys(own ?? {}).filter(key => JSON.stringify(own[key]) !== JSON.stringify(other?.[key]));
  return extents.length + settings.length;
}
