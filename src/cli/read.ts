import { createReadStream } from 'node:fs';
import { UsageError } from '../cases.ts';

/** Larger files, in units of 2^20 bytes, are not ours. */
export const LARGEST = { report: 128, baseline: 32, known: 8 } as const;

/**
 * The text of a file of a kind; nothing where there is no such file.
 * @throws UsageError when it cannot be read, or is larger than any of its kind.
 */
export async function readText(file: string, kind: keyof typeof LARGEST): Promise<string | undefined> {
  const largest = LARGEST[kind] * 2 ** 20;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, { end: largest, highWaterMark: 2 ** 20 })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  if (size > largest) throw new UsageError(`${file} is larger than ${LARGEST[kind]} MB, more than a ${kind} can be`);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The same where there has to be one.
 * @throws UsageError when there is none, too.
 */
export async function readNeeded(file: string, kind: keyof typeof LARGEST): Promise<string> {
  const text = await readText(file, kind);
  if (text === undefined) throw new UsageError(`${file}: there is no such file`);
  return text;
}
