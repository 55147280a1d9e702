import { type Config, type Implementation, type Layer } from '../layer.ts';
import { describe, type Tensor, type Tensors, zerosLike } from '../tensor.ts';
import { type Awaitable, after } from './after.ts';
import { sum } from './sum.ts';

/** A layer with its settings, as one of several in a network. */
export interface Step {
  /** Prefix of its arguments: those of "conv1" are conv1.weight, conv1.bias. Unique, without a dot. */
  readonly name: string;
  readonly layer: Layer;
  readonly config?: Config;
  /** One of the layer's alternatives, by name, in place of its reference. */
  readonly implementation?: string;
  /** The argument that takes what comes from the step before; the layer's first unless said. */
  readonly input?: string;
}

/** A step that says where each of its inputs comes from. */
export interface GraphNode extends Step {
  /**
   * By argument: an argument of the graph ("input"), the first output of an earlier node ("conv1"), or another of its outputs
   * ("lstm.cn"). Unless said, what the step before gives, or "input" for the first.
   */
  readonly inputs?: Readonly<Record<string, string>>;
}

/** The outputs of a graph by name, and where they come from: nodes ("fc"), or outputs of theirs ("lstm.cn"). */
export type Outputs = Readonly<Record<string, string>>;

export interface GraphConfig {
  /** Every node after those that it takes something from. */
  readonly layers: readonly GraphNode[];
  /** Those of the last node unless said. */
  readonly outputs?: Outputs;
}

/**
 * A graph of layers as a layer: forward through all nodes, in order; backward through them again, last node first, where the
 * gradients of a value that is used more than once add up. args: what the nodes take from outside, and their own arguments,
 * prefixed. A promise only where a node gives one.
 */
export const graphImplementation: Implementation<GraphConfig> = {
  forward: (args, { layers, outputs }) => after(visitAll(layers, args), visits => outputsOf(visits, outputs)),
  vjp: (args, upstream, config) => after(pass(args, upstream, config), ({ gradients }) => gradients),
};

/** All that comes of going forward and back once. */
export interface Pass {
  readonly outputs: Tensors;
  /** Of all arguments. */
  readonly gradients: Tensors;
  /** What nodes give, as "node.output". */
  readonly values: Tensors;
  /** The gradients of those values that have any. */
  readonly arriving: Tensors;
}

/** Forward and back through a graph: what `graphImplementation` gives by two calls, and what is inside. */
export function pass(args: Tensors, upstream: Tensors, { layers, outputs }: GraphConfig): Awaitable<Pass> {
  return after(visitAll(layers, args), visits => {
    const arriving: Record<string, Tensor> = {};
    for (const [name, value] of namedOutputs(visits, outputs)) {
      if (upstream[name]) add(arriving, value, upstream[name]);
    }
    return after(backward(visits, arriving), gradients => ({
      outputs: outputsOf(visits, outputs),
      gradients,
      values: valuesOf(visits),
      arriving,
    }));
  });
}

/** Forward through a graph: what its nodes give, as "node.output". */
export function valuesIn(args: Tensors, { layers }: GraphConfig): Awaitable<Tensors> {
  return after(visitAll(layers, args), valuesOf);
}

/** What a node was called with and what it gave. */
interface Visit {
  readonly node: GraphNode;
  readonly args: Tensors;
  /** By argument, which value it is where it is not the node's own: an argument of the graph, or "node.output". */
  readonly sources: Readonly<Record<string, string>>;
  readonly outputs: Tensors;
}

function visitAll(nodes: readonly GraphNode[], args: Tensors): Awaitable<Visit[]> {
  checkNames(nodes, args);
  const visit = (at: number, before: Visit[]): Awaitable<Visit[]> => {
    if (at === nodes.length) return before;
    const node = nodes[at];
    const sources: Record<string, string> = {};
    const own: Record<string, Tensor> = {};
    for (const [argument, from] of Object.entries(inputsOf(nodes, at))) {
      const [value, tensor] = valueOf(from, before) ?? [from, args[from]];
      if (!tensor) {
        throw new RangeError(
          `layer "${node.name}" takes its ${argument} from "${from}", which is neither a layer before it nor an argument`,
        );
      }
      sources[argument] = value;
      own[argument] = tensor;
    }
    Object.assign(own, ownArgs(node, args));
    return after(implementationOf(node).forward(own, node.config ?? {}), outputs =>
      visit(at + 1, [...before, { node, args: own, sources, outputs }]),
    );
  };
  return visit(0, []);
}

/** The gradients of all arguments, prefixed, from those that have arrived at values. */
function backward(visits: readonly Visit[], arriving: Record<string, Tensor>): Awaitable<Tensors> {
  const gradients: Record<string, Tensor> = {};
  const back = (at: number): Awaitable<Tensors> => {
    if (at < 0) return { ...ofArguments(arriving, visits), ...gradients };
    const { node, args, sources, outputs } = visits[at];
    return after(
      implementationOf(node).vjp(args, upstreamOf(visits[at], arriving), node.config ?? {}, outputs),
      own => {
        expectGradients(visits[at], own, visits);
        for (const [argument, gradient] of Object.entries(own)) {
          if (sources[argument]) add(arriving, sources[argument], gradient);
          else gradients[`${node.name}.${argument}`] = gradient;
        }
        return back(at - 1);
      },
    );
  };
  return back(visits.length - 1);
}

/** What has arrived at the outputs of a node: zeros where nothing has. */
function upstreamOf({ node: { name, layer }, outputs }: Visit, arriving: Tensors): Tensors {
  const differentiable = Object.keys(outputs).filter(output => !layer.nondifferentiable?.includes(output));
  return Object.fromEntries(
    differentiable.map(output => [output, arriving[`${name}.${output}`] ?? zerosLike(outputs[output])]),
  );
}

function add(arriving: Record<string, Tensor>, value: string, gradient: Tensor): void {
  const before = arriving[value];
  arriving[value] = before ? { shape: before.shape, data: sum(before.data, gradient.data) } : gradient;
}

/** Where the arguments of a node come from that are not its own. */
export function inputsOf(nodes: readonly GraphNode[], at: number): Readonly<Record<string, string>> {
  const { inputs, input, layer } = nodes[at];
  if (inputs) return inputs;
  const shown = Array.isArray(layer.cases) ? layer.cases : (layer.examples ?? []);
  const first = input ?? Object.keys(shown[0]?.args ?? {})[0] ?? 'input';
  return { [first]: at === 0 ? 'input' : nodes[at - 1].name };
}

/** A value that a node gives, under its full name; undefined where there is no such node yet. */
function valueOf(from: string, visits: readonly Visit[]): [value: string, tensor: Tensor] | undefined {
  const visit = visits.find(({ node: { name } }) => from === name || from.startsWith(`${name}.`));
  if (!visit) return undefined;
  const { node, outputs } = visit;
  const output = from === node.name ? Object.keys(outputs)[0] : from.slice(node.name.length + 1);
  if (outputs[output]) return [`${node.name}.${output}`, outputs[output]];
  throw new RangeError(`"${from}" is no output of layer "${node.name}"; it gives ${Object.keys(outputs).join(', ')}`);
}

function valuesOf(visits: readonly Visit[]): Tensors {
  return Object.fromEntries(
    visits.flatMap(({ node, outputs }) =>
      Object.entries(outputs).map(([name, value]) => [`${node.name}.${name}`, value] as const),
    ),
  );
}

function outputsOf(visits: readonly Visit[], outputs?: Outputs): Tensors {
  return Object.fromEntries(namedOutputs(visits, outputs).map(([name, , tensor]) => [name, tensor]));
}

/** The outputs of a graph: name, value and tensor. */
function namedOutputs(visits: readonly Visit[], outputs?: Outputs): [name: string, value: string, tensor: Tensor][] {
  const { node, outputs: last } = visits[visits.length - 1];
  const from = outputs ?? Object.fromEntries(Object.keys(last).map(name => [name, `${node.name}.${name}`]));
  return Object.entries(from).map(([name, value]) => {
    const found = valueOf(value, visits);
    if (!found) throw new RangeError(`the output "${name}" comes from "${value}", which is no layer of the graph`);
    return [name, ...found];
  });
}

/** What is not given by a node. */
function ofArguments(arriving: Tensors, visits: readonly Visit[]): Tensors {
  const given = (value: string) => visits.some(({ node }) => value.startsWith(`${node.name}.`));
  return Object.fromEntries(Object.entries(arriving).filter(([value]) => !given(value)));
}

/** Whether a node gives a gradient wherever it takes what could have one from a node before. */
function expectGradients({ node, sources }: Visit, gradients: Tensors, visits: readonly Visit[]): void {
  for (const [argument, value] of Object.entries(sources)) {
    const before = visits.find(({ node: { name } }) => value.startsWith(`${name}.`));
    if (gradients[argument] || !before) continue;
    if (before.node.layer.nondifferentiable?.includes(value.slice(before.node.name.length + 1))) continue;
    throw new TypeError(
      `layer "${node.name}" gives no gradient for its argument "${argument}", so that nothing before it can have one; let it be the first, or let another argument take what is before`,
    );
  }
}

/** What a node is given beside its inputs. */
function ownArgs({ name }: GraphNode, args: Tensors): Tensors {
  const prefix = `${name}.`;
  const own = Object.entries(args).filter(([argument]) => argument.startsWith(prefix));
  return Object.fromEntries(own.map(([argument, value]) => [argument.slice(prefix.length), value]));
}

function implementationOf({ name, layer, implementation }: GraphNode): Implementation {
  if (implementation === undefined) return layer;
  const chosen = layer.alternatives?.[implementation];
  if (chosen) return chosen;
  const known = Object.keys(layer.alternatives ?? {}).join(', ') || 'none';
  throw new RangeError(
    `layer "${name}" asks for the implementation "${implementation}" of ${layer.name}; it has ${known}`,
  );
}

function checkNames(nodes: readonly GraphNode[], args: Tensors): void {
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new RangeError('a network needs at least one layer { name, layer, config }');
  }
  const names = nodes.map(({ name }) => name);
  for (const [at, name] of names.entries()) {
    if (typeof name !== 'string' || name === '' || name.includes('.') || names.indexOf(name) !== at) {
      throw new RangeError(
        `layer ${at} has the name ${describe(name)}; give each layer a name of its own, without a dot`,
      );
    }
  }
  const taken = nodes.flatMap((_, at) => Object.values(inputsOf(nodes, at))).filter(from => !names.includes(from));
  for (const name of Object.keys(args)) {
    if (taken.includes(name) || names.includes(name.split('.', 1)[0])) continue;
    throw new RangeError(
      `argument "${name}" belongs to no layer; they take ${taken.join(', ') || 'nothing'} and what begins with ${names.map(layer => `${layer}.`).join(' or ')}`,
    );
  }
}
