import { parentPort, workerData } from 'node:worker_threads';
import { type Entry, idOf } from '../audit/entry.ts';
import type { Layer } from '../layer.ts';
import type { Dtype, Tensors } from '../tensor.ts';
import type { Host } from './hosts/host.ts';

/** What the worker is asked. */
export interface Question {
  readonly id: number;
  readonly method: 'describe' | 'forward' | 'vjp' | 'library';
  readonly entry?: Entry;
  readonly args: Tensors;
  readonly upstream: Tensors;
}

/** What it says of the library. */
export interface Loaded {
  readonly version: string;
  readonly registered: readonly string[];
  readonly ran: readonly string[];
}

/** Where the worker runs: a library in a precision. */
export interface Place {
  readonly library: string;
  readonly dtype: Dtype;
}

const { library, dtype } = workerData as Place;

/** Each is loaded only where it is wanted. */
const HOSTS: Readonly<Record<string, () => Promise<{ open: (dtype: Dtype) => Host | Promise<Host> }>>> = {
  tfjs: () => import('./hosts/tfjs.ts'),
  jax: () => import('./hosts/jax.ts'),
  convnetjs: () => import('./hosts/convnetjs.ts'),
};

let host: Host | undefined;
const layers = new Map<string, Layer>();

parentPort?.on('message', async (question: Question) => {
  const { id } = question;
  try {
    host ??= await (await HOSTS[library]()).open(dtype);
    parentPort?.postMessage({ id, result: await answer(host, question) });
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) });
  }
});

async function answer(host: Host, { method, entry, args, upstream }: Question): Promise<unknown> {
  if (method === 'library' || !entry) {
    return { version: host.version, registered: host.registered(), ran: host.ran() } satisfies Loaded;
  }
  const layer = layers.get(idOf(entry)) ?? host.layerOf(entry);
  layers.set(idOf(entry), layer);
  if (method === 'describe') return (layer.cases as readonly { args: object }[])[0].args;
  return method === 'forward' ? await layer.forward(args, {}) : await layer.vjp(args, upstream, {}, {});
}
