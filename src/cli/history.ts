import { execFile } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { UsageError } from '../cases.ts';
import { historyFromText, historyLine, type PastRun } from '../report/history.ts';
import type { Report } from '../run.ts';
import { makeFolder, REPORTS } from './write.ts';

/** Every run of `gradcheck report`, one a line. */
const HISTORY = join(REPORTS, 'history.ndjson');

/** So many runs, at most, are looked back at, and so much of the file. */
const RUNS = 50;
const BYTES = 2 ** 25;

/**
 * Adds a run to the history. The line is appended in one piece, so that runs at the same time do not mix; after a line that was
 * torn it begins a new one.
 * @throws UsageError when that cannot be done.
 */
export async function remember(report: Report): Promise<void> {
  const commit = await currentCommit();
  const line = historyLine(report, { date: new Date().toISOString(), ...(commit !== undefined && { commit }) });
  try {
    await makeFolder(REPORTS);
    const file = await open(HISTORY, 'a+');
    try {
      const { size } = await file.stat();
      const last = await readFrom(file, size - 1);
      await file.write(size > 0 && last !== '\n' ? `\n${line}` : line);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new UsageError(`cannot write ${HISTORY}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The last runs, the oldest first, and how many lines are none.
 * @throws UsageError when the history cannot be read.
 */
export async function recall(): Promise<{ runs: PastRun[]; torn: number }> {
  try {
    const file = await open(HISTORY, 'r');
    try {
      const start = (await file.stat()).size - BYTES;
      const text = await readFrom(file, start);
      // The first line of a part is not whole.
      const { runs, torn } = historyFromText(start > 0 ? text.slice(text.indexOf('\n') + 1) : text);
      return { runs: runs.slice(-RUNS), torn };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new UsageError(`cannot read ${HISTORY}: ${(error as Error).message}`, { cause: error });
  }
}

/** The text from a position on; all of it where that is before the start. */
async function readFrom(file: FileHandle, position: number): Promise<string> {
  const chunks: Buffer[] = [];
  const stream = file.createReadStream({ start: Math.max(0, position), autoClose: false });
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The commit that is checked out: of the runner, or of git; nothing where there is neither. */
async function currentCommit(): Promise<string | undefined> {
  const given = process.env['GITHUB_SHA'];
  if (given) return given;
  const run = promisify(execFile)('git', ['rev-parse', 'HEAD']);
  return run.then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
