import {
  addBroadcast,
  concat,
  graph,
  type Layer,
  linear,
  lstmCell,
  mulBroadcast,
  sigmoid,
  type SizedNode,
  tanh,
} from '../../src/index.ts';
import type { Outputs } from '../../src/kernels/graph.ts';
import { type NetworkInputs, networkCase } from '../../src/kernels/network.ts';
import { mapTensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, wrong } from './fault.ts';
import { arriving, spoiled } from './spoiled.ts';

const fc: SizedNode = {
  name: 'fc',
  layer: linear,
  config: { inFeatures: 2, outFeatures: 2 },
  args: { weight: [2, 2], bias: [2] },
};
const act: SizedNode = { name: 'act', layer: tanh };
const all = ['input', 'fc.weight', 'fc.bias'];

/** A layer that passes nothing back to one of its arguments. */
function cutting(layer: Layer, argument: string): Layer {
  return spoiled(layer, ({ right }) => ({ [argument]: zerosLike(right[argument]) }));
}

/** A graph of these nodes. */
function graphOf(nodes: readonly SizedNode[], inputs: NetworkInputs, outputs?: Outputs): Layer {
  return wrong(graph as Layer, { cases: [networkCase(nodes, inputs, outputs)] });
}

/** tanh(x W' + b) + x */
const residual = (sum: Layer) =>
  graphOf([fc, act, { name: 'sum', layer: sum, inputs: { a: 'act', b: 'input' } }], [3, 2]);

/** tanh(z) s(z), z = x W' + b */
const gated = (value: Layer) =>
  graphOf(
    [
      fc,
      { name: 'gate', layer: sigmoid },
      { name: 'value', layer: value, inputs: { input: 'fc' } },
      { name: 'product', layer: mulBroadcast, inputs: { a: 'gate', b: 'value' } },
    ],
    [3, 2],
  );

/** z^2, z = tanh(x W' + b), whose gradients are times a factor. */
const squared = (factor: number) =>
  spoiled(
    graphOf([fc, act, { name: 'square', layer: mulBroadcast, inputs: { a: 'act', b: 'act' } }], [3, 2]),
    ({ right }) => Object.fromEntries(Object.entries(right).map(([name, g]) => [name, mapTensor(g, d => factor * d)])),
  );

/** Two steps of a cell, of which the second has both states of the first. */
const twoSteps = (second: Layer) => {
  const cell = { config: { inputSize: 2, hiddenSize: 2 }, args: { weight_ih: [8, 2], weight_hh: [8, 2] } };
  return graphOf(
    [
      { name: 'first', layer: lstmCell, inputs: { input: 'early' }, ...cell },
      { name: 'second', layer: second, inputs: { input: 'late', h0: 'first', c0: 'first.c' }, ...cell },
    ],
    { early: [3, 2], late: [3, 2] },
  );
};

/** tanh z and z, z = x W' + b */
const shown = graphOf([fc, act], [3, 2], { hidden: 'fc', output: 'act' });

const ordered = graphOf([{ name: 'concat', layer: concat, config: { axis: 1 }, inputs: { a: 'left', b: 'right' } }], {
  left: [3, 2],
  right: [3, 2],
});

/** Whole numbers are exact where nothing bends, and where tanh is flat. */
const exact = { verdict: 'fail', check: 'exact' } as const;
const gradient = { verdict: 'fail', check: 'gradient' } as const;

/** Graphs of layers that are wrong. */
export const graphs: readonly Fault[] = [
  {
    name: 'a node that is used twice is counted once',
    layer: squared(1 / 2),
    expected: { ...gradient, argument: all, causes: ['scaled', 'missing-term'] },
  },
  {
    name: 'a node that is used twice is counted twice over',
    layer: squared(2),
    expected: { ...gradient, argument: all, causes: ['scaled', 'counted-twice'] },
  },
  {
    name: 'of two branches that take one node the later overwrites what the other passes back',
    layer: gated(cutting(tanh, 'input')),
    expected: { ...gradient, argument: all, causes: ['missing-term', 'overwritten-not-accumulated'] },
  },
  {
    name: 'the shortcut of a residual connection is not added to what comes back through the layers',
    layer: residual(cutting(addBroadcast, 'b')),
    expected: { ...exact, argument: 'input', causes: ['missing-term'] },
  },
  {
    name: 'an output that feeds another has the gradient of that use alone',
    layer: spoiled(shown, call => arriving(shown, call, { hidden: zerosLike(call.upstream.hidden) })),
    expected: { ...exact, argument: all, causes: ['missing-term', 'output-ignored'] },
  },
  {
    name: 'the two inputs of a node get the gradients of each other',
    layer: spoiled(ordered, ({ right }) => ({ left: right.right, right: right.left })),
    expected: { ...exact, argument: ['left', 'right'], causes: ['another-argument'] },
  },
  {
    name: 'only the first output of a node passes anything back',
    layer: twoSteps(cutting(lstmCell, 'c0')),
    expected: { ...gradient, argument: ['early', 'first.weight_ih'], causes: ['missing-term', 'output-ignored'] },
  },
  {
    name: 'what arrives at a node from outside is dropped where another takes it, in the settings that the graph itself draws',
    layer: spoiled(graph, call =>
      call.upstream.early ? arriving(graph, call, { early: zerosLike(call.upstream.early) }) : {},
    ),
    expected: { ...gradient, argument: ['input', 'state', 'first.weight_ih'], causes: ['output-ignored'] },
  },
];
