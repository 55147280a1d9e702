import type { Finding } from '../finding.ts';
import type { Report } from '../run.ts';
import { changeReason, stateWord } from './changes.ts';
import type { Change } from './compare.ts';
import { failuresOf, failureText, titleOf } from './failure.ts';
import type { Key } from './key.ts';
import { subjectOf, verdictWord } from './table.ts';
import { count, printable } from './text.ts';

/** GitHub shows so many of each kind for a step, and drops the others. */
const SHOWN = 10;

/**
 * What GitHub Actions shows beside a run, as workflow commands: an error for everything that is wrong and for the changes that
 * count as failures, a warning for what is inconclusive.
 * Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function annotations({ findings }: Report, counted: readonly Change[] = []): string[] {
  const wrong = failuresOf(findings, ['fail', 'error']).map(([finding]) => failed('error', finding));
  // Of the others it is said already.
  const changed = counted.filter(({ after }) => after === undefined || after.verdict === 'pass').map(regressed);
  const undecided = failuresOf(findings, ['inconclusive']).map(([finding]) => failed('warning', finding));
  return [...upTo(SHOWN, 'error', [...wrong, ...changed]), ...upTo(SHOWN, 'warning', undecided)];
}

type Level = 'error' | 'warning';

function failed(level: Level, finding: Finding): string {
  return command(level, finding, `${verdictWord(finding.verdict)} ${titleOf(finding)}`, failureText(finding));
}

function regressed(change: Change): string {
  const { layer, implementation } = change.key;
  const who = `${printable(layer)} (${printable(implementation)}), ${subjectOf(change.key)}`;
  return command('error', change.key, `${stateWord(change.state)} ${who}`, changeReason(change));
}

function upTo(most: number, level: Level, all: readonly string[]): readonly string[] {
  if (all.length <= most) return all;
  const more = `and ${count(all.length - most + 1)} more, which the report has`;
  return [...all.slice(0, most - 1), command(level, {}, 'gradcheck', more)];
}

/** A workflow command; the file is that of the test that asked for it, if one did. */
function command(level: Level, { test }: Partial<Key>, title: string, message: string): string {
  const properties = { ...(test !== undefined && { file: test.split(' > ')[0] }), title };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapedProperty(value)}`);
  return `::${level} ${list.join(',')}::${escaped(message)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapedProperty(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
