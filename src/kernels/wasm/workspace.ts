import { arrayOf, type Data, type Dtype } from '../../tensor.ts';
import { assemble, LANES } from './assembler.ts';
import { AXIS, box } from './box.ts';
import { dot } from './dot.ts';
import { sweep } from './sweep.ts';

/** As much as is used here of what the libraries of TypeScript declare for browsers only. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
};

type Kernel = (...args: readonly number[]) => void;

/** Bytes of the table of axes, with which the memory begins. */
const TABLE = 4 * 8 * AXIS;
/** An array begins at a multiple of this: a line of the cache. */
const LINE = 64;
const PAGE = 65_536;
const MOST_PAGES = 65_536;

/** The memory of a WebAssembly module, arrays in it one after the other, and functions that work on them. */
export class Workspace {
  /** Bytes of a number. */
  readonly size: number;
  readonly functions: Readonly<Record<'sweep' | 'dot' | 'copyBox' | 'addBox', Kernel>>;
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #Numbers: Float64ArrayConstructor;
  #top = TABLE;

  /** @throws where there is no WebAssembly, or none with vectors, or a page forbids it. */
  constructor(dtype: Dtype) {
    const lanes = LANES[dtype];
    const bytes = assemble([sweep(lanes), dot(lanes), box(lanes, false, 2), box(lanes, true, 3)]);
    // At once and by no promise. Browsers of before 2023 refuse that to their main thread, the module having more than 4 kB.
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: this.#memory } });
    this.functions = exports as Workspace['functions'];
    this.size = lanes.size;
    this.#Numbers = arrayOf(dtype);
  }

  /** Forgets all arrays and makes room for others, of so many numbers in all; whether there is so much memory. */
  clear(numbers: number): boolean {
    this.#top = TABLE;
    // A page more, for what lies between arrays.
    const pages = Math.ceil((numbers * this.size) / PAGE) + 1;
    const missing = pages - this.#memory.buffer.byteLength / PAGE;
    if (missing <= 0) return true;
    if (pages > MOST_PAGES) return false;
    try {
      this.#memory.grow(missing);
      return true;
    } catch {
      return false;
    }
  }

  /** An array in the room that was made, of whatever numbers are there. */
  array(length: number): Data {
    const start = Math.ceil(this.#top / LINE) * LINE;
    this.#top = start + length * this.size;
    return new this.#Numbers(this.#memory.buffer, start, length);
  }

  /** A copy of an array in the room that was made. */
  copyIn(data: Data): Data {
    const copy = this.array(data.length);
    copy.set(data);
    return copy;
  }

  /** A copy, outside, of an array. */
  copyOut(array: Data): Data {
    return new this.#Numbers(array);
  }

  /** Forgets an array, and all that came after it. */
  release(array: Data): void {
    this.#top = array.byteOffset;
  }

  /** The table of axes, as integers. */
  table(): Int32Array {
    return new Int32Array(this.#memory.buffer, 0, TABLE / 4);
  }
}
