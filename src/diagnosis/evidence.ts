import { type Case, drawPoint, type Point, type PointKind } from '../cases.ts';
import { Probe } from '../checks/probe.ts';
import type { Config, Layer } from '../layer.ts';
import { random } from '../numeric/random.ts';
import { along, snapPoint } from '../numeric/stencil.ts';
import type { Data, Tensor, Tensors } from '../tensor.ts';

/** Primals of up to this many elements are measured whole; of larger ones the wrong elements and some others. */
const MEASURED = 96;

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
  /** The columns with some arguments replaced, of all or of a few wrong elements; undefined where forward is not finite there. */
  columnsAt(args: Tensors, few?: number): Promise<Columns | undefined>;
  /** J'u of another primal; undefined where it cannot be had. */
  truthOf(name: string): Promise<Data | undefined>;
}

/** How evidence is gathered: of which elements, and by which step of the ladder. */
export interface Gathering {
  readonly primal: string;
  readonly wrong: readonly number[];
  readonly level: number;
  /** Whether the error is so small that the differences are extrapolated: four forwards an element in place of two. */
  readonly fine: boolean;
}

/** The evidence at a point; undefined where forward is not finite around it. */
export async function gather(probe: Probe, how: Gathering): Promise<Evidence | undefined> {
  const { primal, fine } = how;
  const { subject, point } = probe;
  const answer = await probe.ask(probe.stream(`evidence/${primal}`), []);
  const claimed = answer.gradients[primal].data;
  const positions = chosen(claimed.length, how.wrong);
  const step = stepOf(probe, primal, how.level);
  const columns = await measured(probe, primal, positions, step, fine, point.args);
  if (!columns) return undefined;
  const truth = pulledBack(columns, answer.upstream);
  const scale = Math.max(0, ...truth.filter(Number.isFinite).map(Math.abs));
  const bound = ((fine ? 32 : 8) * answer.noise) / step + (fine ? 1e-9 : 1e-5) * scale;
  const wrong = positions.filter(i => !(Math.abs(claimed[i] - truth[i]) <= bound));
  const names = subject.differentiable(probe.outputs);
  return {
    layer: subject.layer,
    primal,
    shape: point.args[primal].shape,
    config: subject.kase.config,
    args: point.args,
    outputs: Object.fromEntries(names.map(name => [name, probe.outputs[name]])),
    upstream: answer.upstream,
    claimed,
    gradients: answer.gradients,
    columns,
    truth,
    bound,
    columnsAt: (args, few) =>
      measured(probe, primal, few === undefined ? positions : wrong.slice(0, few), step, fine, args),
    async truthOf(name) {
      const { length } = point.args[name].data;
      const all = Array.from({ length }, (_, i) => i);
      const others = await measured(probe, name, all, stepOf(probe, name, how.level), fine, point.args);
      return others && pulledBack(others, answer.upstream);
    },
  };
}

/** A step of the ladder at which central differences are right to a millionth: as fine as `level` at least. */
function stepOf({ point, subject }: Probe, primal: string, level: number): number {
  const { sizes } = point.steps[primal];
  const finest = subject.kase.dtype === 'float64' ? 5 : 0;
  return sizes[Math.min(Math.max(level, finest), sizes.length - 1)];
}

/** The derivatives by some elements, by central differences; extrapolated where they are to be fine. */
async function measured(
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
    const line = probe.line(primal, tangent, args);
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

/** All elements of a small primal; of a large one the wrong ones, and others evenly spread. */
function chosen(size: number, wrong: readonly number[]): number[] {
  if (size <= MEASURED) return Array.from({ length: size }, (_, i) => i);
  const positions = new Set(
    wrong.slice(0, MEASURED / 4).flatMap(i => [i, i + 1, i - 1].filter(at => at >= 0 && at < size)),
  );
  for (let at = 0; positions.size < MEASURED; at++) positions.add((at * 7919) % size);
  return [...positions];
}
