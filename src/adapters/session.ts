import { LayerError } from '../checks/subject.ts';
import { describe } from '../tensor.ts';
import { isRecord, readLine } from './protocol.ts';

/** A running process that reads and writes lines. */
export interface Child {
  write(text: string): void;
  /** Closes its input, waits a little for it to stop, and ends what is left. Nothing is reported of it any more. */
  end(): Promise<void>;
  /** Ends it at once, with all that it started. Nothing is reported of it any more. */
  kill(): void;
}

/** What a running process reports. */
export interface ChildEvents {
  /** A line of standard output. */
  line(text: string): void;
  /** So many bytes of standard output have come since the last line. */
  partial(bytes: number): void;
  /** A line of standard error. */
  log(line: string): void;
  /** It is gone, and how: "exited with status 3". */
  gone(how: string): void;
}

export interface SessionOptions {
  readonly start: (events: ChildEvents) => Child;
  /** Seconds to wait for the description after a start, and for any other answer. */
  readonly patience: { readonly describe: number; readonly call: number };
  readonly onLog?: (line: string) => void;
}

/** What is asked of a process. */
export interface Question {
  readonly method: 'describe' | 'forward' | 'backward';
  /** The members of the request beside id and method, as JSON, each after a comma. */
  readonly members?: string;
  /** Its case and implementation, for messages. */
  readonly of?: string;
}

/** How often a process that died is started again. */
const RESTARTS = 3;

/** The longest line that is read, in bytes; a text of 2^29 is none to JavaScript. */
const LONGEST_LINE = 2 ** 28;

/** How many bytes that nobody asked for are put up with. */
const MOST_UNASKED = 2 ** 20;

/** Lines of standard error that are in errors, and how much of each. */
const LOG_LINES = 20;
const LOG_WIDTH = 400;

/** How long standard error may lag behind standard output, in milliseconds. */
const LAG = 20;

interface Pending {
  readonly id: number;
  readonly answer: (result: unknown) => void;
  readonly fail: (error: LayerError) => void;
}

/**
 * Questions to a process and its answers, one at a time. It is started when it is first asked something, and again when it has
 * died since.
 */
export class Session {
  readonly #command: string;
  readonly #options: SessionOptions;
  #child: Child | undefined;
  #starts = 0;
  #death = '';
  #description: unknown;
  #nextId = 0;
  #pending: Pending | undefined;
  /** Questions that were given up, though the answer may still come. */
  #abandoned = new Set<number>();
  /** What it printed when nothing was asked; told to whoever asks next. */
  #unasked: LayerError | undefined;
  #unaskedBytes = 0;
  #partialBytes = 0;
  readonly #log: string[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(command: string, options: SessionOptions) {
    this.#command = command;
    this.#options = options;
  }

  /**
   * What the process says of itself.
   * @throws LayerError when it cannot be started or gives no answer.
   */
  describe(): Promise<unknown> {
    return this.#inTurn({ method: 'describe' }, async () => {
      await this.#ensureStarted();
      return this.#description;
    });
  }

  /**
   * What `read` makes of the result of a question.
   * @throws LayerError when there is none, or `read` throws one; the message has the command, the question, what came, and the
   *   end of standard error.
   */
  ask<T>(question: Question, read: (result: Readonly<Record<string, unknown>>) => T): Promise<T> {
    return this.#inTurn(question, async () => {
      await this.#ensureStarted();
      const result = await this.#exchange(question, this.#options.patience.call);
      if (!isRecord(result)) throw new LayerError('process', `its "result" is ${describe(result)}, which is no object`);
      return read(result);
    });
  }

  /** Ends the process. What is asked afterwards starts it again. */
  async close(): Promise<void> {
    const closed = this.#turn.then(async () => {
      const child = this.#child;
      this.#forget();
      this.#starts = 0;
      await child?.end();
    });
    this.#turn = closed;
    await closed;
  }

  /** Runs after all that was asked before; an error is told with the command, the question and the log. */
  #inTurn<T>({ method, of = '' }: Question, run: () => Promise<T>): Promise<T> {
    const answer = this.#turn.then(run).catch(async (error: unknown) => {
      if (!(error instanceof LayerError)) throw error;
      await new Promise(resolve => setTimeout(resolve, LAG));
      const log = this.#log.map(line => `\n  ${line}`).join('');
      const asked = `process "${this.#command}", asked for ${method}${of}: ${error.message}`;
      const text = log === '' ? asked : `${asked}\nits standard error ends:${log}`;
      throw new LayerError(error.code, text, error.argument, { cause: error });
    });
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  async #ensureStarted(): Promise<void> {
    if (this.#child) return;
    if (this.#starts > RESTARTS) {
      throw new LayerError(
        'process',
        `it died ${this.#starts} times and is not started again; the last time it ${this.#death}`,
      );
    }
    this.#starts++;
    this.#death = '';
    try {
      this.#child = this.#start();
      const description = await this.#exchange({ method: 'describe' }, this.#options.patience.describe);
      this.#description ??= description;
      if (JSON.stringify(description) !== JSON.stringify(this.#description)) {
        throw new LayerError('process', 'started again, it describes itself differently than before');
      }
    } catch (error) {
      this.#die(this.#death || 'gave no description');
      throw error;
    }
  }

  #start(): Child {
    try {
      return this.#options.start({
        line: text => this.#receive(text),
        partial: bytes => this.#limit(bytes),
        log: line => this.#keep(line),
        gone: how => this.#die(how, new LayerError('process', `it ${how} and gave no answer`)),
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new LayerError('process', `it could not be started: ${why}`, undefined, { cause: error });
    }
  }

  #exchange({ method, members = '' }: Question, seconds: number): Promise<unknown> {
    const unasked = this.#unasked;
    this.#unasked = undefined;
    if (unasked) return Promise.reject(unasked);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#die(`did not answer within ${seconds} s`, this.#silence(seconds)),
        seconds * 1000,
      );
      const finish = () => {
        clearTimeout(timer);
        this.#pending = undefined;
      };
      this.#pending = {
        id,
        answer: result => {
          finish();
          resolve(result);
        },
        fail: error => {
          finish();
          reject(error);
        },
      };
      this.#child?.write(`{"id":${id},"method":"${method}"${members}}\n`);
    });
  }

  #receive(text: string): void {
    this.#partialBytes = 0;
    // In a flood every line counts, but only one is looked at.
    if (this.#unasked && !text.includes('"id"')) {
      this.#countUnasked(text);
      return;
    }
    const answer = text.trim() === '' ? '' : readLine(text);
    const id = isRecord(answer) ? answer.id : undefined;
    if (this.#abandoned.delete(id as number)) return;
    const pending = this.#pending;
    if (pending && isRecord(answer) && id === pending.id) {
      this.#unaskedBytes = 0;
      this.#settle(pending, answer);
      return;
    }
    if (answer !== '') {
      const error = strayLine(text, answer, pending?.id);
      if (pending) {
        this.#abandoned.add(pending.id);
        pending.fail(error);
      } else {
        this.#unasked ??= error;
      }
    }
    this.#countUnasked(text);
  }

  #countUnasked(text: string): void {
    this.#unaskedBytes += text.length + 1;
    if (this.#unaskedBytes > MOST_UNASKED) this.#flood(`over ${MOST_UNASKED} bytes that nobody asked for`);
  }

  #settle(pending: Pending, { result, error }: Record<string, unknown>): void {
    if (error !== undefined && error !== null) {
      const message = isRecord(error) ? error.message : error;
      const told = typeof message === 'string' ? message : JSON.stringify(error);
      pending.fail(new LayerError('threw', `it failed: ${told}`));
    } else if (result === undefined) {
      pending.fail(new LayerError('process', 'its answer has neither "result" nor "error"'));
    } else {
      pending.answer(result);
    }
  }

  #limit(bytes: number): void {
    this.#partialBytes = bytes;
    const expected = this.#pending !== undefined || this.#abandoned.size > 0;
    const most = expected ? LONGEST_LINE : MOST_UNASKED;
    if (bytes > most) this.#flood(`a line of over ${most} bytes${expected ? '' : ' that nobody asked for'}`);
  }

  #flood(what: string): void {
    const error = new LayerError('process', `it printed ${what}, and was ended`);
    this.#die(`printed ${what}`, error);
  }

  #silence(seconds: number): LayerError {
    const flush = 'flush standard output after every line, in Python with print(…, flush=True)';
    const text =
      this.#partialBytes > 0
        ? `within ${seconds} s it printed ${this.#partialBytes} bytes without a newline; end every answer with a newline and ${flush}`
        : `it did not answer within ${seconds} s; ${flush}, or give it more time with --timeout`;
    return new LayerError('timeout', text);
  }

  #keep(line: string): void {
    this.#log.push(line.slice(0, LOG_WIDTH));
    if (this.#log.length > LOG_LINES) this.#log.shift();
    this.#options.onLog?.(line);
  }

  /** Ends the process, to be started again; the question that waits fails with `error`. */
  #die(how: string, error?: LayerError): void {
    this.#death = how;
    const [child, pending] = [this.#child, this.#pending];
    this.#forget();
    child?.kill();
    if (error) pending?.fail(error);
  }

  #forget(): void {
    this.#child = undefined;
    this.#abandoned = new Set();
    this.#unasked = undefined;
    this.#unaskedBytes = 0;
    this.#partialBytes = 0;
  }
}

/** What is wrong with a line that is not the answer to what was asked. */
function strayLine(text: string, answer: unknown, asked: number | undefined): LayerError {
  const line = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  const elsewhere = 'print to standard error instead';
  if (asked === undefined) {
    return new LayerError('process', `it printed a line when nothing was asked: ${line}; ${elsewhere}`);
  }
  if (answer === undefined) {
    const hint = /\b(nan|inf)\b/i.test(text) ? ', and write "NaN", "Infinity" and "-Infinity" as texts' : '';
    return new LayerError('process', `it printed a line that is not JSON: ${line}; ${elsewhere}${hint}`);
  }
  if (!isRecord(answer) || answer.id === undefined) {
    const form = `{"id":${asked},"result":{…}}`;
    return new LayerError(
      'process',
      `it printed a line that is no answer: ${line}; ${elsewhere}, an answer is ${form}`,
    );
  }
  return new LayerError('process', `it answered with id ${JSON.stringify(answer.id)}, not ${asked}: ${line}`);
}
