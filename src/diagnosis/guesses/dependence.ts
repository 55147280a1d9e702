import { extremes } from '../../numeric/sum.ts';
import { mapTensor } from '../../tensor.ts';
import { dependsOn, type Evidence, isDiagonal } from '../evidence.ts';
import { type Guess, guesses } from './guess.ts';

/** What yours depends on and what it should depend on, by what changes when an argument is another. */
export async function dependence(evidence: Evidence): Promise<Guess[]> {
  const { args, primal, gradients } = evidence;
  const [itself, others, needless]: Guess[][] = [[], [], []];
  for (const [name, { data }] of Object.entries(args)) {
    if (!gradients[name] && data.every(Number.isInteger)) continue;
    const depends = await dependsOn(evidence, name);
    if (!depends || depends.yours === depends.right) continue;
    if (depends.yours) needless.push({ cause: 'another-derivative', text: `it depends on "${name}", and should not` });
    else if (name !== primal)
      others.push({ cause: 'argument-ignored', text: `it does not depend on "${name}", as it should` });
    else
      itself.push({
        cause: 'missing-activation-derivative',
        text: `it does not depend on "${name}" itself, as it should`,
      });
  }
  return [...itself, ...others, ...needless, ...(await rest(evidence))];
}

/** What is left to say where the numbers are where they should be, and are others. */
async function rest(evidence: Evidence): Promise<Guess[]> {
  const text = 'the numbers are where they should be, and are others';
  if (isDiagonal(evidence)) return guesses(text, 'another-derivative', 'wrong-branch');
  if (await vanishes(evidence)) {
    const small =
      'the error is gone where all arguments are small, as of a function inside that is nearly straight there';
    return guesses(small, 'missing-activation-derivative', 'another-derivative');
  }
  const hasParameters = Object.keys(evidence.gradients).length > 1;
  return hasParameters
    ? guesses(text, 'missing-term', 'another-derivative')
    : guesses(text, 'another-derivative', 'missing-term');
}

/** How small arguments are made, and how nearly yours is then a multiple of what it should be. */
const SMALL = 1 / 64;
const NEARLY = 0.02;

/** Whether yours is one multiple of what it should be where all arguments are small, and is not where they are not. */
async function vanishes({
  args,
  gradients,
  upstream,
  claimed,
  truth,
  bound,
  claimedAt,
  truthIn,
}: Evidence): Promise<boolean> {
  const small = Object.fromEntries(
    Object.entries(args).map(([name, tensor]) => [name, gradients[name] ? mapTensor(tensor, x => SMALL * x) : tensor]),
  );
  const [yours, right] = [await claimedAt(small, upstream), await truthIn({ args: small })];
  if (!yours || !right) return false;
  const isMultiple = (is: ArrayLike<number>, of: ArrayLike<number>, floor: number) => {
    const size = extremes(Array.from(of, Math.abs).filter(Number.isFinite))[1];
    const own = Array.from(of, (value, i) => [is[i], value] as const).filter(
      ([, value]) => Math.abs(value) > Math.max(floor, NEARLY * size),
    );
    const factors = own.map(([a, b]) => a / b).toSorted((a, b) => a - b);
    const middle = factors[factors.length >> 1];
    return (
      own.length > 1 && Math.abs(middle) > 1e-3 && factors.every(factor => Math.abs(factor / middle - 1) <= NEARLY)
    );
  };
  return isMultiple(yours, right, 0) && !isMultiple(claimed, truth, 8 * bound);
}
