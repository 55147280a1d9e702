import process from 'node:process';
import pc from 'picocolors';
import { PLAIN, type Paint, printable, printableLines } from '../report/text.ts';

/** Where a run writes to: findings to one stream, everything else to the other. */
export interface Terminal {
  /** Findings. Goes to standard error where standard output is kept for JSON. */
  out(text: string): void;
  /** The JSON of `--json -`. */
  json(text: string): void;
  /** Problems: what came, and what to do. With `cause` its stack is shown after it. */
  problem(text: string, cause?: unknown): void;
  /** A line of somebody's log. */
  log(line: string): void;
  /** What is done at the moment; shown where standard error is a terminal, and overwritten by whatever comes next. */
  progress(text: string): void;
  /** An empty screen, where findings go to a terminal. */
  wipe(): void;
  readonly paint: Paint;
  /** Waits until everything is written. */
  drained(): Promise<void>;
}

/** How a terminal is used. */
export interface TerminalOptions {
  readonly quiet: boolean;
  /** Whether standard output is for JSON alone. */
  readonly jsonOnly: boolean;
}

const LONGEST_LINE = 400;
const MOST_LINES = 40;

/**
 * The terminal of this process. From here on, whatever else writes to standard output (a layer's console.log) goes to standard
 * error.
 */
export function openTerminal({ quiet, jsonOnly }: TerminalOptions): Terminal {
  const { stdout, stderr } = process;
  const writeOut = stdout.write.bind(stdout);
  const writeError = stderr.write.bind(stderr);
  let shown = false;
  let last = 0;
  const clear = () => {
    if (shown) writeError('\r\u001b[K');
    shown = false;
  };
  const toError = (text: string) => {
    clear();
    writeError(text);
  };
  stdout.write = ((...args: Parameters<typeof stdout.write>) => {
    clear();
    return writeError(...args);
  }) as typeof stdout.write;
  return {
    out: text => (jsonOnly ? toError(`${text}\n`) : (clear(), writeOut(`${text}\n`))),
    json: text => writeOut(text),
    problem(text, cause) {
      const lines = printableLines(text, LONGEST_LINE, MOST_LINES);
      const stack = cause instanceof Error ? stackOf(cause) : [];
      toError(`gradcheck: ${[...lines, ...stack].join('\n  ')}\n`);
    },
    log: line => toError(`${printable(line, LONGEST_LINE)}\n`),
    progress(text) {
      if (quiet || !stderr.isTTY) return;
      const now = performance.now();
      if (shown && now - last < 50) return;
      last = now;
      writeError(`\r\u001b[K${printable(text, (stderr.columns || 80) - 1)}`);
      shown = true;
    },
    wipe() {
      if (stdout.isTTY && !jsonOnly) writeOut('\u001b[2J\u001b[3J\u001b[H');
    },
    paint: pc.isColorSupported ? pc : PLAIN,
    async drained() {
      clear();
      await Promise.all([writeOut, writeError].map(write => new Promise<void>(resolve => write('', () => resolve()))));
    },
  };
}

/** Where it began: the stack of the first cause. */
function stackOf(error: Error): string[] {
  if (error.cause instanceof Error) return stackOf(error.cause);
  return printableLines(error.stack ?? String(error), LONGEST_LINE, MOST_LINES);
}
