import { describe, expect, test } from 'vitest';
import {
  addBroadcast,
  defineLayer,
  graph,
  linear,
  network,
  relu,
  sequential,
  type Tensors,
  tensor,
} from '../src/index.ts';
import type { GraphConfig } from '../src/layers/graph.ts';

const input = tensor([2], [1, -2]);
const act = { name: 'act', layer: relu };
const fails =
  (config: GraphConfig, args: Tensors = { input }) =>
  () =>
    graph.forward(args, config);

describe('a graph of layers says what is wrong with it:', () => {
  test.each<[string, () => unknown, string]>([
    ['no layer', fails({ layers: [] }), 'a network needs at least one layer { name, layer, config }'],
    [
      'a name twice',
      fails({ layers: [act, act] }),
      'layer 1 has the name "act"; give each layer a name of its own, without a dot',
    ],
    [
      'a node that comes later',
      fails(
        {
          layers: [
            { ...act, inputs: { input: 'sum' } },
            { name: 'sum', layer: relu },
          ],
        },
        {},
      ),
      'layer "act" takes its input from "sum", which is neither a layer before it nor an argument',
    ],
    [
      'an output that there is not',
      fails({ layers: [act, { name: 'sum', layer: relu, inputs: { input: 'act.index' } }] }),
      '"act.index" is no output of layer "act"; it gives output',
    ],
    [
      'an output of no node',
      fails({ layers: [act], outputs: { y: 'input' } }),
      'the output "y" comes from "input", which is no layer of the graph',
    ],
    [
      'an argument of nobody',
      fails({ layers: [act] }, { input, other: input }),
      'argument "other" belongs to no layer; they take input and what begins with act.',
    ],
    [
      'an implementation that there is not',
      fails({ layers: [{ ...act, implementation: 'im2col' }] }),
      'layer "act" asks for the implementation "im2col" of relu; it has none',
    ],
  ])('%s', (_what, call, message) => {
    expect(call).toThrow(message);
  });
});

/** A layer that rounds, and has no gradient for what it rounds. */
const rounded = defineLayer({
  name: 'rounded',
  forward: ({ x, scale }) => ({
    output: tensor(
      x.shape,
      x.data.map(each => scale.data[0] * Math.round(each)),
    ),
  }),
  vjp: ({ scale }) => ({ scale }),
});

test('what cuts everything before it off from its gradient is an error', () => {
  const layers = [act, { name: 'cut', layer: rounded, inputs: { x: 'act' } }];
  const args = { input, 'cut.scale': tensor([1], [2]) };
  expect(() => graph.vjp(args, { output: input }, { layers }, {})).toThrow(
    'layer "cut" gives no gradient for its argument "x", so that nothing before it can have one',
  );
});

test('a graph whose nodes say nothing of their inputs is a sequential', () => {
  const layers = [{ name: 'fc', layer: linear, config: { inFeatures: 2, outFeatures: 1, hasBias: false } }, act];
  const args = { input, 'fc.weight': tensor([1, 2], [3, 1]) };
  const upstream = { output: tensor([1], [5]) };
  expect(graph.forward(args, { layers })).toEqual(sequential.forward(args, { layers }));
  expect(graph.vjp(args, upstream, { layers }, {})).toEqual(sequential.vjp(args, upstream, { layers }, {}));
});

test('a graph is a promise where one of its nodes is, and only there', async () => {
  const later = { ...relu, forward: (args: Tensors) => Promise.resolve(relu.forward(args, {})) };
  const config = {
    layers: [
      { name: 'later', layer: later },
      { name: 'sum', layer: addBroadcast, inputs: { a: 'later', b: 'later' } },
    ],
  };
  const forward = graph.forward({ input }, config);
  expect(forward).toBeInstanceOf(Promise);
  expect(await forward).toEqual({ output: tensor([2], [2, 0]) });
  expect(await graph.vjp({ input }, { output: tensor([2], [5, 7]) }, config, {})).toEqual({
    input: tensor([2], [10, 0]),
  });
  expect(graph.forward({ input }, { layers: [act] })).not.toBeInstanceOf(Promise);
});

test('a network of several inputs and outputs declares what its nodes do', () => {
  const layer = network(
    'difference',
    [
      {
        name: 'fc',
        layer: linear,
        config: { inFeatures: 2, outFeatures: 3 },
        args: { weight: [3, 2], bias: [3] },
        inputs: { input: 'left' },
      },
      { name: 'sum', layer: addBroadcast, inputs: { a: 'fc', b: 'right' } },
    ],
    { left: [4, 2], right: [4, 3] },
    { outputs: { output: 'sum', hidden: 'fc' } },
  );
  const [{ args }] = layer.cases as readonly { args: Record<string, unknown> }[];
  expect(args).toEqual({
    left: { shape: [4, 2], role: 'input' },
    right: { shape: [4, 3], role: 'input' },
    'fc.weight': { shape: [3, 2], role: 'parameter' },
    'fc.bias': { shape: [3], role: 'parameter' },
  });
  expect(layer.axes).toEqual({ left: ['batch', 'feature'], 'fc.weight': ['out', 'in'], 'fc.bias': ['out'] });
});
