import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../cases.ts';
import type { Recipe } from '../network/recipe.ts';
import type { State } from '../network/training.ts';
import { writeWhole } from './write.ts';

const SCHEMA = 'gradcheck-checkpoint/1';

/** Numbers as base64 of their bytes, so that they come back bit for bit. */
function packed(_key: string, value: unknown): unknown {
  if (!(value instanceof Float64Array)) return value;
  return { float64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') };
}

function unpacked(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('float64' in value)) return value;
  const bytes = Uint8Array.from(Buffer.from(String(value.float64), 'base64'));
  return new Float64Array(bytes.buffer);
}

const headOf = ({ name, settings }: Recipe, seed: string, pictures: number) => ({
  schema: SCHEMA,
  network: name,
  settings,
  seed,
  pictures,
});

/** Keeps where a training stands. */
export async function saveCheckpoint(
  file: string,
  recipe: Recipe,
  seed: string,
  pictures: number,
  state: State,
): Promise<void> {
  await writeWhole(file, JSON.stringify({ ...headOf(recipe, seed, pictures), state }, packed));
}

/**
 * Where a training stood.
 * @throws UsageError when the file is none, or is of a training under other settings.
 */
export async function readCheckpoint(file: string, recipe: Recipe, seed: string, pictures: number): Promise<State> {
  let found: Record<string, unknown>;
  try {
    found = JSON.parse(await readFile(file, 'utf8'), unpacked) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`${file} cannot be resumed: ${(error as Error).message}`, { cause: error });
  }
  const own = JSON.parse(JSON.stringify(headOf(recipe, seed, pictures))) as Record<string, unknown>;
  for (const [key, value] of Object.entries(own)) {
    if (isDeepStrictEqual(found[key], value)) continue;
    throw new UsageError(
      `${file} is of another training: its ${key} is ${JSON.stringify(found[key])}, not ${JSON.stringify(value)}`,
    );
  }
  return found['state'] as State;
}
