import { type Case, drawArgument } from '../cases.ts';
import { bisect } from '../numeric/bisect.ts';
import { type Random, random } from '../numeric/random.ts';
import { along, HALF_ULP } from '../numeric/stencil.ts';
import { allFinite, inner, largest } from '../numeric/sum.ts';
import { type Data, indexOf, sizeOf, stridesOf, type Tensor, type Tensors, tensor } from '../tensor.ts';
import { type Observation, observation, type WrongElement } from './observation.ts';
import { notDefined, type Subject } from './subject.ts';

/** Whole numbers up to here are exact in a dtype. */
const EXACT = { float64: 2 ** 53, float32: 2 ** 24 } as const;

/** Outputs and gradients of an exact layer are multiples of this; halves and quarters, of averages, are as good as integers. */
const GRID = 2 ** -8;

/** Random directions that are compared; every element by itself too where there are up to ELEMENTWISE. */
const DRAWS = 4;
const ELEMENTWISE = 24;

/** More wrong elements than this are not listed one by one. */
const LISTED = 64;

/** A step that whole numbers up to 64 leave room for, and their outputs' rounding. */
const FINE = { float64: 2 ** -20, float32: 2 ** -10 } as const;

/** A difference of up to this, relative to the gradient, is rounding: of a backward by Fourier transforms, say. 64 ulp. */
const ROUNDING = { float64: 2 ** -46, float32: 2 ** -17 } as const;

/**
 * Base points of whole numbers, finest first: `small` has ties and zeros; `spaced` has values 64 apart and 32 from zero, so
 * that steps of up to 2 * 15 change no sign and no order, and a relu or a max is a straight line; `unit` needs the fewest bits.
 */
const KINDS = [
  { name: 'small', largest: 3, component: 15, spaced: 0 },
  { name: 'unit', largest: 1, component: 1, spaced: 0 },
  { name: 'spaced', largest: 3, component: 15, spaced: 64 },
  { name: 'spaced unit', largest: 1, component: 1, spaced: 4 },
] as const;

/**
 * Whether the vjp is exactly right where arithmetic is exact: on whole numbers a layer that is polynomial of degree two
 * or less in a primal has central differences without truncation or rounding, so the two sides are equal, without any
 * tolerance. That it is such a layer is found out, not believed: its outputs are whole numbers (or 256ths), its third and
 * fourth differences along the line are exactly 0, and steps of 1 and 1/8 give the same first and second derivative. What would fail
 * must be as steep over a step that is far smaller: a staircase with treads of 1/8 or less is none. Refused where
 * (elements of all primals and upstream) * (product of the largest magnitudes) could exceed what is exact in the dtype.
 *
 * One observation for every primal that qualifies; none for the others.
 *
 * Cannot see: a fault that whole numbers do not reach; several errors that cancel in all random directions (less than once in
 * 10,000 in primals of over 24 elements, never in smaller ones).
 */
export async function checkExact(subject: Subject, seed: string): Promise<Observation[]> {
  const seen: Observation[] = [];
  for (const primal of subject.primals) {
    if (sizeOf(subject.kase.args[primal].shape) === 0) continue;
    const before = subject.forwards;
    for (const kind of KINDS) {
      const result = await checkPrimal(subject, primal, kind, `${seed}/exact/${kind.name}`).catch(notDefined);
      if (!result) continue;
      // Of values in another order other branches are taken.
      const other = `${seed}/exact/${kind.name}/again`;
      const again =
        result.verdict === 'pass' && kind.spaced > 0
          ? await checkPrimal(subject, primal, kind, other).catch(notDefined)
          : undefined;
      const compared = result.compared + (again?.compared ?? 0);
      const shown = again?.verdict === 'fail' ? again : result;
      seen.push({ ...shown, compared, evaluations: subject.forwards - before });
      break;
    }
  }
  return seen;
}

interface Line {
  /** The exact derivative u'(J d), or undefined where the function is not exact along d. */
  (tangent: Data): Promise<number | undefined>;
}

async function checkPrimal(
  subject: Subject,
  primal: string,
  kind: (typeof KINDS)[number],
  seed: string,
): Promise<Observation | undefined> {
  const { kase } = subject;
  const stream = random(`${seed}/${primal}`);
  const args = wholeArgs(kase, primal, kind, seed, stream);
  if (!args) return undefined;
  const outputs = await subject.forward(args);
  const centre = subject.flatten(outputs);
  const flat = Float64Array.from(centre, () => whole(stream, kind.largest));
  if (!fits(kase, args, primal, 2 * kind.component, flat)) return undefined;
  const { data, shape } = args[primal];
  const onLine = (tangent: Data) => async (step: number) =>
    subject.flatten(await subject.forward({ ...args, [primal]: { shape, data: along(data, tangent, step) } }));
  const derivative: Line = tangent => exactDerivative(onLine(tangent), centre, flat);

  const tangents = Array.from({ length: DRAWS }, () => Float64Array.from(data, () => whole(stream, kind.component)));
  const derivatives: number[] = [];
  for (const tangent of tangents) {
    const value = await derivative(tangent);
    if (value === undefined) return undefined;
    derivatives.push(value);
  }
  const upstream = subject.upstream(outputs, flat);
  const gradient = (await subject.vjp(args, upstream, outputs))[primal].data;
  // Where nothing changes, a gradient of nothing but rounding is no evidence.
  const still = derivatives.every(value => value === 0);
  if (still && largest(gradient) <= 2 * HALF_ULP[kase.dtype] * largest(flat)) return undefined;
  const singles = data.length <= ELEMENTWISE ? Array.from(data, (_, i) => i) : [];
  const compared = DRAWS + singles.length;
  const shared = { check: 'exact' as const, argument: primal, compared, seed, resolution: 0 };

  const onGrid = gradient.every(isWhole);
  let agree = onGrid && tangents.every((tangent, draw) => sumOf(gradient, tangent) === derivatives[draw]);
  const wrong: WrongElement[] = [];
  // Where an output saturates (tanh of 32 is 1), a slope below its last bit looks like exactly 0.
  const unseen = 2 * HALF_ULP[kase.dtype] * inner(flat.map(Math.abs), Float64Array.from(centre, Math.abs)).value;
  const examine = async (index: number): Promise<boolean> => {
    const expected = await derivative(unit(data.length, index));
    if (expected === undefined) return false;
    const roundedAway = expected === 0 && Math.abs(gradient[index]) <= unseen;
    if (gradient[index] !== expected && !roundedAway) {
      wrong.push({ index: indexOf(index, shape), actual: gradient[index], expected, errorBound: 0 });
    }
    return true;
  };
  for (const index of singles) if (!(await examine(index))) return undefined;
  agree &&= wrong.length === 0;
  // Far from zero and from each other, values show one branch only: what is exact there need not be so elsewhere.
  if (agree) return observation({ ...shared, verdict: 'pass', code: kind.spaced > 0 ? 'ok' : 'exact', reason: '' });

  if (!(await isSteepBelow(onLine(tangents[0]), centre, FINE[kase.dtype], HALF_ULP[kase.dtype]))) return undefined;
  let estimated = false;
  let count = wrong.length;
  if (singles.length === 0) {
    const suspects = await locate(gradient, tangents[0], derivative);
    if (!suspects) return undefined;
    for (const index of suspects.elements.slice(0, LISTED)) await examine(index);
    estimated = suspects.dense;
    count = estimated ? await estimateCount(gradient.length, examine, wrong, stream) : wrong.length;
  }
  if (wrong.length === 0 && count === 0) return undefined;
  // A layer that is not declared linear may have kinks at zeros and ties, where any choice of slope is as good.
  const kinked = (index: number) => data[index] === 0 || data.indexOf(data[index]) !== data.lastIndexOf(data[index]);
  const strides = stridesOf(shape);
  const position = (index: readonly number[]) => index.reduce((sum, at, axis) => sum + at * strides[axis], 0);
  const declared = subject.layer.linear?.includes(primal);
  if (!declared && !estimated && wrong.every(({ index }) => kinked(position(index)))) return undefined;
  const scale = Math.max(largest(gradient.filter(Number.isFinite)), ...wrong.map(({ expected }) => Math.abs(expected)));
  const worst = Math.max(
    ...wrong.map(({ actual, expected }) => (Number.isFinite(actual) ? Math.abs(actual - expected) : Infinity)),
    0,
  );
  if (worst <= ROUNDING[kase.dtype] * scale) {
    const note = `right but for rounding: the gradient of "${primal}" is off by ${(worst / scale).toExponential(1)} where it could be exact`;
    return observation({
      ...shared,
      verdict: 'pass',
      code: 'precision-loss',
      reason: '',
      relativeError: worst / scale,
      notes: [note],
    });
  }
  wrong.sort((a, b) => Math.abs(b.actual - b.expected) - Math.abs(a.actual - a.expected));
  return observation({
    ...shared,
    verdict: 'fail',
    code: allFinite(gradient) ? 'mismatch' : 'non-finite',
    reason: `on whole numbers the gradient of "${primal}" is not exactly that of forward`,
    relativeError: scale === 0 ? Infinity : worst / scale,
    wrong: { count, of: data.length, estimated, elements: wrong.slice(0, 8) },
  });
}

/** Whole-number arguments, or undefined where an argument cannot be whole: given values, or a range without whole numbers. */
function wholeArgs(
  kase: Case,
  primal: string,
  kind: (typeof KINDS)[number],
  seed: string,
  stream: Random,
): Tensors | undefined {
  const args: Record<string, Tensor> = {};
  for (const [name, { shape, range, values }] of Object.entries(kase.args)) {
    if (!kase.primals.includes(name) || values) {
      args[name] = drawArgument(kase, name, 'integers', seed);
      if (!args[name].data.every(isWhole)) return undefined;
      continue;
    }
    const spaced = name === primal && kind.spaced > 0;
    const most = spaced ? (kind.spaced * sizeOf(shape)) / 2 : kind.largest;
    const reach = most + (name === primal ? 2 * kind.component : 0);
    if (range && !(range[0] <= -reach && reach <= range[1])) return undefined;
    const numbers = spaced
      ? spacedValues(sizeOf(shape), kind.spaced, stream)
      : Float64Array.from({ length: sizeOf(shape) }, () => stream.integer(-kind.largest, kind.largest));
    args[name] = tensor(shape, numbers, kase.dtype);
  }
  return args;
}

/** Different values, `spacing` apart from each other and half of that from zero, in random order. */
function spacedValues(size: number, spacing: number, stream: Random): Float64Array {
  const values = Float64Array.from({ length: size }, (_, i) => spacing * (i - (size >> 1)) + spacing / 2);
  for (let i = size - 1; i > 0; i--) {
    const j = stream.integer(0, i);
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values;
}

/** A random whole number from -most to most, never 0. */
function whole(stream: Random, most: number): number {
  return stream.integer(1, most) * (stream.uniform() < 0.5 ? -1 : 1);
}

/** Whether no sum of products of these numbers, in eighths, can exceed what is exact. */
function fits(kase: Case, args: Tensors, primal: string, reach: number, upstream: Data): boolean {
  let elements = upstream.length;
  let product = largest(upstream) / GRID;
  for (const name of kase.primals) {
    const { data } = args[name];
    elements += data.length;
    product *= Math.max(1, largest(data) + (name === primal ? reach : 0));
  }
  return elements * product < EXACT[kase.dtype];
}

/**
 * u'(f(x + d) - f(x - d)) / 2 where the five points at steps -2..2 lie on a polynomial of degree two, on the grid, and steps
 * of 1/8 say the same.
 */
async function exactDerivative(
  at: (step: number) => Promise<Data>,
  centre: Data,
  upstream: Data,
): Promise<number | undefined> {
  const [down2, down1, up1, up2] = [await at(-2), await at(-1), await at(1), await at(2)];
  const [downEighth, upEighth] = [await at(-1 / 8), await at(1 / 8)];
  let sum = 0;
  for (let i = 0; i < centre.length; i++) {
    if (!isWhole(centre[i]) || !isWhole(up1[i]) || !isWhole(down1[i]) || !isWhole(up2[i]) || !isWhole(down2[i]))
      return undefined;
    const third = up2[i] - 3 * up1[i] + 3 * centre[i] - down1[i];
    const thirdBelow = up1[i] - 3 * centre[i] + 3 * down1[i] - down2[i];
    if (third !== 0 || thirdBelow !== 0) return undefined;
    if (8 * (upEighth[i] - downEighth[i]) !== up1[i] - down1[i]) return undefined;
    const [second, secondEighth] = [up1[i] - 2 * centre[i] + down1[i], upEighth[i] - 2 * centre[i] + downEighth[i]];
    if (64 * secondEighth !== second) return undefined;
    sum += upstream[i] * (up1[i] - down1[i]);
  }
  return sum / 2;
}

/** Whether every output is as steep over a small step as over 1, to within a quarter of the steepest, or to its last places. */
async function isSteepBelow(
  at: (step: number) => Promise<Data>,
  centre: Data,
  step: number,
  halfUlp: number,
): Promise<boolean> {
  const slopes = async (size: number) => {
    const [up, down] = [await at(size), await at(-size)];
    return Float64Array.from(up, (value, i) => (value - down[i]) / (2 * size));
  };
  const [coarse, fine] = [await slopes(1), await slopes(step)];
  const most = largest(coarse) / 4;
  const lastPlaces = (value: number) => (8 * halfUlp * Math.abs(value)) / step;
  return fine.every((slope, i) => Math.abs(slope - coarse[i]) <= most + lastPlaces(centre[i]));
}

function isWhole(value: number): boolean {
  return Number.isInteger(value / GRID) && Math.abs(value) < 2 ** 44;
}

function unit(size: number, index: number): Float64Array {
  const tangent = new Float64Array(size);
  tangent[index] = 1;
  return tangent;
}

function sumOf(gradient: Data, tangent: Data): number {
  let sum = 0;
  for (let i = 0; i < tangent.length; i++) sum += gradient[i] * tangent[i];
  return sum;
}

/** The wrong elements; undefined where the function turns out not to be exact after all. */
async function locate(gradient: Data, tangent: Data, derivative: Line) {
  const offGrid = Array.from(gradient, (_, i) => i).filter(i => !isWhole(gradient[i]));
  if (offGrid.length > 0) return { elements: offGrid.slice(0, LISTED), dense: offGrid.length > LISTED };
  let exact = true;
  const located = await bisect(
    gradient.length,
    async (from, to) => {
      const part = Float64Array.from(tangent, (component, i) => (i >= from && i < to ? component : 0));
      const value = await derivative(part);
      if (value === undefined) exact = false;
      return { error: value === undefined ? 0 : sumOf(gradient, part) - value, bound: 0 };
    },
    LISTED,
  );
  return exact ? located : undefined;
}

/** How many elements are wrong, from a sample of 48 or fewer, which joins those already found. */
async function estimateCount(
  size: number,
  examine: (index: number) => Promise<boolean>,
  wrong: readonly WrongElement[],
  stream: Random,
): Promise<number> {
  const sample = new Set(Array.from({ length: 48 }, () => stream.integer(0, size - 1)));
  const before = wrong.length;
  for (const index of sample) await examine(index);
  return Math.max(wrong.length, Math.round(((wrong.length - before) / sample.size) * size));
}
