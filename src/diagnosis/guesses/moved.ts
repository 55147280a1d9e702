import { componentsOf, countsOf, type Entries, entryOf, isBeyond, isSelection, type Matrices } from '../matrices.ts';
import { axesInWords, type Guess, guesses } from './guess.ts';

/** Where right numbers are in wrong places: by how far along each axis, in the row of the Jacobian or in its column. */
interface Displaced {
  readonly by: readonly number[];
  /** The index at the other side. */
  readonly at: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The right numbers in wrong places. */
export function moved(both: Matrices, entries: Entries): Guess[] | undefined {
  if (entries.extra === 0 && entries.lost > 0) return undefined;
  const inRows = displaced(both, false);
  const inColumns = displaced(both, true);
  if (inRows) return placed(both, entries, inRows, both.inputs, 'arrive at other elements', false);
  return inColumns && placed(both, entries, inColumns, both.outputs, 'come from other outputs', true);
}

/** Every wrong entry of yours and the nearest place where it would be right; undefined where there is none. */
function displaced(both: Matrices, isColumn: boolean): Displaced[] | undefined {
  const { right, yours, tolerance, inputs, outputs } = both;
  const found: Displaced[] = [];
  for (const [i, column] of yours.entries()) {
    for (const [m, value] of column.entries()) {
      if (Math.abs(value) <= tolerance || entryOf(both, i, m) === 'same') continue;
      const [indices, own] = isColumn ? [outputs, m] : [inputs, i];
      let best: Displaced | undefined;
      for (const from of indices.keys()) {
        const there = isColumn ? right[i][from] : right[from][m];
        if (from === own || !(Math.abs(there - value) <= tolerance)) continue;
        const by = indices[own].map((at, axis) => at - indices[from][axis]);
        if (!best || far(by) < far(best.by)) {
          best = { by, at: isColumn ? inputs[i] : outputs[m], from: indices[from], to: indices[own] };
        }
      }
      if (!best) return undefined;
      found.push(best);
    }
  }
  return found.length > 0 ? found : undefined;
}

function far(by: readonly number[]): number {
  return by.filter(one => one !== 0).length + Math.hypot(...by) / 1e3;
}

function placed(
  both: Matrices,
  { same, lost }: Entries,
  found: readonly Displaced[],
  indices: Matrices['inputs'],
  where: string,
  isColumn: boolean,
): Guess[] {
  const axes = indices[0].map((_, axis) => axis).filter(axis => found.some(({ by }) => by[axis] !== 0));
  const text = `the numbers are right, but ${where} along ${axesInWords(axes)}`;
  const guess = (...causes: readonly string[]) => guesses(text, ...causes);
  const isOne = new Set(found.map(({ by }) => by.join())).size === 1;
  const windows = isSelection(both) ? axes.some(axis => axis >= 2) : axes.every(axis => isWindow(both, axis, isColumn));
  const { reached, reaching } = countsOf(both, both.right);
  const isBroadcast = reached.every(count => count === 1) && reaching.every(count => count > 1);
  if (isOne) return 4 * same < lost ? guess('shifted', 'another-config') : guess('another-config', 'shifted');
  if (isBroadcast) return guess('wrongly-reduced', 'wrong-channel');
  if (!windows) return guess('wrong-channel', 'misplaced');
  // What is moved at one end of the window or column: as one, mirrored, or drawn apart.
  const ends = new Map<string, Displaced[]>();
  for (const one of found) ends.set(one.at.join(), [...(ends.get(one.at.join()) ?? []), one]);
  const each = [...ends.values()];
  const isMirrored = each.every(([first, ...others]) =>
    others.every(one => axes.every(axis => one.from[axis] + one.to[axis] === first.from[axis] + first.to[axis])),
  );
  if (isMirrored && lost === 0 && each.some(({ length }) => length > 1))
    return guess('flipped-kernel', 'another-config');
  const isApart = each.some(ones => ones.some(({ by }) => by.join() !== ones[0].by.join()));
  const atOrigin = found.some(({ at }) => at.every(index => index === 0));
  return isApart || !atOrigin ? guess('another-config', 'shifted') : guess('shifted', 'another-config');
}

/** Whether an axis is one along which a window goes: what hangs together reaches other parts of it. */
function isWindow(both: Matrices, axis: number, isColumn: boolean): boolean {
  const { right, inputs, outputs } = both;
  if (axis >= 2) return true;
  const parts = componentsOf(both).filter(({ inputs: i, outputs: m }) => i.length > 1 && m.length > 1);
  return parts.some(({ inputs: is, outputs: ms }) => {
    const spans = isColumn
      ? is.map(i => ms.filter(m => isBeyond(both, right[i][m])).map(m => outputs[m][axis]))
      : ms.map(m => is.filter(i => isBeyond(both, right[i][m])).map(i => inputs[i][axis]));
    return new Set(spans.map(span => [...new Set(span)].toSorted((a, b) => a - b).join())).size > 1;
  });
}
