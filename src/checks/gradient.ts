import { drawPoint, isHeavy, type Point, type PointKind, pointKinds } from '../cases.ts';
import type { Random } from '../numeric/random.ts';
import { jumpNear } from '../numeric/jumps.ts';
import type { Slope } from '../numeric/slope.ts';
import { along, snapPoint, stepsFor } from '../numeric/stencil.ts';
import { allFinite, rootMeanSquare } from '../numeric/sum.ts';
import type { Dtype } from '../tensor.ts';
import { type Edges, judgeEdges } from './edges.ts';
import { wrongJointTies } from './jointTies.ts';
import { judgeKinks, tieTangent, wrongTies } from './kinks.ts';
import { type Observation, observation, type Parts, type WrongElement } from './observation.ts';
import { type Part, partsOf } from './parts.ts';
import { type Answer, type Comparison, Probe } from './probe.ts';
import type { Subject } from './subject.ts';

/** A pass needs to have been able to see errors of this size, relative to the gradient. */
const RESOLUTION: Readonly<Record<Dtype, number>> = { float64: 1e-6, float32: 1e-2 };

/** A gradient is zero where its bound, times the primal's scale, is at most this of the outputs' scale. */
const ZERO: Readonly<Record<Dtype, number>> = { float64: 1e-9, float32: 1e-5 };

/** Whole-primal draws at a base point. */
const DRAWS = 4;

/**
 * An error of the size of the bound is missed by a draw whose tangent happens to be nearly orthogonal to it; one of nine
 * times the bound is missed by four draws of independent tangents at most once in a thousand. (An error e along a tangent
 * with components of independent sign is, at worst, spread like a normal variable of deviation |e|; the difference shows
 * when it exceeds twice the bound: P(|N| < 2/9)^4 = 0.176^4 < 1/1000.)
 */
const MISS_FACTOR = 9;

/** Primals of up to this many elements are also compared one by one, larger ones in blocks. */
const ELEMENTWISE = 16;
const BLOCKS = 8;

/** Points where forward is not finite, and points on a kink, are drawn again. */
const REDRAWS = { nonFinite: 8, kink: 4 };

/** A disagreement that was confirmed, with what it takes to look further into it. */
export interface Disagreement {
  readonly probe: Probe;
  readonly primal: string;
  readonly answer: Answer;
  readonly comparison: Comparison;
}

/** What was seen of one primal at one base point. */
interface Outcome {
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

/**
 * Whether the vjp is the transposed derivative of forward: random upstreams u and tangents d at several base points,
 * <vjp(u), d> against the directional derivative of u'f along d by finite differences whose error is bounded from what is
 * measured at the point (numeric/slope). A disagreement counts when it repeats with a fresh upstream, fresh tangents and
 * a smaller step at the same point. One observation a primal.
 *
 * Cannot see: an error in forward that the vjp follows; an error smaller than the resolution; a fault that shows at no base
 * point drawn; what is right or wrong at a kink, beyond judgeKinks.
 */
export async function checkGradient(
  subject: Subject,
  seed: string,
  kinds: readonly PointKind[] = pointKinds(subject.kase),
): Promise<GradientObservation[]> {
  const outcomes = new Map<string, Outcome[]>();
  const evaluations = new Map<string, number>();
  const primals = subject.primals.filter(name => subject.kase.args[name].shape.every(extent => extent > 0));
  for (const name of primals) {
    outcomes.set(name, []);
    evaluations.set(name, 0);
  }
  for (const [index, kind] of kinds.entries()) {
    let pending = primals;
    let attempt = 0;
    for (let redraw = 0; pending.length > 0; redraw++) {
      const point = drawPoint(subject.kase, kind, redraw === 0 ? seed : `${seed}/redraw${redraw}`, attempt);
      const before = subject.forwards;
      const probe = await Probe.at(subject, point);
      const shared = (subject.forwards - before) / pending.length;
      if (!probe) {
        if (attempt < REDRAWS.nonFinite && kind !== 'given') {
          attempt++;
          continue;
        }
        const cause = subject.thrown === undefined ? '' : ` (it throws: ${subject.thrown})`;
        const reason = `forward is not finite at any of the ${attempt + 1} points drawn${cause}`;
        for (const name of pending) outcomes.get(name)?.push(excused(point, 'non-finite', reason));
        break;
      }
      const first = probe.stream('upstream');
      const answers = [await probe.ask(first, [3]), await probe.ask(first, [5])];
      const last = kind === 'given' || kind === 'integers' || redraw === REDRAWS.kink;
      const kinked: string[] = [];
      for (const name of pending) {
        const start = subject.forwards;
        const outcome = await judgePrimal(probe, name, answers, index === 0 && !isHeavy(subject.kase), last);
        if (outcome) outcomes.get(name)?.push(outcome);
        else kinked.push(name);
        evaluations.set(name, (evaluations.get(name) ?? 0) + shared + subject.forwards - start);
      }
      if (kind === 'integers' && kinked.length === 0) {
        // One that is wrong by itself says nothing of another.
        const right = primals.filter(name => outcomes.get(name)?.every(({ verdict }) => verdict !== 'fail'));
        for (const { primals: both, comparison } of await wrongJointTies(probe, right, answers)) {
          for (const name of both) outcomes.get(name)?.push(tiedTogether(probe, both, comparison));
        }
      }
      pending = kinked;
    }
  }
  return primals.map(name => {
    const seen = outcomes.get(name) ?? [];
    return summarise(name, seen, kinds.length, Math.round(evaluations.get(name) ?? 0));
  });
}

/** The outcome for a primal at a point; undefined where the point is on a kink and another should be drawn. */
async function judgePrimal(
  probe: Probe,
  primal: string,
  answers: readonly Answer[],
  thorough: boolean,
  last: boolean,
): Promise<Outcome | undefined> {
  const { point, subject } = probe;
  if (answers.some(({ gradients }) => !allFinite(gradients[primal].data)))
    return judgeNonFinite(probe, primal, answers);

  const edges = point.frozen[primal]?.includes(1) ? await judgeEdges(probe, primal, answers[0]) : undefined;
  if (edges && !edges.agree && point.kind === 'given') return excused(point, 'domain', edges.text);
  if (edges && point.frozen[primal].every(edge => edge === 1)) return onEdges(probe, edges);
  const stream = probe.stream(`tangents/${primal}`);
  const weights = weightsOf(probe, primal);
  const random = () => probe.tangent(primal, i => stream.component() * weights(i));
  let draws = await compareAll(probe, primal, answers, random);
  let tied = false;
  if (draws.some(({ slope }) => slope.status !== 'smooth')) {
    if (!last) return undefined;
    const movable = tieTangent(probe, primal, stream).some(component => component !== 0);
    if (movable) draws = await compareAll(probe, primal, answers, () => tieTangent(probe, primal, stream));
    tied = true;
    if (draws.some(({ slope }) => slope.status !== 'smooth')) {
      const kinks = await judgeKinks(probe, primal, answers[0]);
      return kinkOutcome(probe, primal, answers[0], draws[0], kinks);
    }
  }

  const magnitude = rootMeanSquare(Float64Array.from(draws, ({ slope }) => slope.magnitude));
  if (point.kind === 'normal' && !tied) subject.ordinary.set(primal, magnitude);
  const bound = Math.max(...draws.map(({ allowed }) => allowed));
  const error = Math.max(...draws.map(({ difference }) => difference));
  const relative = (value: number) => (value === 0 ? 0 : value / magnitude);
  const numbers = {
    kind: point.kind,
    seed: point.seed,
    compared: draws.length,
    relativeError: relative(error),
    errorBound: relative(bound),
    resolution: relative(MISS_FACTOR * bound),
  };

  const suspicious = draws.findIndex(draw => !(draw.difference <= draw.allowed));
  if (suspicious >= 0) {
    const tangents = tied ? () => tieTangent(probe, primal, stream) : random;
    const confirmed = await confirm(probe, primal, draws[suspicious], tangents);
    numbers.relativeError = relative(rootMeanSquare(Float64Array.from(draws, ({ difference }) => difference)));
    if (!confirmed) {
      const reason = 'a disagreement at one draw did not repeat at the same point';
      return { ...numbers, verdict: 'excused', code: 'unconfirmed', reason };
    }
    if (!tied && (await agreesOffKinks(probe, primal, answers, stream))) {
      const kinks = await judgeKinks(probe, primal, answers[0]);
      const known = kinks.wrong && !subject.layer.composed;
      return kinkOutcome(probe, primal, answers[0], confirmed.comparison, kinks, known);
    }
    const failure = failed(confirmed, numbers, tied);
    return tied ? { ...failure, elements: await wrongTies(probe, primal, confirmed.answer) } : failure;
  }

  let unresolved: number | undefined;
  let measured: Parts | undefined;
  if (thorough && !tied) {
    const parts = await compareParts(probe, primal, answers[0], draws[0].slope.level, stream, weights);
    for (const part of parts.comparisons) {
      if (part.slope.status !== 'smooth' || part.difference <= part.allowed) continue;
      const confirmed = await confirm(probe, primal, part, () => part.tangent);
      if (confirmed) return failed(confirmed, { ...numbers, compared: draws.length + parts.comparisons.length }, tied);
    }
    numbers.compared += parts.comparisons.length;
    unresolved = parts.unresolved;
    measured = parts.measured;
  }

  const { dtype } = subject.kase;
  const note = tied ? 'on a kink: compared along tangents that keep ties and zeros' : undefined;
  if (numbers.resolution <= RESOLUTION[dtype]) {
    const kinks = tied ? await judgeKinks(probe, primal, answers[0]) : undefined;
    if (kinks?.outside) return kinkOutcome(probe, primal, answers[0], draws[0], kinks);
    return { ...numbers, verdict: 'pass', code: 'ok', reason: '', unresolved, parts: measured, note };
  }
  const scale = probe.primalScale(primal);
  const outputs = Math.max(...answers.map(answer => probe.outputScale(answer)));
  const isZero = draws.every(
    draw => Math.abs(draw.slope.value) <= draw.allowed && Math.abs(draw.analytic) <= draw.allowed,
  );
  // Below 1e-300 float64 has no relative accuracy left to speak of.
  if (isZero && bound * scale <= ZERO[dtype] * outputs + 1e-300) {
    return {
      ...numbers,
      resolution: Number.NaN,
      errorBound: 0,
      relativeError: 0,
      verdict: 'pass',
      code: 'zero',
      reason: '',
      note,
    };
  }
  const flat = magnitude * scale <= RESOLUTION[dtype] * outputs;
  const reason = flat
    ? 'the layer is too flat here: its outputs hardly change'
    : `rounding hides errors below ${numbers.resolution.toExponential(1)} of the gradient`;
  return { ...numbers, verdict: 'excused', code: flat ? 'flat' : 'noise', reason };
}

/** Given values of which the largest are over this many times the smallest have no scale in common. */
const MIXED = 1000;

/** What each element's part of a tangent is multiplied by: 1, or, for given values of mixed scale, in proportion to the value. */
function weightsOf({ point }: Probe, primal: string): (i: number) => number {
  if (point.kind !== 'given') return () => 1;
  const { data } = point.args[primal];
  const sizes = Array.from(data, Math.abs).filter(size => size > 0);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (!(most > MIXED * least)) return () => 1;
  return i => (Math.abs(data[i]) || least) / most;
}

/** The outcome where every element is at an end of its range. */
function onEdges({ point }: Probe, { agree, compared, relativeError, errorBound, text }: Edges): Outcome {
  if (!agree) return excused(point, 'domain', text);
  const note = 'every element is at an end of its range: compared with the slopes from inside';
  const resolution = MISS_FACTOR * errorBound;
  return { ...excused(point, 'edge', ''), verdict: 'pass', note, compared, relativeError, errorBound, resolution };
}

/** The whole-primal draws. Those after the first start where the ladder of the first became smooth. */
async function compareAll(
  probe: Probe,
  primal: string,
  answers: readonly Answer[],
  tangent: () => Float64Array,
): Promise<Comparison[]> {
  const draws: Comparison[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const start = draw === 0 ? 0 : startBelow(draws[0]);
    draws.push(await probe.compare(primal, tangent(), answers[draw % answers.length], start));
    if (draws[draw].slope.status !== 'smooth') break;
  }
  return draws;
}

/** The level from which a ladder reaches that of another draw with the least steps. */
function startBelow({ slope }: Comparison): number {
  return slope.level - 3;
}

/** What was seen of the parts of a primal, how many of them were too small to be resolved, and their numbers. */
interface PartsCompared {
  readonly comparisons: readonly (Comparison & { readonly tangent: Float64Array })[];
  readonly unresolved: number;
  readonly measured?: Parts;
}

/** Single elements of a small primal, blocks of a larger one. */
async function compareParts(
  probe: Probe,
  primal: string,
  answer: Answer,
  level: number,
  stream: Random,
  weights: (i: number) => number,
): Promise<PartsCompared> {
  const { shape, data } = probe.point.args[primal];
  const size = data.length;
  const comparisons: (Comparison & { tangent: Float64Array })[] = [];
  const measured: Part[] = [];
  let unresolved = 0;
  if (size === 1) return { comparisons, unresolved };
  const single = size <= ELEMENTWISE;
  const length = single ? 1 : Math.ceil(size / BLOCKS);
  for (let from = 0; from < size; from += length) {
    const tangent = probe.tangent(primal, i =>
      i < from || i >= from + length ? 0 : weights(i) * (single ? 1 : stream.component()),
    );
    if (!tangent.some(component => component !== 0)) continue;
    const comparison = await probe.compare(primal, tangent, answer, level - 3);
    comparisons.push({ ...comparison, tangent });
    if (comparison.slope.status === 'smooth') measured.push(partAt(from, comparison, single ? tangent[from] : 1));
    if (single && !(comparison.allowed <= Math.abs(comparison.analytic) / 2)) unresolved++;
  }
  return { comparisons, unresolved, measured: partsOf(shape, measured, { length, joint: !single }) };
}

/** A part's numbers, per unit of the tangent's component. */
function partAt(position: number, { analytic, slope, allowed }: Comparison, component: number): Part {
  const scale = 1 / component;
  return { position, actual: scale * analytic, expected: scale * slope.value, errorBound: scale * allowed };
}

/**
 * Whether a point has zeros or ties, and the gradient is right along tangents that leave zeros alone and move equal elements
 * alike, and right again at a point beside it where nothing is zero or tied. What is wrong at the point is then the choice of
 * a slope at a kink: relu(x) - relu(-x) is a straight line through 0, and by the usual conventions its gradient is 0 there.
 */
async function agreesOffKinks(
  probe: Probe,
  primal: string,
  answers: readonly Answer[],
  stream: Random,
): Promise<boolean> {
  const { point, subject } = probe;
  const { shape, data } = point.args[primal];
  if (new Set(data).size === data.length && !data.includes(0)) return false;
  const agree = (draws: readonly Comparison[]) =>
    draws.every(({ slope, difference, allowed }) => slope.status === 'smooth' && difference <= allowed);
  const ties = () => tieTangent(probe, primal, stream);
  if (ties().some(component => component !== 0) && !agree(await compareAll(probe, primal, answers, ties))) return false;
  const { sizes } = point.steps[primal];
  const step = sizes[Math.min(1, sizes.length - 1)];
  const moved = along(
    data,
    probe.tangent(primal, () => stream.component()),
    step,
  );
  const steps = stepsFor(moved, step, subject.kase.dtype);
  const beside: Point = {
    ...point,
    seed: `${point.seed}/beside`,
    args: { ...point.args, [primal]: { shape, data: snapPoint(moved, steps) } },
    steps: { ...point.steps, [primal]: steps },
  };
  const there = await Probe.at(subject, beside);
  if (!there) return false;
  const answer = await there.ask(there.stream('upstream'), [3]);
  return agree(await compareAll(there, primal, [answer], () => there.tangent(primal, () => stream.component())));
}

/**
 * Whether a disagreement repeats: same primals, a fresh upstream, fresh tangents, and steps at least sixteen times
 * smaller, or as small as noise allows where it would hide what was seen.
 */
async function confirm(
  probe: Probe,
  primal: string,
  seen: Comparison,
  tangent: () => Float64Array,
): Promise<Disagreement | undefined> {
  const answer = await probe.ask(probe.stream(`confirm/${primal}`), [3, 5, 7]);
  for (let draw = 0; draw < DRAWS; draw++) {
    const direction = tangent();
    const smaller = await probe.compare(primal, direction, answer, seen.slope.level - 1);
    const decided = smaller.slope.status === 'smooth' && smaller.allowed <= seen.difference / 2;
    if (decided && !disagrees(smaller)) continue;
    // From the coarsest step on, which deny a slope that only the finest show.
    const same = await probe.compare(primal, direction, answer);
    const comparison = disagrees(smaller) ? smaller : same;
    if (!disagrees(comparison) || contradict(smaller.slope, same.slope)) continue;
    const line = probe.line(primal, direction);
    const { level } = comparison.slope;
    const jump = await jumpNear(line, probe.centre, answer.upstream, answer.noise, probe.point.steps[primal], level);
    if (comparison.difference > comparison.allowed + jump) return { probe, primal, answer, comparison };
  }
  return undefined;
}

/** Whether two slopes along one line exclude each other: then the function is not as smooth as either takes it to be. */
function contradict(a: Slope, b: Slope): boolean {
  return a.status === 'smooth' && b.status === 'smooth' && !(Math.abs(a.value - b.value) <= a.bound + b.bound);
}

function disagrees({ slope, difference, allowed }: Comparison): boolean {
  return slope.status === 'smooth' && !(difference <= allowed);
}

function failed(
  disagreement: Disagreement,
  numbers: Omit<Outcome, 'verdict' | 'code' | 'reason'>,
  tied: boolean,
): Outcome {
  const { comparison, primal } = disagreement;
  const { difference, slope, allowed, analytic } = comparison;
  const relative = (value: number) => (value === 0 ? 0 : value / slope.magnitude);
  const explained = difference <= slope.bound + 4 * comparison.seen;
  const code = tied ? 'ties' : comparison.coarse && explained ? 'precision-loss' : 'mismatch';
  const reason = `the gradient of "${primal}" is ${analytic.toPrecision(9)} along a random direction, finite differences give ${slope.value.toPrecision(9)} ± ${allowed.toExponential(1)}`;
  return {
    ...numbers,
    verdict: 'fail',
    code,
    reason,
    relativeError: Number.isFinite(numbers.relativeError) ? numbers.relativeError : relative(difference),
    errorBound: relative(allowed),
    resolution: relative(MISS_FACTOR * allowed),
    disagreement,
  };
}

/** Two primals whose gradients at their common values do not add up. */
function tiedTogether({ point }: Probe, [a, b]: readonly [string, string], comparison: Comparison): Outcome {
  const { analytic, slope, difference, allowed } = comparison;
  const reason = `where "${a}" and "${b}" are equal and move together, their gradients add up to ${analytic.toPrecision(6)}, finite differences give ${slope.value.toPrecision(6)} ± ${allowed.toExponential(1)}`;
  const relativeError = difference / slope.magnitude;
  return {
    ...excused(point, 'ties', reason),
    verdict: 'fail',
    compared: 1,
    relativeError,
    errorBound: allowed / slope.magnitude,
  };
}

/** Forward is finite and the vjp is not: wrong, unless the slope itself is infinite there. */
async function judgeNonFinite(probe: Probe, primal: string, answers: readonly Answer[]): Promise<Outcome> {
  const { point } = probe;
  const stream = probe.stream(`non-finite/${primal}`);
  const comparison = await probe.compare(
    primal,
    probe.tangent(primal, () => stream.component()),
    answers[0],
  );
  const gradient = (answers.find(({ gradients }) => !allFinite(gradients[primal].data)) as Answer).gradients[primal]
    .data;
  const nonFinite = Array.from(gradient.keys()).filter(i => !Number.isFinite(gradient[i]));
  const [index] = nonFinite;
  let edges = 0;
  for (const i of nonFinite.slice(0, 24)) if (await atEdge(probe, primal, i)) edges++;
  if (edges === nonFinite.length) {
    return excused(point, 'domain', `element ${index} of "${primal}" is at the edge of what forward is defined for`);
  }
  if (comparison.slope.status !== 'smooth') {
    const kinks = await judgeKinks(probe, primal, answers[0], [index]);
    if (kinks.vertical) return excused(point, 'kink', `the slope at element ${index} of "${primal}" is infinite`);
  }
  return {
    ...excused(
      point,
      'non-finite',
      `forward is finite, but element ${index} of the gradient of "${primal}" is ${gradient[index]}`,
    ),
    verdict: 'fail',
    relativeError: Infinity,
    compared: gradient.length,
    disagreement: { probe, primal, answer: answers[0], comparison },
  };
}

/** Whether forward is not finite next to an element, or the element cannot move. */
async function atEdge(probe: Probe, primal: string, index: number): Promise<boolean> {
  if (probe.point.frozen[primal]?.[index]) return true;
  const { sizes } = probe.point.steps[primal];
  const line = probe.line(
    primal,
    probe.tangent(primal, i => (i === index ? 1 : 0)),
  );
  const step = sizes[sizes.length - 1];
  return !allFinite(await line(step)) || !allFinite(await line(-step));
}

function kinkOutcome(
  probe: Probe,
  primal: string,
  answer: Answer,
  comparison: Comparison,
  kinks: Awaited<ReturnType<typeof judgeKinks>>,
  wrong = false,
): Outcome {
  const { point, subject } = probe;
  const base = { ...excused(point, 'kink', kinks.text), compared: kinks.compared };
  if (kinks.outside && (subject.layer.kinks || wrong)) {
    return {
      ...base,
      verdict: 'fail',
      relativeError: kinks.excess,
      elements: kinks.elements,
      disagreement: { probe, primal, answer, comparison },
    };
  }
  if (kinks.outside || kinks.compared < kinks.looked || kinks.kinked === 0) return base;
  return { ...base, verdict: 'pass', code: 'kink', reason: '', note: kinks.text, resolution: Number.NaN };
}

function excused(point: Point, code: string, reason: string): Outcome {
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

function summarise(
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
