import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Builds the package into dist and returns the path of its command. A type error is not what this is to find: the files are
 * written all the same.
 */
export function built(): string {
  const main = join(root, 'dist', 'cli', 'main.js');
  rmSync(main, { force: true });
  const compiler = createRequire(import.meta.url).resolve('@typescript/native/package.json');
  const { bin } = JSON.parse(readFileSync(compiler, 'utf8')) as { bin: Record<string, string> };
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(dirname(compiler), bin['tsc']), '-p', join(root, 'tsconfig.build.json')],
    { cwd: root, encoding: 'utf8' },
  );
  if (!existsSync(main)) throw new Error(`the build did not write ${main}:\n${stdout}\n${stderr}`);
  return main;
}
