import { UsageError } from '../cases.ts';
import { describe, sizeOf, type Tensor } from '../tensor.ts';

/** How a layer from elsewhere holds its numbers: { shape, data }, a flat array, or arrays of arrays. */
export type Format = 'tensor' | 'flat' | 'nested';

/** Numbers in some format, as a layer from elsewhere takes and returns them. */
export type Numbers = Tensor | number | ArrayLike<number> | readonly Numbers[];

/** The format that a value is in; undefined where it is no numbers. */
export function formatOf(value: unknown): Format | undefined {
  if (ArrayBuffer.isView(value)) return 'flat';
  if (typeof value === 'number') return 'nested';
  if (Array.isArray(value))
    return Array.isArray(value[0]) ? 'nested' : value.every(x => typeof x === 'number') ? 'flat' : undefined;
  const { shape, data } = (value ?? {}) as Partial<Tensor>;
  return Array.isArray(shape) && data !== undefined ? 'tensor' : undefined;
}

/** A tensor's numbers in a format; always a copy. */
export function toFormat({ shape, data }: Tensor, format: Format): Numbers {
  if (format === 'flat') return data.slice();
  if (format === 'tensor') return { shape: [...shape], data: data.slice() };
  const nest = (from: number, axis: number): Numbers => {
    if (axis === shape.length) return data[from];
    const stride = sizeOf(shape.slice(axis + 1));
    return Array.from({ length: shape[axis] }, (_, i) => nest(from + i * stride, axis + 1));
  };
  return nest(0, 0);
}

/**
 * A tensor of `shape` from numbers in any format; `shape` is taken from the numbers where it is left out.
 * @throws UsageError when they are no numbers, or not as many as the shape holds.
 */
export function fromFormat(value: unknown, what: string, shape?: readonly number[]): Tensor {
  const flat: number[] = [];
  const extents: number[] = [];
  const collect = (part: unknown, depth: number): void => {
    if (typeof part === 'number') {
      flat.push(part);
      return;
    }
    const format = formatOf(part);
    if (format === 'tensor') {
      for (const number of (part as Tensor).data) flat.push(number);
      extents.push(...(part as Tensor).shape);
    } else if (format === 'flat' || Array.isArray(part)) {
      const items = part as ArrayLike<unknown>;
      extents[depth] ??= items.length;
      for (let i = 0; i < items.length; i++) collect(items[i], depth + 1);
    } else {
      throw new UsageError(
        `${what} should be numbers (an array, nested arrays, or { shape, data }), not ${describe(value)}`,
      );
    }
  };
  collect(value, 0);
  const wanted = shape ?? extents;
  if (sizeOf(wanted) !== flat.length) {
    throw new UsageError(
      `${what} has ${flat.length} numbers, but shape [${wanted.join(', ')}] holds ${sizeOf(wanted)}`,
    );
  }
  return { shape: wanted, data: Float64Array.from(flat) };
}

/** Writes a tensor's numbers into a buffer that somebody may hold on to; false where the buffer is no array of that size. */
export function writeInto(buffer: unknown, { data }: Tensor): boolean {
  let at = 0;
  const write = (part: unknown): boolean => {
    const format = formatOf(part);
    if (format === 'tensor') return write((part as Tensor).data);
    if (format !== 'flat' && !Array.isArray(part)) return false;
    const items = part as unknown[];
    for (let i = 0; i < items.length; i++) {
      if (typeof items[i] === 'number') items[i] = data[at++];
      else if (!write(items[i])) return false;
    }
    return true;
  };
  return write(buffer) && at === data.length;
}
