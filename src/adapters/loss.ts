import { UsageError } from '../cases.ts';
import { argSpec, defineLayer, type Layer } from '../layer.ts';
import { describe, mapTensor, scalar, type Tensors } from '../tensor.ts';
import { type Format, fromFormat, type Numbers, toFormat } from './numbers.ts';
import { gradientsOf } from './pair.ts';
import { primalsOf, type Specs } from './specs.ts';

export interface LossOptions {
  /** The layer's name in reports; the function's own unless said. */
  readonly name?: string;
  /** What it takes, in order; a bare shape for the one argument, which is `x` then. Constants have `differentiable: false`. */
  readonly args: readonly number[] | Specs;
  /** How it takes numbers; a flat array unless said. */
  readonly format?: Format;
}

/** A loss and its gradient at once, as optimisers take them. */
export interface ValueAndGradient {
  readonly value: number;
  /** Of the one argument, or of several in order or by name. */
  readonly grad: unknown;
}

/**
 * A layer from a scalar loss that gives its own gradient, as optimisers take it: `f(...xs)` returns `{ value, grad }`, or
 * `[value, grad]`. With a `gradient` function of its own, `f` returns the number alone. Since such a function knows no upstream, the
 * gradient is multiplied by it here.
 *
 * @throws UsageError when it returns no number, or no gradient.
 */
export function fromLoss(
  f: (...xs: never[]) => unknown,
  options: LossOptions,
  gradient?: (...xs: never[]) => unknown,
): Layer {
  const { name = f.name || 'loss', format = 'flat' } = options;
  const specs: Specs = Array.isArray(options.args) ? { x: options.args } : (options.args as Specs);
  const names = Object.keys(specs);
  const differentiable = primalsOf(specs);
  const call = async (function_: (...xs: never[]) => unknown, args: Tensors): Promise<unknown> =>
    (function_ as (...xs: Numbers[]) => unknown)(...names.map(key => toFormat(args[key], format)));
  const valueOf = (returned: unknown): number => {
    const { value } = (returned ?? {}) as Partial<ValueAndGradient>;
    const number: unknown = typeof returned === 'number' ? returned : Array.isArray(returned) ? returned[0] : value;
    if (typeof number === 'number') return number;
    throw new UsageError(`${name} should return { value, grad } or a number, not ${describe(returned)}`);
  };
  return defineLayer({
    name,
    args: specs,
    forward: async args => ({ loss: scalar(valueOf(await call(f, args))) }),
    async vjp(args, { loss }) {
      const [u] = loss.data;
      const returned = await call(gradient ?? f, args);
      const given: unknown = gradient
        ? returned
        : Array.isArray(returned)
          ? returned[1]
          : ((returned ?? {}) as Partial<ValueAndGradient>).grad;
      const gradients = gradientsOf(given, differentiable, names, `the gradient of ${name}`);
      return Object.fromEntries(
        Object.entries(gradients).map(([key, numbers]) => [
          key,
          mapTensor(fromFormat(numbers, `the gradient of "${key}" of ${name}`, argSpec(specs[key]).shape), g => u * g),
        ]),
      );
    },
  });
}
