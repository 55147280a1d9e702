import { type Data, indexOf, sameShape } from '../../tensor.ts';
import { axisName } from '../axes.ts';
import { type Evidence, pulledBack } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';
import { leastSquares } from '../leastSquares.ts';
import { random } from '../../numeric/random.ts';

/** Axes of more slices than this have too many weights to be found. */
const SLICES = 8;

/** How often yours is asked for more numbers, at most. */
const ASKED = 16;

/**
 * The slices along an axis of the primal are those of others, weighted, lost or added up, or what arrives at slices along an
 * axis of the output is. g_k = sum over j of A_kj g_j, or u_k = sum over j of A_kj u_j, with A found
 * from yours under several upstreams.
 */
export const mixedSlices: Cause = async evidence => {
  const { layer, primal, shape, outputs } = evidence;
  const [[name, output], ...others] = Object.entries(outputs);
  const found: Hypothesis[] = [];
  for (const [axis, extent] of shape.entries()) {
    if (extent < 2 || extent > SLICES) continue;
    const weights = await ofPrimal(evidence, axis);
    const word = axisName(layer, primal, axis, shape.length);
    const said = weights && describe(weights, `the slices along ${word}`, word);
    if (said) found.push({ ...said, predict: other => mixed(other, axis, weights, shape) });
  }
  if (others.length > 0) return found;
  for (const [axis, extent] of output.shape.entries()) {
    if (extent < 2 || extent > SLICES) continue;
    const weights = await ofOutput(evidence, axis);
    const word = axisName(layer, name, axis, output.shape.length);
    const said = weights && describe(weights, `what arrives at the slices along ${word} of ${name}`, word);
    const shared = axis === 0 && primal !== Object.keys(evidence.args)[0];
    if (said) {
      found.push({
        ...said,
        cause: said.cause === 'border' && shared && onlyLast(weights) ? 'last-item-only' : said.cause,
        predict: other =>
          sameShape(other.outputs[name].shape, output.shape)
            ? pulledBack(other.columns, mixedUpstream(other, axis, weights))
            : undefined,
      });
    }
  }
  return found;
};

type Weights = readonly (readonly number[])[];

/** Yours, the truth and the upstream under further upstreams, without forwards. */
async function* further(evidence: Evidence, count: number) {
  const { args, columns, upstream, layer, primal } = evidence;
  const stream = random(`${layer.name}/${primal}/mixed`);
  for (let draw = 0; draw < Math.min(count, ASKED); draw++) {
    const other = upstream.map(() => stream.component());
    const claimed = await evidence.claimedAt(args, other);
    if (claimed) yield { upstream: other, claimed, truth: pulledBack(columns, other) };
  }
}

/** A of slices of the primal. */
async function ofPrimal(evidence: Evidence, axis: number): Promise<Weights | undefined> {
  const { shape, truth } = evidence;
  const extent = shape[axis];
  const slices = slicesOf(shape, axis);
  const equations = Array.from({ length: extent }, () => ({ rows: [] as number[][], right: [] as number[] }));
  for await (const { claimed, truth: there } of further(
    evidence,
    Math.ceil((2 * extent * extent) / truth.length) + 1,
  )) {
    for (let at = 0; at < slices[0].length; at++) {
      const row = slices.map(slice => there[slice[at]]);
      if (row.some(Number.isNaN)) continue;
      for (const [k, { rows, right }] of equations.entries()) {
        rows.push(row);
        right.push(claimed[slices[k][at]]);
      }
    }
  }
  const weights = equations.map(({ rows, right }) => (rows.length > extent ? leastSquares(rows, right) : undefined));
  return weights.includes(undefined) ? undefined : (weights as number[][]).map(row => row.map(simple));
}

/** A of slices of the output: claimed_i = sum over k and j of A_kj (the part of slice k with the upstream of slice j). */
async function ofOutput(evidence: Evidence, axis: number): Promise<Weights | undefined> {
  const [{ shape }] = Object.values(evidence.outputs);
  const extent = shape[axis];
  const slices = slicesOf(shape, axis);
  const rows: number[][] = [];
  const right: number[] = [];
  const unknowns = extent * extent;
  for await (const { upstream, claimed } of further(evidence, Math.ceil((2 * unknowns) / evidence.truth.length) + 1)) {
    for (const [i, column] of evidence.columns.entries()) {
      if (!column) continue;
      const row = slices.flatMap(to =>
        slices.map(from => to.reduce((sum, m, at) => sum + column[m] * upstream[from[at]], 0)),
      );
      rows.push(row);
      right.push(claimed[i]);
    }
  }
  const flat = rows.length > unknowns ? leastSquares(rows, right) : undefined;
  return flat && slices.map((_, k) => flat.slice(k * extent, (k + 1) * extent).map(simple));
}

/** The flat positions of every slice along an axis, in one order. */
function slicesOf(shape: readonly number[], axis: number): number[][] {
  const slices: number[][] = Array.from({ length: shape[axis] }, () => []);
  const size = shape.reduce((product, extent) => product * extent, 1);
  for (let i = 0; i < size; i++) slices[indexOf(i, shape)[axis]].push(i);
  return slices;
}

/** A short fraction where it is nearly one. */
function simple(weight: number): number {
  const near = Math.round(weight * 60) / 60;
  return Math.abs(near - weight) <= 1e-3 ? near : weight;
}

function mixed({ shape, truth }: Evidence, axis: number, weights: Weights, own: readonly number[]): Data | undefined {
  if (!sameShape(shape, own)) return undefined;
  const slices = slicesOf(shape, axis);
  const result = Float64Array.from(truth);
  for (const [k, slice] of slices.entries()) {
    for (const [at, i] of slice.entries()) {
      result[i] = weights[k].reduce((sum, weight, j) => (weight === 0 ? sum : sum + weight * truth[slices[j][at]]), 0);
    }
  }
  return result;
}

function mixedUpstream({ outputs, upstream }: Evidence, axis: number, weights: Weights): Data {
  const [{ shape }] = Object.values(outputs);
  const slices = slicesOf(shape, axis);
  const result = Float64Array.from(upstream);
  for (const [k, slice] of slices.entries()) {
    for (const [at, m] of slice.entries()) {
      result[m] = weights[k].reduce((sum, weight, j) => sum + weight * upstream[slices[j][at]], 0);
    }
  }
  return result;
}

function onlyLast(weights: Weights): boolean {
  return weights.every((row, k) => row.every(weight => weight === 0) === k < weights.length - 1);
}

/** What the weights are in words; nothing where they are as they should be, or all alike a factor. */
function describe(weights: Weights, what: string, word: string): Pick<Hypothesis, 'cause' | 'text'> | undefined {
  const diagonal = weights.map((row, k) => row[k]);
  const isDiagonal = weights.every((row, k) => row.every((weight, j) => weight === 0 || j === k));
  if (isDiagonal) {
    if (diagonal.every(weight => weight === diagonal[0])) return undefined;
    const lost = diagonal.flatMap((weight, k) => (weight === 0 ? [k] : []));
    if (lost.length > 0 && diagonal.every(weight => weight === 0 || weight === 1)) {
      return { cause: 'border', text: `${what} is left out at ${word} ${lost.join(', ')}` };
    }
    return { cause: 'wrongly-reduced', text: `${what} counts ${diagonal.map(short).join(', ')} times` };
  }
  const single = weights.map(row =>
    row.filter(weight => weight !== 0).length > 1 ? undefined : row.findIndex(weight => weight === 1),
  );
  if (!single.includes(undefined)) {
    const from = single as number[];
    const by = new Set(from.flatMap((j, k) => (j < 0 ? [] : [k - j])));
    if (by.size === 1) return { cause: 'shifted', text: `${what} is shifted by ${[...by][0]}` };
    const pairs = from.map((j, k) => `${k} from ${j < 0 ? 'none' : j}`);
    return { cause: 'wrong-channel', text: `${what} is that of others: ${pairs.join(', ')}` };
  }
  const [first] = weights;
  const isAlike = weights.every(row => row.every((weight, j) => weight === first[j]));
  if (isAlike && first.every(weight => weight === first[0])) {
    return { cause: 'wrongly-reduced', text: `${what} is added up over all of them` };
  }
  return undefined;
}

function short(weight: number): string {
  return String(Number(weight.toPrecision(3)));
}
