import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromJax, type Jax } from '../../adapters/jax.ts';
import { idOf } from '../../audit/entry.ts';
import type { Dtype } from '../../tensor.ts';
import { evaluate, type Host, nearest } from './host.ts';

/** jax-js on its cpu device. Its arrays are used up by every operation, which fromJax knows. */
export async function open(dtype: Dtype): Promise<Host> {
  // Node before 24 has none; the library only asks whether there is one.
  (globalThis as { Float16Array?: unknown }).Float16Array ??= class extends Uint16Array {};
  const { jax, path } = nearest(require => ({
    jax: require('@jax-js/jax') as Library,
    path: require.resolve('@jax-js/jax'),
  }));
  // It exports no package.json.
  const { version } = JSON.parse(readFileSync(join(dirname(path), '../package.json'), 'utf8')) as { version: string };
  await jax.init('cpu');
  jax.defaultDevice('cpu');
  const { numpy: np, lax, nn } = jax;
  return {
    version,
    registered: () => [],
    ran: () => [],
    layerOf(entry) {
      const { code, args } = entry;
      return fromJax(jax, evaluate(code, { jax, np, lax, nn }) as () => unknown, { name: idOf(entry), args, dtype });
    },
  };
}

interface Library extends Jax {
  readonly init: (device: string) => Promise<unknown>;
  readonly defaultDevice: (device: string) => unknown;
  readonly lax: unknown;
  readonly nn: unknown;
}
