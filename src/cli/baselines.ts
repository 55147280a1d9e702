import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../cases.ts';
import { type Baseline, baselineFromJson } from '../report/baseline.ts';
import { readNeeded, readText } from './read.ts';
import { REPORTS } from './write.ts';

/** The baseline that is committed. */
export const BASELINE = join(REPORTS, 'baseline.json');

/**
 * The baseline that --baseline means: the committed one where it says nothing; a file whose name ends in .json; one that
 * --save-baseline kept under a name; or the committed one of a git revision. The first two need not be there: where they are to
 * be written.
 * @throws UsageError when there is none of them, or it is malformed.
 */
export async function loadBaseline(wanted: string | undefined, needed: boolean): Promise<Baseline | undefined> {
  if (isFile(wanted)) {
    const file = fileOf(wanted);
    const text = needed && wanted !== undefined ? await readNeeded(file, 'baseline') : await readText(file, 'baseline');
    return text === undefined ? undefined : baselineFromJson(text, file);
  }
  const saved = isName(wanted) ? await readText(savedUnder(wanted), 'baseline') : undefined;
  if (saved !== undefined) return baselineFromJson(saved, savedUnder(wanted));
  return baselineFromJson(await ofRevision(wanted), `${wanted}:${BASELINE}`);
}

/** Whether a word means a file, or says nothing and so means the committed baseline. */
export function isFile(word: string | undefined): word is `${string}.json` | undefined {
  return word === undefined || word.endsWith('.json');
}

/** The file that a word means. */
export function fileOf(word: string | undefined): string {
  return word ?? BASELINE;
}

/** Whether a word can be the name of a baseline. */
export function isName(word: string): boolean {
  return /^\w[\w.-]*$/.test(word) && !isFile(word);
}

/** The file of a baseline that is kept under a name. */
export function savedUnder(name: string): string {
  return join(REPORTS, `baseline.${name}.json`);
}

/** The committed baseline as it is in a git revision. */
async function ofRevision(revision: string): Promise<string> {
  try {
    // A revision never begins with a hyphen, but an option does.
    if (revision.startsWith('-')) throw new Error('no revision has such a name');
    const place = `${revision}:./${BASELINE.replaceAll('\\', '/')}`;
    const { stdout } = await promisify(execFile)('git', ['show', place], { maxBuffer: 2 ** 25 });
    return stdout;
  } catch (error) {
    const reason = (error as Error).message.trim().split('\n').at(-1);
    throw new UsageError(
      `there is no baseline "${revision}": none was saved under that name, it is no file (those end in .json), and no git revision has it (${reason})`,
      { cause: error },
    );
  }
}
