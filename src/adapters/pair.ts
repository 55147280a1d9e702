import { UsageError } from '../cases.ts';
import { argSpec, defineLayer, type Layer } from '../layer.ts';
import { describe, type Tensor, type Tensors } from '../tensor.ts';
import { type Format, fromFormat, type Numbers, toFormat } from './numbers.ts';
import { primalsOf, type Specs } from './specs.ts';

export interface PairOptions {
  /** The layer's name in reports; the function's own unless said. */
  readonly name?: string;
  readonly args: Specs;
  /** How both functions take numbers; nested arrays unless said. What they return may be in any format. */
  readonly format?: Format;
  /** Names of what forward returns where that is several, as an array in this order. */
  readonly outputs?: readonly string[];
}

/** What a forward returns that hands something on to its backward. */
export interface WithCache {
  readonly y: unknown;
  readonly cache: unknown;
}

type Plain = (...numbers: never[]) => unknown;

/**
 * A layer from a pair of plain functions on nested (or flat) arrays: `forward(...xs)` returns y, and `backward(...xs, ...dys)` the
 * gradients of the xs in order, by name, or the one gradient of the one x. A forward that returns `{ y, cache }` has a backward of
 * `(dy, cache)`. Both may return promises.
 *
 * @throws UsageError when they return something other than numbers, or not as many as the shapes hold.
 */
export function fromPair(forward: Plain, backward: Plain, options: PairOptions): Layer {
  const { args: specs, name = forward.name || 'pair', format = 'nested', outputs = ['output'] } = options;
  const names = Object.keys(specs);
  const differentiable = primalsOf(specs);
  const given = (args: Tensors) => names.map(key => toFormat(args[key], format));
  const run = async (args: Tensors): Promise<{ readonly ys: readonly unknown[]; readonly cache?: unknown }> => {
    const returned = await (forward as (...xs: Numbers[]) => unknown)(...given(args));
    const { y, ...rest } = isCached(returned) ? returned : { y: returned };
    return { ys: outputs.length === 1 ? [y] : listOf(y, outputs, `what ${name} returns`), ...rest };
  };
  return defineLayer({
    name,
    args: specs,
    async forward(args) {
      const { ys } = await run(args);
      return named(outputs, at => fromFormat(ys[at], `the ${outputs[at]} of ${name}`));
    },
    async vjp(args, upstream) {
      const above = outputs.map(output => toFormat(upstream[output], format));
      const pass = await run(args);
      const returned = await (backward as (...all: unknown[]) => unknown)(
        ...('cache' in pass ? [...above, pass.cache] : [...given(args), ...above]),
      );
      const gradients = gradientsOf(returned, differentiable, names, `what the backward of ${name} returns`);
      return Object.fromEntries(
        Object.entries(gradients).map(([key, gradient]) => [
          key,
          fromFormat(
            gradient,
            `the gradient of "${key}" that the backward of ${name} returns`,
            argSpec(specs[key]).shape,
          ),
        ]),
      );
    },
  });
}

/** Gradients by name, from what a backward returned: by name, in the order of the arguments (all, or those that have one), or one. */
export function gradientsOf(
  returned: unknown,
  differentiable: readonly string[],
  all: readonly string[],
  what: string,
): Readonly<Record<string, unknown>> {
  if (isByName(returned, differentiable)) return pick(returned, key => differentiable.includes(key));
  if (differentiable.length === 1 && !(Array.isArray(returned) && returned.length === all.length && all.length > 1)) {
    return { [differentiable[0]]: returned };
  }
  if (!Array.isArray(returned) || ![all.length, differentiable.length].includes(returned.length)) {
    throw new UsageError(
      `${what} should be the gradients of ${differentiable.join(', ')}, in an array in this order or by name, not ${describe(returned)}`,
    );
  }
  const order = returned.length === all.length ? all : differentiable;
  const byName = Object.fromEntries(order.map((key, at) => [key, returned[at] as unknown]));
  return pick(byName, key => differentiable.includes(key));
}

function pick(from: Readonly<Record<string, unknown>>, keep: (key: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(from).filter(([key, value]) => keep(key) && value !== undefined && value !== null),
  );
}

function isByName(value: unknown, names: readonly string[]): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !ArrayBuffer.isView(value) &&
    names.some(name => name in value)
  );
}

function isCached(value: unknown): value is WithCache {
  return typeof value === 'object' && value !== null && 'y' in value && 'cache' in value;
}

function listOf(value: unknown, names: readonly string[], what: string): readonly unknown[] {
  if (Array.isArray(value) && value.length === names.length) return value;
  throw new UsageError(`${what} should be an array of ${names.length}: ${names.join(', ')}; it is ${describe(value)}`);
}

function named(names: readonly string[], tensorAt: (at: number) => Tensor): Tensors {
  return Object.fromEntries(names.map((key, at) => [key, tensorAt(at)]));
}
