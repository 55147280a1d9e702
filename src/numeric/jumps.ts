import type { Data } from '../tensor.ts';
import type { Line } from './noise.ts';
import type { Steps } from './stencil.ts';

/** How many standard deviations of the noise a jump must be to be told from it. */
const SEEN = 32;

/** Levels above that of a slope at which jumps are looked for. */
const ABOVE = 5;

/**
 * What jumps that are too small to be seen as such do to a slope: of a function that rounds something on its way, or looks it up
 * in a table, so that it is a straight line with steps in it. With the step t, fourth differences of a smooth function
 * shrink as t^4, those across a kink as t, those across a jump not at all. 0 where there is none; else four times the
 * largest over the step below `level`.
 *
 * Evaluations: about 50.
 */
export async function jumpNear(
  line: Line,
  centre: Data,
  upstream: Data,
  noise: number,
  { sizes }: Steps,
  level: number,
): Promise<number> {
  const projected = async (t: number) => {
    if (t === 0) return 0;
    const outputs = await line(t);
    let sum = 0;
    for (let i = 0; i < centre.length; i++) sum += upstream[i] * (outputs[i] - centre[i]);
    return sum;
  };
  const fourth = async (at: number, step: number) => {
    const a = await projected(at - 2 * step);
    const b = await projected(at - step);
    const d = await projected(at + step);
    const e = await projected(at + 2 * step);
    return Math.abs(a - 4 * b + 6 * (await projected(at)) - 4 * d + e);
  };
  const finest = Math.min(Math.max(level, 1) + 1, sizes.length - 1);
  const [wider, finer] = [sizes[finest - 1], sizes[finest]];
  let jump = 0;
  const found = (wide: number, narrow: number, shrinks: number) => {
    const most = Math.max(wide, narrow);
    if (narrow > wide / shrinks && most > SEEN * noise) jump = Math.max(jump, most);
  };
  // At the steps of the slope itself not even a kink is expected; above them kinks may lie.
  for (const at of [wider, -wider]) found(await fourth(at, wider / 2), await fourth(at, finer / 2), 16);
  let wide = Infinity;
  for (let k = Math.max(0, finest - ABOVE); k <= finest; k++) {
    const narrow = await fourth(0, sizes[k] / 2);
    found(wide, narrow, k === finest ? 16 : 2);
    wide = narrow;
  }
  return (4 * jump) / finer;
}
