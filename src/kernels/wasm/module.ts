import type { Dtype } from '../../tensor.ts';
import { assemble, LANES } from './assembler.ts';
import { box } from './box.ts';
import { dot } from './dot.ts';
import { sweep } from './sweep.ts';

/** As much as is used here of what the libraries of TypeScript declare for browsers only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => Module;
  Instance: new (module: Module, imports: object) => { readonly exports: object };
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
};

/** A compiled module. */
type Module = object;

type Kernel = (...args: readonly number[]) => void;

export interface Instance {
  readonly functions: Readonly<Record<'sweep' | 'dot' | 'copyBox' | 'addBox', Kernel>>;
  readonly buffer: ArrayBuffer;
}

const PAGE = 65_536;

const modules = new Map<Dtype, Module | undefined>();

/**
 * The kernels with a memory of their own of so many bytes, or undefined where there is no WebAssembly, or none with vectors, or a
 * page forbids it, or there is not so much memory.
 */
export function instantiate(dtype: Dtype, bytes: number): Instance | undefined {
  if (!modules.has(dtype)) modules.set(dtype, compile(dtype));
  const module = modules.get(dtype);
  if (!module) return undefined;
  try {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { functions: exports as Instance['functions'], buffer: memory.buffer };
  } catch {
    return undefined;
  }
}

/** At once and by no promise. Browsers of before 2023 refuse that to their main thread, the module having more than 4 kB. */
function compile(dtype: Dtype): Module | undefined {
  const lanes = LANES[dtype];
  const bytes = assemble([sweep(lanes), dot(lanes), box(lanes, false, 2), box(lanes, true, 3)]);
  try {
    return new WebAssembly.Module(bytes);
  } catch {
    return undefined;
  }
}
