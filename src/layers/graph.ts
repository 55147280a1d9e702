import type * as FastCheck from 'fast-check';
import { type GraphConfig, graphImplementation, type GraphNode } from '../kernels/graph.ts';
import { networkCase, type SizedNode } from '../kernels/network.ts';
import { type CaseSpec, defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';
import { addBroadcast } from './addBroadcast.ts';
import { linear } from './linear.ts';
import { lstmCell } from './lstmCell.ts';
import { mulBroadcast } from './mulBroadcast.ts';
import { relu } from './relu.ts';
import { linearStep } from './sequential.ts';
import { sigmoid } from './sigmoid.ts';
import { sumSquaredError } from './sumSquaredError.ts';
import { tanh } from './tanh.ts';

export type { GraphConfig, GraphNode };

/**
 * Layers that take what any of those before them give. Each node says by `inputs` where arguments come from that are not its
 * own: an argument of the graph ("input"), the first output of an earlier node ("fc1") or another of its outputs
 * ("lstm.c"); one that says nothing takes what the node before gives, as in a sequential. Its arguments are those that nodes
 * take from outside, and the nodes' own as `<node>.<argument>`; its outputs are those of the last node, or `outputs`.
 *
 * The gradient of a value is the sum over all its uses, and 0 where it has none. Nothing is kept between calls: the vjp goes
 * forward once more and then back. It is synchronous if all its layers are.
 */
export const graph = defineLayer<GraphConfig>({
  name: 'graph',
  composed: true,
  formula: 'y[n] = f_n(y[i], y[j], …; θ_n), i, j < n; dy[i] = sum over the uses of y[i] of their gradients',
  source: 'the chain rule',
  cases: fc => fc.oneof(residualNetworks(fc), gatedUnits(fc), recurrentNetworks(fc)),

  ...graphImplementation,

  examples: [
    {
      name: 'a residual connection: relu(W x + b) + x',
      source: 'by hand',
      config: {
        layers: [
          { name: 'fc', layer: linear, config: { inFeatures: 2, outFeatures: 2 } },
          { name: 'act', layer: relu },
          { name: 'sum', layer: addBroadcast, inputs: { a: 'act', b: 'input' } },
        ],
      },
      args: {
        input: tensor([1, 2], [1, 2]),
        'fc.weight': tensor([2, 2], [1, 1, 1, -1]),
        'fc.bias': tensor([2], [0, 0.5]),
      },
      outputs: { output: tensor([1, 2], [4, 2]) },
      upstream: { output: tensor([1, 2], [1, 10]) },
      gradients: {
        input: tensor([1, 2], [2, 11]),
        'fc.weight': tensor([2, 2], [1, 2, 0, 0]),
        'fc.bias': tensor([2], [1, 0]),
      },
    },
    {
      name: 'a node used twice by one other: (3 x)^2 at 2',
      source: 'by hand',
      config: {
        layers: [
          { name: 'fc', layer: linear, config: { inFeatures: 1, outFeatures: 1, hasBias: false } },
          { name: 'square', layer: mulBroadcast, inputs: { a: 'fc', b: 'fc' } },
        ],
      },
      args: { input: tensor([1], [2]), 'fc.weight': tensor([1, 1], [3]) },
      outputs: { output: tensor([1], [36]) },
      upstream: { output: tensor([1], [1]) },
      gradients: { input: tensor([1], [36]), 'fc.weight': tensor([1, 1], [24]) },
    },
    {
      name: 'two inputs, two outputs, of which one feeds the other',
      source: 'by hand',
      config: {
        layers: [
          { name: 'add', layer: addBroadcast, inputs: { a: 'left', b: 'right' } },
          { name: 'act', layer: relu },
        ],
        outputs: { sum: 'add', rectified: 'act.output' },
      },
      args: { left: tensor([3], [2, 4, 3]), right: tensor([3], [-1, 2, -5]) },
      outputs: { sum: tensor([3], [1, 6, -2]), rectified: tensor([3], [1, 6, 0]) },
      upstream: { sum: tensor([3], [1, 2, 3]), rectified: tensor([3], [10, 20, 30]) },
      gradients: { left: tensor([3], [11, 22, 3]), right: tensor([3], [11, 22, 3]) },
    },
    {
      name: 'what is not used further has gradient 0',
      source: 'by hand',
      config: {
        layers: [
          { name: 'aside', layer: linear, config: { inFeatures: 1, outFeatures: 1, hasBias: false } },
          { name: 'act', layer: relu, inputs: { input: 'input' } },
        ],
      },
      args: { input: tensor([1], [2]), 'aside.weight': tensor([1, 1], [3]) },
      outputs: { output: tensor([1], [2]) },
      upstream: { output: tensor([1], [5]) },
      gradients: { input: tensor([1], [5]), 'aside.weight': tensor([1, 1], [0]) },
    },
  ],
});

type Graphs = FastCheck.Arbitrary<CaseSpec<GraphConfig>>;

/** tanh(x V' + b) W' + x, and how far it is from a target. */
function residualNetworks(fc: typeof FastCheck): Graphs {
  const extent = fc.integer({ min: 1, max: 3 });
  return fc
    .record({ batch: extent, features: extent, hidden: extent, implementation: fc.constantFrom(undefined, 'blocked') })
    .map(({ batch, features, hidden, implementation }) =>
      networkCase(
        [
          { ...linearStep('fc1', features, hidden), ...(implementation && { implementation }) },
          { name: 'act', layer: tanh },
          linearStep('fc2', hidden, features),
          { name: 'sum', layer: addBroadcast, inputs: { a: 'fc2', b: 'input' } },
          { name: 'loss', layer: sumSquaredError, inputs: { input: 'sum', target: 'target' } },
        ],
        { input: [batch, features], target: [batch, features] },
      ),
    );
}

/** tanh(z) s(z) x, z = x W' + b: one node used by two others, one argument by two nodes. */
function gatedUnits(fc: typeof FastCheck): Graphs {
  const extent = fc.integer({ min: 1, max: 3 });
  return fc
    .record({ batch: extent, features: extent, gateShown: fc.boolean() })
    .map(({ batch, features, gateShown }) =>
      networkCase(
        [
          linearStep('fc', features, features),
          { name: 'gate', layer: sigmoid },
          { name: 'value', layer: tanh, inputs: { input: 'fc' } },
          { name: 'gated', layer: mulBroadcast, inputs: { a: 'gate', b: 'value' } },
          { name: 'product', layer: mulBroadcast, inputs: { a: 'gated', b: 'input' } },
        ],
        [batch, features],
        gateShown ? { output: 'product', gate: 'gate' } : undefined,
      ),
    );
}

/** Two steps of a cell, whose states are taken by name. */
function recurrentNetworks(fc: typeof FastCheck): Graphs {
  const extent = fc.integer({ min: 1, max: 2 });
  return fc.record({ batch: extent, inputSize: extent, hiddenSize: extent }).map(({ batch, inputSize, hiddenSize }) => {
    const step = (name: string, inputs: GraphNode['inputs']): SizedNode => ({
      name,
      layer: lstmCell,
      config: { inputSize, hiddenSize },
      inputs,
      args: { weight_ih: [4 * hiddenSize, inputSize], weight_hh: [4 * hiddenSize, hiddenSize] },
    });
    return networkCase(
      [step('first', { input: 'input', c0: 'state' }), step('second', { input: 'input', h0: 'first', c0: 'first.c' })],
      { input: [batch, inputSize], state: [batch, hiddenSize] },
      { early: 'first.h', late: 'second.h' },
    );
  });
}
