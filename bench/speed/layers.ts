import type { ArgSpec, Layer } from '../../src/layer.ts';
import { layers as builtIn } from '../../src/layers/index.ts';
import { implementationsOf } from '../../src/run.ts';
import type { Config, Tensors } from '../../src/index.ts';
import { race } from './measure.ts';
import { argsOf, upstreamOf } from './numbers.ts';
import { cell, type Table, time } from './table.ts';

interface Setting {
  readonly config?: Config;
  readonly args: Readonly<Record<string, ArgSpec | readonly number[]>>;
}

const image = [2, 8, 32, 32];
const rows = [64, 256];
const affine = { input: [16, 64, 8, 8], weight: [64], bias: [64] };
const recurrent = (gates: number, cell = false) => ({
  config: { inputSize: 32, hiddenSize: 32 },
  args: {
    input: [16, 32],
    h0: [16, 32],
    ...(cell && { c0: [16, 32] }),
    weight_ih: [gates * 32, 32],
    weight_hh: [gates * 32, 32],
    bias_ih: [gates * 32],
    bias_hh: [gates * 32],
  },
});
const sequence = (gates: number, cell = false) => ({
  config: { inputSize: 32, hiddenSize: 32 },
  args: {
    input: [10, 8, 32],
    h0: [1, 8, 32],
    ...(cell && { c0: [1, 8, 32] }),
    weight_ih_l0: [gates * 32, 32],
    weight_hh_l0: [gates * 32, 32],
    bias_ih_l0: [gates * 32],
    bias_hh_l0: [gates * 32],
  },
});
const classes = { shape: [64], integer: true, range: [0, 255] } as const;

/** Sizes as they are in networks. A layer that is not here has one input of 64 by 256. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  conv1d: {
    config: { inChannels: 8, outChannels: 16, kernel: 5 },
    args: { input: [4, 8, 128], weight: [16, 8, 5], bias: [16] },
  },
  conv2d: {
    config: { inChannels: 8, outChannels: 16, kernel: 3 },
    args: { input: image, weight: [16, 8, 3, 3], bias: [16] },
  },
  conv3d: {
    config: { inChannels: 2, outChannels: 4, kernel: 3 },
    args: { input: [1, 2, 12, 12, 12], weight: [4, 2, 3, 3, 3], bias: [4] },
  },
  convTranspose1d: {
    config: { inChannels: 16, outChannels: 8, kernel: 4, stride: 2 },
    args: { input: [4, 16, 64], weight: [16, 8, 4], bias: [8] },
  },
  convTranspose2d: {
    config: { inChannels: 16, outChannels: 8, kernel: 4, stride: 2 },
    args: { input: [2, 16, 14, 14], weight: [16, 8, 4, 4], bias: [8] },
  },
  linear: {
    config: { inFeatures: 256, outFeatures: 128 },
    args: { input: rows, weight: [128, 256], bias: [128] },
  },
  bilinear: {
    config: { in1: 24, in2: 24, out: 16 },
    args: { a: [16, 24], b: [16, 24], weight: [16, 24, 24], bias: [16] },
  },
  matmul: { args: { a: [4, 64, 64], b: [4, 64, 64] } },
  embedding: {
    config: { numEmbeddings: 100, embeddingDim: 32 },
    args: { weight: [100, 32], index: { shape: [64], integer: true, range: [0, 99] } },
  },
  maxPool1d: { config: { kernel: 3, stride: 2 }, args: { input: [4, 8, 256] } },
  maxPool2d: { config: { kernel: 2 }, args: { input: image } },
  avgPool1d: { config: { kernel: 3, stride: 2 }, args: { input: [4, 8, 256] } },
  avgPool2d: { config: { kernel: 2 }, args: { input: image } },
  adaptiveAvgPool2d: { config: { outputSize: 7 }, args: { input: image } },
  adaptiveMaxPool2d: { config: { outputSize: 7 }, args: { input: image } },
  lpPool2d: { config: { norm: 2, kernel: 2 }, args: { input: image } },
  subsample2d: { config: { kernel: 2 }, args: { input: image, weight: [8], bias: [8] } },
  avgUnpool2d: { config: { kernel: 2 }, args: { input: [2, 8, 16, 16], weight: [8], bias: [8] } },
  maxUnpool2d: {
    config: { outputSize: [32, 32] },
    args: { input: [2, 8, 16, 16], index: { shape: [2, 8, 16, 16], integer: true, range: [0, 1023] } },
  },
  batchNorm: {
    config: { mode: 'train', affine: true },
    args: {
      ...affine,
      runningMean: { shape: [64], differentiable: false },
      runningVar: { shape: [64], range: [0.5, 2] },
    },
  },
  layerNorm: { config: { normalizedShape: 256, affine: true }, args: { input: rows, weight: [256], bias: [256] } },
  groupNorm: { config: { groups: 8, affine: true }, args: affine },
  instanceNorm: { config: { affine: true }, args: affine },
  rmsNorm: { args: { input: rows, weight: [256] } },
  localResponseNorm: { config: { size: 5 }, args: { input: [2, 32, 16, 16] } },
  rnnCell: recurrent(1),
  gruCell: recurrent(3),
  lstmCell: recurrent(4, true),
  rnnSequence: sequence(1),
  gruSequence: sequence(3),
  lstmSequence: sequence(4, true),
  scaledDotProductAttention: { args: { query: [2, 4, 32, 16], key: [2, 4, 32, 16], value: [2, 4, 32, 16] } },
  multiHeadAttention: {
    config: { embedDim: 32, heads: 4 },
    args: {
      query: [16, 2, 32],
      key: [16, 2, 32],
      value: [16, 2, 32],
      in_proj_weight: [96, 32],
      in_proj_bias: [96],
      out_proj_weight: [32, 32],
      out_proj_bias: [32],
    },
  },
  huber: { args: { input: rows, target: rows } },
  crossEntropy: { args: { input: rows, target: classes } },
  bceWithLogits: { args: { input: rows, target: { shape: rows, range: [0, 1] } } },
};

/** Every layer that has alternatives: the reference against each of them. */
export function layers(): Table {
  const several = builtIn.filter(layer => implementationsOf(layer).length > 1);
  const rows = several.map(layer => {
    const { config = {}, args: specs } = SETTINGS[layer.name] ?? { args: { input: [64, 256] } };
    const args = argsOf(specs, 'float64');
    const upstream = upstreamsOf(layer, args, config);
    const contenders = implementationsOf(layer).map(([name, way]) => [
      name,
      () => way.vjp(args, upstream, config, way.forward(args, config) as Tensors),
    ]);
    const { reference, ...alternatives } = race(Object.fromEntries(contenders), { rounds: 9, warmUp: 200 });
    const shown = Object.entries(alternatives).map(([name, time]) => `${name}: ${cell(time)}`);
    return [layer.name, time(reference.median), shown.join(', ')];
  });
  return {
    title: 'Layers with several implementations, float64',
    note: 'Forward and backward; in brackets, how many times faster than the reference. Some are there for their accuracy.',
    head: ['layer', 'reference', 'alternatives'],
    rows,
  };
}

/** For every output that gets an upstream. */
function upstreamsOf(layer: Layer, args: Tensors, config: Config): Tensors {
  const { nondifferentiable = [] } = layer;
  const outputs = Object.entries(layer.forward(args, config) as Tensors);
  return upstreamOf(Object.fromEntries(outputs.filter(([name]) => !nondifferentiable.includes(name))), 'float64');
}
