import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import { UsageError } from '../cases.ts';
import { LayerError } from '../checks/subject.ts';
import type { Finding } from '../finding.ts';
import { NotThereError, type Progress } from '../run.ts';
import type { Answer, Message, Task } from './layerWorker.ts';

/** Seconds that a call of a layer may take. */
const TIMEOUT = 60;

/** Checks layers in worker threads, one per core. One that hangs or exhausts the heap takes down its worker only. */
export class Pool {
  readonly #pool: Tinypool;
  readonly #seconds: number;

  constructor(layers: number, workers: number = availableParallelism(), seconds: number = TIMEOUT) {
    this.#seconds = seconds;
    const worker = new URL(`../cli/layerWorker${extname(import.meta.url)}`, import.meta.url);
    // From its source, the worker is read by what reads this.
    const execArgv = worker.pathname.endsWith('.ts')
      ? ['--import', new URL('../../node_modules/jiti/lib/jiti-register.mjs', import.meta.url).href]
      : [];
    const threads = Math.max(1, Math.min(workers, layers));
    this.#pool = new Tinypool({ filename: worker.href, minThreads: threads, maxThreads: threads, execArgv });
  }

  /**
   * @throws UsageError, LayerError and NotThereError as the check does; Error when a call does not return in time, or the worker
   * ends.
   */
  async check(
    task: Pick<Task, 'source' | 'options' | 'float64'>,
    onProgress: (progress: Progress) => void,
  ): Promise<readonly Finding[]> {
    const { port1, port2 } = new MessageChannel();
    const calls = new Int32Array(new SharedArrayBuffer(4));
    const controller = new AbortController();
    let last = -1;
    let idle = 0;
    let started = false;
    port1.on('message', (message: Message) => {
      started = true;
      if ('stray' in message) throw new Error(message.stray);
      onProgress(message);
    });
    const timer = setInterval(() => {
      const now = Atomics.load(calls, 0);
      // A task that has not begun waits for a worker.
      idle = started && now === last ? idle + 1 : 0;
      last = now;
      if (idle > this.#seconds) controller.abort();
    }, 1000);
    try {
      const answer = (await this.#pool.run(
        { ...task, port: port2, calls },
        { transferList: [port2], signal: controller.signal },
      )) as Answer;
      if ('findings' in answer) return answer.findings;
      throw revived(answer.error);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      throw new LayerError('timeout', `a call did not return within ${this.#seconds} s; its worker was ended`);
    } finally {
      clearInterval(timer);
      port1.close();
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function revived({ kind, code, name, message, stack }: Extract<Answer, { error: unknown }>['error']): Error {
  const error =
    kind === 'not there'
      ? new NotThereError(message)
      : kind === 'usage'
        ? new UsageError(message)
        : kind === 'layer'
          ? new LayerError((code ?? 'threw') as LayerError['code'], message)
          : Object.assign(new Error(message), { name });
  return Object.assign(error, { stack });
}
