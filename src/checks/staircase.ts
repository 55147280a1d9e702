import type { Answer, Probe } from './probe.ts';

/** Tangents along which the smallest step is made. */
const TANGENTS = 4;

/**
 * Whether a gradient is 0 throughout and no output changes on both sides of the point over the smallest step: forward is a staircase
 * there, as ceil is, whose slope is 0 on every tread; or it rounds its input more coarsely than that, as x + 1e12 does, whose slope
 * is not. Steps that are wider than the treads see a slope in both, and differences cannot tell them apart.
 */
export async function isStaircase(probe: Probe, primal: string, answers: readonly Answer[]): Promise<boolean> {
  if (!answers.every(({ gradients }) => gradients[primal].data.every(value => value === 0))) return false;
  const { centre } = probe;
  const smallest = probe.point.steps[primal].sizes.at(-1) ?? 0;
  const stream = probe.stream(`staircase/${primal}`);
  for (let tangent = 0; tangent < TANGENTS; tangent++) {
    const line = probe.line(
      primal,
      probe.tangent(primal, () => stream.component()),
    );
    const [above, below] = [await line(smallest), await line(-smallest)];
    if (centre.some((value, i) => above[i] !== value && below[i] !== value)) return false;
  }
  return true;
}
