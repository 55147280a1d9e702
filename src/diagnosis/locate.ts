import type { Disagreement } from '../checks/outcome.ts';
import type { Parts, Wrong, WrongElement } from '../checks/observation.ts';
import { type Part, partsOf } from '../checks/parts.ts';
import type { Answer, Probe } from '../checks/probe.ts';
import { bisect, type Located as Bisected, oneOf, type Residual } from '../numeric/bisect.ts';
import { indexOf, stridesOf } from '../tensor.ts';
import { pattern } from './pattern.ts';

/** Sets of up to this many elements are looked at one by one. */
const ELEMENTWISE = 64;

/** More wrong elements than this are sampled, not followed one by one. */
const FOLLOWED = 40;

/** Single elements that are looked at where the wrong ones are too many to follow. */
const SAMPLE = 48;

/** Slices that are looked at one by one, of axes that are short enough: channels, taps, rows, batch items. */
const SLICES = 64;

/** Along longer axes slices are found by halving, if no more than these are wrong. */
const FEW = 24;

/** How many elements a finding lists. */
const LISTED = 8;

/** The wrong elements, and every element that was measured to find them. */
export interface Located {
  readonly wrong: Wrong;
  readonly parts?: Parts;
}

/**
 * The elements of a primal whose gradient is wrong, the worst first, found from a disagreement along a random direction. A small
 * primal is looked at element by element. Of a larger one the slices along each axis come first: where all that is wrong lies
 * within some of them, only those are searched. Few wrong elements among many are then found by halving, many by a sample.
 */
export async function locate(disagreement: Disagreement): Promise<Located> {
  const { probe, primal, answer } = disagreement;
  const { shape, data } = probe.point.args[primal];
  const gradient = answer.gradients[primal].data;
  const size = data.length;
  const names = probe.subject.kase.args[primal].axes ?? probe.subject.layer.axes?.[primal];

  const described = (found: readonly number[], right: readonly number[] | undefined) =>
    pattern({ shape, names, values: data, wrong: found, right, name: primal });

  const nonFinite = positionsOf(size).filter(i => !Number.isFinite(gradient[i]));
  if (nonFinite.length > 0) {
    const elements = nonFinite.slice(0, LISTED).map(i => elementOf(i, shape, gradient[i], Number.NaN, Number.NaN));
    return { wrong: exactly(nonFinite, size, elements, described(nonFinite, undefined)) };
  }

  const search = await Search.of(disagreement);
  const wrong = await wrongElements(disagreement, search, described);
  return { wrong, parts: search.parts() };
}

async function wrongElements(
  { probe, primal }: Disagreement,
  search: Search,
  described: (found: readonly number[], right: readonly number[] | undefined) => string | undefined,
): Promise<Wrong> {
  const size = probe.point.args[primal].data.length;
  const candidates = size <= ELEMENTWISE ? positionsOf(size) : await search.suspects();
  const located =
    candidates.length <= ELEMENTWISE
      ? { elements: await search.wrongAmong(candidates), dense: false, atLeast: 0, some: async () => [] }
      : await search.halved(candidates);
  if (!located.dense && located.elements.length > 0) {
    return exactly(
      located.elements,
      size,
      await search.worst(located.elements),
      described(located.elements, undefined),
    );
  }
  const sample = sampled(candidates, probe, primal);
  const wrong = await search.wrongAmong(sample);
  if (wrong.length === sample.length && candidates.length < size) {
    // All that lies within some slices, and nothing outside them.
    return exactly(candidates, size, await search.worst(wrong), described(candidates, undefined));
  }
  const right = sample.filter(i => !wrong.includes(i));
  const found = wrong.length > 0 ? wrong : await located.some();
  const estimate = Math.round((wrong.length / sample.length) * candidates.length);
  const count = Math.max(1, located.atLeast, estimate);
  const rule = described(found, right);
  return { count, of: size, estimated: true, ...(rule && { pattern: rule }), elements: await search.worst(found) };
}

function exactly(positions: readonly number[], size: number, elements: readonly WrongElement[], rule?: string): Wrong {
  return { count: positions.length, of: size, estimated: false, ...(rule && { pattern: rule }), positions, elements };
}

/** What came of one element by itself: its numbers where it has a slope, and again where it is wrong. */
interface Judged {
  readonly part?: Part;
  readonly wrong?: WrongElement;
}

interface Halved {
  readonly elements: readonly number[];
  readonly dense: boolean;
  readonly atLeast: number;
  readonly some: () => Promise<readonly number[]>;
}

/** Residuals of sets of elements under one random tangent, each by a single central difference: two forwards a set. */
class Search {
  readonly #probe: Probe;
  readonly #primal: string;
  readonly #answer: Answer;
  readonly #level: number;
  readonly #tangent: Float64Array;
  readonly #step: number;
  readonly #bound: number;

  private constructor(
    { probe, primal, answer, comparison }: Disagreement,
    tangent: Float64Array,
    step: number,
    bound: number,
  ) {
    this.#probe = probe;
    this.#primal = primal;
    this.#answer = answer;
    this.#level = comparison.slope.level;
    this.#tangent = tangent;
    this.#step = step;
    this.#bound = bound;
  }

  /** With the step of the ladder at which truncation, as seen on the whole primal, and noise are least. */
  static async of(disagreement: Disagreement): Promise<Search> {
    const { probe, primal, answer } = disagreement;
    const stream = probe.stream(`locate/${primal}`);
    const tangent = probe.tangent(primal, () => stream.component());
    const whole = await probe.compare(primal, tangent, answer);
    const { sizes } = probe.point.steps[primal];
    let best = { step: sizes[0], bound: Infinity };
    for (const step of sizes) {
      const central = await centralDifference(probe, primal, tangent, answer, step);
      const bound = 4 * Math.abs(central.value - whole.slope.value) + central.noise + whole.allowed;
      if (bound < best.bound) best = { step, bound };
      else if (central.noise > best.bound) break;
    }
    return new Search(disagreement, tangent, best.step, best.bound);
  }

  /** The elements of the slices in which something is wrong, along every axis of which few slices are. */
  async suspects(): Promise<number[]> {
    const { shape, data } = this.#probe.point.args[this.#primal];
    const strides = stridesOf(shape);
    let left = SLICES;
    let suspects = positionsOf(data.length);
    const axes = [...shape.keys()].filter(axis => shape[axis] > 1).toSorted((a, b) => shape[a] - shape[b]);
    for (const axis of axes.length > 1 || shape[axes[0]] <= left ? axes : []) {
      const along = (i: number) => Math.floor(i / strides[axis]) % shape[axis];
      const slices = (from: number, to: number) => this.#residual(i => along(i) >= from && along(i) < to);
      const each = shape[axis] <= left;
      if (each) left -= shape[axis];
      const wrong = each ? await oneByOne(shape[axis], slices) : await bisect(shape[axis], slices, FEW);
      if (wrong.elements.length > 0 && !wrong.dense) suspects = suspects.filter(i => wrong.elements.includes(along(i)));
    }
    return suspects;
  }

  /** Those found by halving; where they are too many, how many there are at least, and some of them when they are asked for. */
  async halved(candidates: readonly number[]): Promise<Halved> {
    const measure = (from: number, to: number): Promise<Residual> => {
      const part = new Set(candidates.slice(from, to));
      return this.#residual(i => part.has(i));
    };
    const { elements, dense, ranges } = await bisect(candidates.length, measure, FOLLOWED);
    const some = async () => {
      const apart = ranges.filter((_, k) => k % Math.ceil(ranges.length / LISTED) === 0);
      const others: number[] = [];
      for (const range of apart) {
        const one = await oneOf(range, measure);
        if (one !== undefined) others.push(one);
      }
      return [...elements, ...others].map(at => candidates[at]);
    };
    return { elements: elements.map(at => candidates[at]), dense, atLeast: elements.length + ranges.length, some };
  }

  async wrongAmong(positions: readonly number[]): Promise<number[]> {
    const wrong: number[] = [];
    for (const position of positions) if (await this.#judge(position)) wrong.push(position);
    return wrong;
  }

  /** The worst of some wrong elements, with the finite difference of each. */
  async worst(positions: readonly number[]): Promise<WrongElement[]> {
    const elements: WrongElement[] = [];
    for (const position of positions.slice(0, 2 * SAMPLE)) {
      const element = await this.#judge(position);
      if (element) elements.push(element);
    }
    const excess = ({ actual, expected, errorBound }: WrongElement) => Math.abs(actual - expected) - errorBound;
    return elements.toSorted((a, b) => excess(b) - excess(a)).slice(0, LISTED);
  }

  readonly #known = new Map<number, Judged>();

  /** The elements that were measured one by one, wrong or not. */
  parts(): Parts | undefined {
    const measured = [...this.#known.values()].flatMap(({ part }) => part ?? []);
    return partsOf(this.#probe.point.args[this.#primal].shape, measured);
  }

  /** An element by itself; nothing where it is right. */
  async #judge(position: number): Promise<WrongElement | undefined> {
    const known = this.#known.get(position);
    if (known) return known.wrong;
    const { shape } = this.#probe.point.args[this.#primal];
    const tangent = this.#probe.tangent(this.#primal, i => (i === position ? 1 : 0));
    const single = await this.#probe.compare(this.#primal, tangent, this.#answer, this.#level - 3);
    const smooth = single.slope.status === 'smooth';
    const actual = this.#answer.gradients[this.#primal].data[position];
    const [expected, bound] = [single.slope.value / tangent[position], single.allowed / tangent[position]];
    const judged = {
      ...(smooth && tangent[position] !== 0 && { part: { position, actual, expected, errorBound: bound } }),
      ...(smooth &&
        !(single.difference <= single.allowed) && { wrong: elementOf(position, shape, actual, expected, bound) }),
    };
    this.#known.set(position, judged);
    return judged.wrong;
  }

  async #residual(belongs: (position: number) => boolean): Promise<Residual> {
    const part = this.#tangent.map((component, i) => (belongs(i) ? component : 0));
    const central = await centralDifference(this.#probe, this.#primal, part, this.#answer, this.#step);
    const gradient = this.#answer.gradients[this.#primal].data;
    const analytic = part.reduce((sum, component, i) => sum + (component === 0 ? 0 : component * gradient[i]), 0);
    return { error: analytic - central.value, bound: this.#bound };
  }
}

/** The slices that carry an error, each measured by itself. */
async function oneByOne(count: number, measure: (from: number, to: number) => Promise<Residual>): Promise<Bisected> {
  const elements: number[] = [];
  for (let k = 0; k < count; k++) {
    const { error, bound } = await measure(k, k + 1);
    if (!(Math.abs(error) <= bound)) elements.push(k);
  }
  return { elements, dense: false, ranges: [] };
}

function elementOf(
  position: number,
  shape: readonly number[],
  actual: number,
  expected: number,
  errorBound: number,
): WrongElement {
  return { index: indexOf(position, shape), actual, expected, errorBound };
}

function positionsOf(size: number): number[] {
  return Array.from({ length: size }, (_, i) => i);
}

/** Some of the candidates, drawn anew for every primal. */
function sampled(candidates: readonly number[], probe: Probe, primal: string): number[] {
  const stream = probe.stream(`sample/${primal}`);
  return [...new Set(Array.from({ length: SAMPLE }, () => candidates[stream.integer(0, candidates.length - 1)]))];
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
