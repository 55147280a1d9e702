import type { Dtype } from '../../tensor.ts';

/*
 * As much of an assembler as the kernels need. Bytes are those of the WebAssembly core specification 2.0: 5.4.1 (control),
 * 5.4.4 (memory), 5.4.6 (numbers), 5.4.7 (vectors), 5.5 (modules).
 *
 * An assembler of our own rather than AssemblyScript: every byte of the module comes from a line that can be read here, so
 * there is no generated file to keep and to trust, no compiler of 100 MB to install, and the same function writes a kernel for
 * both precisions and for every number of rows.
 */

/** Instructions as bytes, nested as they were put together. */
export type Code = number | readonly Code[];

/** The place of a parameter or a local variable. */
export type Local = number;

const I32 = 0x7f;
const V128 = 0x7b;

export const get = (local: Local): Code => [0x20, unsigned(local)];
export const set = (local: Local, value: Code): Code => [value, 0x21, unsigned(local)];

/** Integers of 32 bits: sizes, and addresses in bytes. */
export const int = (value: number): Code => [0x41, signed(value)];
export const add = (a: Code, b: Code): Code => [a, b, 0x6a];
export const sub = (a: Code, b: Code): Code => [a, b, 0x6b];
export const mul = (a: Code, b: Code): Code => [a, b, 0x6c];
export const and = (a: Code, b: Code): Code => [a, b, 0x71];
export const equal = (a: Code, b: Code): Code => [a, b, 0x46];
const less = (a: Code, b: Code): Code => [a, b, 0x49];
export const increase = (local: Local, by: Code): Code => set(local, add(get(local), by));
export const load = (address: Code, offset: number): Code => [address, 0x28, 2, unsigned(offset)];

/** Until fewer than `step` are left of `left`: the body, and `step` are taken off. */
export const whileLeft = (left: Local, step: number, body: Code): Code => [
  [0x02, 0x40, 0x03, 0x40],
  [less(get(left), int(step)), 0x0d, 1],
  [body, set(left, sub(get(left), int(step)))],
  [0x0c, 0, 0x0b, 0x0b],
];
export const ifElse = (condition: Code, then: Code, otherwise: Code): Code => [
  [condition, 0x04, 0x40],
  [then, 0x05, otherwise, 0x0b],
];
export const call = (index: number, ...args: readonly Code[]): Code => [args, 0x10, unsigned(index)];

/** How numbers are read and written: a vector at a time, or one. */
export interface Access {
  /** Bytes. */
  readonly size: number;
  /** One number is in the first lane, and 0 in the others. The offset, in bytes, is added to the address. */
  readonly load: (address: Code, offset?: number) => Code;
  readonly store: (address: Code, value: Code, offset?: number) => Code;
}

/** Vectors of 128 bits of numbers of one precision. */
export interface Lanes {
  /** Bytes of a number. */
  readonly size: number;
  readonly add: (a: Code, b: Code) => Code;
  readonly mul: (a: Code, b: Code) => Code;
  /** The number at an address, in every lane. */
  readonly spread: (address: Code) => Code;
  /** Vectors as far as they go, and then the numbers that are left. */
  readonly accesses: readonly Access[];
}

const vector = (opcode: number, ...immediates: readonly number[]): Code => [0xfd, unsigned(opcode), immediates];

const lanes = (size: number, op: Record<'add' | 'mul' | 'spread' | 'load' | 'store', number>): Lanes => {
  const alignment = Math.log2(size);
  return {
    size,
    add: (a, b) => [a, b, vector(op.add)],
    mul: (a, b) => [a, b, vector(op.mul)],
    spread: address => [address, vector(op.spread, alignment, 0)],
    accesses: [
      {
        size: 16,
        load: (address, offset = 0) => [address, vector(0x00, alignment, offset)],
        store: (address, value, offset = 0) => [address, value, vector(0x0b, alignment, offset)],
      },
      {
        size,
        load: (address, offset = 0) => [address, vector(op.load, alignment, offset)],
        store: (address, value, offset = 0) => [address, value, vector(op.store, alignment, offset, 0)],
      },
    ],
  };
};

export const LANES: Readonly<Record<Dtype, Lanes>> = {
  float64: lanes(8, { add: 0xf0, mul: 0xf2, spread: 0x0a, load: 0x5d, store: 0x5b }),
  float32: lanes(4, { add: 0xe4, mul: 0xe6, spread: 0x09, load: 0x5c, store: 0x5a }),
};

const VECTOR_BYTES = Array.from({ length: 16 }, (_, at) => at);
export const ZEROS: Code = vector(0x0c, ...VECTOR_BYTES.map(() => 0));
/** The bytes of a vector, turned: byte i is what byte i + `by` was. */
export const turned = (value: Local, by: number): Code => [
  [get(value), get(value)],
  vector(0x0d, ...VECTOR_BYTES.map(at => (at + by) % 16)),
];

export interface Func {
  readonly name: string;
  readonly parameters: number;
  readonly locals: readonly number[];
  readonly body: Code;
}

/** Local variables of a function, as many as are asked for. */
export interface Locals {
  ints(count: number): readonly Local[];
  vectors(count: number): readonly Local[];
}

/** A function of integers that returns nothing. */
export function func(
  name: string,
  parameters: number,
  write: (parameters: readonly Local[], locals: Locals) => Code,
): Func {
  const locals: number[] = [];
  const some = (type: number) => (count: number) =>
    Array.from({ length: count }, () => parameters + locals.push(type) - 1);
  const body = write(
    Array.from({ length: parameters }, (_, at) => at),
    { ints: some(I32), vectors: some(V128) },
  );
  return { name, parameters, locals, body };
}

/** A module that exports functions, which call each other by their places in the list, and uses the memory env.memory. */
export function assemble(functions: readonly Func[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    list(Array.from({ length: parameters }, () => I32)),
    list([]),
  ]);
  const memory = [text('env'), text('memory'), 0x02, 0x00, unsigned(1)];
  const exports = functions.map(({ name }, at) => [text(name), 0x00, unsigned(at)]);
  const bodies = functions.map(({ locals, body }) => sized([list(locals.map(type => [1, type])), body, 0x0b]));
  return Uint8Array.from(
    bytes([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, types),
      section(2, [memory]),
      section(
        3,
        functions.map((_, at) => unsigned(at)),
      ),
      section(7, exports),
      section(10, bodies),
    ]),
  );
}

const list = (items: readonly Code[]): Code => [unsigned(items.length), items];
const sized = (code: Code): Code => [unsigned(bytes(code).length), code];
const section = (id: number, items: readonly Code[]): Code => [id, sized(list(items))];
const text = (name: string): Code => list(Array.from(name, letter => letter.charCodeAt(0)));

/** The bytes of nested code, in order. */
function bytes(code: Code, flat: number[] = []): readonly number[] {
  if (typeof code === 'number') flat.push(code);
  else for (const part of code) bytes(part, flat);
  return flat;
}

/** LEB128: seven bits to a byte, the lowest first, the eighth set where more follow. */
function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

/** The same with the sign in the highest of its bits. */
function signed(value: number): Code {
  return value >= -0x40 && value < 0x40 ? value & 0x7f : [(value & 0x7f) | 0x80, signed(value >> 7)];
}
