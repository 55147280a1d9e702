import {
  conv2d,
  defineLayer,
  flatten,
  type Layer,
  linear,
  maxPool2d,
  relu,
  sequential,
  sigmoid,
  sumSquaredError,
  tanh,
  tensor,
  type Tensors,
} from '../../src/index.ts';
import { network, type SizedStep } from '../../src/kernels/network.ts';
import { type Data, mapTensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs, wrong } from './fault.ts';

const fc1: SizedStep = {
  name: 'fc1',
  layer: linear,
  config: { inFeatures: 3, outFeatures: 3 },
  args: { weight: [3, 3], bias: [3] },
};
const fc2: SizedStep = { ...fc1, name: 'fc2' };
const loss: SizedStep = { name: 'loss', layer: sumSquaredError, args: { target: [2, 3] } };
const act: SizedStep = { name: 'act', layer: tanh };

/** Two linear layers, tanh between, squared error behind. */
const perceptron = network('perceptron', [fc1, act, fc2, loss], [2, 3]);
const before = ['input', 'fc1.weight', 'fc1.bias'];
const parameters = ['fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias'];

/** The perceptron with other gradients. */
function trained(change: (right: Tensors, args: Tensors, upstream: Tensors) => Tensors): Layer {
  return wrong(perceptron, {
    vjp: (args, upstream, config) => change(rightGradients(perceptron, args, upstream, config), args, upstream),
  });
}

/** tanh without its derivative, as a step. */
const flatTanh = wrong(tanh, { vjp: (_args, { output }) => ({ input: output }) });
const swappedWeights = wrong(linear, {
  vjp: (args, upstream, config) => {
    const right = rightGradients(linear, args, upstream, config);
    const { shape, data } = right.weight;
    return {
      ...right,
      weight: tensor(
        shape,
        data.map((_, at) => data[(at % shape[1]) * shape[0] + Math.floor(at / shape[1])]),
      ),
    };
  },
});

const conv: SizedStep = {
  name: 'conv',
  layer: conv2d,
  config: { inChannels: 1, outChannels: 2, kernel: 2 },
  args: { weight: [2, 1, 2, 2], bias: [2] },
};
const convolutional = (...between: SizedStep[]): SizedStep[] => [
  conv,
  ...between,
  { name: 'flat', layer: flatten },
  { name: 'fc', layer: linear, config: { inFeatures: 8, outFeatures: 2 }, args: { weight: [2, 8], bias: [2] } },
];
const beforeFlat = ['input', 'conv.weight', 'conv.bias'];

const gradient = { verdict: 'fail', check: 'gradient' } as const;
const exact = { verdict: 'fail', check: 'exact' } as const;

/** Networks, and layers of several parts, that are wrong. */
export const compositions: readonly Fault[] = [
  {
    name: 'the activation of a network passes the upstream on as it is',
    layer: network('perceptron', [fc1, { name: 'act', layer: flatTanh }, fc2, loss], [2, 3]),
    expected: { ...gradient, argument: before, causes: ['missing-activation-derivative'] },
  },
  {
    name: 'the second of two activations passes the upstream on as it is',
    layer: network('perceptron', [fc1, act, fc2, { name: 'act2', layer: flatTanh }, loss], [2, 3]),
    expected: { ...exact, argument: ['input', ...parameters], causes: ['missing-activation-derivative'] },
  },
  {
    name: 'the first weight of a network is transposed in backward',
    layer: network('perceptron', [{ ...fc1, layer: swappedWeights }, act, fc2], [2, 3]),
    expected: { ...gradient, argument: 'fc1.weight', causes: ['transposed'] },
  },
  {
    name: 'the last weight of a network is transposed in backward',
    layer: network('perceptron', [fc1, act, { ...fc2, layer: swappedWeights }], [2, 3]),
    expected: { ...gradient, argument: 'fc2.weight', causes: ['transposed'] },
  },
  {
    name: 'the gradients of two layers of one shape are swapped',
    layer: trained(right => ({ ...right, 'fc1.weight': right['fc2.weight'], 'fc2.weight': right['fc1.weight'] })),
    expected: { ...gradient, argument: ['fc1.weight', 'fc2.weight'], causes: ['another-argument'] },
  },
  {
    name: 'nothing flows back into the input of a network',
    layer: trained(right => ({ ...right, input: zerosLike(right.input) })),
    expected: { ...gradient, argument: 'input', causes: ['zero'] },
  },
  {
    name: 'the first layer of a network has no gradient, the graph being cut',
    layer: trained(({ 'fc1.weight': _weight, 'fc1.bias': _bias, ...right }) => right),
    expected: { verdict: 'error', check: 'contract', argument: ['fc1.weight', 'fc1.bias'], code: 'missing' },
  },
  {
    name: 'the weight of the second layer is updated before the upstream goes through it',
    layer: trained((right, args, upstream) => {
      const rate = 0.01;
      const weight = mapTensor(args['fc2.weight'], (w, i) => w - rate * right['fc2.weight'].data[i]);
      const later = rightGradients(perceptron, { ...args, 'fc2.weight': weight }, upstream, perceptronConfig);
      return { ...right, input: later.input, 'fc1.weight': later['fc1.weight'], 'fc1.bias': later['fc1.bias'] };
    }),
    // The step makes the answer quadratic in the upstream.
    expected: { verdict: 'fail', check: 'contract', argument: before, causes: ['nonlinear-in-upstream'] },
  },
  {
    name: 'the gradients of the parameters are divided by the batch, the loss being a sum',
    layer: trained(right =>
      Object.fromEntries(
        Object.entries(right).map(([name, value]) => [name, name === 'input' ? value : mapTensor(value, g => g / 2)]),
      ),
    ),
    expected: { ...gradient, argument: parameters, causes: ['scaled'] },
  },
  {
    name: 'the activation of a network is taken from what goes into the layer before',
    layer: defineLayer({
      name: 'twoLayers',
      args: { input: [2, 3], weight: [3, 3], bias: [3] },
      forward: (args, config) => ({
        output: mapTensor(
          rightOutputs(linear, args, { ...config, inFeatures: 3, outFeatures: 3 }).output,
          x => Math.tanh(x) / 3,
        ),
      }),
      vjp: (args, { output }, config) => {
        const dz = mapTensor(output, (dy, i) => (dy * (1 - Math.tanh(args.input.data[i]) ** 2)) / 3);
        return rightGradients(linear, args, { output: dz }, { ...config, inFeatures: 3, outFeatures: 3 });
      },
    }),
    expected: { ...gradient, argument: ['input', 'weight', 'bias'], causes: ['another-derivative'] },
  },
  {
    name: 'the pooling of a network spreads its gradient evenly',
    layer: network(
      'convolutional',
      [
        ...convolutional({
          name: 'pool',
          layer: wrong(maxPool2d, {
            vjp: ({ input }, { output }) => ({
              input: mapTensor(input, (_, at) => {
                const [, , rows, columns] = input.shape;
                const map = Math.floor(at / (rows * columns));
                const row = Math.floor(at / columns) % rows;
                return output.data[(map * (rows / 2) + (row >> 1)) * (columns / 2) + ((at % columns) >> 1)] / 4;
              }),
            }),
          }),
          config: { kernel: 2 },
        }),
        { name: 'loss', layer: sumSquaredError, args: { target: [2, 2] } },
      ],
      [2, 1, 5, 5],
    ),
    // What is spread over the window adds up to the same for the bias.
    expected: { ...exact, argument: ['input', 'conv.weight'], causes: ['another-derivative'] },
  },
  {
    name: 'flatten goes back into channels last',
    layer: network(
      'convolutional',
      [
        conv,
        {
          name: 'flat',
          layer: wrong(flatten, {
            vjp: ({ input }, { output }) => ({
              input: mapTensor(input, (_, at) => {
                const [, channels, rows, columns] = input.shape;
                const place = at % (rows * columns);
                const channel = Math.floor(at / (rows * columns)) % channels;
                const n = Math.floor(at / (rows * columns * channels));
                return output.data[(n * rows * columns + place) * channels + channel];
              }),
            }),
          }),
        },
        { name: 'fc', layer: linear, config: { inFeatures: 8, outFeatures: 2 }, args: { weight: [2, 8], bias: [2] } },
      ],
      [2, 1, 3, 3],
    ),
    expected: { ...exact, argument: beforeFlat, causes: ['transposed', 'wrong-channel'] },
  },
  {
    name: 'flatten gives its gradient back flat',
    layer: wrong(flatten, {
      cases: [{ config: {}, args: { input: [2, 3, 2] } }],
      vjp: (_args, { output }) => ({ input: { shape: output.shape, data: output.data.slice() } }),
    }),
    expected: { verdict: 'error', check: 'contract', argument: 'input', code: 'shape' },
  },
  {
    name: 'flatten transposes the sample in backward',
    layer: wrong(flatten, {
      cases: [{ config: {}, args: { input: [2, 3, 3] } }],
      vjp: ({ input }, { output }) => ({
        input: mapTensor(input, (_, at) => output.data[at - (at % 9) + (at % 3) * 3 + Math.floor((at % 9) / 3)]),
      }),
    }),
    expected: { ...exact, argument: 'input', causes: ['transposed'] },
  },
  {
    name: 'the relu of a network masks with its output after the bias of the next layer',
    layer: network(
      'convolutional',
      convolutional({
        name: 'act',
        layer: wrong(relu, {
          vjp: ({ input }, { output }) => ({
            input: mapTensor(output, (dy, i) => (input.data[i] + 0.5 > 0 ? dy : 0)),
          }),
        }),
      }),
      [2, 1, 3, 3],
    ),
    expected: { ...gradient, argument: beforeFlat, causes: ['wrong-branch'] },
  },
  {
    name: 'of a residual connection only the branch goes back',
    layer: residual((_dy, branch) => branch),
    expected: { ...gradient, argument: 'input', causes: ['missing-term'] },
  },
  {
    name: 'of a residual connection only the shortcut goes back',
    layer: residual(dy => dy),
    expected: { ...gradient, argument: 'input', causes: ['missing-term', 'missing-activation-derivative'] },
  },
  {
    name: 'the shortcut of a residual connection is counted twice',
    layer: residual((dy, branch) => 2 * dy + branch),
    expected: { ...gradient, argument: 'input', causes: ['counted-twice'] },
  },
  {
    name: 'a value that is used twice gets the gradient of one use',
    layer: defineLayer({
      name: 'square',
      args: { input: [2, 3] },
      forward: ({ input }) => ({ output: mapTensor(input, x => x * x) }),
      vjp: ({ input }, { output }) => ({ input: mapTensor(output, (dy, i) => dy * input.data[i]) }),
    }),
    expected: { ...exact, argument: 'input', causes: ['scaled', 'missing-term'] },
  },
  {
    name: 'tied weights get the gradient of their last use',
    layer: tied((_first, second) => second),
    expected: { ...gradient, argument: 'weight', causes: ['overwritten-not-accumulated', 'missing-term'] },
  },
  {
    name: 'tied weights get the mean of the gradients of both uses',
    layer: tied((first, second) => (first + second) / 2),
    expected: { ...gradient, argument: 'weight', causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'a recurrent layer forgets what comes back from later steps',
    layer: recurrent({ through: () => 0 }),
    expected: { ...gradient, argument: ['input', 'recurrent', 'hidden'], causes: ['missing-term', 'diagonal-only'] },
  },
  {
    name: 'a recurrent layer takes the derivative of the last step for all',
    layer: recurrent({ derivativeAt: (_t, steps) => steps - 1 }),
    expected: { ...gradient, argument: ['input', 'recurrent', 'hidden'], causes: ['wrong-channel'] },
  },
  {
    name: 'a recurrent layer sums the gradient of its weight over all steps but the first',
    layer: recurrent({ counts: t => t > 0 }),
    expected: { ...gradient, argument: 'recurrent', causes: ['border', 'missing-term'] },
  },
  {
    name: 'what arrives at the final state of a recurrent layer is dropped',
    layer: recurrent({ final: false }),
    expected: { ...gradient, argument: ['input', 'recurrent', 'hidden'], causes: ['output-ignored'] },
  },
  {
    name: 'a layer norm forgets the term of the variance',
    layer: layerNorm((g, mean) => g - mean),
    expected: { ...gradient, argument: 'input', causes: ['missing-variance-term'] },
  },
  {
    name: 'a layer norm forgets the term of the mean',
    layer: layerNorm((g, _mean, projection, normal) => g - normal * projection),
    expected: { ...gradient, argument: 'input', causes: ['missing-mean-term'] },
  },
  {
    name: 'a layer norm has the unbiased variance in backward',
    layer: layerNorm((g, mean, projection, normal) => g - mean - (normal * projection * 4) / 3),
    expected: { ...gradient, argument: 'input', causes: ['missing-variance-term'] },
  },
  {
    name: 'a layer norm adds its epsilon outside the root in backward',
    layer: layerNorm((g, mean, projection, normal) => g - mean - normal * projection, 'outside'),
    expected: { ...gradient, argument: 'input' },
  },
  {
    name: 'a normalisation by given statistics goes back as if they were those of the batch',
    layer: defineLayer({
      name: 'batchNorm',
      linear: ['input'],
      constants: ['mean', 'deviation'],
      args: {
        input: [4, 2],
        mean: { shape: [2], values: [0.5, -1] },
        deviation: { shape: [2], values: [1.5, 0.75] },
      },
      forward: ({ input, mean, deviation }) => ({
        output: mapTensor(input, (x, at) => (x - mean.data[at % 2]) / deviation.data[at % 2]),
      }),
      vjp: ({ input, deviation }, { output }) => ({
        input: mapTensor(input, (_, at) => {
          const column = [0, 1, 2, 3].map(n => output.data[n * 2 + (at % 2)]);
          const average = column.reduce((sum, dy) => sum + dy, 0) / 4;
          return (output.data[at] - average) / deviation.data[at % 2];
        }),
      }),
    }),
    expected: { ...gradient, argument: 'input', causes: ['missing-mean-term'] },
  },
  {
    name: 'a running sum runs the same way in backward',
    layer: defineLayer({
      name: 'cumulativeSum',
      linear: ['input'],
      args: { input: [6] },
      forward: ({ input }) => ({ output: tensor([6], runningSum(Array.from(input.data))) }),
      vjp: (_args, { output }) => ({ input: tensor([6], runningSum(Array.from(output.data))) }),
    }),
    expected: { ...exact, argument: 'input', causes: ['transposed', 'flipped-kernel'] },
  },
  {
    name: 'a concatenation splits its gradient at half, the parts being unequal',
    layer: defineLayer({
      name: 'concatenation',
      linear: ['left', 'right'],
      args: { left: [2, 3], right: [2, 5] },
      forward: ({ left, right }) => ({
        output: tensor(
          [2, 8],
          [0, 1].flatMap(n => [...row(left, n), ...row(right, n)]),
        ),
      }),
      vjp: ({ left, right }, { output }) => {
        const half = 4;
        const at = (n: number, i: number) => output.data[n * 8 + i];
        return {
          left: mapTensor(left, (_, i) => at(Math.floor(i / 3), i % 3)),
          right: mapTensor(right, (_, i) => at(Math.floor(i / 5), Math.min(half + (i % 5), 7))),
        };
      },
    }),
    expected: { ...exact, argument: 'right', causes: ['shifted'] },
  },
  {
    name: 'an attention divides by the root of its width in forward only',
    layer: attention(1),
    expected: { ...gradient, argument: ['query', 'key'], causes: ['scaled'] },
  },
  {
    name: 'a chain of sigmoids has its derivatives in the wrong order',
    layer: defineLayer({
      name: 'scaledSigmoid',
      args: { input: [2, 3] },
      // s(2 s(x))
      forward: ({ input }) => ({ output: mapTensor(input, x => s(2 * s(x))) }),
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, i) => {
          const x = input.data[i];
          return dy * 2 * s(2 * x) * s(-2 * x) * s(x) * s(-x);
        }),
      }),
    }),
    expected: { ...gradient, argument: 'input', causes: ['another-derivative'] },
  },
  {
    name: 'a sequential forgets the bias of its last layer, in the settings that the layer itself draws',
    layer: wrong(sequential, {
      vjp: (args, upstream, config) =>
        Object.fromEntries(
          Object.entries(rightGradients(sequential, args, upstream, config)).map(([name, value]) => [
            name,
            name === 'fc.bias' || name === 'fc2.bias' ? zerosLike(value) : value,
          ]),
        ),
    }),
    expected: { verdict: 'fail', check: 'exact', argument: ['fc.bias', 'fc2.bias'], causes: ['zero'] },
  },
  {
    name: 'what arrives at a sequential is passed on to its input as it is, all steps having one shape',
    layer: wrong(sequential, {
      cases: [
        {
          config: {
            layers: [
              { name: 'first', layer: sigmoid },
              { name: 'second', layer: sigmoid },
            ],
          },
          args: { input: [2, 3] },
        },
      ],
      vjp: (_args, { output }) => ({ input: mapTensor(output, dy => dy) }),
    }),
    expected: { ...gradient, argument: 'input', causes: ['missing-activation-derivative'] },
  },
  {
    name: 'the sigmoid step of a sequential has the derivative of its input',
    layer: wrong(sequential, {
      cases: [
        {
          config: {
            layers: [
              { name: 'first', layer: sigmoid },
              {
                name: 'second',
                layer: wrong(sigmoid, {
                  vjp: ({ input }, { output }) => ({
                    input: mapTensor(output, (dy, i) => dy * input.data[i] * (1 - input.data[i])),
                  }),
                }),
              },
            ],
          },
          args: { input: [2, 3] },
        },
      ],
    }),
    expected: { ...gradient, argument: 'input', causes: ['another-derivative'] },
  },
];

const perceptronConfig = {};

function s(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function row({ shape, data }: Tensors[string], n: number): Data {
  return data.subarray(n * shape[1], (n + 1) * shape[1]);
}

function runningSum(values: readonly number[]): number[] {
  let sum = 0;
  return values.map(value => {
    sum += value;
    return sum;
  });
}

/** y = x + tanh(x w) / 3. */
function residual(combine: (dy: number, branch: number) => number): Layer {
  const branchOf = (x: number, w: number) => Math.tanh(x * w) / 3;
  return defineLayer({
    name: 'residual',
    args: { input: [3, 2], weight: [3, 2] },
    forward: ({ input, weight }) => ({
      output: mapTensor(input, (x, i) => x + branchOf(x, weight.data[i])),
    }),
    vjp: ({ input, weight }, { output }) => {
      const inner = mapTensor(output, (dy, i) => (dy * (1 - Math.tanh(input.data[i] * weight.data[i]) ** 2)) / 3);
      return {
        input: mapTensor(inner, (dz, i) => combine(output.data[i], dz * weight.data[i])),
        weight: mapTensor(inner, (dz, i) => dz * input.data[i]),
      };
    },
  });
}

/** y = tanh(tanh(x W') W'), whose two gradients for W are put together by `combine`. */
function tied(combine: (first: number, second: number) => number): Layer {
  const config = { inFeatures: 3, outFeatures: 3, hasBias: false };
  return defineLayer({
    name: 'tied',
    args: { input: [2, 3], weight: [3, 3] },
    forward: ({ input, weight }) => {
      const hidden = mapTensor(rightOutputs(linear, { input, weight }, config).output, Math.tanh);
      return { output: mapTensor(rightOutputs(linear, { input: hidden, weight }, config).output, Math.tanh) };
    },
    vjp: ({ input, weight }, { output: dy }) => {
      const hidden = mapTensor(rightOutputs(linear, { input, weight }, config).output, Math.tanh);
      const y = mapTensor(rightOutputs(linear, { input: hidden, weight }, config).output, Math.tanh);
      const inner = mapTensor(dy, (value, i) => value * (1 - y.data[i] ** 2));
      const second = rightGradients(linear, { input: hidden, weight }, { output: inner }, config);
      const outer = mapTensor(second.input, (value, i) => value * (1 - hidden.data[i] ** 2));
      const first = rightGradients(linear, { input, weight }, { output: outer }, config);
      return { input: first.input, weight: mapTensor(first.weight, (g, i) => combine(g, second.weight.data[i])) };
    },
  });
}

interface RecurrentFault {
  /** What of the later state's gradient goes back to the state before. */
  readonly through?: (value: number) => number;
  /** The step whose activation gives the derivative of step t. */
  readonly derivativeAt?: (t: number, steps: number) => number;
  /** Whether step t counts in the gradient of the weight. */
  readonly counts?: (t: number) => boolean;
  /** Whether the upstream of the final state is used. */
  readonly final?: boolean;
}

/** h[t] = tanh(x[t] + W h[t - 1]) over three steps of width 2; all states and, once more, half of the last one. */
function recurrent({
  through = value => value,
  derivativeAt = t => t,
  counts = () => true,
  final = true,
}: RecurrentFault) {
  const [steps, width] = [3, 2];
  const states = ({ input, recurrent: W, hidden }: Tensors): Data[] => {
    const all: Data[] = [hidden.data];
    for (let t = 0; t < steps; t++) {
      all.push(
        Float64Array.from({ length: width }, (_, k) => {
          let sum = input.data[t * width + k];
          for (let j = 0; j < width; j++) sum += W.data[k * width + j] * all[t][j];
          return Math.tanh(sum);
        }),
      );
    }
    return all;
  };
  return defineLayer({
    name: 'recurrent',
    args: { input: [steps, width], recurrent: [width, width], hidden: [width] },
    forward: args => {
      const [, ...all] = states(args);
      return {
        output: tensor(
          [steps, width],
          all.flatMap(state => Array.from(state)),
        ),
        final: tensor(
          [width],
          all[steps - 1].map(h => h / 2),
        ),
      };
    },
    vjp: (args, upstream) => {
      const all = states(args);
      const W = args.recurrent.data;
      const [dInput, dW] = [zerosLike(args.input), zerosLike(args.recurrent)];
      let arriving = Float64Array.from(upstream.final.data, dy => (final ? dy / 2 : 0));
      for (let t = steps - 1; t >= 0; t--) {
        const back = new Float64Array(width);
        for (let k = 0; k < width; k++) {
          const dh = upstream.output.data[t * width + k] + arriving[k];
          const dz = dh * (1 - all[derivativeAt(t, steps) + 1][k] ** 2);
          dInput.data[t * width + k] = dz;
          for (let j = 0; j < width; j++) {
            if (counts(t)) dW.data[k * width + j] += dz * all[t][j];
            back[j] += dz * W[k * width + j];
          }
        }
        arriving = t > 0 ? back.map(through) : back;
      }
      return { input: dInput, recurrent: dW, hidden: tensor([width], arriving) };
    },
  });
}

/** Layer norm over the last axis of [3, 4], from what `centred` makes of g, its mean, mean(g n) and n. */
function layerNorm(
  centred: (g: number, mean: number, projection: number, normal: number) => number,
  epsilon: 'inside' | 'outside' = 'inside',
): Layer {
  const width = 4;
  const normalised = (x: Data) => {
    const mean = x.reduce((sum, value) => sum + value, 0) / width;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    const deviation = Math.sqrt(variance + 0.01);
    return { deviation, normals: Array.from(x, value => (value - mean) / deviation) };
  };
  return defineLayer({
    name: 'layerNorm',
    args: { input: [3, width], scale: [width] },
    forward: ({ input, scale }) => ({
      output: tensor(
        [3, width],
        [0, 1, 2].flatMap(n => normalised(row(input, n)).normals.map((value, i) => value * scale.data[i])),
      ),
    }),
    vjp: ({ input, scale }, { output }) => {
      const [dx, dScale] = [zerosLike(input), zerosLike(scale)];
      for (let n = 0; n < 3; n++) {
        const { deviation, normals } = normalised(row(input, n));
        const divisor = epsilon === 'inside' ? deviation : Math.sqrt(deviation ** 2 - 0.01) + 0.01;
        const dy = row(output, n);
        const g = Array.from(dy, (value, i) => value * scale.data[i]);
        const mean = g.reduce((sum, value) => sum + value, 0) / width;
        const projection = g.reduce((sum, value, i) => sum + value * normals[i], 0) / width;
        for (let i = 0; i < width; i++) {
          dx.data[n * width + i] = centred(g[i], mean, projection, normals[i]) / divisor;
          dScale.data[i] += dy[i] * normals[i];
        }
      }
      return { input: dx, scale: dScale };
    },
  });
}

/** softmax(q k' / sqrt 2) v of three rows of width 2, whose backward divides the scores by `divisor`. */
function attention(divisor: number): Layer {
  const width = 2;
  const weightsOf = ({ query, key }: Tensors) =>
    [0, 1, 2].map(n => {
      const scores = [0, 1, 2].map(
        m => row(query, n).reduce((sum, q, i) => sum + q * row(key, m)[i], 0) / Math.sqrt(width),
      );
      const powers = scores.map(score => Math.exp(score - Math.max(...scores)));
      return powers.map(power => power / powers.reduce((sum, each) => sum + each, 0));
    });
  return defineLayer({
    name: 'attention',
    linear: ['value'],
    args: { query: [3, width], key: [3, width], value: [3, width] },
    forward: args => {
      const output = tensor([3, width]);
      for (const [n, weights] of weightsOf(args).entries()) {
        for (const [m, weight] of weights.entries()) {
          for (let i = 0; i < width; i++) output.data[n * width + i] += weight * args.value.data[m * width + i];
        }
      }
      return { output };
    },
    vjp: (args, { output: dy }) => {
      const [dQuery, dKey, dValue] = [zerosLike(args.query), zerosLike(args.key), zerosLike(args.value)];
      for (const [n, weights] of weightsOf(args).entries()) {
        const dWeights = weights.map((_, m) => row(dy, n).reduce((sum, g, i) => sum + g * row(args.value, m)[i], 0));
        const mean = weights.reduce((sum, weight, m) => sum + weight * dWeights[m], 0);
        for (const [m, weight] of weights.entries()) {
          const dScore = (weight * (dWeights[m] - mean)) / divisor;
          for (let i = 0; i < width; i++) {
            dQuery.data[n * width + i] += dScore * args.key.data[m * width + i];
            dKey.data[m * width + i] += dScore * args.query.data[n * width + i];
            dValue.data[m * width + i] += weight * dy.data[n * width + i];
          }
        }
      }
      return { query: dQuery, key: dKey, value: dValue };
    },
  });
}
