import type { Config, Layer, Tensors } from '../../src/index.ts';
import { rightGradients, wrong } from './fault.ts';

/** A call of a vjp and what it would be right to answer. */
export interface Call {
  readonly args: Tensors;
  readonly upstream: Tensors;
  readonly config: Config;
  readonly right: Tensors;
}

/** A layer with some of its gradients replaced, in the settings that it draws itself unless others are given. */
export function spoiled(layer: Layer, spoil: (call: Call) => Tensors, cases = layer.cases): Layer {
  return wrong(layer, {
    cases,
    vjp(args, upstream, config) {
      const right = rightGradients(layer, args, upstream, config);
      const given = Object.entries(spoil({ args, upstream, config, right })).filter(([name]) => right[name]);
      return { ...right, ...Object.fromEntries(given) };
    },
  });
}

/** The right gradients of a call where something else arrives at some outputs. */
export function arriving(layer: Layer, { args, upstream, config }: Call, other: Tensors): Tensors {
  return rightGradients(layer, args, { ...upstream, ...other }, config);
}
