import { extname, join } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { type Audit, audited, type Audited, auditToMarkdown, inOwnPrecision } from '../audit/audit.ts';
import { type Entry, idOf } from '../audit/entry.ts';
import { reproduction } from './reproduction.ts';
import { TFJS } from '../audit/tfjs.ts';
import { TFJS_NOTES } from '../audit/tfjsNotes.ts';
import { UsageError } from '../cases.ts';
import { type ArgSpec, defineLayer, type Layer } from '../layer.ts';
import { check } from '../run.ts';
import type { Dtype, Tensors } from '../tensor.ts';
import type { Status } from './finish.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import type { Question } from './tfWorker.ts';
import { makeFolder, REPORTS, writeWhole } from './write.ts';

/** Seconds that a call may take. */
const TIMEOUT = 10;

/** `gradcheck audit tfjs`: checks the operations and Layers of a library, each call in a worker with a time limit. */
export async function audit(
  library: string,
  words: readonly string[],
  options: Options,
  terminal: Terminal,
): Promise<Status> {
  if (library !== 'tfjs') throw new UsageError(`there is no catalogue of "${library}"; there is one of tfjs`);
  const chosen = TFJS.filter(entry => words.length === 0 || words.some(word => idOf(entry).includes(word)));
  if (chosen.length === 0) throw new UsageError(`no operation has ${words.join(' or ')} in its name`);
  const entries: Audited[] = [];
  let gradients: Gradients = { version: '', registered: [], ran: [] };
  const ran = new Set<string>();
  for (const dtype of ['float64', 'float32'] as const) {
    const site = new Site(dtype, options.timeout ?? TIMEOUT);
    try {
      await expectInstalled(site, chosen[0]);
      for (const [at, entry] of chosen.entries()) {
        terminal.progress(`${dtype} ${at + 1}/${chosen.length} ${idOf(entry)}`);
        entries.push(await auditOne(entry, dtype, site, options.seed));
        site.keep(ran);
      }
      gradients = await site.gradients(chosen[0]);
      for (const name of gradients.ran) ran.add(name);
    } finally {
      await site.close();
    }
  }
  const result: Audit = {
    schema: 'gradcheck-audit/1',
    library,
    version: gradients.version,
    seed: options.seed,
    environment: `Node ${process.versions.node}, cpu backend`,
    entries: inOwnPrecision(entries),
    gradients: {
      registered: gradients.registered.length,
      notRun: gradients.registered.filter(name => !ran.has(name)),
    },
  };
  const text = auditToMarkdown(result, TFJS_NOTES);
  if (words.length === 0) {
    const folder = join(REPORTS, 'audits');
    await makeFolder(REPORTS);
    await makeFolder(folder);
    await writeWhole(join(folder, `${library}-${result.version}.json`), `${JSON.stringify(result, null, 1)}\n`);
    await writeWhole(join(folder, `${library}-${result.version}.md`), text);
  }
  if (options.json === '-') terminal.json(`${JSON.stringify(result, null, 1)}\n`);
  else if (options.json !== undefined) await writeWhole(options.json, `${JSON.stringify(result, null, 1)}\n`);
  terminal.out(text);
  return result.entries.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
}

interface Gradients {
  readonly version: string;
  readonly registered: readonly string[];
  readonly ran: readonly string[];
}

async function expectInstalled(site: Site, entry: Entry): Promise<void> {
  try {
    await site.gradients(entry);
  } catch (error) {
    const { message } = error as Error;
    const hint = /Cannot find module/.test(message) ? 'it is not installed; npm install @tensorflow/tfjs' : message;
    throw new UsageError(`TensorFlow.js cannot be loaded: ${hint.split('\n', 1)[0]}`, { cause: error });
  }
}

async function auditOne(entry: Entry, dtype: Dtype, site: Site, seed: string): Promise<Audited> {
  let layer: Layer;
  try {
    layer = await site.layer(entry);
  } catch (error) {
    const { operation, configuration, code } = entry;
    const reason = (error as Error).message;
    const verdict = /did not answer within/.test(reason) ? 'hangs' : 'throws';
    return { operation, configuration, code, dtype, verdict, arguments: [], reason };
  }
  const { findings } = await check(layer, { seed });
  const result = audited(entry, dtype, findings);
  return result.verdict === 'wrong' ? { ...result, reproduction: reproduction(entry, result) } : result;
}

/** The library in a worker, which is ended when it does not answer, and made anew. */
class Site {
  readonly #dtype: Dtype;
  readonly #seconds: number;
  #worker?: Worker;
  #asked = 0;
  #ran: readonly string[] = [];

  constructor(dtype: Dtype, seconds: number) {
    this.#dtype = dtype;
    this.#seconds = seconds;
  }

  async layer(entry: Entry): Promise<Layer> {
    const args = (await this.#ask(entry, 'describe')) as Record<string, ArgSpec>;
    return defineLayer({
      name: idOf(entry),
      dtype: this.#dtype,
      args,
      forward: async given => (await this.#ask(entry, 'forward', given)) as Tensors,
      vjp: async (given, upstream) => (await this.#ask(entry, 'vjp', given, upstream)) as Tensors,
    });
  }

  async gradients(entry: Entry): Promise<Gradients> {
    const found = (await this.#ask(entry, 'gradients')) as Gradients;
    return { ...found, ran: [...new Set([...found.ran, ...this.#ran])] };
  }

  /** Adds the gradients that workers have run which are gone. */
  keep(ran: Set<string>): void {
    for (const name of this.#ran) ran.add(name);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(entry: Entry, method: Question['method'], args: Tensors = {}, upstream: Tensors = {}): Promise<unknown> {
    const worker = (this.#worker ??= this.#start());
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      const end = (error: Error) => {
        this.#worker = undefined;
        void worker.terminate();
        settle(() => reject(error));
      };
      const timer = setTimeout(
        () => end(new Error(`${idOf(entry)} did not answer within ${this.#seconds} s; its worker was ended`)),
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
      worker.postMessage({ id, entry, method, args, upstream } satisfies Question);
    });
  }

  #start(): Worker {
    const file = new URL(`../cli/tfWorker${extname(import.meta.url)}`, import.meta.url);
    // From its source, the worker is read by what reads this.
    const execArgv = file.pathname.endsWith('.ts')
      ? ['--import', new URL('../../node_modules/jiti/lib/jiti-register.mjs', import.meta.url).href]
      : [];
    return new Worker(file, { workerData: { dtype: this.#dtype }, execArgv });
  }
}
