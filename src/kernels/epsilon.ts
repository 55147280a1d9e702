/**
 * What a layer adds so that it never divides by 0: 0 or more.
 * @throws RangeError otherwise; `layer` is the name in the message.
 */
export function epsilonOf(layer: string, epsilon: number): number {
  if (!(epsilon >= 0)) throw new RangeError(`${layer} has epsilon ${String(epsilon)}; give a number of 0 or more`);
  return epsilon;
}

/**
 * The epsilon of a case whose groups have `size` elements: as drawn, or left out. Of one or two elements a small one leaves
 * little but their signs, and a slope so small that it cannot be measured.
 */
export function epsilonOfCase(size: number, drawn: number | undefined): number | undefined {
  return size <= 2 ? 0.25 : drawn;
}
