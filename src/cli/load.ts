import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { UsageError } from '../cases.ts';
import { isLayer, type Layer } from '../layer.ts';
import { isRecipe, type Recipe } from '../network/recipe.ts';
import { describe } from '../tensor.ts';
import { closest } from './closest.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/**
 * The layers that a file exports, by default or by name, singly or in arrays.
 * @throws UsageError when there is no such file, it cannot be read or run, or it exports no layer.
 */
export async function loadLayers(file: string): Promise<Layer[]> {
  await expectFile(file);
  const exported = await importFile(file);
  const found = new Set<Layer>();
  for (const value of Object.values(exported)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) if (isLayer(one)) found.add(one);
  }
  if (found.size === 0) throw new UsageError(`${file} exports no layer: ${nothingToCheck(exported)}`);
  return [...found];
}

/**
 * The network that a file exports, by default or by name: a recipe, or a function that makes one.
 * @throws UsageError when there is no such file, it cannot be read or run, or it exports none.
 */
export async function loadRecipe(file: string): Promise<Recipe> {
  await expectFile(file);
  const exported = await importFile(file);
  const found = Object.values(exported).find(isRecipe);
  if (found) return found;
  throw new UsageError(
    `${file} exports no network: an object { name, input, nodes, loss, settings }, as in examples/small-network.ts; it exports ${Object.keys(exported).join(', ') || 'nothing'}`,
  );
}

async function expectFile(file: string): Promise<void> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    if (found.code !== 'ENOENT') throw new UsageError(`${file} cannot be read: ${found.message}`);
    const similar = closest(basename(file), await readdir(dirname(file)).catch(() => []));
    throw new UsageError(`${file}: there is no such file${similar ? `; did you mean ${similar}?` : ''}`);
  }
  if (found.isDirectory()) {
    throw new UsageError(`${file} is a folder; name the files in it, as in: gradcheck check ${file}/*.ts`);
  }
  const extension = extname(file);
  if (EXTENSIONS.includes(extension)) return;
  throw new UsageError(
    `${file} has the extension "${extension}"; a layer file is ${EXTENSIONS.join(', ')} (a layer in another language is checked by: gradcheck check --process "COMMAND")`,
  );
}

/** What a file exports, by name. The package that it imports is this one, not another copy. */
async function importFile(file: string): Promise<Record<string, unknown>> {
  const [{ createJiti }, own] = await Promise.all([import('jiti'), import('../index.ts')]);
  const path = resolve(file);
  const jiti = createJiti(pathToFileURL(path).href, {
    moduleCache: false,
    fsCache: ownCache(),
    interopDefault: false,
    alias: await subpaths(),
    virtualModules: { gradcheck: own },
  });
  try {
    return await jiti.import<Record<string, unknown>>(path);
  } catch (error) {
    throw loadError(file, path, error);
  }
}

/**
 * Where translated files are kept. Not where jiti's own register keeps them: it translates them otherwise, and what it left there would be
 * taken for ours.
 */
function ownCache(): string | false {
  return existsSync('node_modules') && resolve('node_modules', '.cache', 'gradcheck');
}

/** This package's further entry points, and their files. */
async function subpaths(): Promise<Record<string, string>> {
  const manifest = new URL('../../package.json', import.meta.url);
  const { exports } = JSON.parse(await readFile(manifest, 'utf8')) as {
    exports: Record<string, string | { default: string }>;
  };
  const files: Record<string, string> = {};
  for (const [name, target] of Object.entries(exports)) {
    if (name === '.' || typeof target === 'string') continue;
    files[name.replace(/^\./, 'gradcheck')] = fileURLToPath(new URL(target.default, manifest));
  }
  return files;
}

function loadError(file: string, path: string, error: unknown): UsageError {
  if (error instanceof UsageError) return new UsageError(`${file}: ${error.message}`, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  const [, what, where, line, column] = /^ParseError:\s*(.*?)\s*\n\s*(.+):(\d+):(\d+)/s.exec(message) ?? [];
  if (what !== undefined) {
    const place = where === path ? file : where;
    return new UsageError(`${place}:${line}:${Number(column) + 1}: syntax error: ${what}`, { cause: error });
  }
  const name = error instanceof Error ? error.name : 'a value that is no error';
  const [first] = message.split('\n');
  return new UsageError(`${file} throws when it is imported: ${name}: ${first}${placeOf(path, error)}`, {
    cause: error,
  });
}

/** Where in the file an error was thrown, if its stack says. */
function placeOf(path: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const frame = stack.split('\n').find(line => line.includes(`${path}:`));
  // Columns are those of the translated text.
  const position = frame && /:(\d+):\d+\)?$/.exec(frame);
  return position ? ` (line ${position[1]})` : '';
}

/** What came in place of a layer, and what to do. */
function nothingToCheck(exported: Record<string, unknown>): string {
  const names = Object.keys(exported);
  const remedy = names.some(name => looksLikeClass(exported[name]))
    ? 'for a class with forward and backward: export default fromClass(() => new Yours(…), { inputs: [2, 3] })'
    : "export default defineLayer({ name: '…', args: { x: [2, 3] }, forward, vjp })";
  if (names.length === 0) return `it exports nothing; ${remedy}`;
  const came = names.slice(0, 8).map(name => `${name} is ${described(exported[name])}`);
  return `${came.join(', ')}${names.length > 8 ? `, and ${names.length - 8} more` : ''}; ${remedy}`;
}

function looksLikeClass(value: unknown): boolean {
  const methods = (typeof value === 'function' ? value.prototype : value) as Record<string, unknown> | null | undefined;
  return typeof methods?.['forward'] === 'function' && typeof methods['backward'] === 'function';
}

function described(value: unknown): string {
  if (typeof value === 'function') return looksLikeClass(value) ? 'a class' : 'a function';
  if (typeof value !== 'object' || value === null) return describe(value);
  const parts = ['name', 'forward', 'vjp'] as const;
  const lacks = parts.filter(part => typeof (value as Layer)[part] !== (part === 'name' ? 'string' : 'function'));
  if (lacks.length === parts.length) return describe(value);
  return `an object with ${parts.filter(part => !lacks.includes(part)).join(' and ')} but without ${lacks.join(' and ')}`;
}
