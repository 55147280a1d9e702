import { type Change, STATES } from './compare.ts';
import { subjectOf } from './table.ts';
import { columns, count, PLAIN, type Paint, printable } from './text.ts';

/** This many changes are shown in a terminal. */
const SHOWN = 20;

/** What is said of a change that says nothing itself. */
const REASONS: Readonly<Record<Change['state'], string>> = {
  regressed: '',
  missing: 'in the baseline, but not in this run',
  'changed-config': 'of other cases, seed or method than in the baseline; not compared',
  new: 'not in the baseline',
  improved: '',
  same: '',
};

/** The titles of the columns of changes. */
export const CHANGE_TITLES = ['since then', 'layer', 'implementation', 'checked', ''];

/** The cells of a change, in the order of CHANGE_TITLES; texts are printable and short. */
export function changeCells(change: Change): string[] {
  const { key, state } = change;
  return [
    stateWord(state),
    printable(key.layer, 32),
    printable(key.implementation, 24),
    subjectOf(key),
    changeReason(change),
  ];
}

/** Why a change is one. */
export function changeReason({ state, reason }: Change): string {
  return printable(reason ?? REASONS[state], 160);
}

/** The word for a state: capitals where something is to be done. */
export function stateWord(state: Change['state']): string {
  return state === 'regressed' ? 'REGRESSED' : state;
}

/** How many there are of each state: "1 regressed, 2 new, 1,204 as they were". */
export function changeCounts(changes: readonly Change[]): string {
  const parts = STATES.flatMap(state => {
    const number = changes.filter(change => change.state === state).length;
    return number === 0 ? [] : [`${count(number)} ${state === 'same' ? 'as they were' : state}`];
  });
  return parts.join(', ') || 'nothing to compare';
}

/** What changed, as a table for a terminal, in the order that it comes in; nothing where nothing did. */
export function changesText(changes: readonly Change[], options: { all?: boolean; paint?: Paint } = {}): string {
  const { all = false, paint = PLAIN } = options;
  const changed = changes.filter(({ state }) => state !== 'same');
  if (changed.length === 0) return '';
  const shown = all ? changed : changed.slice(0, SHOWN);
  const [titles, ...lines] = columns([CHANGE_TITLES, ...shown.map(changeCells)]);
  const painted = lines.map((line, at) => {
    const word = stateWord(shown[at].state);
    return `${paintState(shown[at].state, paint)(word)}${line.slice(word.length)}`;
  });
  const more = changed.length - shown.length;
  return [
    paint.dim(titles),
    ...painted,
    ...(more > 0 ? [`… and ${count(more)} more: --verbose tells them all.`] : []),
  ].join('\n');
}

function paintState(state: Change['state'], paint: Paint): (text: string) => string {
  if (state === 'regressed') return paint.red;
  return state === 'improved' ? paint.green : paint.yellow;
}
