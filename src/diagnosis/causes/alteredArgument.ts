import { indexOf, mapTensor, stridesOf, type Tensor } from '../../tensor.ts';
import { type Cause, type Hypothesis, predictedAt } from '../hypothesis.ts';

/** What may be done to an argument on its way into the backward. */
interface Alteration {
  readonly cause: string;
  readonly words: (name: string) => string;
  /** The argument as altered; undefined where it would be the same, or of another shape. */
  readonly of: (tensor: Tensor) => Tensor | undefined;
}

const ALTERATIONS: readonly Alteration[] = [
  {
    cause: 'flipped-kernel',
    words: name => `"${name}" is taken reversed (or is not, where it should be) along its last axes`,
    of: tensor => reversedAtEnd(tensor),
  },
  { cause: 'transposed', words: name => `"${name}" is taken transposed`, of: tensor => transposed(tensor) },
  {
    cause: 'argument-ignored',
    words: name => `"${name}" is left out, as if it were 1`,
    of: tensor => mapTensor(tensor, () => 1),
  },
  {
    cause: 'argument-ignored',
    words: name => `"${name}" is left out, as if it were 0`,
    of: tensor => mapTensor(tensor, () => 0),
  },
  { cause: 'argument-twice', words: name => `"${name}" is squared`, of: tensor => mapTensor(tensor, x => x * x) },
  {
    cause: 'argument-sign',
    words: name => `"${name}" is taken as its magnitude`,
    of: tensor => mapTensor(tensor, Math.abs),
  },
  {
    cause: 'argument-sign',
    words: name => `"${name}" is taken with the other sign`,
    of: tensor => mapTensor(tensor, x => -x),
  },
];

/** The right backward of the wrong arguments: g = J(altered)'u. */
export const alteredArgument: Cause = ({ args }) =>
  ALTERATIONS.flatMap(({ cause, words, of }) =>
    Object.keys(args).map(
      (name): Hypothesis => ({
        cause,
        text: words(name),
        predict: async evidence => {
          const altered = of(evidence.args[name]);
          if (!altered || altered.data.every((value, i) => value === evidence.args[name].data[i])) return undefined;
          return predictedAt(evidence, { [name]: altered });
        },
      }),
    ),
  );

/** Reversed along the last two axes of an image or kernel, along the last of what has fewer. */
function reversedAtEnd({ shape, data }: Tensor): Tensor | undefined {
  const axes = shape
    .map((_, axis) => axis)
    .filter(axis => axis >= 2 || (shape.length < 3 && axis === shape.length - 1));
  if (axes.length === 0) return undefined;
  return rearranged({ shape, data }, index =>
    index.map((at, axis) => (axes.includes(axis) ? shape[axis] - 1 - at : at)),
  );
}

/** The last two axes exchanged, where they are as long. */
function transposed(tensor: Tensor): Tensor | undefined {
  const { shape } = tensor;
  const [a, b] = [shape.length - 2, shape.length - 1];
  if (a < 0 || shape[a] !== shape[b] || shape[a] === 1) return undefined;
  return rearranged(tensor, index => index.with(a, index[b]).with(b, index[a]));
}

function rearranged({ shape, data }: Tensor, from: (index: readonly number[]) => readonly number[]): Tensor {
  const strides = stridesOf(shape);
  const at = (i: number) => from(indexOf(i, shape)).reduce((sum, place, axis) => sum + place * strides[axis], 0);
  return mapTensor({ shape, data }, (_, i) => data[at(i)]);
}
