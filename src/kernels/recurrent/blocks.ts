import { type Data, emptyLike } from '../../tensor.ts';

/** As many equal parts of data, in place. */
export function blocks(data: Data, count: number): Data[] {
  const size = data.length / count;
  return Array.from({ length: count }, (_, index) => data.subarray(index * size, (index + 1) * size));
}

/** Equal parts, one after the other. */
export function joined(parts: readonly Data[]): Data {
  const [first] = parts;
  const whole = emptyLike(first, parts.length * first.length);
  for (const [index, part] of parts.entries()) whole.set(part, index * first.length);
  return whole;
}
