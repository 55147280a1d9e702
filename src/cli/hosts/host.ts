import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import type { Entry } from '../../audit/entry.ts';
import type { Layer } from '../../layer.ts';

/** A library as it is loaded in a worker. */
export interface Host {
  readonly version: string;
  /** The layer of an entry, made once. */
  readonly layerOf: (entry: Entry) => Layer;
  /** Gradients that the library has registered, or kinds of layers, and which of them have been run. */
  readonly registered: () => readonly string[];
  readonly ran: () => readonly string[];
}

/** What may be asked for in the folder where the command runs; where it is not there, beside this package. */
export function nearest<T>(use: (require: NodeJS.Require) => T): T {
  try {
    return use(createRequire(join(process.cwd(), 'package.json')));
  } catch {
    return use(createRequire(import.meta.url));
  }
}

/** What the code of an entry makes, given what it speaks of. */
export function evaluate(code: string, names: Readonly<Record<string, unknown>>): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval -- the catalogue's own code, which reproductions repeat
  return new Function(...Object.keys(names), `return ${code}`)(...Object.values(names));
}
