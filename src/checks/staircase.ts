import { type Answer, ORDINARY, type Probe } from './probe.ts';

/** Tangents along which steps are made. */
const TANGENTS = 4;

/**
 * The step at which nothing may change on both sides, beside the largest of the ladder: about 1/256 of the values' scale where these are
 * of ordinary size. Numbers that have the eleven bits of a half have narrower treads. Elsewhere it is the smallest of the ladder: treads of
 * one width are narrow beside large values.
 */
const SHARE = 64;

/** Halves of an output's last place that a change must be expected to be, or rounding may have swallowed it. */
const ROUNDING = 16;

/**
 * Whether a gradient is 0 throughout and forward is a staircase at the point, as ceil is, whose slope is 0 on every tread: over a small
 * step no output changes on both sides, though what it changes by over the largest step leaves that much to be seen of it. Steps that
 * are wider than the treads see a slope, and would call the gradient wrong.
 *
 * Not so where the outputs' own rounding hides the small step (x + 1e6 in float32), nor where an input of
 * ordinary size is rounded to a half inside.
 */
export async function isStaircase(probe: Probe, primal: string, answers: readonly Answer[]): Promise<boolean> {
  if (!answers.every(({ gradients }) => gradients[primal].data.every(value => value === 0))) return false;
  const { centre, noise } = probe;
  const { sizes } = probe.point.steps[primal];
  const [largest] = sizes;
  const isOrdinary = ORDINARY.has(probe.point.kind);
  const small = sizes.find(size => isOrdinary && size <= largest / SHARE) ?? sizes[sizes.length - 1];
  const stream = probe.stream(`staircase/${primal}`);
  for (let tangent = 0; tangent < TANGENTS; tangent++) {
    const line = probe.line(
      primal,
      probe.tangent(primal, () => stream.component()),
    );
    const [above, below] = [await line(small), await line(-small)];
    if (centre.some((value, i) => above[i] !== value && below[i] !== value)) return false;
    const [farAbove, farBelow] = [await line(largest), await line(-largest)];
    const isHidden = (value: number, i: number) => {
      const change = Math.max(Math.abs(farAbove[i] - value), Math.abs(farBelow[i] - value));
      return change > 0 && change * (small / largest) <= ROUNDING * noise.halfUlp * Math.abs(value);
    };
    if (centre.some(isHidden)) return false;
  }
  return true;
}
