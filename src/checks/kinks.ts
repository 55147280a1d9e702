import type { Random } from '../numeric/random.ts';
import { oneSidedSlope } from '../numeric/onesided.ts';
import { rootMeanSquare } from '../numeric/sum.ts';
import { indexOf } from '../tensor.ts';
import type { WrongElement } from './observation.ts';
import type { Answer, Probe } from './probe.ts';

/** How a gradient sits between the one-sided slopes of a point on a kink. */
export interface Kinks {
  /** Elements of which both one-sided slopes were found. */
  readonly compared: number;
  /** Elements that were looked at, and of those compared how many have two slopes. */
  readonly looked: number;
  readonly kinked: number;
  /** Whether one of them lies outside its interval. */
  readonly outside: boolean;
  /** Whether one of those has one and the same slope from both sides, so that there is nothing to choose. */
  readonly wrong: boolean;
  /** By how much, relative to the gradient. */
  readonly excess: number;
  /** Whether a slope is infinite. */
  readonly vertical: boolean;
  /** The elements outside, each with the nearer end of its interval. */
  readonly elements: readonly WrongElement[];
  readonly text: string;
}

/** At most this many elements are looked at one by one. */
const ELEMENTS = 24;

/**
 * The one-sided slopes of the outputs along single elements, against the vjp: an element of the gradient of a primitive lies
 * between them (Clarke's interval of the restriction to that coordinate; where an element reaches several outputs, each is
 * free to take either side). Elements that are zero or tied come first.
 *
 * Cannot see: ties that every element takes alike (a doubled gradient lies inside each interval); see tieTangent. Of a
 * composition, an element may lie outside without a fault: relu(x) - relu(-x) at 0.
 */
export async function judgeKinks(
  probe: Probe,
  primal: string,
  answer: Answer,
  only?: readonly number[],
): Promise<Kinks> {
  const { data, shape } = probe.point.args[primal];
  const gradient = answer.gradients[primal].data;
  const scale = rootMeanSquare(gradient) || 1;
  const steps = probe.point.steps[primal];
  let compared = 0;
  let looked = 0;
  let kinked = 0;
  let vertical = false;
  let excess = 0;
  let outside: string | undefined;
  let wrong = false;
  const elements: WrongElement[] = [];
  for (const index of only ?? suspects(data)) {
    if (probe.point.frozen[primal]?.[index]) continue;
    looked++;
    const line = probe.line(
      primal,
      probe.tangent(primal, i => (i === index ? 1 : 0)),
    );
    const right = await oneSidedSlope(line, probe.centre, answer.upstream, answer.noise, steps, 1);
    const left = await oneSidedSlope(line, probe.centre, answer.upstream, answer.noise, steps, -1);
    if (!left || !right) continue;
    if (!Number.isFinite(left.value) || !Number.isFinite(right.value)) {
      vertical = true;
      continue;
    }
    compared++;
    // Every output chooses its own side, so the ends of the interval are sums over the outputs.
    let low = -left.bound - right.bound;
    let high = left.bound + right.bound;
    for (let i = 0; i < left.terms.length; i++) {
      low += Math.min(left.terms[i], right.terms[i]);
      high += Math.max(left.terms[i], right.terms[i]);
    }
    if (!(high - low <= 4 * (left.bound + right.bound))) kinked++;
    if (gradient[index] >= low && gradient[index] <= high) continue;
    if (high - low <= 4 * (left.bound + right.bound)) wrong = true;
    const expected = gradient[index] < low ? low : high;
    elements.push({
      index: indexOf(index, shape),
      actual: gradient[index],
      expected,
      errorBound: left.bound + right.bound,
    });
    const own = Math.max(low - gradient[index], gradient[index] - high) / scale;
    if (own <= excess) continue;
    excess = own;
    outside = `at "${primal}"[${indexOf(index, shape).join(', ')}] = ${data[index]} the slope is ${left.value.toPrecision(6)} from the left and ${right.value.toPrecision(6)} from the right, yours is ${gradient[index].toPrecision(6)}`;
  }
  const none = `no step shows a slope of "${primal}", from both sides or from one: jumps, noise, or values rounded more coarsely than the steps`;
  const text =
    outside ??
    (compared === 0 ? none : undefined) ??
    `${kinked} of ${compared} elements of "${primal}" are on a kink; the gradient lies between the one-sided slopes`;
  return { compared, looked, kinked, outside: outside !== undefined, wrong, excess, vertical, elements, text };
}

/** The elements to look at: zeros and ties first, then the others, in order. */
function suspects(data: ArrayLike<number>): number[] {
  const values = Array.from(data);
  const count = new Map<number, number>();
  for (const value of values) count.set(value, (count.get(value) ?? 0) + 1);
  const special = (value: number) => (count.get(value) ?? 0) > 1;
  const rank = (value: number) => (value === 0 ? 0 : special(value) ? 1 : 2);
  const indices = values.map((_, index) => index);
  return indices.sort((a, b) => rank(values[a]) - rank(values[b]) || a - b).slice(0, ELEMENTS);
}

/**
 * A tangent that moves equal elements alike and zeros not at all: along it, ties stay ties and signs stay signs, so that a
 * max or a relu is smooth, and a gradient that is given in full to every tied element shows.
 */
export function tieTangent(probe: Probe, primal: string, stream: Random): Float64Array {
  const { data } = probe.point.args[primal];
  const byValue = new Map<number, number>([[0, 0]]);
  for (const value of data) if (!byValue.has(value)) byValue.set(value, stream.component());
  return probe.tangent(primal, i => byValue.get(data[i]) ?? 0);
}

/** The elements of every group of equal ones whose gradients do not add up to the slope along the group. */
export async function wrongTies(probe: Probe, primal: string, answer: Answer): Promise<WrongElement[]> {
  const { data, shape } = probe.point.args[primal];
  const gradient = answer.gradients[primal].data;
  const wrong: WrongElement[] = [];
  for (const value of new Set(data)) {
    const tangent = probe.tangent(primal, i => (data[i] === value ? 1 : 0));
    const { slope, difference, allowed, analytic } = await probe.compare(primal, tangent, answer);
    if (value === 0 || slope.status !== 'smooth' || difference <= allowed) continue;
    for (const [i, own] of gradient.entries()) {
      if (data[i] !== value || own === 0) continue;
      wrong.push({
        index: indexOf(i, shape),
        actual: own,
        expected: (own * slope.value) / analytic,
        errorBound: allowed,
      });
    }
  }
  return wrong;
}
