import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^gradcheck$/, replacement: source('index.ts') },
      { find: /^gradcheck\/(.*)$/, replacement: `${source('')}$1.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    // A worker a core; one less, as is usual, would leave half of a small machine idle.
    maxWorkers: '100%',
  },
});
