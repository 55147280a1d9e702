import { axisName } from '../axes.ts';
import { indexOf, mapTensor, positionOf, type Tensor } from '../../tensor.ts';
import type { Evidence } from '../evidence.ts';
import { type Cause, type Hypothesis, predictedIn } from '../hypothesis.ts';

/** What may be done to an argument on its way into the backward. */
interface Alteration {
  readonly cause: string;
  readonly words: string;
  /** The argument as altered; undefined where it would be of another shape. */
  readonly of: (tensor: Tensor) => Tensor | undefined;
}

const VALUES: readonly Alteration[] = [
  { cause: 'argument-ignored', words: 'is left out, as if it were 1', of: tensor => mapTensor(tensor, () => 1) },
  { cause: 'argument-ignored', words: 'is left out, as if it were 0', of: tensor => mapTensor(tensor, () => 0) },
  { cause: 'argument-sign', words: 'is taken with the other sign', of: tensor => mapTensor(tensor, x => -x) },
  { cause: 'argument-sign', words: 'is taken as its magnitude', of: tensor => mapTensor(tensor, Math.abs) },
  { cause: 'argument-twice', words: 'is squared', of: tensor => mapTensor(tensor, x => x * x) },
  { cause: 'argument-rounded', words: 'is rounded to whole numbers', of: tensor => mapTensor(tensor, Math.round) },
];

const ARRANGEMENTS: readonly Alteration[] = [
  {
    cause: 'flipped-kernel',
    words: 'is taken reversed (or is not, where it should be) along its last axes',
    of: tensor => reversedAtEnd(tensor),
  },
  { cause: 'transposed', words: 'is taken transposed', of: tensor => transposed(tensor) },
];

/** The right backward of the wrong arguments: g = J(altered)'u. */
export const alteredArgument: Cause = evidence =>
  Object.keys(evidence.args).flatMap(name =>
    [...ARRANGEMENTS, ...valuesOf(evidence, name), ...alongAxes(evidence, name)].map((alteration): Hypothesis => {
      const { cause, words, of } = alteration;
      return {
        cause,
        text: `"${name}" ${words}`,
        everywhere: name !== evidence.primal && !evidence.args[name].data.every(Number.isInteger),
        ofAnyRank: VALUES.includes(alteration),
        predict: async other => {
          const own = other.args[name];
          const altered = own && of(own);
          if (!altered) return undefined;
          if (altered.data.every((value, i) => value === own.data[i])) return other.truth;
          return predictedIn(other, { args: { [name]: altered } });
        },
      };
    }),
  );

/** That the primal is left out is no slip that is made: its derivative is another. */
function valuesOf({ primal }: Evidence, name: string): readonly Alteration[] {
  return VALUES.filter(({ cause }) => name !== primal || cause !== 'argument-ignored');
}

/** Along each axis: its slices one further on, or those of its first half, or its first one, for all. */
function alongAxes({ args, layer }: Evidence, name: string): Alteration[] {
  const { shape } = args[name];
  return shape.flatMap((extent, axis): Alteration[] => {
    if (extent === 1) return [];
    const word = axisName(layer, name, axis, shape.length);
    const taken = (from: (k: number, size: number) => number) => (tensor: Tensor) =>
      rearranged(tensor, index => index.with(axis, from(index[axis], tensor.shape[axis])));
    return [
      ...[1, -1].map(by => ({ cause: 'shifted', words: `is shifted by ${by} along ${word}`, of: taken(k => k - by) })),
      { cause: 'wrong-channel', words: `is that of the first ${word} throughout`, of: taken(() => 0) },
      { cause: 'wrong-channel', words: `is that of the last ${word} throughout`, of: taken((_, size) => size - 1) },
      {
        cause: 'wrong-channel',
        words: `is that of the first half along ${word} throughout`,
        of: taken((k, size) => (size % 2 === 0 ? k % (size / 2) : k)),
      },
    ];
  });
}

/** Reversed along the last two axes of an image or kernel, along the last of what has fewer. */
function reversedAtEnd(tensor: Tensor): Tensor | undefined {
  const { shape } = tensor;
  const axes = shape
    .map((_, axis) => axis)
    .filter(axis => axis >= 2 || (shape.length < 3 && axis === shape.length - 1));
  if (axes.length === 0) return undefined;
  return rearranged(tensor, index => index.map((at, axis) => (axes.includes(axis) ? shape[axis] - 1 - at : at)));
}

/** The last two axes exchanged, where they are as long. */
function transposed(tensor: Tensor): Tensor | undefined {
  const { shape } = tensor;
  const [a, b] = [shape.length - 2, shape.length - 1];
  if (a < 0 || shape[a] !== shape[b] || shape[a] === 1) return undefined;
  return rearranged(tensor, index => index.with(a, index[b]).with(b, index[a]));
}

/** Every element is that at another index, or 0 where there is none. */
function rearranged(tensor: Tensor, from: (index: readonly number[]) => readonly number[]): Tensor {
  const { shape, data } = tensor;
  return mapTensor(tensor, (_, i) => {
    const index = from(indexOf(i, shape));
    return index.every((at, axis) => at >= 0 && at < shape[axis]) ? data[positionOf(index, shape)] : 0;
  });
}
