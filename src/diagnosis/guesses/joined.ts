import {
  type Component,
  componentsOf,
  countsOf,
  type Entries,
  entryOf,
  isSelection,
  type Matrices,
} from '../matrices.ts';
import { type Guess, guesses } from './guess.ts';

/** Entries between what has nothing in common. */
export function joined(both: Matrices, { extra, lost, changed, same }: Entries): Guess[] | undefined {
  if (extra === 0) return undefined;
  if (changed > 0 && countsOf(both, both.right).reached.every(count => count <= 1)) {
    const text = 'each output depends on one element, but goes back to several';
    return isSelection(both)
      ? guesses(text, 'another-derivative', 'another-config')
      : guesses(text, 'another-config', 'missing-mean-term');
  }
  const extras = both.outputs.flatMap((_, m) =>
    [...both.right.keys()].flatMap(i => (entryOf(both, i, m) === 'extra' ? [[i, m] as const] : [])),
  );
  const isOnDiagonal = both.right.length === both.outputs.length && extras.every(([i, m]) => i === m);
  const parts = componentsOf(both);
  const bothSides = (part: Component | undefined) =>
    part !== undefined && part.inputs.length > 0 && part.outputs.length > 0;
  const joins = extras.some(
    ([i, m]) =>
      bothSides(parts.find(({ inputs }) => inputs.includes(i))) &&
      bothSides(parts.find(({ outputs }) => outputs.includes(m))),
  );
  if (isOnDiagonal) {
    const text = 'an output goes back to its own element where that has no influence on it';
    return guesses(text, 'wrong-branch', 'another-derivative');
  }
  if (lost + changed === 0 && !joins) {
    const text = `it goes from outputs to elements that they do not depend on${same > 0 ? ', and is right elsewhere' : ''}`;
    return guesses(text, 'wrong-branch', 'another-config');
  }
  const text =
    'elements get something of outputs that do not depend on them: a sum goes over too much, or along another axis';
  return guesses(text, 'wrongly-reduced', 'missing-mean-term', 'missing-variance-term');
}
