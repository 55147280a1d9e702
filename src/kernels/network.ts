import { type ArgSpec, argSpec, type CaseSpec, defineLayer, type Layer } from '../layer.ts';
import { type GraphConfig, graphImplementation, inputsOf, type GraphNode, type Outputs, type Step } from './graph.ts';

/** The shape of an argument, or what else there is to know about it. */
type Spec = ArgSpec | readonly number[];

interface Sized {
  /** The shapes of its own arguments: all but those that it takes from elsewhere. */
  readonly args?: Readonly<Record<string, Spec>>;
}

export type SizedStep = Step & Sized;
export type SizedNode = GraphNode & Sized;

/** What a network is given: `input` alone, or arguments by name. */
export type NetworkInputs = Spec | Readonly<Record<string, Spec>>;

/** What a network may declare beside what follows from its nodes, and its outputs where they are not those of the last. */
export interface Declared extends Partial<Omit<Layer, 'name' | 'forward' | 'vjp' | 'cases'>> {
  readonly outputs?: Outputs;
}

/**
 * A network as a layer of its own: the nodes bound (whatever config a call brings), its one case worked out from the shapes
 * that they give, its constants and axes those of the nodes, prefixed. Nodes that do not say where their inputs come from
 * stand in a row.
 */
export function network(
  name: string,
  nodes: readonly SizedNode[],
  inputs: NetworkInputs,
  { outputs, ...declared }: Declared = {},
): Layer {
  const { config, args } = networkCase(nodes, inputs, outputs);
  const nondifferentiable = withoutGradient(nodes, outputs);
  return defineLayer({
    name,
    formula: nodes.map(node => `${node.name}: ${node.layer.name}`).join(outputs ? ', ' : ' → '),
    constants: Object.keys(args).filter(argument => argSpec(args[argument]).differentiable === false),
    axes: axesOf(nodes, outputs),
    composed: true,
    ...(nondifferentiable && { nondifferentiable }),
    ...(nodes.some(node => node.layer.dtype === 'float32') && { dtype: 'float32' }),
    ...declared,
    config,
    args,
    forward: all => graphImplementation.forward(all, config),
    vjp: (all, upstream, _config, results) => graphImplementation.vjp(all, upstream, config, results),
  });
}

/** The case of a network: its config, and every argument under the name that the graph gives it. */
export function networkCase(
  nodes: readonly SizedNode[],
  inputs: NetworkInputs,
  outputs?: Outputs,
): CaseSpec<GraphConfig> {
  const args: Record<string, ArgSpec> = {};
  for (const [name, spec] of Object.entries(isSpec(inputs) ? { input: inputs } : inputs)) {
    const constant = usesOf(nodes, name).every(({ node, argument }) => node.layer.constants?.includes(argument));
    args[name] = { ...(constant ? { differentiable: false } : { role: 'input' }), ...argSpec(spec) };
  }
  for (const { name, layer, args: own = {} } of nodes) {
    for (const [argument, spec] of Object.entries(own)) {
      const constant = layer.constants?.includes(argument);
      args[`${name}.${argument}`] = {
        ...(constant ? { differentiable: false } : { role: 'parameter' }),
        ...argSpec(spec),
      };
    }
  }
  const layers = nodes.map(({ args: _shapes, ...node }) => node);
  return { config: { layers, ...(outputs && { outputs }) }, args };
}

function isSpec(inputs: NetworkInputs): inputs is Spec {
  return Array.isArray(inputs) || Array.isArray((inputs as ArgSpec).shape);
}

/** The arguments of nodes that an argument of the network is. */
function usesOf(nodes: readonly GraphNode[], name: string): { node: GraphNode; argument: string }[] {
  return nodes.flatMap((node, at) =>
    Object.entries(inputsOf(nodes, at)).flatMap(([argument, from]) => (from === name ? { node, argument } : [])),
  );
}

/** The outputs of a network that get no upstream. */
function withoutGradient(nodes: readonly GraphNode[], outputs?: Outputs): readonly string[] | undefined {
  if (!outputs) return nodes[nodes.length - 1].layer.nondifferentiable;
  return Object.keys(outputs).filter(name =>
    nodes.some(node => node.layer.nondifferentiable?.some(output => outputs[name] === `${node.name}.${output}`)),
  );
}

/** Axes of what the network is given, of the nodes' own arguments and of what the last node gives, where the layers name them. */
function axesOf(nodes: readonly SizedNode[], outputs?: Outputs): NonNullable<Layer['axes']> {
  const named: Record<string, readonly string[]> = {};
  for (const [at, node] of nodes.entries()) {
    const inputs = inputsOf(nodes, at);
    for (const [name, axes] of Object.entries(node.layer.axes ?? {})) {
      if (node.args?.[name]) named[`${node.name}.${name}`] = axes;
      else if (!inputs[name] && at === nodes.length - 1 && !outputs) named[name] = axes;
      else if (inputs[name] && !nodes.some(before => inputs[name].startsWith(before.name)))
        named[inputs[name]] ??= axes;
    }
  }
  return named;
}
