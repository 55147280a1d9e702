import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

/*
 * The package in few files: node needs about 0.3 ms for each module that it loads, and there are hundreds. Whatever package.json
 * names, and every worker, is a file of its own; what these share, and what is imported on demand, goes to dist/chunks.
 */
const { bin, exports, dependencies, peerDependencies } = JSON.parse(
  readFileSync(new URL('package.json', import.meta.url), 'utf8'),
);
const named = [...Object.values(exports).map(one => one.default), ...Object.values(bin), './dist/cli/auditWorker.js', './dist/cli/layerWorker.js'];
const entries = named.filter(Boolean).map(path => path.replace(/^\.\/dist\/(.*)\.js$/, '$1'));
const packages = Object.keys({ ...dependencies, ...peerDependencies });

export default defineConfig({
  input: Object.fromEntries(entries.map(name => [name, `src/${name}.ts`])),
  platform: 'neutral',
  external: id => id.startsWith('node:') || packages.some(name => id === name || id.startsWith(`${name}/`)),
  output: {
    dir: 'dist',
    cleanDir: true,
    sourcemap: true,
    chunkFileNames: 'chunks/[name]-[hash].js',
    // What the main entry has of the adapters is one file, though each has an entry of its own.
    codeSplitting: { groups: [{ name: 'adapters', test: /src.adapters.(class|loss|mutable|numbers|pair|tape)\.ts$/ }] },
  },
});
