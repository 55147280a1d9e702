import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import process from 'node:process';
import { UsageError } from '../cases.ts';
import { printable } from '../report/text.ts';
import type { Status } from './finish.ts';
import type { Terminal } from './terminal.ts';

/** What a layer file may import from beside it; beside these the extensions of the files themselves. */
const SOURCES = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'];

/** One save may be several changes, milliseconds apart. */
const SETTLED = 100;

/** How long a run that is out of date may take to end. */
const PATIENCE = 2000;

/**
 * `gradcheck check … --watch`: the same command without --watch, now and whenever a source file is saved in the folder of one
 * that it names. Each run is a process of its own, so that a layer which ends it, or never comes to an end, disturbs no other.
 * Ctrl-C ends with the status of the last run.
 * @throws UsageError when there is nothing to watch.
 */
export async function watchFiles(
  files: readonly string[],
  command: string | undefined,
  terminal: Terminal,
): Promise<Status> {
  const named = [...files, ...filesOf(command)];
  const folders = [...new Set(named.map(dirname))].filter(folder => existsSync(folder));
  if (folders.length === 0) {
    throw new UsageError('there is nothing to watch; name a file that is there: gradcheck check my-layer.ts --watch');
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const changes = new Changes(folders, [...SOURCES, ...named.map(file => extname(file))], stop.signal);
  let status: Status = 2;
  for (;;) {
    const run = start(process.argv.slice(2).filter(word => word !== '--watch'));
    const change = changes.next();
    const ended = await Promise.race([run.status, change]);
    if (typeof ended === 'number' && !stop.signal.aborted) {
      status = ended;
      terminal.log(`watching ${folders.map(folder => printable(folder)).join(', ')}; Ctrl-C ends`);
    }
    const changed = await change;
    await run.end();
    if (stop.signal.aborted) return status;
    terminal.wipe();
    terminal.log(
      `${new Date().toTimeString().slice(0, 8)}  ${changed.map(name => printable(name)).join(', ')} changed`,
    );
  }
}

/** The files that a command names. */
function filesOf(command = ''): string[] {
  const words = command.split(/\s+/).map(word => word.replaceAll(/["']/g, ''));
  return words.filter(word => extname(word) !== '' && existsSync(word));
}

/** Saves of files with certain extensions directly in some folders. */
class Changes {
  private readonly names = new Set<string>();
  private readonly stopped: AbortSignal;
  private tell = (): void => {};

  constructor(folders: readonly string[], extensions: readonly string[], stopped: AbortSignal) {
    this.stopped = stopped;
    const watchers: FSWatcher[] = folders.map(folder =>
      watch(folder, (_event, name) => {
        // Editors and atomic writes put temporary files beside the one that is saved.
        if (name === null || basename(name).startsWith('.') || !extensions.includes(extname(name))) return;
        this.names.add(join(folder, name));
        this.tell();
      }),
    );
    stopped.addEventListener('abort', () => {
      for (const watcher of watchers) watcher.close();
      this.tell();
    });
  }

  /** The files saved since the last call, once there are some and they come to rest; or none when it is to stop. */
  async next(): Promise<string[]> {
    if (this.names.size === 0 && !this.stopped.aborted) {
      await new Promise<void>(resolve => {
        this.tell = resolve;
      });
    }
    if (!this.stopped.aborted) await new Promise(resolve => setTimeout(resolve, SETTLED));
    const changed = [...this.names];
    this.names.clear();
    return changed;
  }
}

/** This command under other words, in a process of its own. */
function start(words: readonly string[]): { readonly status: Promise<Status>; end(): Promise<void> } {
  const child: ChildProcess = spawn(process.execPath, [...process.execArgv, process.argv[1], ...words], {
    stdio: 'inherit',
  });
  const status = new Promise<Status>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve(code !== null && code <= 3 ? (code as Status) : 2));
  });
  return {
    status,
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await status;
      clearTimeout(late);
    },
  };
}
