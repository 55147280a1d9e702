import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { parentPort, workerData } from 'node:worker_threads';
import { fromTf, fromTfLayer } from '../adapters/tfjs.ts';
import type { Entry } from '../audit/entry.ts';
import { argSpec, type Layer } from '../layer.ts';
import type { Tensors } from '../tensor.ts';

/*
 * TensorFlow.js in a worker: in its own float32, or in float64. For the latter, the library must find Float64Array where it looks for
 * Float32Array, so that it is loaded only after that is so; its cpu backend is plain JavaScript and then computes in float64.
 */

/** What the worker is asked. */
export interface Question {
  readonly id: number;
  readonly entry: Entry;
  readonly method: 'describe' | 'forward' | 'vjp' | 'gradients';
  readonly args: Tensors;
  readonly upstream: Tensors;
}

const { dtype } = workerData as { dtype: 'float32' | 'float64' };
if (dtype === 'float64') globalThis.Float32Array = Float64Array as unknown as typeof Float32Array;
// The library greets whoever loads it.
console.warn = () => undefined;

// biome-ignore lint: the library's types differ between versions, and it need not be installed.
const tf: any = load();
const ran = new Set<string>();
for (const name of gradientNames()) {
  const config = tf.getGradient(name) as { gradFunc: (...all: unknown[]) => unknown };
  const { gradFunc } = config;
  config.gradFunc = (...all) => {
    ran.add(name);
    return gradFunc(...all);
  };
}

// biome-ignore lint: see above.
function load(): any {
  const require = createRequire(join(process.cwd(), 'package.json'));
  const near = createRequire(import.meta.url);
  const find = (name: string) => {
    try {
      return require(name) as object;
    } catch {
      return near(name) as object;
    }
  };
  try {
    return find('@tensorflow/tfjs');
  } catch {
    const core = find('@tensorflow/tfjs-core');
    find('@tensorflow/tfjs-backend-cpu');
    const { layers } = find('@tensorflow/tfjs-layers') as { layers: object };
    return { ...core, layers };
  }
}

function gradientNames(): string[] {
  return Object.values(tf as Record<string, unknown>).filter(
    (value): value is string => typeof value === 'string' && tf.getGradient(value) !== undefined,
  );
}

const layers = new Map<string, Layer>();

function layerOf({ operation, configuration, code, kind, args, training }: Entry): Layer {
  const key = `${operation}(${configuration})`;
  const known = layers.get(key);
  if (known) return known;
  // oxlint-disable-next-line typescript/no-implied-eval -- the catalogue's own code, which reproductions repeat
  const made: unknown = new Function('tf', `return ${code}`)(tf);
  const name = key;
  const layer =
    kind === 'function'
      ? fromTf(tf, made as () => never, { name, args, dtype })
      : fromTfLayer(tf, made as object, {
          name,
          input: argSpec(args['input']),
          dtype,
          ...(training !== undefined && { training }),
        });
  layers.set(key, layer);
  return layer;
}

parentPort?.on('message', async ({ id, entry, method, args, upstream }: Question) => {
  try {
    const result = await answer(entry, method, args, upstream);
    parentPort?.postMessage({ id, result });
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) });
  }
});

async function answer(entry: Entry, method: Question['method'], args: Tensors, upstream: Tensors): Promise<unknown> {
  if (method === 'gradients') {
    const version = (tf.version_core ?? tf.version?.['tfjs-core'] ?? '') as string;
    return { version, registered: gradientNames(), ran: [...ran] };
  }
  const layer = layerOf(entry);
  if (method === 'describe') return (layer.cases as readonly { args: object }[])[0].args;
  return method === 'forward' ? await layer.forward(args, {}) : await layer.vjp(args, upstream, {}, {});
}
