import type { Data } from '../tensor.ts';
import type { Line } from './noise.ts';
import type { Steps } from './stencil.ts';

/** Levels above that of a slope whose differences are looked at. */
const ABOVE = 6;

/**
 * Whether two neighbouring differences over coarser steps agree with a gradient that the finer slope denies. Truncation cannot do
 * that: it is r^2 times as large at the one as at the other, and so not at both what the two sides differ by. A function that
 * is rounded on its way does: steps below that rounding see nothing of what is rounded, coarser ones see all of it.
 *
 * Evaluations: up to 12.
 */
export async function coarserAgree(
  line: Line,
  upstream: Data,
  { sizes }: Steps,
  slope: { readonly value: number; readonly level: number },
  analytic: number,
): Promise<boolean> {
  const near = Math.abs(analytic - slope.value) / 4;
  let before = false;
  for (let k = Math.max(0, slope.level - ABOVE); k < slope.level; k++) {
    const [above, below] = [await line(sizes[k]), await line(-sizes[k])];
    let central = 0;
    for (let i = 0; i < upstream.length; i++) central += (upstream[i] * (above[i] - below[i])) / (2 * sizes[k]);
    const agrees = Math.abs(central - analytic) <= near;
    if (agrees && before) return true;
    before = agrees;
  }
  return false;
}
