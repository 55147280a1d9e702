import type { Digits } from './digits.ts';

/*
 * The IDX format of the MNIST database: a big-endian magic number, the extents, and bytes
 * (LeCun, Cortes and Burges, "The MNIST database of handwritten digits", file formats).
 */
const IMAGES = 2051;
const LABELS = 2049;

/**
 * The pictures in an IDX file.
 * @throws RangeError where the file is none, or is cut short, or goes on too long; `name` is what it is called there.
 */
export function imagesFrom(bytes: Uint8Array, name: string): Omit<Digits, 'labels'> {
  const [count, rows, columns] = extents(bytes, IMAGES, 3, name);
  return { rows, columns, images: content(bytes, 16, count * rows * columns, name) };
}

/**
 * The labels in an IDX file.
 * @throws RangeError as above, and where a label is not 0 to 9.
 */
export function labelsFrom(bytes: Uint8Array, name: string): Uint8Array {
  const [count] = extents(bytes, LABELS, 1, name);
  const labels = content(bytes, 8, count, name);
  const wrong = labels.findIndex(label => label > 9);
  if (wrong >= 0) throw new RangeError(`${name}: label ${wrong} is ${labels[wrong]}; expected 0 to 9`);
  return labels;
}

function extents(bytes: Uint8Array, magic: number, count: number, name: string): number[] {
  const header = 4 * (count + 1);
  if (bytes.length < header) {
    throw new RangeError(`${name}: it has ${bytes.length} bytes; the header alone has ${header}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const found = view.getUint32(0);
  if (found !== magic) {
    const hint = found >>> 16 === 0x1f8b ? ' (it is gzipped)' : '';
    throw new RangeError(`${name}: it begins with ${found}${hint}, not with the magic number ${magic}`);
  }
  return Array.from({ length: count }, (_, at) => view.getUint32(4 * (at + 1)));
}

function content(bytes: Uint8Array, from: number, size: number, name: string): Uint8Array {
  if (bytes.length === from + size) return bytes.subarray(from);
  throw new RangeError(
    `${name}: its header promises ${size} bytes of content, but ${bytes.length - from} follow; it is ${bytes.length < from + size ? 'truncated' : 'too long'}`,
  );
}
