import type { Mismatch } from '../checks/mismatch.ts';
import { LayerError } from '../checks/subject.ts';
import { indexOf, mapTensor, positionOf, type Tensor, type Tensors } from '../tensor.ts';
import { axisName, axisNames, axisSets } from './axes.ts';
import { fraction, isClose } from './factor.ts';
import type { Diagnosis } from './hypothesis.ts';
import { otherSettings, type Settings } from './settings.ts';

/** At most this many explanations are named. */
const NAMED = 3;

/** Something else that forward might compute: with other arguments, under other settings, or with its output altered. */
interface Alternative extends Diagnosis {
  readonly args?: Tensors;
  readonly config?: unknown;
  readonly after?: (output: Tensor) => Tensor;
}

/**
 * What explains an output that is not the one that is wanted: what forward would have to do to give that one. An alternative counts
 * if every number that is wanted comes out.
 */
export async function explainOutput(mismatch: Mismatch, configs: readonly unknown[]): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  const lead = mismatch.isReference ? 'it is what the reference gives' : 'what is wanted is what it gives';
  const all = [factored(mismatch), arranged(mismatch), altered(mismatch), configured(mismatch, configs)].flat();
  for (const { cause, factor, text, ...how } of all) {
    if (found.length === NAMED) break;
    if (found.some(known => known.cause === cause) || !(await meets(mismatch, how))) continue;
    found.push({ cause, ...(factor !== undefined && { factor }), text: `${lead} ${text}` });
  }
  return found;
}

/** Whether forward gives what is wanted, if it does this. */
async function meets(
  { subject, args, output, wanted, allowed }: Mismatch,
  how: Pick<Alternative, 'args' | 'config' | 'after'>,
): Promise<boolean> {
  const there = how.config === undefined ? subject : subject.in({ ...subject.kase, config: how.config });
  try {
    const given = (await there.forward({ ...args, ...how.args }))[output];
    const { data } = how.after ? how.after(given) : given;
    const isMet = (value: number, i: number) =>
      Number.isNaN(value) || data[i] === value || Math.abs(data[i] - value) <= allowed;
    return data.length === wanted.length && Array.from(wanted).every(isMet);
  } catch (error) {
    if (error instanceof LayerError) return false;
    throw error;
  }
}

/** Every number is too large or too small by one factor. */
function factored({ given, wanted, isReference }: Mismatch): Alternative[] {
  const known = Array.from(wanted.keys()).filter(i => Number.isFinite(wanted[i]) && given.data[i] !== 0);
  if (known.length < 2) return [];
  const ratio = wanted[known[0]] / given.data[known[0]];
  if (!(Math.abs(ratio) > 0) || !Number.isFinite(ratio)) return [];
  const factor = isReference ? ratio : 1 / ratio;
  const cause = isClose(factor, -1) ? { cause: 'sign-flipped' } : { cause: 'scaled', factor };
  const text = `times ${fraction(ratio)}`;
  return [{ ...cause, text, after: tensor => mapTensor(tensor, value => ratio * value) }];
}

/** The numbers of the output in another order. */
function arranged({ subject: { layer }, output, given: { shape } }: Mismatch): Alternative[] {
  const words = (set: readonly number[]) => axisNames(layer, output, set, shape.length);
  const exchanges = axisPairs(shape).map(([a, b]) => ({
    cause: 'transposed',
    text: `with ${words([a, b])} exchanged in memory`,
    after: (tensor: Tensor) => exchanged(tensor, a, b),
  }));
  const reversals = axisSets(shape.length).map(set => ({
    cause: 'flipped-kernel',
    text: `in reverse along ${words(set)}`,
    after: (tensor: Tensor) => reversed(tensor, set),
  }));
  return [...exchanges, ...reversals];
}

/** One argument is left out, or read in another order. */
function altered({ subject: { layer }, args }: Mismatch): Alternative[] {
  return Object.entries(args).flatMap(([name, tensor]): Alternative[] => {
    const { shape } = tensor;
    const words = (set: readonly number[]) => axisNames(layer, name, set, shape.length);
    const reads = (cause: string, text: string, other: Tensor) => ({ cause, text, args: { [name]: other } });
    return [
      reads(
        'argument-ignored',
        `without "${name}"`,
        mapTensor(tensor, () => 0),
      ),
      reads(
        'argument-sign',
        `with the sign of "${name}" changed`,
        mapTensor(tensor, value => -value),
      ),
      ...axisSets(shape.length).map(set =>
        reads('flipped-kernel', `with "${name}" reversed along ${words(set)}`, reversed(tensor, set)),
      ),
      ...axisPairs(shape).map(([a, b]) =>
        reads('transposed', `with "${name}" read with ${words([a, b])} exchanged`, exchanged(tensor, a, b)),
      ),
      ...shape.flatMap((extent, axis) =>
        extent < 2
          ? []
          : [1, -1].map(by =>
              reads(
                'shifted',
                `with "${name}" shifted by ${by} along ${axisName(layer, name, axis, shape.length)}`,
                shifted(tensor, axis, by),
              ),
            ),
      ),
    ];
  });
}

function configured({ subject }: Mismatch, configs: readonly unknown[]): Alternative[] {
  const { config } = subject.kase;
  return otherSettings(config, configs).map(({ text, of }) => ({
    cause: 'another-config',
    text: `under other settings: ${text}`,
    config: of(config as Settings),
  }));
}

function axisPairs(shape: readonly number[]): [number, number][] {
  return shape.flatMap((extent, a) =>
    shape.flatMap((other, b): [number, number][] => (a < b && extent > 1 && other > 1 ? [[a, b]] : [])),
  );
}

function reversed(tensor: Tensor, set: readonly number[]): Tensor {
  return gathered(tensor, (at, axis, { shape }) => (set.includes(axis) ? shape[axis] - 1 - at : at));
}

function shifted(tensor: Tensor, along: number, by: number): Tensor {
  return gathered(tensor, (at, axis) => (axis === along ? at - by : at));
}

/** The numbers at other indices; 0 where there are none. */
function gathered(tensor: Tensor, from: (at: number, axis: number, tensor: Tensor) => number): Tensor {
  const { shape, data } = tensor;
  return mapTensor(tensor, (_, i) => {
    const index = indexOf(i, shape).map((at, axis) => from(at, axis, tensor));
    return index.every((at, axis) => at >= 0 && at < shape[axis]) ? data[positionOf(index, shape)] : 0;
  });
}

/** The memory of the tensor whose axes a and b are exchanged, read as of its own shape. */
function exchanged(tensor: Tensor, a: number, b: number): Tensor {
  const { shape, data } = tensor;
  const swap = (index: readonly number[]) => index.with(a, index[b]).with(b, index[a]);
  return mapTensor(tensor, (_, i) => data[positionOf(swap(indexOf(i, swap(shape))), shape)]);
}
