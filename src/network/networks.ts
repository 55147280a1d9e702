import type { SizedNode } from '../kernels/network.ts';
import { conv2d, crossEntropy, flatten, linear, maxPool2d, sigmoid, sumSquaredError, tanh } from '../layers/index.ts';
import type { Recipe, Settings } from './recipe.ts';

/** Which of their alternatives layers use: vectors in WebAssembly, or TypeScript. */
export type Engine = 'simd' | 'plain';

const SIZE = 5;

/** A convolution of 5 by 5. With `connections`, [out, in], filters see some channels only. */
function conv(engine: Engine, name: string, ins: number, outs: number, connections?: readonly number[]): SizedNode {
  return {
    name,
    layer: conv2d,
    implementation: { simd: 'simd', plain: 'im2col' }[engine],
    config: { inChannels: ins, outChannels: outs, kernel: SIZE },
    args: {
      weight: [outs, ins, SIZE, SIZE],
      bias: [outs],
      ...(connections && { connections: { shape: [outs, ins], integer: true, values: connections } }),
    },
  };
}

function dense(engine: Engine, name: string, ins: number, outs: number): SizedNode {
  return {
    name,
    layer: linear,
    implementation: { simd: 'simd', plain: 'blocked' }[engine],
    config: { inFeatures: ins, outFeatures: outs },
    args: { weight: [outs, ins], bias: [outs] },
  };
}

const tanhOf = (name: string): SizedNode => ({ name, layer: tanh, implementation: 'fromOutput' });
const sigmoidOf = (name: string): SizedNode => ({ name, layer: sigmoid, implementation: 'fromOutput' });
const pool = (name: string): SizedNode => ({
  name,
  layer: maxPool2d,
  implementation: 'winners',
  config: { kernel: 2 },
});

/** Which of the 6 channels each of the 16 filters of LeNet-5's second convolution sees. LeCun et al. 1998, table I. */
const TABLE_I: readonly number[] = '012 123 234 345 045 015 0123 1234 2345 0345 0145 0125 0134 1245 0235 012345'
  .split(' ')
  .flatMap(seen => Array.from({ length: 6 }, (_, channel) => (seen.includes(String(channel)) ? 1 : 0)));

const squaredError = { layer: sumSquaredError, config: { half: true }, target: 'numbers' } as const;
const entropy = { layer: crossEntropy, config: { reduction: 'sum' }, target: 'label' } as const;

/** Settings under which the three learn. */
const SENSIBLE: Settings = {
  optimizer: { name: 'sgd', learningRate: 0.02, momentum: 0.9 },
  rateDecay: 0.8,
  batch: 16,
  reduction: 'mean',
  initialiser: 'xavier',
  scale: 'standard',
};

/** With more layers a smaller rate is better. */
const DEEP: Settings = {
  ...SENSIBLE,
  optimizer: { name: 'sgd', learningRate: 0.01, momentum: 0.9 },
  rateDecay: 0.7,
};

/** Those of whoever asked first: squared errors, gradients of a batch added, plain gradient descent. */
const original = (learningRate: number): Settings => ({
  optimizer: { name: 'sgd', learningRate },
  batch: 10,
  reduction: 'sum',
  initialiser: 'xavier',
  scale: 'unit',
  targets: [0, 1],
});

/** What a network is made of, before its loss and its settings. */
type Plan = (engine: Engine) => Pick<Recipe, 'input' | 'nodes'>;

/** 1024-100-10, sigmoid. */
const perceptron: Plan = engine => ({
  input: [1024],
  nodes: [dense(engine, 'fc1', 1024, 100), sigmoidOf('sigmoid1'), dense(engine, 'fc2', 100, 10)],
});

/** A convolution of 5 filters with tanh, 3920-100 with sigmoid, 100-10. */
const convolutional: Plan = engine => ({
  input: [1, 32, 32],
  nodes: [
    conv(engine, 'conv1', 1, 5),
    tanhOf('tanh1'),
    { name: 'flatten', layer: flatten },
    dense(engine, 'fc1', 3920, 100),
    sigmoidOf('sigmoid1'),
    dense(engine, 'fc2', 100, 10),
  ],
});

/** LeNet-5 with max-pools; LeCun et al. 1998, section II.B, whose last layer is of another kind. */
const lenet =
  (connections?: readonly number[]): Plan =>
  engine => ({
    input: [1, 32, 32],
    nodes: [
      conv(engine, 'conv1', 1, 6),
      tanhOf('tanh1'),
      pool('pool1'),
      conv(engine, 'conv2', 6, 16, connections),
      tanhOf('tanh2'),
      pool('pool2'),
      conv(engine, 'conv3', 16, 120),
      tanhOf('tanh3'),
      { name: 'flatten', layer: flatten },
      dense(engine, 'fc1', 120, 86),
      tanhOf('tanh4'),
      dense(engine, 'fc2', 86, 10),
    ],
  });

/** Outputs squeezed into 0 to 1. */
const squeezed =
  (plan: Plan): Plan =>
  engine => {
    const { input, nodes } = plan(engine);
    return { input, nodes: [...nodes, sigmoidOf('sigmoid2')] };
  };

type Maker = (engine?: Engine) => Recipe;

const recipe =
  (name: string, plan: Plan, loss: Recipe['loss'], settings: Settings): Maker =>
  (engine = 'simd') => ({ name, ...plan(engine), loss, settings });

/** The demonstration networks by name: with settings under which they learn, and as they were asked about. */
export const NETWORKS: Readonly<Record<string, Maker>> = {
  perceptron: recipe('perceptron', perceptron, entropy, SENSIBLE),
  convolutional: recipe('convolutional', convolutional, entropy, SENSIBLE),
  lenet5: recipe('lenet5', lenet(), entropy, DEEP),
  'lenet5-partial': recipe('lenet5-partial', lenet(TABLE_I), entropy, DEEP),
  'perceptron-original': recipe('perceptron-original', squeezed(perceptron), squaredError, original(1e-3)),
  'convolutional-original': recipe('convolutional-original', convolutional, squaredError, original(5e-4)),
  'lenet5-original': recipe('lenet5-original', lenet(), squaredError, original(5e-4)),
};
