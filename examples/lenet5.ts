/**
 * A whole network is a layer: LeNet-5 on two images, every parameter checked.
 *
 *     npx gradcheck check examples/lenet5.ts
 */
import { conv2d, flatten, linear, maxPool2d, network, sumSquaredError, tanh } from 'gradcheck';

/** Uniform weights of Glorot's variance 2 / (fan in + fan out), as a range to draw from. */
function glorot(shape: number[], fanIn: number, fanOut: number) {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return { shape, range: [-limit, limit] as const };
}

function conv(name: string, inChannels: number, outChannels: number) {
  return {
    name,
    layer: conv2d,
    implementation: 'im2col',
    config: { inChannels, outChannels, kernel: 5 },
    args: {
      weight: glorot([outChannels, inChannels, 5, 5], 25 * inChannels, 25 * outChannels),
      bias: glorot([outChannels], 25 * inChannels, 25 * outChannels),
    },
  };
}

function dense(name: string, inFeatures: number, outFeatures: number) {
  return {
    name,
    layer: linear,
    config: { inFeatures, outFeatures },
    args: {
      weight: glorot([outFeatures, inFeatures], inFeatures, outFeatures),
      bias: glorot([outFeatures], inFeatures, outFeatures),
    },
  };
}

export const lenet5 = network(
  'lenet5',
  [
    conv('conv1', 1, 6),
    { name: 'tanh1', layer: tanh },
    { name: 'pool1', layer: maxPool2d, config: { kernel: 2 } },
    conv('conv2', 6, 16),
    { name: 'tanh2', layer: tanh },
    { name: 'pool2', layer: maxPool2d, config: { kernel: 2 } },
    conv('conv3', 16, 120),
    { name: 'tanh3', layer: tanh },
    { name: 'flatten', layer: flatten },
    dense('fc1', 120, 86),
    { name: 'tanh4', layer: tanh },
    dense('fc2', 86, 10),
    { name: 'tanh5', layer: tanh },
    { name: 'loss', layer: sumSquaredError, args: { target: { shape: [2, 10], range: [-1, 1] } } },
  ],
  [2, 1, 32, 32],
);
