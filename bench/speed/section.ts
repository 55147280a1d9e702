import process from 'node:process';
import type { Dtype } from '../../src/tensor.ts';
import { convolution } from './convolution.ts';
import { forward } from './forward.ts';
import { products, windows } from './kernels.ts';
import { layers } from './layers.ts';
import { lenet } from './lenet.ts';
import type { Table } from './table.ts';

/** Run by main.ts: one section in a process of its own, whose code has seen numbers of one precision only. */
const SECTIONS: Readonly<Record<string, (of: string) => Table | undefined | Promise<Table | undefined>>> = {
  products: dtype => products(dtype as Dtype),
  windows: dtype => windows(dtype as Dtype),
  convolution: dtype => convolution(dtype as Dtype),
  lenet: dtype => lenet(dtype as Dtype),
  forward: backend => forward(backend as 'cpu' | 'wasm'),
  layers: () => layers(),
};

const [name, of] = process.argv.slice(2);
process.stdout.write(JSON.stringify((await SECTIONS[name](of)) ?? null));
