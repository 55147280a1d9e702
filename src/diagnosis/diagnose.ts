import type { Disagreement } from '../checks/outcome.ts';
import { causes, elementwise, lastWithoutForwards } from './causes/index.ts';
import { diagnosisOf } from './contract.ts';
import { type Evidence, gather, gatherAfresh, type Gathering } from './evidence.ts';
import { type Diagnosis, explained, type Hypothesis, wrongOf } from './hypothesis.ts';

/** At most this many explanations are named. */
const NAMED = 3;

/** Fresh points that are drawn until the error shows again. */
const DRAWS = 3;

/** Of layers with more outputs than this only the causes are tried that look at each element by itself. */
const MANY = 4096;

/** Errors smaller than this, relative to the gradient, need finer differences to be explained. */
const FINE = 1e-3;

/**
 * What explains a wrong gradient: the hypotheses that account for every wrong element at the point where it was seen, at a fresh
 * point under a fresh upstream, and in another failing case where there is one; the simplest first. Where none does, the one that
 * accounts for most, and says so.
 */
export async function diagnose(
  shown: Disagreement,
  wrong: readonly number[],
  elsewhere?: Disagreement,
): Promise<Diagnosis[]> {
  const how = gathering(shown, wrong);
  const { kind } = shown.probe.point;
  // Zeros and ties hide what is structure and what is chance.
  const generic = kind === 'given' ? undefined : wrongIn(await gatherAfresh(shown.probe, how, DRAWS, 'normal'));
  const first = generic ?? wrongIn(await gather(shown.probe, how));
  if (!first) return [];
  const others: Evidence[] = [];
  for (let draw = 0; draw < DRAWS && others.length === 0; draw++) {
    const fresh = wrongIn(await gatherAfresh(shown.probe, how, draw, generic ? 'normal' : kind));
    if (fresh) others.push(fresh);
  }
  const another = elsewhere && (await gather(elsewhere.probe, gathering(elsewhere, [])));
  if (another && sameRanks(first, another) && wrongIn(another)) others.push(another);
  // What nothing confirms is not said.
  if (others.length === 0) return [];

  const tried = first.upstream.length <= MANY ? causes : elementwise;
  const found: Diagnosis[] = [];
  let nearest: { hypothesis: Hypothesis; part: number } | undefined;
  for (const cause of tried) {
    for (const hypothesis of cause(first)) {
      if (found.length === NAMED || found.some(({ cause: known }) => known === hypothesis.cause)) continue;
      const part = await fit(hypothesis, first);
      if (part < 1) {
        if (part > (nearest?.part ?? 0)) nearest = { hypothesis, part };
        continue;
      }
      const again = await Promise.all(others.map(evidence => fit(hypothesis, evidence)));
      if (again.every(fitted => fitted === 1)) found.push(plainOf(hypothesis));
    }
    if (found.length > 0 && cause === lastWithoutForwards) break;
  }
  if (found.length > 0) return found;
  if (isRounding(first)) return diagnosisOf('precision-loss');
  const count = wrongOf(first).length;
  const text = nearest
    ? `no known cause explains it; nearest: ${nearest.hypothesis.text}, which explains ${Math.round(nearest.part * count)} of ${count} wrong elements`
    : 'no known cause explains it';
  return [{ cause: 'unknown', text }];
}

/** Whether axes of one case are axes of the other. */
function sameRanks(a: Evidence, b: Evidence): boolean {
  const ranks = ({ args, outputs }: Evidence) =>
    [args, outputs].map(tensors => Object.entries(tensors).map(([name, { shape }]) => `${name} ${shape.length}`));
  return String(ranks(a)) === String(ranks(b));
}

/** The evidence, if something is wrong there. */
function wrongIn(evidence: Evidence | undefined): Evidence | undefined {
  return evidence && wrongOf(evidence).length > 0 ? evidence : undefined;
}

function gathering({ primal, comparison }: Disagreement, wrong: readonly number[]): Gathering {
  const fine = !(comparison.difference > FINE * comparison.slope.magnitude);
  return { primal, wrong, level: comparison.slope.level, fine };
}

/** The part of the wrong elements that a hypothesis explains. */
async function fit(hypothesis: Hypothesis, evidence: Evidence): Promise<number> {
  const predicted = await hypothesis.predict(evidence);
  return predicted ? explained(evidence, predicted) : 0;
}

function plainOf({ cause, factor, text }: Hypothesis): Diagnosis {
  return factor === undefined ? { cause, text } : { cause, factor, text };
}

/** Whether every error is far below the gradient, and above what its dtype rounds to. */
function isRounding(evidence: Evidence): boolean {
  const { claimed, truth } = evidence;
  const wrong = wrongOf(evidence);
  const size = Math.max(...truth.filter(Number.isFinite).map(Math.abs));
  return wrong.length > 1 && wrong.every(i => Math.abs(claimed[i] - truth[i]) <= 1e-5 * size);
}
