import { type Case, drawPoint, type PointKind, pointKinds } from '../cases.ts';
import type { Disagreement } from '../checks/outcome.ts';
import { Probe } from '../checks/probe.ts';
import type { Config } from '../layer.ts';
import { causes, elementwise } from './causes/index.ts';
import { diagnosisOf } from './contract.ts';
import { type Evidence, gather, gatherAfresh, type Gathering } from './evidence.ts';
import { type Cause, type Diagnosis, explained, type Hypothesis, wrongOf } from './hypothesis.ts';
import { looksRounded } from './rounding.ts';

/** At most this many explanations are named. */
const NAMED = 3;

/** Fresh points that are drawn until the error shows again. */
const DRAWS = 3;

/** Other failing cases that an explanation has to fit. */
const CASES = 2;

/** Of layers with more outputs than this only the causes are tried that look at each element by itself. */
const MANY = 4096;

/** Errors smaller than this, relative to the gradient, need finer differences to be explained. */
const FINE = 1e-3;

/** Other cases: failing ones, the most unlike first, passing ones, and the settings of all. */
export interface Elsewhere {
  readonly failing: readonly Disagreement[];
  readonly passing: readonly Case[];
  readonly configs: readonly Config[];
}

/**
 * What explains a wrong gradient: the hypotheses that account for every wrong element at the point where it was seen, at fresh points
 * under a fresh upstream, and in other failing cases; the simplest first. Where none does, the one that accounts for most, and says so.
 */
export async function diagnose(
  shown: Disagreement,
  wrong: readonly number[],
  elsewhere: Elsewhere,
): Promise<readonly Diagnosis[]> {
  const how = gathering(shown, wrong, elsewhere.configs);
  const { kind } = shown.probe.point;
  // Zeros and ties hide what is structure and what is chance.
  const generic = kind === 'given' ? undefined : wrongIn(await gatherAfresh(shown.probe, how, DRAWS, 'normal'));
  const first = generic ?? wrongIn(await gather(shown.probe, how));
  if (!first) return [];
  if (await looksRounded(first)) return diagnosisOf('precision-loss');
  const witnesses = new Witnesses(shown, how, elsewhere, generic ? 'normal' : kind);

  let nearest: { hypothesis: Hypothesis; part: number } | undefined;
  const doubtful: Diagnosis[] = [];
  const found: Diagnosis[] = [];
  let isCertain = false;
  for (const group of first.upstream.length <= MANY ? causes : elementwise) {
    for (const cause of group) {
      for (const hypothesis of await cause(first)) {
        if (found.length === NAMED || found.some(({ cause: said }) => said === hypothesis.cause)) continue;
        const part = (await fit(hypothesis, first)) ?? 0;
        if (part < 1) {
          if (part > (nearest?.part ?? 0)) nearest = { hypothesis, part };
        } else if (await witnesses.confirm(hypothesis, cause)) {
          const isDenied = await witnesses.deny(hypothesis);
          (isDenied ? doubtful : found).push(plainOf(hypothesis));
          if (!isDenied && hypothesis.everywhere) isCertain = true;
        }
      }
    }
    if (isCertain) break;
  }
  const [only] = found;
  // What is only likely is one of several, or not said to be the cause.
  const isGuess = found.length === 1 && only.likely;
  if (found.length > 0 && !isGuess) return found;
  if (doubtful.length > 0) return doubtful.slice(0, NAMED);
  const count = wrongOf(first).length;
  const text = isGuess
    ? `no known cause explains it; what is so: ${only.text} (perhaps ${only.cause})`
    : nearest
      ? `no known cause explains it; nearest: ${nearest.hypothesis.text}, which explains ${Math.round(nearest.part * count)} of ${count} wrong elements`
      : 'no known cause explains it';
  return [{ cause: 'unknown', text }];
}

/** Evidence of another case, and whether its arguments have as many axes. */
interface Other {
  readonly evidence: Evidence;
  readonly alike: boolean;
}

/** Evidence that a hypothesis was not fitted to, gathered when it is asked for. */
class Witnesses {
  readonly #shown: Disagreement;
  readonly #how: Gathering;
  readonly #elsewhere: Elsewhere;
  readonly #kind: PointKind;
  #fresh: Promise<readonly Evidence[]> | undefined;
  #others: Promise<readonly Other[]> | undefined;
  #passing: Promise<Evidence | undefined> | undefined;

  constructor(shown: Disagreement, how: Gathering, elsewhere: Elsewhere, kind: PointKind) {
    this.#shown = shown;
    this.#how = how;
    this.#elsewhere = elsewhere;
    this.#kind = kind;
  }

  /** Whether it holds afresh, and in other failing cases, it or what its cause finds there. What nothing confirms is not said. */
  async confirm(hypothesis: Hypothesis, cause: Cause): Promise<boolean> {
    this.#fresh ??= this.#drawn();
    const fresh = await this.#fresh;
    let told = 0;
    for (const evidence of fresh) {
      const part = await fit(hypothesis, evidence);
      if (part === undefined) continue;
      if (part !== 1) return false;
      told++;
    }
    this.#others ??= this.#gathered();
    const others = (await this.#others).filter(({ alike }) => alike || hypothesis.ofAnyRank);
    for (const { evidence } of others) {
      const part = (await fit(hypothesis, evidence)) ?? (await this.#again(hypothesis, cause, evidence));
      if (part === undefined) continue;
      if (part !== 1) return false;
      told++;
    }
    return told > 0;
  }

  /** Whether it would show in a case that passes. */
  async deny(hypothesis: Hypothesis): Promise<boolean> {
    if (!hypothesis.everywhere) return false;
    this.#passing ??= this.#passed();
    const evidence = await this.#passing;
    if (!evidence) return false;
    const predicted = await hypothesis.predict(evidence);
    return predicted?.some((value, i) => Math.abs(value - evidence.claimed[i]) > 4 * evidence.bound) ?? false;
  }

  /** What the same cause explains where other extents leave nothing to say. */
  async #again({ cause: word }: Hypothesis, cause: Cause, evidence: Evidence): Promise<number | undefined> {
    let best: number | undefined;
    for (const hypothesis of await cause(evidence)) {
      const part = hypothesis.cause === word ? await fit(hypothesis, evidence) : undefined;
      if (part !== undefined) best = Math.max(best ?? 0, part);
    }
    return best;
  }

  /** The same case at other numbers: of the same kind, and of sizes that reach other branches. */
  async #drawn(): Promise<Evidence[]> {
    const found: Evidence[] = [];
    const add = async (draw: number, kind: PointKind) => {
      const evidence = wrongIn(await gatherAfresh(this.#shown.probe, this.#how, draw, kind));
      if (evidence) found.push(evidence);
    };
    for (let draw = 0; draw < DRAWS && found.length === 0; draw++) await add(draw, this.#kind);
    if (this.#kind === 'normal') await add(DRAWS + 1, 'spread');
    return found;
  }

  async #gathered(): Promise<Other[]> {
    const found: Other[] = [];
    const { probe: own } = this.#shown;
    const isAlike = ({ probe }: Disagreement) => sameRanks(own, probe);
    const { failing } = this.#elsewhere;
    const chosen = [...failing.filter(isAlike).slice(0, CASES), ...failing.filter(one => !isAlike(one)).slice(0, 1)];
    for (const other of chosen) {
      const evidence = wrongIn(await gather(other.probe, gathering(other, [], this.#elsewhere.configs)));
      if (evidence) found.push({ evidence, alike: isAlike(other) });
    }
    return found;
  }

  async #passed(): Promise<Evidence | undefined> {
    const { subject } = this.#shown.probe;
    const ranks = ({ args }: Case) => Object.entries(args).map(([name, { shape }]) => `${name} ${shape.length}`);
    const kase = this.#elsewhere.passing.find(one => String(ranks(one)) === String(ranks(subject.kase)));
    if (!kase) return undefined;
    const [kind] = pointKinds(kase);
    const probe = await Probe.at(subject.in(kase), drawPoint(kase, kind, 'passing'));
    return probe && gather(probe, { ...this.#how, wrong: [] });
  }
}

/** Whether axes of one case are axes of the other. */
function sameRanks(a: Probe, b: Probe): boolean {
  const ranks = ({ point: { args }, outputs }: Probe) =>
    [args, outputs].map(tensors => Object.entries(tensors).map(([name, { shape }]) => `${name} ${shape.length}`));
  return String(ranks(a)) === String(ranks(b));
}

/** The evidence, if something is wrong there. */
function wrongIn(evidence: Evidence | undefined): Evidence | undefined {
  return evidence && wrongOf(evidence).length > 0 ? evidence : undefined;
}

function gathering(
  { primal, comparison }: Disagreement,
  wrong: readonly number[],
  configs: readonly Config[],
): Gathering {
  const fine = !(comparison.difference > FINE * comparison.slope.magnitude);
  return { primal, wrong, level: comparison.slope.level, fine, configs };
}

/** The part of the wrong elements that a hypothesis explains; undefined where it says nothing. */
async function fit(hypothesis: Hypothesis, evidence: Evidence): Promise<number | undefined> {
  const predicted = await hypothesis.predict(evidence);
  return predicted && explained(evidence, predicted, hypothesis.everywhere);
}

function plainOf({ cause, factor, text, likely }: Hypothesis): Diagnosis {
  return { cause, ...(factor !== undefined && { factor }), text, ...(likely && { likely }) };
}
