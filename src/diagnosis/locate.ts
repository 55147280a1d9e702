import type { Disagreement } from '../checks/gradient.ts';
import type { Wrong, WrongElement } from '../checks/observation.ts';
import type { Answer, Probe } from '../checks/probe.ts';
import { bisect } from '../numeric/bisect.ts';
import { indexOf } from '../tensor.ts';

/** Primals of up to this many elements are compared element by element. */
const ELEMENTWISE = 64;

/** More wrong elements than this are sampled, not followed one by one. */
const FOLLOWED = 40;

/** Single elements that are looked at where the wrong ones are too many to follow. */
const SAMPLE = 48;

/** How many elements a finding lists. */
const LISTED = 8;

/** The elements of a primal whose gradient is wrong, the worst first, found from a disagreement along a random direction. */
export async function locate({ probe, primal, answer, comparison }: Disagreement): Promise<Wrong> {
  const { shape, data } = probe.point.args[primal];
  const gradient = answer.gradients[primal].data;
  const size = data.length;
  const judge = async (index: number): Promise<WrongElement | undefined> => {
    const tangent = probe.tangent(primal, i => (i === index ? 1 : 0));
    const single = await probe.compare(primal, tangent, answer, comparison.slope.level - 3);
    if (single.slope.status !== 'smooth' || single.difference <= single.allowed) return undefined;
    const expected = single.slope.value / tangent[index];
    return {
      index: indexOf(index, shape),
      actual: gradient[index],
      expected,
      errorBound: single.allowed / tangent[index],
    };
  };
  const judgeAll = async (indices: Iterable<number>): Promise<WrongElement[]> => {
    const wrong: WrongElement[] = [];
    for (const index of indices) {
      const element = await judge(index);
      if (element) wrong.push(element);
    }
    return wrong;
  };

  const nonFinite = Array.from(gradient, (_, i) => i).filter(i => !Number.isFinite(gradient[i]));
  if (nonFinite.length > 0) {
    const elements = nonFinite.slice(0, LISTED).map(i => ({
      index: indexOf(i, shape),
      actual: gradient[i],
      expected: Number.NaN,
      errorBound: Number.NaN,
    }));
    return { count: nonFinite.length, of: size, estimated: false, elements };
  }
  if (size <= ELEMENTWISE) return worstFirst(await judgeAll(Array.from({ length: size }, (_, i) => i)), size);
  const located = await bisect(size, await measureRanges(probe, primal, answer), FOLLOWED);
  if (!located.dense) {
    const wrong = await judgeAll(located.elements);
    if (wrong.length > 0) return worstFirst(wrong, size);
  }
  const stream = probe.stream(`sample/${primal}`);
  const sample = new Set(Array.from({ length: SAMPLE }, () => stream.integer(0, size - 1)));
  const wrong = await judgeAll(sample);
  const count = Math.max(1, Math.round((wrong.length / sample.size) * size));
  return { ...worstFirst(wrong, size), count, estimated: true };
}

/**
 * Residuals of ranges of elements under one random tangent, each by a single central difference (two forwards): at the level
 * of the ladder where truncation, as seen on the whole primal, and noise are least.
 */
async function measureRanges(probe: Probe, primal: string, answer: Answer) {
  const stream = probe.stream(`locate/${primal}`);
  const tangent = probe.tangent(primal, () => stream.component());
  const gradient = answer.gradients[primal].data;
  const whole = await probe.compare(primal, tangent, answer);
  const { sizes } = probe.point.steps[primal];
  let best = { step: sizes[0], bound: Infinity };
  for (const step of sizes) {
    const central = await centralDifference(probe, primal, tangent, answer, step);
    const bound = 4 * Math.abs(central.value - whole.slope.value) + central.noise + whole.allowed;
    if (bound < best.bound) best = { step, bound };
    else if (central.noise > best.bound) break;
  }
  return async (from: number, to: number) => {
    const part = tangent.map((component, i) => (i >= from && i < to ? component : 0));
    const central = await centralDifference(probe, primal, part, answer, best.step);
    let analytic = 0;
    for (let i = from; i < to; i++) analytic += gradient[i] * part[i];
    return { error: analytic - central.value, bound: best.bound };
  };
}

async function centralDifference(
  probe: Probe,
  primal: string,
  tangent: Float64Array,
  answer: Answer,
  step: number,
): Promise<{ value: number; noise: number }> {
  const line = probe.line(primal, tangent);
  const [above, below] = [await line(step), await line(-step)];
  let value = 0;
  for (let i = 0; i < above.length; i++) value += answer.upstream[i] * (above[i] - below[i]);
  return { value: value / (2 * step), noise: (8 * answer.noise) / step };
}

function worstFirst(wrong: readonly WrongElement[], size: number): Wrong {
  const excess = ({ actual, expected, errorBound }: WrongElement) => {
    const error = Math.abs(actual - expected) - errorBound;
    return Number.isNaN(error) ? Infinity : error;
  };
  const elements = wrong.toSorted((a, b) => excess(b) - excess(a)).slice(0, LISTED);
  return { count: wrong.length, of: size, estimated: false, elements };
}
