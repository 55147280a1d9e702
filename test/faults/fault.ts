import type { CheckName, CheckOptions, Config, Layer, Tensors, Verdict } from '../../src/index.ts';
import { defineLayer } from '../../src/index.ts';
import type { LayerDefinition } from '../../src/layer.ts';
import type { Data } from '../../src/tensor.ts';

/** A deliberately wrong layer and what is to be said of it. */
export interface Fault {
  /** What is wrong, as the continuation of "a layer in which …". */
  readonly name: string;
  readonly layer: Layer;
  readonly expected: Expected;
  /** Besides the seed. */
  readonly options?: CheckOptions;
}

export interface Expected {
  readonly verdict: Verdict;
  /** The first check that fails, in the order contract, examples, agreement, exact, gradient. */
  readonly check: CheckName;
  /** The arguments that are blamed, by any check: these and no others. None where it is the layer as a whole. */
  readonly argument?: string | readonly string[];
  /** The output that is blamed. */
  readonly output?: string;
  /** The reason that the first failing check gives. */
  readonly code?: string;
  /** The implementation that is blamed; "reference" unless said. */
  readonly implementation?: string;
  /** How many elements of the argument are wrong, and one of them, where the finding is to say so. */
  readonly wrong?: { readonly count: number; readonly index?: readonly number[] };
  /**
   * The words that truly describe the cause, the best first: what is wrong, whatever is said of it. None where no word does, or where
   * there is an error that stops the check.
   */
  readonly causes?: readonly string[];
}

/** A built-in layer with parts of it replaced, without the examples and alternatives that would give it away at once. */
export function wrong<C>(layer: Layer<C>, parts: Partial<Layer<C>>): Layer<C> {
  const { examples: _examples, alternatives: _alternatives, ...rest } = layer;
  return defineLayer<C>({ ...rest, ...parts });
}

/** The gradients that a synchronous layer gives when it is right. */
export function rightGradients<C>(layer: Layer<C>, args: Tensors, upstream: Tensors, config: C): Tensors {
  const outputs = layer.forward(args, config) as Tensors;
  return layer.vjp(args, upstream, config, outputs) as Tensors;
}

/** The outputs of a synchronous layer. */
export function rightOutputs<C>(layer: Layer<C>, args: Tensors, config: C): Tensors {
  return layer.forward(args, config) as Tensors;
}

/** A layer that maps one tensor element by element, from its function and what its author takes for the derivative. */
export function elementwise(
  name: string,
  forward: (x: number, config: Config) => number,
  derivative: (x: number, y: number, config: Config, index: number) => number,
  parts: Partial<LayerDefinition> = {},
): Layer {
  return defineLayer({
    name,
    args: { input: [2, 3] },
    forward: ({ input }, config) => ({
      output: { shape: input.shape, data: input.data.map(x => forward(x, config)) as Data },
    }),
    vjp: ({ input }, { output }, config) => {
      const dx = new Float64Array(input.data.length);
      for (let i = 0; i < dx.length; i++) {
        const x = input.data[i];
        dx[i] = output.data[i] * derivative(x, forward(x, config), config, i);
      }
      return { input: { shape: input.shape, data: dx } };
    },
    ...parts,
  });
}
