import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'dist', 'cli', 'main.js');

/** Held by the test file that builds, while others wait. One that is older than this was left behind. */
const lock = join(root, 'node_modules', '.gradcheck-build');
const ABANDONED = 120_000;

/**
 * Builds the package into dist, unless it is newer than the sources, and returns the path of its command. A type error is not
 * what this is to find: the files are written all the same.
 */
export function built(): string {
  while (!locked()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  try {
    if (!(timeOf(main) > newestSource())) build();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return main;
}

function build(): void {
  rmSync(main, { force: true });
  const bundler = join(root, 'node_modules', 'rolldown', 'bin', 'cli.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [bundler, '-c'], { cwd: root, encoding: 'utf8' });
  if (!timeOf(main)) throw new Error(`the build did not write ${main}:\n${stdout}\n${stderr}`);
}

function newestSource(): number {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  return Math.max(...sources.map(path => timeOf(join(root, 'src', path))));
}

/** When a file was last written; 0 where there is none. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function locked(): boolean {
  if (Date.now() - timeOf(lock) > ABANDONED) rmSync(lock, { recursive: true, force: true });
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}
