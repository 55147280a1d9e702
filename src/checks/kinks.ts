import { oneSidedSlope } from '../numeric/onesided.ts';
import { rootMeanSquare } from '../numeric/sum.ts';
import { indexOf } from '../tensor.ts';
import type { KinkSeen, Selection, WrongElement } from './observation.ts';
import type { Answer, Probe } from './probe.ts';

/** How a gradient sits between the one-sided slopes of a point on a kink. */
export interface Kinks {
  /** Elements of which both one-sided slopes were found. */
  readonly compared: number;
  /** Elements that were looked at. */
  readonly looked: number;
  /** Those compared that have two slopes, and which of them yours takes. */
  readonly seen: KinkSeen;
  /** Whether one of those compared lies outside its interval. */
  readonly outside: boolean;
  /** Whether one of those has one and the same slope from both sides, so that there is nothing to choose. */
  readonly wrong: boolean;
  /** By how much the worst does, and how far its interval may be off; relative to the gradient. */
  readonly excess: number;
  readonly errorBound: number;
  /** Whether a slope is infinite. */
  readonly vertical: boolean;
  /** The elements outside, each with the nearer end of its interval. */
  readonly elements: readonly WrongElement[];
  /** Whether the outputs jump or are rounded more coarsely than the steps, so that this says nothing. */
  readonly rough: boolean;
  readonly text: string;
}

/** At most this many elements are looked at one by one. */
const ELEMENTS = 24;

/** An element whose slopes from both sides are known. */
interface Element extends Required<WrongElement> {
  readonly kinked: boolean;
  /** How far it lies outside of its interval; negative inside. */
  readonly excess: number;
}

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
  const { data } = probe.point.args[primal];
  const movable = (only ?? suspects(data)).filter(index => !probe.point.frozen[primal]?.[index]);
  const found: Element[] = [];
  let vertical = false;
  for (const index of movable) {
    const sides = await bothSides(probe, primal, answer, index);
    if (sides === 'vertical') vertical = true;
    else if (sides) found.push(sides);
  }
  found.sort((a, b) => b.excess - a.excess);
  const outside = found.filter(outsideOf);
  const kinked = found.filter(element => element.kinked);
  const scale = rootMeanSquare(answer.gradients[primal].data) || 1;
  const unknown = movable.length - found.length;
  const rough = !vertical && (found.length === 0 || (kinked.length === 0 && unknown > 0));
  const takes = selectionOf(kinked);
  return {
    compared: found.length,
    looked: movable.length,
    seen: { count: kinked.length, of: movable.length, between: !kinked.some(outsideOf), takes },
    outside: outside.length > 0,
    wrong: outside.some(element => !element.kinked),
    excess: outside.length > 0 ? outside[0].excess / scale : 0,
    errorBound: outside.length > 0 ? outside[0].errorBound / scale : 0,
    vertical,
    elements: outside.map(({ kinked: _kinked, excess: _excess, ...element }) => element),
    rough,
    text: rough
      ? `no step shows a slope at ${unknown} of ${movable.length} elements of "${primal}": its outputs jump, are noisy, or are rounded more coarsely than the steps`
      : textOf(primal, found, takes),
  };
}

function outsideOf({ excess }: Element): boolean {
  return !(excess <= 0);
}

/** One element between its slopes from both sides; nothing where no step shows them. */
async function bothSides(
  probe: Probe,
  primal: string,
  answer: Answer,
  index: number,
): Promise<Element | 'vertical' | undefined> {
  const { data, shape } = probe.point.args[primal];
  const own = answer.gradients[primal].data[index];
  const steps = probe.point.steps[primal];
  const line = probe.line(
    primal,
    probe.tangent(primal, i => (i === index ? 1 : 0)),
  );
  const right = await oneSidedSlope(line, probe.centre, answer.upstream, answer.noise, steps, 1);
  const left = await oneSidedSlope(line, probe.centre, answer.upstream, answer.noise, steps, -1);
  if (!left || !right) return undefined;
  if (!Number.isFinite(left.value) || !Number.isFinite(right.value)) return 'vertical';
  const errorBound = left.bound + right.bound;
  // Every output chooses its own side, so the ends of the interval are sums over the outputs.
  let [low, high] = [-errorBound, errorBound];
  for (let i = 0; i < left.terms.length; i++) {
    low += Math.min(left.terms[i], right.terms[i]);
    high += Math.max(left.terms[i], right.terms[i]);
  }
  return {
    index: indexOf(index, shape),
    actual: own,
    expected: own < low ? low : high,
    errorBound,
    value: data[index],
    left: left.value,
    right: right.value,
    kinked: !(high - low <= 4 * errorBound),
    excess: Math.max(low - own, own - high),
  };
}

/** Which slope elements take, if they all take the same. */
function selectionOf(elements: readonly Element[]): Selection {
  const selections = new Set(elements.map(taken));
  return selections.size === 1 ? [...selections][0] : 'various';
}

/** Which slope an element takes. */
export function taken({
  actual,
  left = NaN,
  right = NaN,
  errorBound,
}: Omit<WrongElement, 'index' | 'expected'>): Selection {
  const is = (slope: number) => Math.abs(actual - slope) <= errorBound;
  if (is(left)) return 'left';
  if (is(right)) return 'right';
  if (is((left + right) / 2)) return 'mean';
  return is(0) ? 'zero' : 'other';
}

/** What is said of a point of which nothing is rough. */
function textOf(primal: string, found: readonly Element[], takes: Selection): string {
  const kinked = found.filter(element => element.kinked);
  const [worst] = found.filter(outsideOf);
  const [first] = worst ? [worst] : kinked;
  if (!first) return `none of ${found.length} elements of "${primal}" is on a kink`;
  const { index, value, left, right, actual } = first;
  const place = `at "${primal}"[${index.join(', ')}] = ${digits(value)}`;
  if (!first.kinked) {
    return `${place} the slope is ${digits(left)} from the left and from the right alike, yours is ${digits(actual)}`;
  }
  const slopes = `the slope is ${digits(left)} from the left and ${digits(right)} from the right`;
  if (worst) return `${place}, a kink, ${slopes}; yours is ${digits(actual)}, outside of both`;
  return `${kinked.length} of ${found.length} elements of "${primal}" are on a kink: ${place} ${slopes}; yours ${TAKES[takes]}`;
}

const TAKES: Readonly<Record<Selection, string>> = {
  left: 'takes the left one',
  right: 'takes the right one',
  mean: 'takes their mean',
  zero: 'is zero, between them',
  other: 'lies between them',
  various: 'takes now one, now another',
};

function digits(value: number): string {
  return String(Number(value.toPrecision(6)));
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
