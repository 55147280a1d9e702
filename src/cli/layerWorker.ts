import process from 'node:process';
import type { MessagePort } from 'node:worker_threads';
import { UsageError } from '../cases.ts';
import { LayerError } from '../checks/subject.ts';
import type { Finding } from '../finding.ts';
import type { Implementation, Layer } from '../layer.ts';
import { plain } from '../plain.ts';
import { type CheckOptions, check, NotThereError, type Progress } from '../run.ts';
import { builtIn } from './builtIn.ts';
import { loadLayers } from './load.ts';

/** Where a layer is found: the file that exports it, or the built-in ones, and which of them it is. */
export interface Source {
  readonly file?: string;
  readonly at: number;
}

/** A layer to be checked in a worker. */
export interface Task {
  readonly source: Source;
  readonly options: Omit<CheckOptions, 'onProgress' | 'fixtures'>;
  /** Whether the file finds Float64Array where it looks for Float32Array, and so what it imports; the same in all tasks of a worker. */
  readonly float64: boolean;
  /** Told of progress. */
  readonly port: MessagePort;
  /** Counts the layer's calls, so that one that does not return is noticed. */
  readonly calls: Int32Array;
}

/** What came of it; an error as data, since its class is lost on the way. */
export type Answer =
  | { readonly findings: readonly Finding[] }
  | { readonly error: { readonly kind: 'usage' | 'layer' | 'not there' | 'other'; readonly code?: string } & Told };

interface Told {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What a task tells of meanwhile: what is done at the moment, or an error that nobody waited for. */
export type Message = Progress | { readonly stray: string };

let current: MessagePort | undefined;
process.on('uncaughtException', error => current?.postMessage({ stray: error.message } satisfies Message));
process.exit = status => {
  throw new Error(`it called process.exit(${status ?? ''})`);
};

const loaded = new Map<string, Promise<readonly Layer[]>>();

export default async function checkInWorker({ source, options, float64, port, calls }: Task): Promise<Answer> {
  const { file, at } = source;
  current = port;
  if (float64) globalThis.Float32Array = Float64Array as unknown as typeof Float32Array;
  try {
    if (file !== undefined && !loaded.has(file)) loaded.set(file, loadLayers(file));
    const layer = (file === undefined ? builtIn : ((await loaded.get(file)) ?? []))[at];
    const onProgress = (progress: Progress) => {
      Atomics.add(calls, 0, 1);
      port.postMessage(progress);
    };
    const { findings } = await check(counted(layer, calls), { ...options, onProgress });
    return { findings: plainly(findings) };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const told = { name, message, ...(stack !== undefined && { stack }) };
    if (error instanceof NotThereError) return { error: { kind: 'not there', ...told } };
    if (error instanceof LayerError) return { error: { kind: 'layer', code: error.code, ...told } };
    return { error: { kind: error instanceof UsageError ? 'usage' : 'other', ...told } };
  } finally {
    // What a layer left running may still throw.
    await new Promise(resolve => {
      setImmediate(resolve);
    });
    port.close();
  }
}

const CALLS: readonly (string | symbol)[] = ['forward', 'vjp', 'jvp'];

/** A layer or an implementation, whatever it is an object of, its calls counted, and those of its alternatives. */
function counted<T extends Implementation>(functions: T, calls: Int32Array): T {
  return new Proxy(functions, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (CALLS.includes(key) && typeof value === 'function') {
        return (...args: unknown[]): unknown => {
          Atomics.add(calls, 0, 1);
          return Reflect.apply(value, target, args);
        };
      }
      if (key !== 'alternatives' || !value) return value;
      return Object.fromEntries(Object.entries(value).map(([name, other]) => [name, counted(other as T, calls)]));
    },
  });
}

/** Findings as a message can hold them: a config may hold functions. */
function plainly(findings: readonly Finding[]): readonly Finding[] {
  return findings.map(finding => ({ ...finding, config: plain(finding.config) as Finding['config'] }));
}
