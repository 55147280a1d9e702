import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Entry, idOf } from '../audit/entry.ts';
import { type ArgSpec, defineLayer, type Layer } from '../layer.ts';
import type { Tensors } from '../tensor.ts';
import type { Loaded, Place, Question } from './auditWorker.ts';

/** A library in a worker, which is ended when it does not answer, and made anew. */
export class Site {
  readonly #place: Place;
  readonly #seconds: number;
  readonly #ran = new Set<string>();
  #worker?: Worker;
  #asked = 0;

  constructor(place: Place, seconds: number) {
    this.#place = place;
    this.#seconds = seconds;
  }

  /** @throws Error when the library cannot make it, or does not answer. */
  async layer(entry: Entry): Promise<Layer> {
    const args = (await this.#ask('describe', entry)) as Record<string, ArgSpec>;
    return defineLayer({
      name: idOf(entry),
      dtype: this.#place.dtype,
      args,
      forward: async given => (await this.#ask('forward', entry, given)) as Tensors,
      vjp: async (given, upstream) => (await this.#ask('vjp', entry, given, upstream)) as Tensors,
    });
  }

  /** The library, and which of its gradients have been run, in workers that are gone as well. */
  async library(): Promise<Loaded> {
    const loaded = (await this.#ask('library')) as Loaded;
    for (const name of loaded.ran) this.#ran.add(name);
    return { ...loaded, ran: [...this.#ran] };
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(method: Question['method'], entry?: Entry, args: Tensors = {}, upstream: Tensors = {}): Promise<unknown> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      const end = (error: Error) => {
        this.#worker = undefined;
        void worker.terminate();
        settle(() => reject(error));
      };
      const what = entry ? idOf(entry) : this.#place.library;
      const timer = setTimeout(
        () => end(new Error(`${what} did not answer within ${this.#seconds} s; its worker was ended`)),
        1000 * this.#seconds,
      );
      const onMessage = (answer: { id: number; result?: unknown; error?: string }) => {
        if (answer.id !== id) return;
        settle(() => (answer.error === undefined ? resolve(answer.result) : reject(new Error(answer.error))));
      };
      const onEnd = (cause: unknown) => end(new Error(`the worker ended: ${String(cause)}`));
      const settle = (how: () => void) => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onEnd);
        how();
      };
      worker.on('message', onMessage).on('error', onEnd);
      worker.postMessage({ id, method, args, upstream, ...(entry && { entry }) } satisfies Question);
    });
  }

  #start(): Worker {
    const file = new URL(`../cli/auditWorker${extname(import.meta.url)}`, import.meta.url);
    // From its source, the worker is read by what reads this.
    const execArgv = file.pathname.endsWith('.ts')
      ? ['--import', new URL('../../node_modules/jiti/lib/jiti-register.mjs', import.meta.url).href]
      : [];
    return new Worker(file, { workerData: this.#place, execArgv });
  }
}
