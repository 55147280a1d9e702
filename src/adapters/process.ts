import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';
import { UsageError } from '../cases.ts';
import type { Layer } from '../layer.ts';
import { readDescription } from './description.ts';
import { remoteLayer } from './remoteLayer.ts';
import { type Child, type ChildEvents, Session } from './session.ts';

/** How a layer in another process is run. */
export interface ProcessOptions {
  /** Seconds for an answer, 30 unless said; twice that for the description after a start, which may load much first. */
  readonly timeout?: number;
  /** What else is known of the layer, such as its kinks; it goes before what the process says. */
  readonly layer?: Partial<Omit<Layer, 'forward' | 'vjp' | 'close'>>;
  /** Called with every line of the process's standard error. */
  readonly onLog?: (line: string) => void;
}

const TIMEOUT = 30;

/**
 * The layer that a command answers for: one JSON object a line on its standard input and output. The command runs in a shell, in
 * a process group that `close` ends whole; it does not keep this process from exiting.
 * @throws LayerError when it cannot be started or gives no answer.
 * @throws UsageError when its description is not what it should be.
 */
export async function processLayer(command: string, options: ProcessOptions = {}): Promise<Layer> {
  const { timeout = TIMEOUT, layer, onLog } = options;
  if (!(timeout > 0 && timeout <= LONGEST_TIMEOUT)) {
    throw new UsageError(`timeout is ${timeout}; it should be a number of seconds above 0, up to ${LONGEST_TIMEOUT}`);
  }
  const patience = { describe: 2 * timeout, call: timeout };
  const session = new Session(command, { start: events => startChild(command, events), patience, onLog });
  try {
    return remoteLayer(readDescription(await session.describe()), session, layer);
  } catch (error) {
    await session.close();
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`process "${command}" describes its layer wrongly: ${error.message}`);
  }
}

/** A timer takes up to 2^31 milliseconds, 24 days; twice this is less. */
const LONGEST_TIMEOUT = 1_000_000;

/** How long a process may take to stop when its input has ended, in milliseconds. */
const GRACE = 1000;

/** Lines of standard error are cut here, in characters. */
const LONGEST_LOG_LINE = 2 ** 16;

const ON_WINDOWS = process.platform === 'win32';

/** Starts a command in a shell, as the leader of a process group of its own. */
function startChild(command: string, events: ChildEvents): Child {
  const child = spawn(command, { shell: true, detached: !ON_WINDOWS, stdio: 'pipe', windowsHide: true });
  const { stdin, stdout, stderr, pid } = child;
  let silent = false;
  let exited = false;
  let how: string | undefined;
  letExit(child);
  if (pid !== undefined) register(pid);

  const report = () => {
    if (!silent) events.gone(how as string);
    silent = true;
  };
  const endGroup = () => {
    if (!exited && pid !== undefined) killGroup(pid);
  };
  const exit = new Promise<void>(resolve => {
    child.on('error', error => {
      if (pid !== undefined) return;
      how = `could not be started (${error.message})`;
      report();
      resolve();
    });
    child.on('exit', (code, signal) => {
      endGroup();
      exited = true;
      if (pid !== undefined) unregister(pid);
      how = exitText(code, signal);
      // What it printed last may still be in the pipe; a process that left the group may hold the pipe open.
      child.on('close', report);
      setTimeout(report, GRACE).unref();
      resolve();
    });
  });

  // A pipe that is closed shows as a process that exits, or does not answer.
  stdin.on('error', () => undefined);
  readLines(stdout, {
    line: text => {
      if (!silent) events.line(text);
    },
    partial: bytes => {
      if (!silent) events.partial(bytes);
    },
  });
  readLog(stderr, line => {
    if (!silent) events.log(line);
  });

  const kill = () => {
    silent = true;
    endGroup();
    for (const pipe of [stdin, stdout, stderr]) pipe.destroy();
  };
  return {
    write: text => void stdin.write(text),
    kill,
    end: async () => {
      silent = true;
      stdin.end();
      await within(GRACE, exit);
      kill();
      await within(GRACE, exit);
    },
  };
}

/** Lines without their end; the last needs none. */
function readLines(stream: NodeJS.ReadableStream, events: Pick<ChildEvents, 'line' | 'partial'>): void {
  const newline = 10;
  let parts: Buffer[] = [];
  let held = 0;
  const finish = (last: Buffer) => {
    const line = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    held = 0;
    events.line(line.toString('utf8'));
  };
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      finish(chunk.subarray(from, at));
      from = at + 1;
    }
    if (from === chunk.length) return;
    parts.push(chunk.subarray(from));
    held += chunk.length - from;
    events.partial(held);
  });
  stream.on('end', () => {
    if (held > 0) finish(Buffer.alloc(0));
  });
}

/** Lines of text; one that does not end is cut. */
function readLog(stream: NodeJS.ReadableStream, log: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() as string;
    if (rest.length > LONGEST_LOG_LINE) {
      lines.push(rest);
      rest = '';
    }
    for (const line of lines) log(line.trimEnd());
  });
  stream.on('end', () => {
    if (rest !== '') log(rest.trimEnd());
  });
}

/** The child and its pipes do not keep this process running; the timer of a question that waits does. */
function letExit(child: ChildProcess): void {
  const handles = [child, child.stdin, child.stdout, child.stderr] as (Partial<Pick<ChildProcess, 'unref'>> | null)[];
  for (const handle of handles) handle?.unref?.();
}

/** What a shell means by its own exit status: 128 and more for a command that was ended by a signal. */
const EXIT_MEANS: Readonly<Record<number, string>> = {
  126: ' (it cannot be executed)',
  127: ' (command not found)',
  ...Object.fromEntries(Object.entries(constants.signals).map(([name, number]) => [128 + number, ` (${name})`])),
};

function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal) return `was ended by ${signal}`;
  return `exited with status ${code}${EXIT_MEANS[code as number] ?? ''}`;
}

async function within(milliseconds: number, event: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>(resolve => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([event, over]);
  clearTimeout(timer);
}

/** The groups that are running, by their leaders. They are ended when this process exits or is interrupted. */
const groups = new Set<number>();
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function register(leader: number): void {
  if (groups.size === 0) {
    process.on('exit', endAll);
    for (const signal of INTERRUPTS) process.on(signal, interrupted);
  }
  groups.add(leader);
}

function unregister(leader: number): void {
  if (!groups.delete(leader) || groups.size > 0) return;
  process.off('exit', endAll);
  for (const signal of INTERRUPTS) process.off(signal, interrupted);
}

function endAll(): void {
  for (const leader of groups) {
    killGroup(leader);
    unregister(leader);
  }
}

/** Ends the groups and leaves the rest to other listeners, or to what the signal does where there are none. */
function interrupted(signal: NodeJS.Signals): void {
  endAll();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}

function killGroup(leader: number): void {
  if (ON_WINDOWS) {
    spawnSync('taskkill', ['/pid', String(leader), '/T', '/F']);
    return;
  }
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
