import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromJax, type Jax } from '../../adapters/jax.ts';
import { idOf } from '../../audit/entry.ts';
import type { Dtype } from '../../tensor.ts';
import { evaluate, type Host, nearest } from './host.ts';

/** jax-js on its cpu device. Its arrays are used up by every operation, which fromJax knows. */
export async function open(dtype: Dtype): Promise<Host> {
  supplyNewer();
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

/** What the library takes for granted and Node before 22 and 24 lacks: iterators with map and filter, and a Float16Array to ask for. */
function supplyNewer(): void {
  (globalThis as { Float16Array?: unknown }).Float16Array ??= class extends Uint16Array {};
  const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())) as Record<string, unknown>;
  iterators['map'] ??= function* map<T>(this: Iterable<T>, f: (value: T) => unknown) {
    for (const value of this) yield f(value);
  };
  iterators['filter'] ??= function* filter<T>(this: Iterable<T>, f: (value: T) => boolean) {
    for (const value of this) if (f(value)) yield value;
  };
  iterators['toArray'] ??= function toArray<T>(this: Iterable<T>) {
    return [...this];
  };
}
