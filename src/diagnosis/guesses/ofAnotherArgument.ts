import { indexOf } from '../../tensor.ts';
import type { Evidence } from '../evidence.ts';
import { isBeyond, type Matrices } from '../matrices.ts';
import { axesInWords, type Guess, guesses } from './guess.ts';

/**
 * The entries are values of another argument, as of a layer that is linear in the primal: which of them yours are, and which they
 * should be.
 */
export function ofAnotherArgument({ args, primal }: Evidence, both: Matrices): Guess[] | undefined {
  const { right, yours, tolerance } = both;
  for (const [name, { shape, data }] of Object.entries(args)) {
    if (name === primal || data.length < 3) continue;
    const placeOf = (entry: number) => {
      const at = data.findIndex(value => Math.abs(value - entry) <= tolerance);
      return at < 0 ? undefined : indexOf(at, shape);
    };
    const all = right.flatMap((column, i) => [...column.keys()].map(m => [yours[i][m], column[m]] as const));
    const changed = all.filter(([is, should]) => Math.abs(is - should) > tolerance);
    const used = changed.flatMap(([is]) => (isBeyond(both, is) ? [placeOf(is)] : []));
    const meant = changed.flatMap(([, should]) => (isBeyond(both, should) ? [placeOf(should)] : []));
    if (used.length < 3 || [...used, ...meant].includes(undefined)) continue;
    const pairs = changed.flatMap(([is, should]) =>
      isBeyond(both, is) && isBeyond(both, should) ? [[placeOf(is), placeOf(should)] as [number[], number[]]] : [],
    );
    const axes = shape.flatMap((_, axis) => (pairs.some(([a, b]) => a[axis] !== b[axis]) ? [axis] : []));
    const text = `its numbers are those of "${name}", but of other elements of it along ${axesInWords(axes)}`;
    const isSpatial = axes.some(axis => axis >= 2);
    return isSpatial ? guesses(text, 'another-config', 'wrong-channel') : guesses(text, 'wrong-channel', 'transposed');
  }
  return undefined;
}
