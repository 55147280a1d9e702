import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as math from 'mathjs';
import { describe, expect, test } from 'vitest';
import { layers } from '../src/layers/index.ts';
import { VERSION } from '../src/version.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');

/** The way that data takes; nothing imports from what comes later. */
const ORDER = [
  'version',
  'tensor',
  'broadcast',
  'layer',
  'arbitraries',
  'kernels',
  'layers',
  'numeric',
  'plain',
  'cases',
  'readJson',
  'shrink',
  'checks',
  'diagnosis',
  'finding',
  'explain',
  'run',
  'fixtures',
  'report',
  'adapters',
  'audit',
  'network',
  'index',
  'matchers',
  'jest',
  'node',
  'recorded',
  'vitest',
  'cli',
  'reporter',
];

/** Parts that know no layer, whatever the order allows. */
const KNOW_NO_LAYER = ['numeric', 'cases', 'checks', 'diagnosis', 'finding', 'explain', 'shrink', 'run', 'report'];

/** Parts that may use node: modules; the others run in a browser. */
const NODE = [
  /^cli\//,
  /^fixtures\.ts$/,
  /^adapters\/(process|session)/,
  /^(vitest|node|reporter)\.ts$/,
  /^network\/files\.ts$/,
];

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => ({ file, text: readFileSync(join(source, file), 'utf8') }));

/** What a file imports: paths below src, and names of packages. */
function importsOf({ file, text }: { file: string; text: string }): { path: string; static: boolean }[] {
  const found = [...text.matchAll(/(?:^(?:import|export)[^;'"]*?from |^import |import\()\s*'([^']+)'/gm)];
  return found.map(([whole, path]) => ({
    path: path.startsWith('.') ? relative(source, resolve(source, file, '..', path)) : path,
    static: !whole.startsWith('import('),
  }));
}

const partOf = (path: string) => path.replace(/\.ts$/, '').split('/')[0];

describe('the structure of the source', () => {
  test('every part has its place in the order', () => {
    const unknown = files.map(({ file }) => partOf(file)).filter(part => !ORDER.includes(part));
    expect([...new Set(unknown)]).toEqual([]);
  });

  test('imports follow the order in which data flows', () => {
    const backwards = files.flatMap(file =>
      importsOf(file)
        .filter(({ path }) => path.endsWith('.ts'))
        .filter(({ path }) => ORDER.indexOf(partOf(path)) > ORDER.indexOf(partOf(file.file)))
        .map(({ path }) => `${file.file} imports ${path}`),
    );
    expect(backwards).toEqual([]);
  });

  test('no file imports itself, however far around', () => {
    const graph = new Map(files.map(file => [file.file, importsOf(file).map(({ path }) => path)]));
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const { file } of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  test('checks, numerics and diagnosis know no layer', () => {
    // A word that mathematics has too (erf, exp, mean) is not taken for a layer.
    const names = layers.map(({ name }) => name).filter(name => !(name in math));
    const known = files
      .filter(({ file }) => KNOW_NO_LAYER.includes(partOf(file)))
      .flatMap(file => [
        ...importsOf(file)
          .filter(({ path }) => ['layers', 'kernels'].includes(partOf(path)))
          .map(({ path }) => `${file.file} imports ${path}`),
        ...names.filter(name => file.text.includes(`'${name}'`)).map(name => `${file.file} names ${name}`),
      ]);
    expect(known).toEqual([]);
  });

  test('the core has no node: import', () => {
    const users = files
      .filter(({ file }) => !NODE.some(pattern => pattern.test(file)))
      .filter(file => importsOf(file).some(({ path }) => path.startsWith('node:')))
      .map(({ file }) => file);
    expect(users).toEqual([]);
  });

  test('importing the package loads neither fast-check nor mathjs', () => {
    const statically = files.filter(({ text }) => /^import (?!type)[^;]*from '(fast-check|mathjs)'/m.test(text));
    expect(statically.map(({ file }) => file)).toEqual([]);
  });

  // The text of a reproduction is a program that prints.
  test('only the command line prints and exits', () => {
    const talkers = files.filter(
      ({ file, text }) =>
        !file.startsWith('cli/') &&
        !file.endsWith('/reproduction.ts') &&
        /console\.|process\.(exit|stdout|stderr)/.test(text),
    );
    expect(talkers.map(({ file }) => file)).toEqual([]);
  });
});

describe('the built-in layers', () => {
  const own = readdirSync(join(source, 'layers')).filter(file => file !== 'index.ts');

  test('every layer has a file of its name, and every file is registered', () => {
    expect(layers.map(({ name }) => `${name}.ts`).toSorted()).toEqual(own.toSorted());
  });

  test('no two layers share a name', () => {
    expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
  });
});

test('the version in the source is that of the package', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(version);
});
