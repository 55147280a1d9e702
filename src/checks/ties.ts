import type { Random } from '../numeric/random.ts';
import { indexOf } from '../tensor.ts';
import type { Tie, WrongElement } from './observation.ts';
import type { Answer, Comparison, Probe } from './probe.ts';

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

/** Members of a group of equal elements that are looked at one by one. */
const MEMBERS = 24;

/** The groups of equal elements whose gradients do not add up to the slope along the group, and their elements. */
export async function wrongTies(
  probe: Probe,
  primal: string,
  answer: Answer,
): Promise<{ ties: readonly Tie[]; elements: readonly WrongElement[] }> {
  const { data, shape } = probe.point.args[primal];
  const gradient = answer.gradients[primal].data;
  const ties: Tie[] = [];
  const elements: WrongElement[] = [];
  const together = (positions: ReadonlySet<number>) =>
    probe.compare(
      primal,
      probe.tangent(primal, i => (positions.has(i) ? 1 : 0)),
      answer,
    );
  for (const value of new Set(data)) {
    const equal = Array.from(data.keys()).filter(i => data[i] === value);
    if (value === 0 || !wrongAlong(await together(new Set(equal)))) continue;
    // One that has a slope by itself is equal to the others by chance.
    const tied: number[] = [];
    for (const i of equal.slice(0, MEMBERS)) {
      if ((await together(new Set([i]))).slope.status !== 'smooth') tied.push(i);
    }
    const among = await together(new Set(tied));
    const positions = tied.length > 1 && wrongAlong(among) ? tied : equal;
    const { slope, allowed: errorBound, analytic } = positions === tied ? among : await together(new Set(equal));
    const indices = positions.map(i => indexOf(i, shape));
    ties.push({ value, indices, actual: analytic, expected: slope.value, errorBound });
    for (const [at, i] of positions.entries()) {
      const actual = gradient[i];
      // To each as much of what it should be as it has of what it is.
      const expected = analytic === 0 ? slope.value / positions.length : (actual * slope.value) / analytic;
      if (actual !== expected) elements.push({ index: indices[at], actual, expected, errorBound, value });
    }
  }
  return { ties, elements };
}

function wrongAlong({ slope, difference, allowed }: Comparison): boolean {
  return slope.status === 'smooth' && !(difference <= allowed);
}
