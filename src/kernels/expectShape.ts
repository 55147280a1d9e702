import type { Tensor } from '../tensor.ts';

/**
 * Whether an argument has the shape that a config asks for. An extent that may be any is given by its name; '...' in
 * front stands for any number of axes, none included.
 * @throws RangeError when it has not; `layer` and `name` are the names in the message.
 */
export function expectShape(
  layer: string,
  name: string,
  { shape }: Tensor,
  expected: readonly (number | string)[],
): void {
  const [, ...rest] = expected;
  const asked = expected[0] === '...' ? rest : expected;
  const leading = shape.length - asked.length;
  const fits = expected[0] === '...' ? leading >= 0 : leading === 0;
  if (!fits || asked.some((extent, axis) => typeof extent === 'number' && extent !== shape[leading + axis])) {
    throw new RangeError(
      `the ${name} of ${layer} has shape [${shape.join(', ')}]; its config asks for [${expected.join(', ')}]`,
    );
  }
}
