import { conv2d } from '../../src/layers/conv2d.ts';
import { linear } from '../../src/layers/linear.ts';
import { tanh } from '../../src/layers/tanh.ts';
import { type Layer, network } from '../../src/index.ts';

/** What grows: a layer of about so many parameters. */
export interface Model {
  readonly name: string;
  readonly make: (parameters: number) => Layer;
}

const IMAGE = 6;
const BATCH = 2;
const NETWORK_DEPTH = 10;

function square(parameters: number): { readonly features: number; readonly limit: number } {
  const features = Math.max(1, Math.round(Math.sqrt(parameters)));
  // Glorot's variance, 2 / (fan in + fan out), drawn uniformly.
  return { features, limit: Math.sqrt(3 / features) };
}

const dense = (name: string, parameters: number) => {
  const { features, limit } = square(parameters);
  return {
    name,
    layer: linear,
    config: { inFeatures: features, outFeatures: features },
    args: {
      weight: { shape: [features, features], range: [-limit, limit] as const },
      bias: { shape: [features], range: [-limit, limit] as const },
    },
  };
};

export const models: readonly Model[] = [
  {
    name: 'linear',
    make(parameters) {
      const { name, config, args } = dense('linear', parameters);
      const input = { shape: [BATCH, config.inFeatures] };
      return { ...linear, name, cases: [{ config, args: { input, ...args } }] } as Layer;
    },
  },
  {
    name: 'convolution, 3x3',
    make(parameters) {
      const channels = Math.max(1, Math.round(Math.sqrt(parameters / 9)));
      const limit = Math.sqrt(3 / (9 * channels));
      const config = { inChannels: channels, outChannels: channels, kernel: 3 };
      const args = {
        input: { shape: [BATCH, channels, IMAGE, IMAGE] },
        weight: { shape: [channels, channels, 3, 3], range: [-limit, limit] as const },
        bias: { shape: [channels] },
      };
      // Six loops take half a minute for a forward of ten million parameters.
      const functions = conv2d.alternatives?.['simd'];
      return { ...conv2d, ...functions, cases: [{ config, args }] } as Layer;
    },
  },
  {
    name: 'ten layers, tanh between',
    make(parameters) {
      const nodes = Array.from({ length: NETWORK_DEPTH }, (_, at) => [
        dense(`linear${at + 1}`, parameters / NETWORK_DEPTH),
        { name: `tanh${at + 1}`, layer: tanh },
      ]).flat();
      return network('ten layers', nodes as Parameters<typeof network>[1], [
        BATCH,
        square(parameters / NETWORK_DEPTH).features,
      ]);
    },
  },
];
