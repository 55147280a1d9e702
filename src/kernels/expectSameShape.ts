import { sameShape, type Tensors } from '../tensor.ts';

/**
 * Whether all of these arguments have one shape.
 * @throws RangeError when two have not; `layer` is the name in the message.
 */
export function expectSameShape(layer: string, args: Tensors): void {
  const [[first, { shape }], ...others] = Object.entries(args);
  for (const [name, other] of others) {
    if (sameShape(other.shape, shape)) continue;
    throw new RangeError(
      `${layer} has ${first} of shape [${shape.join(', ')}] and ${name} of shape [${other.shape.join(', ')}]; give both the same shape`,
    );
  }
}
