import { type ArgSpec, argSpec, type CaseSpec, type Config, type Layer, primalNames } from './layer.ts';
import { type Random, random } from './numeric/random.ts';
import { scaleOf, type Steps, snapPoint, stepsFor } from './numeric/stencil.ts';
import { type Data, describe, type Dtype, shapeProblem, sizeOf, type Tensor, type Tensors, tensor } from './tensor.ts';

/** One setting that a layer is checked in. */
export interface Case {
  /** Its position in the layer's list, or among the draws of its arbitrary under the run's seed. */
  readonly id: string;
  readonly config: Config;
  readonly args: Readonly<Record<string, ArgSpec>>;
  /** The arguments that have a gradient. */
  readonly primals: readonly string[];
  readonly dtype: Dtype;
}

/** How a layer's arguments or cases are misused: what came, and what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** How many cases are drawn of a layer whose cases are an arbitrary. */
export const DEFAULT_CASES = 10;

/**
 * The cases of a layer: its list, or `count` different draws of its arbitrary that the seed determines.
 * @throws UsageError when it has none, or one of them is malformed.
 */
export async function casesOf(layer: Layer, seed: string, count = DEFAULT_CASES): Promise<Case[]> {
  if (layer.cases === undefined) {
    throw new UsageError(
      `layer "${layer.name}" does not say which shapes to try; give it args: { x: [2, 3] }, or cases: [{ config, args }]`,
    );
  }
  const specs = typeof layer.cases === 'function' ? await drawn(layer, layer.cases, seed, count) : layer.cases;
  if (specs.length === 0) throw new UsageError(`layer "${layer.name}" has an empty list of cases`);
  return specs.map((spec, index) => caseOf(layer, spec, String(index)));
}

async function drawn(
  layer: Layer,
  cases: Exclude<Layer['cases'], readonly CaseSpec[] | undefined>,
  seed: string,
  count: number,
): Promise<CaseSpec[]> {
  const fc = await import('fast-check');
  const number = random(`${seed}/${layer.name}/cases`).integer(0, 2 ** 31 - 1);
  const draws = fc.sample(cases(fc), { seed: number, numRuns: 3 * count });
  const different = new Map(draws.map(spec => [JSON.stringify(spec), spec]));
  return [...different.values()].slice(0, count);
}

/**
 * A case from its specification.
 * @throws UsageError when a shape, range or value list is malformed.
 */
export function caseOf(layer: Layer, spec: CaseSpec, id: string): Case {
  const where = `layer "${layer.name}", case ${id}`;
  if (typeof spec?.args !== 'object' || spec.args === null) {
    throw new UsageError(`${where}: args should map every argument's name to its shape, not ${describe(spec?.args)}`);
  }
  const args: Record<string, ArgSpec> = {};
  for (const [name, given] of Object.entries(spec.args)) {
    const arg = argSpec(given);
    const problem = shapeProblem(arg?.shape);
    if (problem) throw new UsageError(`${where}, argument "${name}": ${problem}`);
    if (arg.values && arg.values.length !== sizeOf(arg.shape)) {
      throw new UsageError(
        `${where}, argument "${name}": shape [${arg.shape.join(', ')}] holds ${sizeOf(arg.shape)} numbers, but values has ${arg.values.length}`,
      );
    }
    if (arg.range && !(arg.range[0] <= arg.range[1])) {
      throw new UsageError(`${where}, argument "${name}": range [${arg.range.join(', ')}] should be [low, high]`);
    }
    args[name] = arg;
  }
  return { id, config: spec.config ?? {}, args, primals: primalNames(layer, args), dtype: layer.dtype ?? 'float64' };
}

/** The kinds of base point: what a fault can hide behind is different at each. */
export const POINT_KINDS = ['normal', 'large', 'small', 'negative', 'spread', 'integers'] as const;
export type PointKind = (typeof POINT_KINDS)[number] | 'given';

/** Numbers for every argument of a case, and how far each primal may step from them. */
export interface Point {
  readonly kind: PointKind;
  readonly seed: string;
  readonly args: Tensors;
  readonly steps: Readonly<Record<string, Steps>>;
  /** Elements that sit at the edge of their domain and cannot be moved both ways, by primal. */
  readonly frozen: Readonly<Record<string, Uint8Array>>;
}

/** A case of more elements than this is checked at fewer points: a network whose layers are better checked one by one. */
const HEAVY = 4096;

/** Whether a case is so large that forward is called sparingly. */
export function isHeavy({ primals, args }: Case): boolean {
  return primals.reduce((sum, name) => sum + sizeOf(args[name].shape), 0) > HEAVY;
}

/** The kinds of base point that a case has: all, two where it is heavy, or only its given values. */
export function pointKinds(kase: Case): readonly PointKind[] {
  const allGiven = kase.primals.every(name => kase.args[name].values !== undefined);
  if (allGiven) return ['given'];
  return isHeavy(kase) ? ['normal', 'spread'] : POINT_KINDS;
}

/**
 * A base point of a case; the same for the same seed. Later attempts of a layer that was not finite at earlier ones try
 * positive numbers and numbers between 0 and 1.
 */
export function drawPoint(kase: Case, kind: PointKind, seed: string, attempt = 0): Point {
  const args: Record<string, Tensor> = {};
  const steps: Record<string, Steps> = {};
  const frozen: Record<string, Uint8Array> = {};
  for (const [name, spec] of Object.entries(kase.args)) {
    const drawn = drawArgument(kase, name, kind, seed, attempt);
    if (!kase.primals.includes(name)) {
      args[name] = drawn;
      continue;
    }
    const { room, edge } = roomAround(drawn.data, spec.range);
    steps[name] = stepsFor(drawn.data, room, kase.dtype);
    if (edge) frozen[name] = edge;
    args[name] = { shape: drawn.shape, data: snapPoint(drawn.data, steps[name]) };
  }
  if (kind === 'integers') tieTogether(kase, args, seed);
  return { kind, seed: `${seed}/${kind}/${attempt}`, args, steps, frozen };
}

/** One element of a primal becomes that of an earlier one of the same shape. */
function tieTogether({ primals, args: specs }: Case, args: Readonly<Record<string, Tensor>>, seed: string): void {
  const free = primals.filter(name => !specs[name].range && !specs[name].values);
  for (const [at, name] of free.entries()) {
    const earlier = free.slice(0, at).find(other => String(specs[other].shape) === String(specs[name].shape));
    const candidates = earlier ? Array.from(args[earlier].data.keys()).filter(i => args[earlier].data[i] !== 0) : [];
    if (!earlier || candidates.length === 0) continue;
    const chosen = candidates[random(`${seed}/tie/${name}`).integer(0, candidates.length - 1)];
    args[name].data[chosen] = args[earlier].data[chosen];
  }
}

/** Numbers for one argument: the given ones, or drawn as its kind of point says; a constant's alike at every kind but `integers`. */
export function drawArgument(kase: Case, name: string, kind: PointKind, seed: string, attempt = 0): Tensor {
  const spec = kase.args[name];
  const ownKind = kase.primals.includes(name) || kind === 'integers' ? kind : 'normal';
  const values = spec.values ?? draw(spec, ownKind, random(`${seed}/${kind}/${attempt}/${name}`), attempt);
  return tensor(spec.shape, values, kase.dtype);
}

function draw(spec: ArgSpec, kind: PointKind, stream: Random, attempt: number): Float64Array {
  const values = new Float64Array(sizeOf(spec.shape));
  for (let i = 0; i < values.length; i++) {
    if (spec.integer) {
      const [low, high] = spec.range ?? [-3, 3];
      values[i] = stream.integer(Math.ceil(low), Math.floor(high));
    } else {
      const value = drawNumber(kind, stream);
      values[i] = spec.range ? within(spec.range, value, kind, stream) : inLikelyDomain(value, attempt);
    }
  }
  if (kind === 'integers' && spec.integer && spec.range) endsAndTie(values, spec.range, stream);
  if (kind === 'integers' && !spec.integer && !spec.range && attempt < 3) zeroAndTie(values, stream);
  if (kind === 'large' && !spec.integer && !spec.range && attempt === 0) farOut(values, stream);
  return values;
}

/** The lowest and the highest whole number of a range, and one of them twice, as far as there is room. */
function endsAndTie(values: Float64Array, [low, high]: readonly [number, number], stream: Random): void {
  const forced = [Math.ceil(low), Math.floor(high), stream.uniform() < 0.5 ? Math.ceil(low) : Math.floor(high)];
  const start = stream.integer(0, Math.max(0, values.length - 1));
  for (const [at, value] of forced.slice(0, Math.max(0, values.length - 1)).entries()) {
    values[(start + at) % values.length] = value;
  }
}

/** One element from 16 to 64 and one from -64 to -16: beyond where a threshold may lie. */
function farOut(values: Float64Array, stream: Random): void {
  const size = values.length;
  if (size === 0) return;
  const first = stream.integer(0, size - 1);
  const sign = stream.uniform() < 0.5 ? -1 : 1;
  const far = () => 16 * 4 ** stream.uniform();
  values[first] = sign * far();
  if (size > 2) values[(first + 1) % size] = -sign * far();
}

/** Some elements that are zero and two that are equal and not, in a tensor of three or more; else whichever fits. */
function zeroAndTie(values: Float64Array, stream: Random): void {
  const size = values.length;
  if (size === 0) return;
  for (let zeros = 0; zeros < Math.min(3, size >> 2); zeros++) values[stream.integer(0, size - 1)] = 0;
  const first = stream.integer(0, size - 1);
  if (size !== 2 || stream.uniform() < 0.5) values[first] = size === 1 && stream.uniform() < 0.5 ? values[first] : 0;
  if (size < 2) return;
  const [a, b] = [(first + 1) % size, (first + (size > 2 ? 2 : 0)) % size];
  values[a] ||= 1;
  if (size > 2 || values[first] !== 0) values[b] = values[a];
}

function drawNumber(kind: PointKind, stream: Random): number {
  switch (kind) {
    case 'large':
      return 8 * stream.normal();
    case 'small':
      return stream.normal() / 8;
    case 'negative':
      return -Math.abs(stream.normal());
    case 'spread':
      return 10 ** (2 * stream.uniform() - 1) * (stream.uniform() < 0.5 ? -1 : 1);
    case 'integers':
      return stream.integer(-3, 3);
    default:
      return stream.normal();
  }
}

/** The number where it lies well inside the range, else another that does: never two alike at an edge. */
function within([low, high]: readonly [number, number], value: number, kind: PointKind, stream: Random): number {
  const margin = Number.isFinite(high - low) ? (high - low) / (kind === 'large' ? 128 : 16) : 1 / 16;
  if (kind === 'large' && Number.isFinite(high - low))
    return low + margin + (high - low - 2 * margin) * stream.uniform();
  const inside = (x: number) => x >= low + margin && x <= high - margin;
  if (inside(value)) return value;
  if (!Number.isFinite(high)) return low + margin + Math.abs(value);
  if (!Number.isFinite(low)) return high - margin - Math.abs(value);
  const whole = Math.round(low + (high - low) * stream.uniform());
  if (kind === 'integers' && inside(whole)) return whole;
  return low + margin + (high - low - 2 * margin) * stream.uniform();
}

/** Attempts 3, 5, 7: positive. 4, 6, 8: between 0 and 1. Both away from 0. */
function inLikelyDomain(value: number, attempt: number): number {
  if (attempt < 3) return value;
  const positive = Math.abs(value) + 1 / 16;
  return attempt % 2 === 1 ? positive : (positive / (1 + positive)) * 0.9 + 0.05;
}

/** How far every element may move within the range, and which cannot move at all. */
function roomAround(values: Data, range: ArgSpec['range']): { room: number; edge?: Uint8Array } {
  if (!range) return { room: Infinity };
  const least = Math.min(scaleOf(values), range[1] - range[0]) / 4096;
  const edge = new Uint8Array(values.length);
  let room = Infinity;
  for (let i = 0; i < values.length; i++) {
    const own = Math.min(values[i] - range[0], range[1] - values[i]);
    if (own > 0 && own >= least) room = Math.min(room, own);
    else edge[i] = 1;
  }
  return edge.includes(1) ? { room, edge } : { room };
}
