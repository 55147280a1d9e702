import type { Data } from '../tensor.ts';
import type { Line } from './noise.ts';
import type { Steps } from './stencil.ts';
import { largest } from './sum.ts';

/** A directional derivative u'(J d) with a bound on its error, or the reason why there is none. */
export interface Slope {
  readonly status: 'smooth' | 'rough' | 'non-finite';
  readonly value: number;
  /** |value - true derivative| is at most this. Infinity where the status is not smooth. */
  readonly bound: number;
  /** Root of the sum of squares of the terms u_i (J d)_i: the size of the derivative before anything cancels. */
  readonly magnitude: number;
  /** The level of the ladder that the value is from. */
  readonly level: number;
  readonly evaluations: number;
}

/** How many standard deviations of the measured noise the bound allows. */
const NOISE_FACTOR = 8;

interface Level {
  readonly step: number;
  /** Central difference of the projection, u'(f(x + t d) - f(x - t d)) / 2t. */
  readonly central: number;
  /** Half the difference of the one-sided slopes: O(t) where f is smooth, constant where x is on a kink. */
  readonly bend: number;
  readonly noise: number;
  readonly magnitude: number;
  readonly finite: boolean;
  /** Outputs that differ from those at the centre, and those of them that do so on both sides. */
  readonly changed: number;
  readonly changedBoth: number;
}

/**
 * The derivative of u'f along a line at t = 0, by central differences over a ladder of steps t_k, each about 1/r of
 * the one before (r is 4 in float64, 2 in float32).
 *
 * Where f is smooth, D_k = D + a t_k^2 + b t_k^4 + …, so differences of neighbouring D shrink by r^2 from level to level, and those of
 * Richardson's R_k (D_k and D_(k-1) extrapolated to t = 0) by r^4; across a kink both shrink by r only. A level counts only
 * where they are seen to (by r^1.5 and r^2, beyond noise), or where three levels agree to within noise; of those the one
 * with the least bound is taken. The bound is what the neighbouring levels differ by, plus NOISE_FACTOR standard deviations
 * of the measured noise over the step. It is an estimate, not a proof: that would need a bound on the derivatives of f.
 *
 * `centre` is f at t = 0, `halfUlp` the relative rounding error of one output. `reach` is told which outputs change over the first
 * step, and tells which may change at all, all others being left out, and the standard deviation of u'f over those. Goes down the ladder from `start` until the noise alone
 * exceeds the bound found, at most 2 evaluations a level.
 *
 * Cannot see: a jump or a kink that all sampled points happen to miss; a function whose period divides every step.
 */
export async function slopeAlong(
  line: Line,
  centre: Data,
  upstream: Data,
  reach: (changed: Uint8Array) => { readonly reached?: Uint8Array; readonly noise: number },
  steps: Steps,
  start: number,
  halfUlp: number,
): Promise<Slope> {
  const ladder: Level[] = [];
  const estimates: Estimate[] = [];
  let best: Slope | undefined;
  let evaluations = 0;
  let reached: Uint8Array | undefined;
  let noise = 0;
  for (let k = start; k < steps.sizes.length; k++) {
    const t = steps.sizes[k];
    const [above, below] = [await line(t), await line(-t)];
    if (k === start) ({ reached, noise } = reach(unlike(centre, above, below)));
    ladder.push(differences(above, centre, below, upstream, t, noise, halfUlp, 4 * steps.sizes[0], reached));
    evaluations += 2;
    if (isStaircase(ladder)) continue;
    for (const found of [plateau(ladder), extrapolated(ladder)]) {
      if (found) estimates.push(found);
      if (found && !(best && best.bound <= found.bound)) {
        best = { status: 'smooth', ...found, level: k, evaluations };
      }
    }
    if (best && !(ladder[ladder.length - 1].noise <= best.bound)) break;
  }
  // A kink that coarse levels hid may show at finer ones.
  if (best && !onKink(ladder)) return { ...best, bound: reconciled(best, estimates), evaluations };
  const last = ladder.findLast(level => level.finite);
  return {
    status: last ? 'rough' : 'non-finite',
    value: last?.central ?? Number.NaN,
    bound: Number.POSITIVE_INFINITY,
    magnitude: last?.magnitude ?? Number.NaN,
    level: steps.sizes.length - 1,
    evaluations,
  };
}

/**
 * The bound of the best estimate, widened to what others contradict it by: where a function is rounded on its way, differences
 * over steps below that rounding see nothing of it, and agree with each other on a slope that coarser ones deny.
 */
function reconciled(best: Estimate, estimates: readonly Estimate[]): number {
  return Math.max(best.bound, ...estimates.map(({ value, bound }) => Math.abs(value - best.value) - bound));
}

function differences(
  above: Data,
  centre: Data,
  below: Data,
  upstream: Data,
  step: number,
  noise: number,
  halfUlp: number,
  scale: number,
  reached: Uint8Array | undefined,
  unit = 1,
): Level {
  let central = 0;
  let bend = 0;
  let bends = 0;
  let squares = 0;
  let magnitude = 0;
  let outputs = 0;
  let changed = 0;
  let changedBoth = 0;
  for (let i = 0; i < centre.length; i++) {
    if (reached?.[i] === 0) continue;
    const term = upstream[i] * ((above[i] - below[i]) / unit);
    central += term;
    const bent = upstream[i] * ((above[i] - centre[i] - (centre[i] - below[i])) / unit);
    bend += bent;
    bends += bent * bent;
    squares += term * term;
    if (above[i] !== centre[i] || below[i] !== centre[i]) changed++;
    if (above[i] !== centre[i] && below[i] !== centre[i]) changedBoth++;
    magnitude += Math.abs(term);
    outputs += (upstream[i] * (Math.max(Math.abs(above[i]), Math.abs(below[i])) / unit)) ** 2;
  }
  // Squares of outputs near the ends of the range of float64 underflow or overflow: once more, in units of the largest.
  if (unit === 1 && !(outputs > 1e-250 && outputs < 1e250)) {
    const own = Math.max(largest(above), largest(below));
    if (own > 0 && own < Infinity && own !== unit)
      return differences(above, centre, below, upstream, step, noise, halfUlp, scale, reached, own);
  }
  // Where f is steeper than at the centre, it hands on more of the rounding of what it is given: half an ulp of x.
  const steeper = (unit * Math.sqrt(bends)) / (2 * step);
  const deviation = Math.max(noise, unit * halfUlp * Math.sqrt(outputs)) + halfUlp * scale * steeper;
  return {
    step,
    central: (unit * central) / (2 * step),
    bend: (unit * bend) / (2 * step),
    noise: (NOISE_FACTOR * deviation + unit * 2 ** -52 * magnitude) / step,
    magnitude: (unit * Math.sqrt(squares)) / (2 * step),
    finite: Number.isFinite(central) && Number.isFinite(bend),
    changed,
    changedBoth,
  };
}

/** Which outputs differ from those at the centre. */
function unlike(centre: Data, above: Data, below: Data): Uint8Array {
  const changed = new Uint8Array(centre.length);
  for (let i = 0; i < centre.length; i++) if (above[i] !== centre[i] || below[i] !== centre[i]) changed[i] = 1;
  return changed;
}

type Estimate = Pick<Slope, 'value' | 'bound' | 'magnitude'>;

/**
 * Whether the outputs no longer change at all, though at two coarser steps or more most that did so changed on both sides:
 * the layer rounds its input more coarsely than the step (x + 1e12), and says nothing of its slope. Next to a kink or a jump
 * they change on one side only.
 */
function isStaircase(ladder: readonly Level[]): boolean {
  if (ladder[ladder.length - 1].changed > 0) return false;
  return ladder.filter(({ changed, changedBoth }) => changedBoth > changed / 2).length >= 2;
}

/** Three levels that agree to within noise: a straight line as far as can be seen. The middle one, not on a kink. */
function plateau(ladder: readonly Level[]): Estimate | undefined {
  if (ladder.length < 3) return undefined;
  const [first, middle, last] = ladder.slice(-3);
  const before = Math.abs(middle.central - first.central);
  const after = Math.abs(last.central - middle.central);
  if (!(before <= first.noise + middle.noise)) return undefined;
  if (!(after <= middle.noise + last.noise)) return undefined;
  if (onKink(ladder)) return undefined;
  // Terms in t^2 and t^4 may cancel between two levels, but not between three: what a t^2 loses on the way to the last is
  // all but (last / middle)^2 of it.
  const truncation = Math.max(before, after / (1 - (last.step / middle.step) ** 2));
  return { value: middle.central, bound: truncation + middle.noise, magnitude: middle.magnitude };
}

/** Richardson's extrapolation of the last two levels, where the last four shrink as those of a smooth function do. */
function extrapolated(ladder: readonly Level[]): Estimate | undefined {
  if (ladder.length < 4) return undefined;
  const [a, b, c, d] = ladder.slice(-4);
  const shrinks = (earlier: number, later: number, factor: number, noise: number) =>
    Math.abs(later) <= Math.abs(earlier) / factor + noise;
  const ratio = (a.step / d.step) ** (1 / 3);
  if (!shrinks(b.central - a.central, c.central - b.central, ratio ** 1.5, b.noise + c.noise)) return undefined;
  if (!shrinks(c.central - b.central, d.central - c.central, ratio ** 1.5, c.noise + d.noise)) return undefined;
  if (onKink(ladder)) return undefined;
  const before = extrapolate(b, c, 'central') - extrapolate(a, b, 'central');
  const now = extrapolate(c, d, 'central') - extrapolate(b, c, 'central');
  const noise = 1.1 * d.noise;
  if (!shrinks(before, now, ratio ** 2, noise + c.noise)) return undefined;
  const truncation = Math.max(Math.abs(now) / 4, (4 * Math.abs(before)) / ratio ** 4);
  if (!(truncation <= Math.max(noise, d.magnitude / 64))) return undefined;
  return {
    value: extrapolate(c, d, 'central'),
    bound: truncation + noise,
    magnitude: Math.abs(extrapolate(c, d, 'magnitude')),
  };
}

/** The value at step 0 of the line in step^2 through two levels. */
function extrapolate(coarse: Level, fine: Level, what: 'central' | 'magnitude'): number {
  return fine[what] + (fine[what] - coarse[what]) / ((coarse.step / fine.step) ** 2 - 1);
}

/**
 * Whether the one-sided slopes differ at t = 0 itself. Half their difference is a t + b t^3 + … where f is smooth, so that its line
 * through two levels meets t = 0 at O(t^3), and at the height of the kink where x is on one. The finest levels tell whose noise does not hide it: what is a kink there still is one where noise covers it.
 */
function onKink(ladder: readonly Level[]): boolean {
  for (let finest = ladder.length - 1; finest >= 2; finest--) {
    const [a, b, c] = ladder.slice(finest - 2, finest + 1);
    const noise = 3 * c.noise;
    const [before, now] = [bendAtZero(a, b), bendAtZero(b, c)];
    if (!(Math.max(Math.abs(before), Math.abs(now)) >= 4 * noise)) continue;
    return !(Math.abs(now) <= Math.abs(before) / (b.step / c.step) ** 1.5 + noise);
  }
  return false;
}

/** The bend at step 0 of the line through those of two levels. */
function bendAtZero(coarse: Level, fine: Level): number {
  return fine.bend + ((fine.bend - coarse.bend) * fine.step) / (coarse.step - fine.step);
}
