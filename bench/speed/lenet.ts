import {
  avgPool2d,
  type CaseSpec,
  conv2d,
  crossEntropy,
  flatten,
  type GraphNode,
  linear,
  network,
  type SizedNode,
  tanh,
} from '../../src/index.ts';
import { type Pass, pass } from '../../src/kernels/graph.ts';
import type { Layer } from '../../src/layer.ts';
import { type Data, type Dtype, scalar } from '../../src/tensor.ts';
import { race } from './measure.ts';
import { argsOf } from './numbers.ts';
import { convnetStep, tensorflowStep } from './peers.ts';
import { sixLoops } from './sixLoops.ts';
import { factor, figures, type Table } from './table.ts';

type Chosen = Pick<GraphNode, 'layer' | 'implementation'>;

/** How the convolutions and the dense layer are done; all else is the same. */
export const WAYS: Readonly<Record<string, { readonly conv: Chosen; readonly dense: Chosen }>> = {
  loops: { conv: { layer: sixLoops as Layer }, dense: { layer: linear } },
  im2col: { conv: { layer: conv2d, implementation: 'im2col' }, dense: { layer: linear, implementation: 'blocked' } },
  simd: { conv: { layer: conv2d, implementation: 'simd' }, dense: { layer: linear, implementation: 'simd' } },
};

/** LeNet-5 whose second convolution sees all channels, and with no layer between the third and the output. */
function lenet5(way: string, batch: number): Layer {
  const { conv, dense } = WAYS[way];
  const convolved = (at: number, inChannels: number, outChannels: number): SizedNode[] => {
    const limit = Math.sqrt(3 / (25 * inChannels));
    const weight = { shape: [outChannels, inChannels, 5, 5], range: [-limit, limit] as const };
    const config = { inChannels, outChannels, kernel: 5 };
    return [
      {
        name: `conv${at}`,
        ...conv,
        input: 'input',
        config,
        args: { weight, bias: { shape: [outChannels], range: [0, 0] } },
      },
      { name: `tanh${at}`, layer: tanh, implementation: 'fromOutput' },
    ];
  };
  const pool = (at: number): SizedNode => ({
    name: `pool${at}`,
    layer: avgPool2d,
    implementation: 'sums',
    config: { kernel: 2 },
  });
  return network(
    `lenet5, ${way}`,
    [
      ...convolved(1, 1, 6),
      pool(1),
      ...convolved(2, 6, 16),
      pool(2),
      ...convolved(3, 16, 120),
      { name: 'flatten', layer: flatten },
      {
        name: 'dense',
        ...dense,
        config: { inFeatures: 120, outFeatures: 10 },
        args: { weight: { shape: [10, 120], range: [-0.15, 0.15] }, bias: { shape: [10], range: [0, 0] } },
      },
      { name: 'loss', layer: crossEntropy, args: { target: { shape: [batch], integer: true, range: [0, 9] } } },
    ],
    [batch, 1, 32, 32],
  );
}

/** A step of gradient descent, which returns the loss before it. Every net begins with the same numbers. */
export function trainer(way: string, batch: number, dtype: Dtype): () => number {
  const net = lenet5(way, batch);
  const [{ config, args: specs }] = net.cases as readonly CaseSpec[];
  const args = argsOf(specs, dtype);
  const upstream = { loss: scalar(1, dtype) };
  return () => {
    const { outputs, gradients: all } = pass(args, upstream, config) as Pass;
    const { input: _input, ...gradients } = all;
    for (const [name, { data }] of Object.entries(gradients)) descend(args[name].data, data, 0.01);
    return outputs['loss'].data[0];
  };
}

function descend(weights: Data, gradient: Data, rate: number): void {
  for (let i = 0; i < weights.length; i++) weights[i] -= rate * gradient[i];
}

/** A step of training, beside others who do the same. */
export async function lenet(dtype: Dtype): Promise<Table> {
  const rows: string[][] = [];
  for (const batch of [1, 16]) {
    const ways = Object.keys(WAYS);
    const losses = ways.map(way => {
      const step = trainer(way, batch, dtype);
      return Array.from({ length: 30 }, step)[29];
    });
    const peers = { convnetjs: convnetStep(batch), tfjs: await tensorflowStep(batch) };
    const own = Object.fromEntries(ways.map(way => [way, trainer(way, batch, dtype)]));
    const times = race({ ...own, ...peers }, { rounds: 21, slice: 30 });
    for (const [name, { median, best, ratio }] of Object.entries(times)) {
      const loss = losses[ways.indexOf(name)];
      const cells = [
        figures(median / batch),
        figures(best / batch),
        factor(ratio),
        factor(median / times['simd'].median),
      ];
      rows.push([String(batch), name, ...cells, loss === undefined ? '' : loss.toPrecision(8)]);
    }
  }
  return {
    title: `A step of training of LeNet-5, ${dtype}`,
    note:
      'Milliseconds a sample: forward, backward and gradient descent on 51,902 weights. The nets differ in their convolutions and their ' +
      'dense layer only, and have the same loss after 30 steps. Asked of simd in float64: 7× the loops, 10× convnetjs (which ' +
      'pools by the largest), 200× TensorFlow.js on its cpu backend (in float32 whatever the others are).',
    head: ['batch', 'net', 'median', 'best', 'faster than loops', 'slower than simd', 'loss after 30 steps'],
    rows,
  };
}
