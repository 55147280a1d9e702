import { type Case, drawPoint, type Point, type PointKind } from '../cases.ts';
import { Probe } from '../checks/probe.ts';
import { LayerError, notDefined, type Subject } from '../checks/subject.ts';
import type { Config, Layer } from '../layer.ts';
import { random } from '../numeric/random.ts';
import { along, snapPoint } from '../numeric/stencil.ts';
import { type Data, indexOf, mapTensor, positionOf, sizeOf, type Tensor, type Tensors } from '../tensor.ts';

/** Primals of up to this many elements are measured whole; of larger ones the wrong elements and some others. */
const MEASURED = 128;

/** The derivatives of all outputs by one element each; undefined where they were not measured. */
export type Columns = readonly (Data | undefined)[];

/** What is known of one failing primal at one point: yours, and finite differences. */
export interface Evidence {
  readonly layer: Layer;
  readonly primal: string;
  readonly shape: readonly number[];
  readonly config: Config;
  readonly args: Tensors;
  /** The differentiable outputs; `upstream` and the columns have them one after the other. */
  readonly outputs: Tensors;
  readonly upstream: Data;
  /** Yours. */
  readonly claimed: Data;
  /** Yours for every primal. */
  readonly gradients: Tensors;
  readonly columns: Columns;
  /** J'u, from the columns; NaN where it was not measured. */
  readonly truth: Data;
  /** How far truth may be off. */
  readonly bound: number;
  /** The settings that the layer was tried in. */
  readonly configs: readonly Config[];
  /**
   * J'u in a variant, of all that was measured or of some elements; extrapolated where it is to be precise. Where the outputs have
   * other extents there, what they have in common with their own gets the upstream. Undefined where forward is not finite.
   */
  readonly truthIn: (variant: Variant, some?: readonly number[], precisely?: boolean) => Promise<Data | undefined>;
  /** Whether yours may be J'u in a variant: along one random direction, by two forwards. */
  mayBeIn(variant: Variant): Promise<boolean>;
  /** J'u of another primal; undefined where it cannot be had. */
  truthOf(name: string): Promise<Data | undefined>;
  /** Yours for other arguments and another upstream; undefined where it throws. */
  readonly claimedAt: (args: Tensors, upstream: Data) => Promise<Data | undefined>;
}

/** Some arguments, or the settings, replaced by others. */
export interface Variant {
  readonly args?: Tensors;
  readonly config?: Config;
}

/** How evidence is gathered: of which elements, and by which step of the ladder. */
export interface Gathering {
  readonly primal: string;
  readonly wrong: readonly number[];
  readonly level: number;
  /** Whether the error is so small that the differences are extrapolated: four forwards an element in place of two. */
  readonly fine: boolean;
  readonly configs: readonly Config[];
}

/** The evidence at a point; undefined where forward is not finite around it. */
export async function gather(probe: Probe, how: Gathering): Promise<Evidence | undefined> {
  const { primal, fine, configs } = how;
  const { subject, point, outputs: all } = probe;
  const { config } = subject.kase;
  const answer = await probe.ask(probe.stream(`evidence/${primal}`), []);
  const claimed = answer.gradients[primal].data;
  const positions = chosen(claimed.length, how.wrong);
  const step = stepOf(probe, primal, how.level);
  const measure = (name: string, chosenOnes: readonly number[], at: number) =>
    measured(subject, probe, name, chosenOnes, at, fine, point.args);
  const columns = await measure(primal, positions, step);
  if (!columns) return undefined;
  const truth = pulledBack(columns, answer.upstream);
  const scale = Math.max(0, ...truth.filter(Number.isFinite).map(Math.abs));
  const bound = ((fine ? 32 : 8) * answer.noise) / step + (fine ? 1e-9 : 1e-5) * scale;
  const outputs = Object.fromEntries(subject.differentiable(all).map(name => [name, all[name]]));
  /** What is made of a variant, given how columns are pulled back there. */
  const inVariant = async <T>(
    variant: Variant,
    use: (other: Subject, args: Tensors, pull: (there: Columns) => Data) => Promise<T | undefined>,
  ): Promise<T | undefined> => {
    const other = variant.config === undefined ? subject : subject.in({ ...subject.kase, config: variant.config });
    const args = { ...point.args, ...variant.args };
    try {
      const upstream =
        variant.config === undefined ? answer.upstream : carried(answer.upstream, outputs, await other.forward(args));
      return upstream && (await use(other, args, there => pulledBack(there, upstream)));
    } catch (error) {
      if (error instanceof LayerError) return undefined;
      throw error;
    }
  };
  return {
    layer: subject.layer,
    primal,
    shape: point.args[primal].shape,
    config,
    args: point.args,
    outputs,
    upstream: answer.upstream,
    claimed,
    gradients: answer.gradients,
    columns,
    truth,
    bound,
    configs,
    truthIn: (variant, some = positions, precisely = fine) =>
      inVariant(variant, async (other, args, pull) => {
        const there = await measured(other, probe, primal, some, step, precisely, args);
        return there && pull(there);
      }),
    async mayBeIn(variant) {
      const stream = probe.stream(`variant/${primal}`);
      const tangent = probe.tangent(primal, i => (Number.isNaN(truth[i]) ? 0 : stream.component()));
      const slope = await inVariant(variant, async (other, args, pull) => {
        const line = probe.line(primal, tangent, args, other);
        const [above, below] = [Float64Array.from(await line(step)), await line(-step)];
        return pull([above.map((value, m) => (value - below[m]) / (2 * step))])[0];
      });
      const yours = tangent.reduce((sum, component, i) => (component === 0 ? sum : sum + component * claimed[i]), 0);
      return slope !== undefined && Math.abs(slope - yours) <= 8 * bound * Math.sqrt(positions.length);
    },
    async truthOf(name) {
      const { length } = point.args[name].data;
      const others = await measure(
        name,
        Array.from({ length }, (_, i) => i),
        stepOf(probe, name, how.level),
      );
      return others && pulledBack(others, answer.upstream);
    },
    async claimedAt(args, upstream) {
      const there = args === point.args ? all : await subject.forwardOrNaN(args);
      const gradients = await subject
        .vjp(args, subject.upstream(there, Float64Array.from(upstream)), there)
        .catch(notDefined);
      return gradients?.[primal].data;
    },
  };
}

/** The upstream at the elements that outputs of other extents have too, 0 at those that they have more; undefined where ranks differ. */
function carried(upstream: Data, from: Tensors, to: Tensors): Data | undefined {
  const parts: number[] = [];
  let start = 0;
  for (const [name, { shape }] of Object.entries(from)) {
    const other = to[name]?.shape;
    if (other?.length !== shape.length) return undefined;
    for (let i = 0; i < sizeOf(other); i++) {
      const index = indexOf(i, other);
      const shared = index.every((at, axis) => at < shape[axis]);
      parts.push(shared ? upstream[start + positionOf(index, shape)] : 0);
    }
    start += sizeOf(shape);
  }
  return Float64Array.from(parts);
}

/** A step of the ladder at which central differences are right to a millionth: as fine as `level` at least. */
function stepOf({ point, subject }: Probe, primal: string, level: number): number {
  const { sizes } = point.steps[primal];
  const finest = subject.kase.dtype === 'float64' ? 5 : 0;
  return sizes[Math.min(Math.max(level, finest), sizes.length - 1)];
}

/** The derivatives by some elements, by central differences; extrapolated where they are to be fine. */
async function measured(
  subject: Subject,
  probe: Probe,
  primal: string,
  positions: readonly number[],
  step: number,
  fine: boolean,
  args: Tensors,
): Promise<Columns | undefined> {
  const columns = Array.from<undefined, Data | undefined>({ length: args[primal].data.length }, () => undefined);
  for (const position of positions) {
    const tangent = probe.tangent(primal, i => (i === position ? 1 : 0));
    if (tangent[position] === 0) continue;
    const line = probe.line(primal, tangent, args, subject);
    const slopesAt = async (t: number) => {
      const [above, below] = [Float64Array.from(await line(t)), await line(-t)];
      return above.map((value, m) => (value - below[m]) / (2 * t * tangent[position]));
    };
    const slopes = await slopesAt(step);
    const finer = fine ? await slopesAt(step / 4) : slopes;
    columns[position] = finer.map((slope, m) => slope + (slope - slopes[m]) / 15);
    if (!columns[position]?.every(Number.isFinite)) return undefined;
  }
  return columns;
}

/** The same at a fresh point under a fresh upstream: of the same kind, or of another. */
export async function gatherAfresh(
  { subject, point }: Probe,
  how: Gathering,
  draw: number,
  kind: PointKind = point.kind,
): Promise<Evidence | undefined> {
  const drawn = drawPoint(subject.kase, kind, `${point.seed}/fresh ${draw}`);
  const probe = await Probe.at(subject, point.kind === 'given' ? displaced(subject.kase, drawn) : drawn);
  return probe && gather(probe, how);
}

/** Given values moved by up to a tenth of their scale. */
function displaced(kase: Case, point: Point): Point {
  const args: Record<string, Tensor> = { ...point.args };
  for (const name of kase.primals) {
    const { shape, data } = point.args[name];
    const steps = point.steps[name];
    const stream = random(`${point.seed}/displaced/${name}`);
    const tangent = data.map((_, i) => (point.frozen[name]?.[i] ? 0 : stream.component()));
    args[name] = { shape, data: snapPoint(along(data, tangent, steps.sizes[0] / 4), steps) };
  }
  return { ...point, args };
}

/** J'u from the columns of J; NaN where there is none. */
export function pulledBack(columns: Columns, upstream: Data): Data {
  return Float64Array.from(columns, column =>
    column ? column.reduce((sum, slope, m) => sum + slope * upstream[m], 0) : Number.NaN,
  );
}

/** Whether each element has an influence on its own output alone, of as many. */
export function isDiagonal({ columns, upstream }: Evidence): boolean {
  return (
    columns.length === upstream.length &&
    columns.every((column, i) => column?.every((slope, m) => m === i || slope === 0) ?? true)
  );
}

/** Whether yours and the finite differences change when an argument has other numbers; undefined where either cannot be had. */
export async function dependsOn(
  evidence: Evidence,
  name: string,
): Promise<{ yours: boolean; right: boolean } | undefined> {
  const { args, upstream, claimed, truth, bound, claimedAt, truthIn } = evidence;
  const there = { ...args, [name]: otherwise(args[name]) };
  const [yours, right] = [await claimedAt(there, upstream), await truthIn({ args: there })];
  const differs = (now: Data, then: Data) => now.some((value, i) => Math.abs(value - then[i]) > 4 * bound);
  return yours && right && { yours: differs(yours, claimed), right: differs(right, truth) };
}

/** Other numbers of the same range: in reverse order; of a single one, another. */
function otherwise(tensor: Tensor): Tensor {
  const { data } = tensor;
  const reversed = mapTensor(tensor, (_, i) => data[data.length - 1 - i]);
  return reversed.data.some((value, i) => value !== data[i]) ? reversed : mapTensor(tensor, value => value * 0.75);
}

/** All elements of a small primal; of a large one the wrong ones, and others evenly spread. */
function chosen(size: number, wrong: readonly number[]): number[] {
  if (size <= MEASURED) return Array.from({ length: size }, (_, i) => i);
  const positions = new Set(
    wrong.slice(0, MEASURED / 4).flatMap(i => [i, i + 1, i - 1].filter(at => at >= 0 && at < size)),
  );
  for (let at = 0; positions.size < MEASURED; at++) positions.add((at * 7919) % size);
  return [...positions];
}
