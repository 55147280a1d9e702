import { argSpec, defineLayer, type Layer } from '../layer.ts';
import type { Data, Tensor, Tensors } from '../tensor.ts';
import { fromFormat } from './numbers.ts';
import type { Specs } from './specs.ts';

/** A layer that holds everything itself: input, parameters, output and gradients are written into it and read from it. */
export interface Mutable {
  readonly name: string;
  /** Inputs and parameters, and their shapes. */
  readonly args: Specs;
  /** Writes inputs and parameters where the layer has them. */
  readonly load: (args: Readonly<Record<string, Data>>) => void;
  /** Computes, and returns the output: `{ shape, data }`, nested arrays, or a flat array. */
  readonly forward: () => unknown;
  /** Clears the gradients that backward adds to, if it adds. */
  readonly zeroGradients?: () => void;
  /** Writes the upstream where the layer has it, and goes back. */
  readonly backward: (upstream: Data) => void;
  /** The gradients, by the names of what they belong to. */
  readonly gradients: () => Readonly<Record<string, unknown>>;
}

/** A layer from one that is used by writing into it. Every gradient is that of a forward of its own, just before. */
export function fromMutable(layer: Mutable): Layer {
  const { name, args: specs } = layer;
  const run = (args: Tensors): Tensor => {
    layer.load(Object.fromEntries(Object.entries(args).map(([key, { data }]) => [key, data.slice()])));
    return fromFormat(layer.forward(), `what the forward of ${name} returns`);
  };
  return defineLayer({
    name,
    args: specs,
    forward: args => ({ output: run(args) }),
    vjp(args, { output }) {
      run(args);
      layer.zeroGradients?.();
      layer.backward(output.data.slice());
      return Object.fromEntries(
        Object.entries(layer.gradients()).map(([key, numbers]) => [
          key,
          fromFormat(numbers, `the gradient of "${key}" of ${name}`, argSpec(specs[key]).shape),
        ]),
      );
    },
  });
}
