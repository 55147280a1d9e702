import type { Random } from '../numeric/random.ts';
import { sizeOf } from '../tensor.ts';

/** How many numbers an output is made of, and how many outputs a number has a part in. Weights are [out, in, …kernel]. */
export function fans([outs, ins = 1, ...kernel]: readonly number[]): { fanIn: number; fanOut: number } {
  const window = sizeOf(kernel);
  return { fanIn: ins * window, fanOut: outs * window };
}

/** Draws one number for a weight of this shape. */
type Draw = (shape: readonly number[], stream: Random) => number;

const uniform = (variance: number, stream: Random) => Math.sqrt(3 * variance) * (2 * stream.uniform() - 1);

/** How weights begin, by name, after the variance that they are drawn with. Biases begin at 0. */
export const INITIALISERS = {
  /** 2 / (fan in + fan out), uniform. Glorot and Bengio 2010, eq. 16. */
  xavier: (shape, stream) => {
    const { fanIn, fanOut } = fans(shape);
    return uniform(2 / (fanIn + fanOut), stream);
  },
  /** 1 / fan in, uniform. LeCun et al. 1998, "Efficient BackProp", eq. 16. */
  lecun: (shape, stream) => uniform(1 / fans(shape).fanIn, stream),
  /** 2 / fan in, normal. He et al. 2015, eq. 10. */
  he: (shape, stream) => Math.sqrt(2 / fans(shape).fanIn) * stream.normal(),
  /** 2 / (number of weights in the tensor), normal: what one would write who takes the tensor's volume for the fans. */
  volume: (shape, stream) => Math.sqrt(2 / sizeOf(shape)) * stream.normal(),
} satisfies Record<string, Draw>;

export type Initialiser = keyof typeof INITIALISERS;
