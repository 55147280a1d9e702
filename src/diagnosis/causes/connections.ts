import { dependsOn, type Evidence } from '../evidence.ts';
import { dependence } from '../guesses/dependence.ts';
import { type Guess, guesses } from '../guesses/guess.ts';
import { joined } from '../guesses/joined.ts';
import { partlyLost, whereLost } from '../guesses/lost.ts';
import { moved } from '../guesses/moved.ts';
import { ofAnotherArgument } from '../guesses/ofAnotherArgument.ts';
import { ofLowRank } from '../guesses/ofLowRank.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';
import { countsOf, entriesOf, isSelection, matricesOf } from '../matrices.ts';

/**
 * What is likely by how the whole Jacobian of the backward differs from that of the forward: entries that are lost, that are elsewhere,
 * that join what has nothing in common, or that are other numbers of a low rank. It predicts nothing: it says what is so, and names
 * what mostly makes it so.
 */
export const connections: Cause = async evidence =>
  (await guessesOf(evidence)).map(
    (guess): Hypothesis => ({
      ...guess,
      likely: true,
      ofAnyRank: true,
      predict: async other => {
        const there = await guessesOf(other);
        return there.some(({ cause }) => cause === guess.cause) ? other.claimed : undefined;
      },
    }),
  );

const known = new WeakMap<Evidence, Promise<readonly Guess[]>>();

function guessesOf(evidence: Evidence): Promise<readonly Guess[]> {
  const found = known.get(evidence) ?? compared(evidence);
  known.set(evidence, found);
  return found;
}

async function compared(evidence: Evidence): Promise<readonly Guess[]> {
  const both = await matricesOf(evidence);
  if (!both) return [];
  const entries = entriesOf(both);
  const { lost, extra, changed } = entries;
  if (lost + extra + changed === 0) return [];
  if (extra + changed === 0) return whereLost(both);
  if (isSelection(both) && countsOf(both, both.yours).reached.every(count => count <= 1)) {
    const depends = await dependsOn(evidence, evidence.primal);
    if (depends?.right && !depends.yours) {
      const text = `which elements get something does not depend on "${evidence.primal}", as it should`;
      return guesses(text, 'argument-ignored', 'shifted');
    }
  }
  return (
    moved(both, entries) ??
    joined(both, entries) ??
    ofAnotherArgument(evidence, both) ??
    (lost > 0 ? partlyLost(both) : (ofLowRank(evidence, both) ?? dependence(evidence)))
  );
}
