import { random } from '../numeric/random.ts';
import { extremes } from '../numeric/sum.ts';
import type { Data, Tensor } from '../tensor.ts';
import type { Evidence } from './evidence.ts';
import { wrongOf } from './hypothesis.ts';

/** Errors of more than this, relative to the gradient, are not for want of digits. */
const DIGITS = 1e-5;

/** Points at even distances on a line, and what their third differences weigh: of a smooth formula next to nothing is left in them. */
const WEIGHTS = [1, -3, 3, -1];

/** The distance, relative to the values. */
const STEP = 2 ** -20;

/**
 * Whether what is wrong is for want of digits: every error is far below the gradient, and looks like noise, which a formula that is a
 * little off does not.
 */
export async function looksRounded(evidence: Evidence): Promise<boolean> {
  const { claimed, truth, args, primal, upstream } = evidence;
  const wrong = wrongOf(evidence);
  const size = extremes(truth.filter(Number.isFinite).map(Math.abs))[1];
  const errors = wrong.map(i => Math.abs(claimed[i] - truth[i]));
  if (wrong.length < 2 || errors.some(error => !(error <= DIGITS * size))) return false;
  const stream = random(`${evidence.layer.name}/${primal}/rounding`);
  const tangent = args[primal].data.map(value => STEP * stream.component() * (Math.abs(value) || 1));
  const along: Data[] = [];
  for (const k of WEIGHTS.keys()) {
    const moved: Tensor = { ...args[primal], data: args[primal].data.map((value, i) => value + k * tangent[i]) };
    const there = await evidence.claimedAt({ ...args, [primal]: moved }, upstream);
    if (there) along.push(there);
  }
  if (along.length < WEIGHTS.length) return false;
  const noise = wrong.map(i => Math.abs(WEIGHTS.reduce((sum, weight, k) => sum + weight * along[k][i], 0)));
  return extremes(noise)[1] > extremes(errors)[1] / 8;
}
