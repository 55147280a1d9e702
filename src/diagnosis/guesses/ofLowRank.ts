import type { Evidence } from '../evidence.ts';
import { type Component, componentsOf, type Matrices, rankOf } from '../matrices.ts';
import { type Guess, guesses } from './guess.ts';

/** The error is of rank 1 or 2 within what hangs together: so many sums over the others are missing or wrong. */
export function ofLowRank(evidence: Evidence, both: Matrices): Guess[] | undefined {
  const parts = componentsOf(both).filter(({ inputs, outputs }) => inputs.length > 2 && outputs.length > 1);
  if (parts.length === 0) return undefined;
  const differences = parts.map(part => difference(both, part));
  const ranks = differences.map(rows => rankOf(rows, 16 * both.tolerance));
  // As many as there are elements or outputs would be of a low rank whatever the error.
  const atLeast = (size: number) =>
    parts.every(({ inputs, outputs }) => Math.min(inputs.length, outputs.length) >= size);
  if (atLeast(3) && ranks.every(rank => rank <= 1)) return ofRankOne(evidence, parts, differences);
  if (!atLeast(4) || ranks.some(rank => rank > 2)) return undefined;
  const text = 'the error is of rank 2 in what hangs together: a sum over the others is wrong, and a second one';
  return guesses(text, 'missing-variance-term', 'missing-mean-term');
}

function difference({ right, yours }: Matrices, { inputs, outputs }: Component): number[][] {
  return outputs.map(m => inputs.map(i => yours[i][m] - right[i][m]));
}

/** One sum over the others is missing or wrong: which, by how much each element gets of it and each output gives to it. */
function ofRankOne(evidence: Evidence, parts: readonly Component[], differences: readonly number[][][]): Guess[] {
  const x = evidence.args[evidence.primal].data;
  const y = Object.values(evidence.outputs).flatMap(({ data }) => [...data]);
  const holds = (test: (shares: readonly number[], gives: readonly number[], part: Component) => boolean) =>
    parts.every((part, k) => {
      const shares = differences[k].reduce((best, row) => (Math.hypot(...row) > Math.hypot(...best) ? row : best));
      const most = shares.reduce((best, value, i) => (Math.abs(value) > Math.abs(shares[best]) ? i : best), 0);
      const gives = differences[k].map(row => row[most]);
      return Math.hypot(...shares) === 0 || test(shares, gives, part);
    });
  const even = (values: readonly number[]) =>
    parallel(
      values,
      Array.from(values, () => 1),
    );
  const isNorm = holds((shares, _, { inputs }) => {
    const own = inputs.map(i => x[i]);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return [own, own.map(value => value - mean)].some(values => parallel(shares, values));
  });
  const isMean = [
    holds(even),
    holds((_, gives) => even(gives)),
    holds((_, gives, { outputs }) =>
      parallel(
        gives,
        outputs.map(m => y[m]),
      ),
    ),
  ].includes(true);
  const text = 'the error is one sum over what hangs together, of which each element gets a share';
  if (isNorm) return guesses(text, 'missing-variance-term', 'missing-mean-term');
  return isMean
    ? guesses(text, 'missing-mean-term', 'missing-term')
    : guesses(text, 'missing-term', 'missing-mean-term');
}

function parallel(a: readonly number[], b: readonly number[]): boolean {
  const dot = a.reduce((sum, value, k) => sum + value * b[k], 0);
  return Math.abs(dot) >= (1 - 1e-5) * Math.hypot(...a) * Math.hypot(...b);
}
