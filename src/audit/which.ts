import { argSpec } from '../layer.ts';
import type { Entry } from './entry.ts';

/** Of an operation, in which of its configurations something is so. */
export interface Which {
  readonly failing: number;
  readonly of: number;
  /** The simplest words that tell those configurations from the others. */
  readonly text: string;
}

/**
 * In which configurations of an operation something is so: all of them; those that share a setting which no other has; all but those
 * that share one; or, where no setting tells, their names.
 */
export function whichConfigurations(all: readonly Entry[], isSo: (entry: Entry) => boolean): Which {
  const failing = all.filter(isSo);
  const passing = all.filter(entry => !isSo(entry));
  const count = { failing: failing.length, of: all.length };
  if (passing.length === 0) return { ...count, text: all.length === 1 ? 'the one tried' : 'all that were tried' };
  const only = covering(failing, passing);
  const but = covering(passing, failing);
  if (only && !(but && but.length < only.length)) return { ...count, text: `those with ${only.join(' or ')}` };
  if (but) return { ...count, text: `all but those with ${but.join(' or ')}` };
  return { ...count, text: failing.map(({ configuration }) => configuration || 'the plain one').join('; ') };
}

/** The fewest settings that every one of some has one of, and none of the others has; undefined where that takes more than three. */
function covering(some: readonly Entry[], others: readonly Entry[]): readonly string[] | undefined {
  const elsewhere = new Set(others.flatMap(settingsOf));
  const chosen: string[] = [];
  let left = some;
  while (left.length > 0) {
    const open = left;
    const candidates = new Set(open.flatMap(settingsOf).filter(setting => !elsewhere.has(setting)));
    const covers = (setting: string) => open.filter(entry => settingsOf(entry).includes(setting)).length;
    const [best] = [...candidates].toSorted((a, b) => covers(b) - covers(a));
    if (best === undefined || chosen.length === 3) return undefined;
    chosen.push(best);
    left = open.filter(entry => !settingsOf(entry).includes(best));
  }
  // A list of as many settings as there are configurations says nothing.
  return chosen.length < Math.max(some.length, 3) ? chosen : undefined;
}

/** What a configuration says of itself, part by part, and what its shapes do. */
function settingsOf({ configuration, args }: Entry): readonly string[] {
  const shapes = Object.values(args).map(spec => argSpec(spec).shape.join());
  // Where the shapes are the whole of it, they say little one by one.
  const isShapes = /^[[\]\d, ]*$/.test(configuration);
  return [
    ...(isShapes ? [] : configuration.split(/, (?![^[({]*[\])}])/).filter(Boolean)),
    ...(new Set(shapes).size > 1 ? ['arguments of different shapes'] : []),
  ];
}
