import { type Entry, entryOf, isBeyond, type Matrices } from '../matrices.ts';
import { type Guess, guesses } from './guess.ts';

/** Nothing but entries that are 0 and should not be. */
export function whereLost(both: Matrices): Guess[] {
  const what = 'all that is wrong is that contributions are lost';
  const columns = both.right.map((_, i) => entriesOf(both, i));
  const rows = both.outputs.map((_, m) => new Set(columns.map(column => column[m])));
  const isWhole = rows.every(kinds => !(kinds.has('lost') && kinds.has('same')));
  if (isWhole) {
    const lost = rows.flatMap((kinds, m) => (kinds.has('lost') ? [m] : []));
    const first = { cause: 'not-reduced', text: `${what}: those of all outputs but some` };
    const edge = { cause: 'border', text: `${what}: those of the outputs ${some(lost, both.outputs)}` };
    const over = { cause: 'overwritten-not-accumulated', text: `${what}: of those to one element the last ones count` };
    if (columns.every(isLastKept)) return [over, first];
    return 2 * lost.length > rows.length ? [first, edge] : [edge, first];
  }
  const relation = relationOf(both);
  if (relation)
    return [
      { cause: 'diagonal-only', text: `${what}: only those are there that ${relation}` },
      ...guesses(what, 'missing-term'),
    ];
  const isMostlyLost = columns.every(column => {
    const [lost, same] = ['lost', 'same'].map(kind => column.filter(own => own === kind).length);
    return lost === 0 || (same > 0 && lost >= same);
  });
  const overwritten = {
    cause: 'overwritten-not-accumulated',
    text: `${what}: of several to one element some count, as if each were written over the last`,
  };
  const edge = { cause: 'border', text: `${what}, of some elements to some outputs only` };
  return isMostlyLost ? [overwritten, ...guesses(what, 'missing-term')] : [edge, overwritten];
}

function some(rows: readonly number[], indices: Matrices['outputs']): string {
  const words = rows.slice(0, 3).map(row => `[${indices[row].join(', ')}]`);
  return rows.length > 3 ? `${words.join(', ')}, …` : words.join(', ');
}

/** What is lost and what is there of the contributions to an element; nothing where there should be none. */
function entriesOf(both: Matrices, i: number): (Entry | undefined)[] {
  return both.outputs.map((_, m) => (both.right[i][m] === 0 ? undefined : entryOf(both, i, m)));
}

/** Whether of the contributions to an element the last one is kept and the first is not, if any is lost. */
function isLastKept(column: readonly (Entry | undefined)[]): boolean {
  const own = column.filter(kind => kind !== undefined);
  return !own.includes('lost') || (own[0] === 'lost' && own[own.length - 1] === 'same');
}

/** Whether what is kept are the contributions to outputs of the same index along some axes. */
function relationOf({ right, yours, tolerance, inputs, first }: Matrices): string | undefined {
  for (const a of first[0].keys()) {
    for (const b of inputs[0].keys()) {
      const holds = right.every((column, i) =>
        first.every(
          (index, m) => Math.abs(column[m]) <= tolerance || (yours[i][m] !== 0) === (index[a] === inputs[i][b]),
        ),
      );
      if (holds) return `go from an index along axis ${b} to the same one along axis ${a} of the output`;
    }
  }
  return undefined;
}

/** Some entries are 0 that should not be, others are other numbers. */
export function partlyLost(both: Matrices): Guess[] {
  const { right, yours, outputs } = both;
  const isAverage = outputs.every((_, m) => {
    const [own, there] = [yours, right].map(of => of.map(column => column[m]).filter(value => isBeyond(both, value)));
    return [own, there].every(values => values.every(value => !isBeyond(both, value - values[0])));
  });
  const text = 'some of its contributions are lost, others are other numbers';
  return isAverage
    ? [
        { cause: 'stride-remainder', text: `${text}: it averages over other elements than forward` },
        ...guesses(text, 'another-config'),
      ]
    : guesses(text, 'missing-term', 'overwritten-not-accumulated');
}
