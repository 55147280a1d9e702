import { drawPoint, isHeavy, type PointKind, pointKinds } from '../cases.ts';
import { allFinite, rootMeanSquare } from '../numeric/sum.ts';
import type { Dtype } from '../tensor.ts';
import { confirm } from './confirm.ts';
import { compareAll, compareParts, weightsOf } from './draws.ts';
import { type Edges, judgeEdges } from './edges.ts';
import { type JointTie, wrongJointTies } from './jointTies.ts';
import { judgeKinks, type Kinks } from './kinks.ts';
import { judgeNonFinite } from './nonFinite.ts';
import type { Parts } from './observation.ts';
import { agreesOffKinks } from './offKinks.ts';
import { type Disagreement, excused, type GradientObservation, type Outcome, summarise } from './outcome.ts';
import { forwardUlps, measureRounding, ulpsText } from './precision.ts';
import { type Answer, type Comparison, Probe } from './probe.ts';
import { screen } from './screen.ts';
import { isStaircase } from './staircase.ts';
import type { Subject } from './subject.ts';
import { tieTangent, wrongTies } from './ties.ts';

/** A pass needs to have been able to see errors of this size, relative to the gradient. */
const RESOLUTION: Readonly<Record<Dtype, number>> = { float64: 1e-6, float32: 1e-2 };

/** A gradient is zero where its bound, times the primal's scale, is at most this of the outputs' scale. */
const ZERO: Readonly<Record<Dtype, number>> = { float64: 1e-9, float32: 1e-5 };

/**
 * An error of the size of the bound is missed by a draw whose tangent happens to be nearly orthogonal to it; one of nine
 * times the bound is missed by four draws of independent tangents at most once in a thousand. (An error e along a tangent
 * with components of independent sign is, at worst, spread like a normal variable of deviation |e|; the difference shows
 * when it exceeds twice the bound: P(|N| < 2/9)^4 = 0.176^4 < 1/1000.)
 */
const MISS_FACTOR = 9;

/** Points where forward is not finite, and points on a kink, are drawn again. */
const REDRAWS = { nonFinite: 8, kink: 4 };

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
  const { kase } = subject;
  const outcomes = new Map<string, Outcome[]>();
  const evaluations = new Map<string, number>();
  const primals = subject.primals.filter(name => subject.kase.args[name].shape.every(extent => extent > 0));
  for (const name of primals) {
    outcomes.set(name, []);
    evaluations.set(name, 0);
  }
  // What a look is not enough for at the first point, it can hardly be at others.
  let looked = primals;
  for (const [index, kind] of kinds.entries()) {
    let pending = primals;
    let attempt = 0;
    for (let redraw = 0; pending.length > 0; redraw++) {
      const point = drawPoint(subject.kase, kind, redraw === 0 ? seed : `${seed}/redraw${redraw}`, attempt);
      let before = subject.forwards;
      if (redraw === 0 && looked.length > 0) {
        const enough = await screen(subject, point, looked, index === 0);
        const share = (subject.forwards - before) / looked.length;
        for (const name of looked) evaluations.set(name, (evaluations.get(name) ?? 0) + share);
        for (const [name, outcome] of enough) outcomes.get(name)?.push(outcome);
        before = subject.forwards;
        pending = pending.filter(name => !enough.has(name));
        if (index === 0) looked = [...enough.keys()];
        if (pending.length === 0) break;
      }
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
      if (index === 0 && kase.dtype === 'float32' && !isHeavy(kase)) await measureRounding(probe, answers[0]);
      const last = kind === 'given' || kind === 'integers' || redraw === REDRAWS.kink;
      const kinked: string[] = [];
      for (const name of pending) {
        const start = subject.forwards;
        let outcome = await judgePrimal(probe, name, answers, index === 0 && !isHeavy(kase), last);
        if (outcome?.verdict === 'fail' && (await isStaircase(probe, name, answers))) {
          outcome = excused(
            point,
            'flat',
            'the gradient is 0, and forward a staircase, which does not change but by jumps',
          );
        }
        if (outcome) outcomes.get(name)?.push(withRounding(outcome, subject.rounding.get(name)));
        else kinked.push(name);
        evaluations.set(name, (evaluations.get(name) ?? 0) + shared + subject.forwards - start);
      }
      if (kind === 'integers' && kinked.length === 0) {
        // One that is wrong by itself says nothing of another.
        const right = primals.filter(name => outcomes.get(name)?.every(({ verdict }) => verdict !== 'fail'));
        for (const tie of await wrongJointTies(probe, right, answers)) {
          for (const name of tie.primals) outcomes.get(name)?.push(tiedTogether(probe, tie));
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
    return tied ? { ...failure, ...(await wrongTies(probe, primal, confirmed.answer)) } : failure;
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
  const along = 'on a kink: compared along tangents that keep ties and zeros';
  if (numbers.resolution <= RESOLUTION[dtype]) {
    const kinks = tied ? await judgeKinks(probe, primal, answers[0]) : undefined;
    if (kinks?.outside) return kinkOutcome(probe, primal, answers[0], draws[0], kinks);
    return {
      ...numbers,
      verdict: 'pass',
      code: 'ok',
      reason: '',
      unresolved,
      parts: measured,
      ...(kinks && { note: `${along}; ${kinks.text}` }),
      ...(kinks && kinks.seen.count > 0 && { kink: kinks.seen }),
    };
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
      note: tied ? along : undefined,
    };
  }
  const flat = magnitude * scale <= RESOLUTION[dtype] * outputs;
  const reason = flat
    ? 'the layer is too flat here: its outputs hardly change'
    : `rounding hides errors below ${Number(numbers.resolution.toPrecision(2))} of the gradient: forward is rounded by about ${ulpsText(forwardUlps(probe))} of its largest output`;
  return { ...numbers, verdict: 'excused', code: flat ? 'flat' : 'noise', reason };
}

/** An outcome with the rounding of the gradient, where that was measured and there is a gradient. */
function withRounding(outcome: Outcome, ulps: number | undefined): Outcome {
  return ulps === undefined || outcome.code !== 'ok' ? outcome : { ...outcome, ulps };
}

/** The outcome where every element is at an end of its range. */
function onEdges({ point }: Probe, { agree, compared, relativeError, errorBound, text }: Edges): Outcome {
  if (!agree) return excused(point, 'domain', text);
  const note = 'every element is at an end of its range: compared with the slopes from inside';
  const resolution = MISS_FACTOR * errorBound;
  return { ...excused(point, 'edge', ''), verdict: 'pass', note, compared, relativeError, errorBound, resolution };
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
  const code = comparison.coarse && explained ? 'precision-loss' : tied ? 'ties' : 'mismatch';
  const reason = `the gradient of "${primal}" is ${analytic.toPrecision(9)} along a random direction, finite differences give ${slope.value.toPrecision(9)} ± ${allowed.toExponential(1)}`;
  // The whole primal's draws where they show it, else the one comparison that does.
  const shown = numbers.relativeError > numbers.errorBound && Number.isFinite(numbers.relativeError);
  return {
    ...numbers,
    verdict: 'fail',
    code,
    reason,
    relativeError: shown ? numbers.relativeError : relative(difference),
    errorBound: shown ? numbers.errorBound : relative(allowed),
    resolution: relative(MISS_FACTOR * allowed),
    disagreement,
  };
}

/** Two primals whose gradients at their common values do not add up. */
function tiedTogether({ point }: Probe, { primals: [a, b], indices, value, comparison }: JointTie): Outcome {
  const { analytic, slope, difference, allowed } = comparison;
  const [first] = indices;
  const more = indices.length > 1 ? `, and ${indices.length - 1} more` : '';
  const where = `where "${a}" and "${b}" are equal (at [${first.join(', ')}] both are ${value}${more}) and move together`;
  const reason = `${where}, their gradients add up to ${analytic.toPrecision(6)}, finite differences give ${slope.value.toPrecision(6)} ± ${allowed.toExponential(1)}`;
  const relativeError = difference / slope.magnitude;
  return {
    ...excused(point, 'ties', reason),
    verdict: 'fail',
    compared: 1,
    relativeError,
    errorBound: allowed / slope.magnitude,
  };
}

function kinkOutcome(
  probe: Probe,
  primal: string,
  answer: Answer,
  comparison: Comparison,
  kinks: Kinks,
  wrong = false,
): Outcome {
  const { point, subject } = probe;
  const { seen, text, compared } = kinks;
  const undeclared = kinks.outside && !subject.layer.kinks && seen.count > 0;
  const reason = undeclared ? `${text}: no proof of a fault in a layer that declares no kinks` : text;
  const base = {
    ...excused(point, seen.count > 0 || kinks.vertical ? 'kink' : 'noise', reason),
    compared,
    ...(seen.count > 0 && { kink: seen }),
  };
  if (kinks.outside && (subject.layer.kinks || wrong)) {
    return {
      ...base,
      verdict: 'fail',
      relativeError: kinks.excess,
      errorBound: kinks.errorBound,
      disagreement: { probe, primal, answer, comparison },
      // Where both slopes are the same there is nothing to choose: it is wrong as it is elsewhere.
      ...(seen.between ? { code: 'mismatch' } : { code: 'kink', elements: kinks.elements }),
    };
  }
  if (kinks.outside || compared < kinks.looked || seen.count === 0) return base;
  return { ...base, verdict: 'pass', code: 'kink', reason: '', note: text, resolution: Number.NaN };
}
