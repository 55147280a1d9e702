import { arrayOf, type Data, type Dtype } from '../../tensor.ts';
import { LANES } from './assembler.ts';
import { AXIS } from './box.ts';
import { type Instance, instantiate } from './module.ts';

/** Bytes of the table of axes, with which the memory begins. */
const TABLE = 4 * 8 * AXIS;
/** An array begins at a multiple of this: a line of the cache. */
const LINE = 64;
/** Bytes for what lies between arrays. */
const GAPS = 65_536;

/** The memory of a WebAssembly module, arrays in it one after the other, and functions that work on them. */
export class Workspace {
  /** How many numbers it has room for. */
  readonly capacity: number;
  /** Bytes of a number. */
  readonly size: number;
  readonly functions: Instance['functions'];
  /** The table of axes, as integers. */
  readonly table: Int32Array;
  readonly #buffer: ArrayBuffer;
  readonly #Numbers: Float64ArrayConstructor;
  #top = TABLE;

  private constructor(dtype: Dtype, capacity: number, { functions, buffer }: Instance) {
    this.capacity = capacity;
    this.size = LANES[dtype].size;
    this.functions = functions;
    this.table = new Int32Array(buffer, 0, TABLE / 4);
    this.#buffer = buffer;
    this.#Numbers = arrayOf(dtype);
  }

  /** With room for so many numbers; undefined where there can be none. */
  static of(dtype: Dtype, capacity: number): Workspace | undefined {
    const instance = instantiate(dtype, TABLE + capacity * LANES[dtype].size + GAPS);
    return instance && new Workspace(dtype, capacity, instance);
  }

  /** An array in the room that is left, of whatever numbers are there. */
  array(length: number): Data {
    const start = Math.ceil(this.#top / LINE) * LINE;
    this.#top = start + length * this.size;
    return new this.#Numbers(this.#buffer, start, length);
  }

  /** A copy of an array in the room that is left. */
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

  /** Forgets all arrays. */
  clear(): void {
    this.#top = TABLE;
  }
}
