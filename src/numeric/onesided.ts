import type { Data } from '../tensor.ts';
import type { Line } from './noise.ts';
import type { Steps } from './stencil.ts';

/** The slope of a function on one side of a point, with an estimate of its error; undefined where it has none. */
export interface OneSided {
  readonly value: number;
  readonly bound: number;
  /** The slope of every term u_i f_i; their sum is the value. */
  readonly terms: Float64Array;
}

const NOISE_FACTOR = 16;

/**
 * The slope of u'f at step 0 from one side: F_k = (f(x + t_k) - f(x)) / t_k over ever smaller steps, extrapolated by
 * Neville's scheme (linear, then quadratic, in t). f is smooth on that side up to its next kink, so a level counts only where
 * neighbouring extrapolations come closer, by a factor of 3 at least or to within noise, twice in a row.
 *
 * The value is infinite, with a bound of 0, where the quotients only grow: at a jump or a vertical tangent.
 */
export async function oneSidedSlope(
  line: Line,
  centre: Data,
  upstream: Data,
  noise: number,
  steps: Steps,
  side: 1 | -1,
): Promise<OneSided | undefined> {
  const rises: Float64Array[] = [];
  const quotients: number[] = [];
  const linear: number[] = [];
  const quadratic: number[] = [];
  const errors: number[] = [];
  let best: OneSided | undefined;
  for (const [k, step] of steps.sizes.entries()) {
    const outputs = await line(side * step);
    const rise = Float64Array.from(centre, (value, i) => (side * upstream[i] * (outputs[i] - value)) / step);
    let quotient = 0;
    let magnitude = 0;
    for (const term of rise) {
      quotient += term;
      magnitude += Math.abs(term);
    }
    const error = (NOISE_FACTOR * noise) / step + 2 ** -52 * magnitude;
    const ratio = k > 0 ? steps.sizes[k - 1] / step : 0;
    const before = k > 1 ? steps.sizes[k - 2] / step : 0;
    rises.push(rise);
    quotients.push(quotient);
    errors.push(error);
    linear.push(k > 0 ? quotient + (quotient - quotients[k - 1]) / (ratio - 1) : quotient);
    quadratic.push(k > 1 ? linear[k] + (linear[k] - linear[k - 1]) / (before - 1) : linear[k]);
    if (k < 4) continue;
    const now = Math.abs(quadratic[k] - quadratic[k - 1]);
    const earlier = Math.abs(quadratic[k - 1] - quadratic[k - 2]);
    const first = Math.abs(linear[k - 1] - linear[k - 2]);
    const second = Math.abs(linear[k] - linear[k - 1]);
    const allowed = 2 * (error + errors[k - 1]);
    if (!(second <= first / 3 + allowed) || !(now <= earlier / 3 + allowed)) continue;
    // The terms are extrapolated linearly; how far their sum is from the value is part of the bound.
    const bound = now + second + 2 * error;
    if (!best || bound < best.bound) {
      // Every term by the same scheme as their sum.
      const once = (to: number, i: number, r: number) => rises[to][i] + (rises[to][i] - rises[to - 1][i]) / (r - 1);
      const terms = rise.map((_, i) => {
        const now = once(k, i, ratio);
        return now + (now - once(k - 1, i, steps.sizes[k - 2] / steps.sizes[k - 1])) / (before - 1);
      });
      best = { value: quadratic[k], bound, terms };
    }
    if (2 * error > best.bound) break;
  }
  if (best) return best;
  const grows = quotients.every((q, k) => k === 0 || Math.abs(q) > 1.5 * Math.abs(quotients[k - 1]));
  return grows ? { value: Math.sign(quotients[0]) * Infinity, bound: 0, terms: rises[0] } : undefined;
}
