import { UsageError } from '../cases.ts';
import { LayerError } from '../checks/subject.ts';
import type { Implementation } from '../layer.ts';
import * as builtIns from '../layers/index.ts';
import type { Tensors } from '../tensor.ts';
import type { Description, Reference } from './description.ts';
import { list } from './protocol.ts';

/**
 * The built-in layer that a description refers to, as an alternative under the description's own names for arguments and outputs.
 * It is called with the config of the case, which has to be one of its own.
 * @throws UsageError when there is no such layer.
 */
export function builtIn(reference: Reference, { cases, outputs }: Description): Record<string, Implementation> {
  const layer = builtIns.layers.find(({ name }) => name === reference.layer);
  if (!layer) {
    const names = builtIns.layers.map(({ name }) => name);
    throw new UsageError(`"reference" is "${reference.layer}", which is no built-in layer; there are ${list(names)}`);
  }
  const label = `built-in ${layer.name}`;
  const argument = (yours: string) => reference.arguments[yours] ?? yours;
  const output = (yours: string) => reference.outputs[yours] ?? yours;
  const renamed = (tensors: Tensors, name: (yours: string) => string): Tensors =>
    Object.fromEntries(Object.entries(tensors).map(([yours, value]) => [name(yours), value]));

  const implementation: Implementation = {
    async forward(args, config) {
      const theirs = await layer.forward(renamed(args, argument), config);
      for (const yours of outputs) {
        if (theirs[output(yours)]) continue;
        const there = `it gives ${list(Object.keys(theirs))}; map yours to its in "reference".outputs`;
        throw new LayerError('missing', `${label} has no output "${output(yours)}" for "${yours}": ${there}`);
      }
      return Object.fromEntries(outputs.map(yours => [yours, theirs[output(yours)]]));
    },

    async vjp(args, upstream, config) {
      const theirArgs = renamed(args, argument);
      // Its further outputs, which have no name here, get no upstream: it is asked as if there were none.
      const outputsOfIts = await layer.forward(theirArgs, config);
      const theirs = await layer.vjp(theirArgs, renamed(upstream, output), config, outputsOfIts);
      const described = cases.find(one => one.config === config)?.args ?? {};
      const wanted = Object.keys(args).filter(
        yours => theirs[argument(yours)] && described[yours]?.differentiable !== false,
      );
      return Object.fromEntries(wanted.map(yours => [yours, theirs[argument(yours)]]));
    },
  };
  return { [label]: implementation };
}
