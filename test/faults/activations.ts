import { defineLayer, type Layer, relu, sigmoid, tanh, tensor, type Tensors } from '../../src/index.ts';
import { mapTensor, zerosLike } from '../../src/tensor.ts';
import { elementwise, type Fault, wrong } from './fault.ts';

/** A built-in activation with another derivative: of the input x and the output y. */
function withDerivative(layer: Layer, derivative: (x: number, y: number) => number, shape: readonly number[] = [3, 4]) {
  return wrong(layer, {
    cases: [{ config: {}, args: { input: shape } }],
    vjp: ({ input }, { output: dy }, config) => {
      const { output: y } = layer.forward({ input }, config) as Tensors;
      return { input: mapTensor(dy, (value, i) => value * derivative(input.data[i], y.data[i])) };
    },
  });
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const leaky = (slope: number) => (x: number) => (x > 0 ? x : slope * x);

/** A vector of these values, the one base point. */
function zeros(values: readonly number[]) {
  return { config: {}, args: { input: { shape: [values.length], values } } };
}

/** Along steps that change no sign, a relu is a straight line. */
const exact = { verdict: 'fail', check: 'exact', argument: 'input' } as const;
const gradient = { verdict: 'fail', check: 'gradient', argument: 'input' } as const;

/** Activations that are wrong. */
export const activations: readonly Fault[] = [
  {
    name: 'the derivative of tanh is left out',
    layer: withDerivative(tanh, () => 1),
    expected: { ...gradient, code: 'mismatch', causes: ['missing-activation-derivative'] },
  },
  {
    name: 'the derivative of tanh is taken at its output',
    layer: withDerivative(tanh, (_x, y) => 1 - Math.tanh(y) ** 2),
    expected: { ...gradient, code: 'mismatch', causes: ['derivative-at-output'] },
  },
  {
    name: 'the derivative of tanh is that of sigmoid',
    layer: withDerivative(tanh, (_x, y) => y * (1 - y)),
    expected: { ...gradient, code: 'mismatch', causes: ['another-derivative'] },
  },
  {
    name: 'the derivative of tanh is 1 - y',
    layer: withDerivative(tanh, (_x, y) => 1 - y),
    expected: { ...gradient, code: 'mismatch', causes: ['another-derivative'] },
  },
  {
    name: 'the derivative of tanh is that of a polynomial of degree nine',
    layer: withDerivative(tanh, x => {
      const square = Math.min(x * x, 1.5);
      return 1 - square + (2 / 3) * square ** 2 - (17 / 45) * square ** 3 + (62 / 315) * square ** 4;
    }),
    expected: { ...gradient, code: 'mismatch', causes: ['another-derivative'] },
  },
  {
    name: 'the derivative of sigmoid is taken at its output',
    layer: withDerivative(sigmoid, (_x, y) => logistic(y) * (1 - logistic(y))),
    expected: { ...gradient, code: 'mismatch', causes: ['derivative-at-output'] },
  },
  {
    name: 'the derivative of sigmoid is taken at its input, as if that were the output',
    layer: withDerivative(sigmoid, x => x * (1 - x)),
    expected: { ...gradient, code: 'mismatch', causes: ['another-derivative'] },
  },
  {
    name: 'the derivative of sigmoid has the wrong sign',
    layer: withDerivative(sigmoid, (_x, y) => y * (y - 1)),
    expected: { ...gradient, code: 'mismatch', causes: ['sign-flipped'] },
  },
  {
    name: 'the derivative of sigmoid is a quarter everywhere',
    layer: withDerivative(sigmoid, () => 0.25),
    expected: { ...gradient, code: 'mismatch', causes: ['another-derivative', 'argument-ignored'] },
  },
  {
    name: 'the upstream is not multiplied in',
    layer: wrong(sigmoid, {
      cases: [{ config: {}, args: { input: [2, 3] } }],
      vjp: ({ input }) => ({ input: mapTensor(input, x => logistic(x) * (1 - logistic(x))) }),
    }),
    expected: {
      verdict: 'fail',
      check: 'contract',
      argument: 'input',
      code: 'upstream-ignored',
      causes: ['upstream-ignored'],
    },
  },
  {
    name: 'the derivative of sigmoid goes through float32',
    layer: withDerivative(sigmoid, (_x, y) => Math.fround(y * (1 - y))),
    expected: { ...gradient, causes: ['precision-loss'] },
  },
  {
    name: 'the derivative of sigmoid is a finite difference of its own',
    layer: withDerivative(sigmoid, x => (logistic(x + 1e-6) - logistic(x - 1e-6)) / 2e-6),
    expected: { ...gradient, causes: ['precision-loss'] },
  },
  {
    name: 'the slope of relu is 1 everywhere',
    layer: withDerivative(relu, () => 1),
    expected: { ...exact, causes: ['missing-activation-derivative', 'wrong-branch', 'another-derivative'] },
  },
  {
    name: 'the mask of relu is taken from the upstream',
    layer: wrong(relu, {
      cases: [{ config: {}, args: { input: [3, 4] } }],
      vjp: (_args, { output }) => ({ input: mapTensor(output, dy => Math.max(dy, 0)) }),
    }),
    expected: {
      verdict: 'fail',
      check: 'contract',
      argument: 'input',
      causes: ['nonlinear-in-upstream', 'wrong-branch'],
    },
  },
  {
    name: 'the mask of relu compares with 1 instead of 0',
    layer: withDerivative(relu, x => (x > 1 ? 1 : 0)),
    expected: { ...gradient, causes: ['wrong-branch', 'zero', 'another-derivative'] },
  },
  {
    name: 'the mask of relu is upside down',
    layer: withDerivative(relu, x => (x > 0 ? 0 : 1)),
    expected: { ...exact, causes: ['wrong-branch', 'argument-sign', 'another-derivative'] },
  },
  {
    name: 'at zero exactly relu is given a slope that lies on neither side',
    layer: wrong(
      withDerivative(relu, x => (x > 0 ? 1 : x === 0 ? 2 : 0)),
      { cases: [zeros([2, 0, -1, 0, 1, -2])] },
    ),
    expected: { ...gradient, code: 'kink', wrong: { count: 2, index: [1] }, causes: ['kink'] },
  },
  {
    name: 'a single zero among many equal numbers is given a slope that lies on neither side',
    layer: wrong(
      withDerivative(relu, x => (x > 0 ? 1 : x === 0 ? 2 : 0)),
      {
        cases: [zeros(Array.from({ length: 48 }, (_, i) => (i === 40 ? 0 : (i % 3) + 1)))],
      },
    ),
    expected: { ...gradient, code: 'kink', wrong: { count: 1, index: [40] }, causes: ['kink'] },
  },
  {
    name: 'at zero exactly relu divides zero by zero',
    layer: wrong(
      withDerivative(relu, x => (x + Math.abs(x)) / (2 * x)),
      { cases: [zeros([2, 0, -1, 0, 1, -2])] },
    ),
    expected: { ...gradient, code: 'non-finite', causes: ['non-finite'] },
  },
  {
    name: 'relu masks by the sum of its row',
    layer: wrong(relu, {
      cases: [{ config: {}, args: { input: [4, 3] } }],
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, at) => {
          const row = input.data.subarray(at - (at % 3), at - (at % 3) + 3);
          return row.reduce((sum, x) => sum + x, 0) > 0 ? dy : 0;
        }),
      }),
    }),
    expected: { ...exact, causes: ['wrong-branch'] },
  },
  {
    name: 'the mask is taken from the output, whose sign is not that of the input where the slope is negative',
    layer: elementwise('leakyRelu', leaky(-0.5), (_x, y) => (y > 0 ? 1 : -0.5), { kinks: 'input = 0' }),
    expected: { ...exact, causes: ['wrong-branch', 'derivative-at-output'] },
  },
  {
    name: 'the negative slope is forgotten in backward',
    layer: elementwise('leakyRelu', leaky(0.25), x => (x > 0 ? 1 : 0), { kinks: 'input = 0' }),
    expected: { ...exact, causes: ['zero', 'wrong-branch', 'another-derivative'] },
  },
  {
    name: 'a clipped activation keeps its slope beyond 6',
    layer: elementwise(
      'relu6',
      x => 0.3 * Math.min(Math.max(x, 0), 6),
      x => (x > 0 ? 0.3 : 0),
      {
        args: { input: [4, 8] },
        kinks: 'input = 0 or 6',
      },
    ),
    expected: { ...gradient, causes: ['wrong-branch', 'another-derivative'] },
  },
  {
    name: 'a clipped activation is given no slope from 5 on',
    layer: elementwise(
      'relu6',
      x => 0.3 * Math.min(Math.max(x, 0), 6),
      x => (x > 0 && x < 5 ? 0.3 : 0),
      {
        args: { input: [4, 16] },
        kinks: 'input = 0 or 6',
      },
    ),
    expected: { ...gradient, causes: ['wrong-branch', 'zero', 'another-derivative'] },
  },
  {
    name: 'a saturated region keeps the slope of the middle',
    layer: elementwise(
      'hardSigmoid',
      x => Math.min(Math.max(x / 4 + 0.5, 0), 1),
      () => 0.25,
      {
        kinks: 'input = -2 or 2',
      },
    ),
    expected: { ...exact, causes: ['wrong-branch', 'another-derivative', 'derivative-at-output', 'argument-ignored'] },
  },
  {
    name: 'a rare branch, inputs over 6, has a derivative of its own that is wrong',
    layer: elementwise(
      'softsign',
      x => x / (1 + Math.abs(x)),
      x => (x > 6 ? 0 : 1 / (1 + Math.abs(x)) ** 2),
      {
        args: { input: [8, 8] },
      },
    ),
    expected: { ...gradient, causes: ['zero', 'wrong-branch', 'another-derivative'] },
  },
  {
    name: 'a softplus is taken to have slope 1 from 4 on',
    layer: elementwise(
      'softplus',
      x => Math.log1p(Math.exp(x)),
      x => (x > 4 ? 1 : logistic(x)),
      {
        args: { input: [8, 8] },
      },
    ),
    expected: { ...gradient, causes: ['wrong-branch', 'another-derivative'] },
  },
  {
    name: 'the negative part of an ELU has slope y, not y + 1',
    layer: elementwise(
      'elu',
      x => (x > 0 ? x : Math.expm1(x)),
      (x, y) => (x > 0 ? 1 : y),
    ),
    expected: { ...gradient, causes: ['another-derivative', 'missing-term', 'wrong-branch'] },
  },
  {
    name: 'a swish loses the term with the derivative of the gate',
    layer: elementwise(
      'swish',
      x => x * logistic(x),
      x => logistic(x),
    ),
    expected: { ...gradient, causes: ['missing-term', 'another-derivative'] },
  },
  {
    name: 'forward has the sigmoid GELU, backward the derivative of the tanh one',
    layer: elementwise(
      'gelu',
      x => x * logistic(1.702 * x),
      x => {
        const t = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
      },
    ),
    expected: { ...gradient, causes: ['another-derivative'] },
  },
  {
    name: 'only negative inputs are wrong: the slope of x|x| is 2x',
    layer: elementwise(
      'signedSquare',
      x => x * Math.abs(x),
      x => 2 * x,
    ),
    // It is of degree two on either side of zero, where the values are.
    expected: { ...exact, causes: ['argument-sign', 'sign-flipped', 'another-derivative', 'wrong-branch'] },
  },
  {
    name: 'the slope of x^3 is 2 x^2',
    layer: elementwise(
      'cube',
      x => x ** 3,
      x => 2 * x ** 2,
    ),
    expected: { ...gradient, causes: ['scaled', 'another-derivative'] },
  },
  {
    name: 'a norm at zero divides by zero, forward being finite',
    layer: elementwise('absolute', Math.abs, x => x / Math.sqrt(x * x), {
      args: { input: { shape: [4], values: [1.5, 0, -2, 3] } },
      kinks: 'input = 0',
    }),
    expected: { ...gradient, code: 'non-finite', causes: ['non-finite'] },
  },
  {
    name: 'x squared by way of logarithms has no gradient for what is negative',
    layer: elementwise(
      'square',
      x => x * x,
      x => 2 * Math.exp(Math.log(x)),
    ),
    expected: { ...exact, causes: ['non-finite'] },
  },
  {
    name: 'the gradient of a learnable slope forgets the mask',
    layer: prelu((x, dy) => x * dy),
    expected: { ...exact, argument: 'slope', causes: ['wrong-branch'] },
  },
  {
    name: 'the gradient of a learnable slope has the sign of the slope of the other side',
    layer: prelu((x, dy) => (x > 0 ? 0 : -x * dy)),
    expected: { ...exact, argument: 'slope', causes: ['sign-flipped'] },
  },
  {
    name: 'the gradients of the slopes of all channels are summed into one number',
    layer: prelu((x, dy) => (x > 0 ? 0 : x * dy), 'scalar'),
    expected: { verdict: 'error', check: 'contract', argument: 'slope', code: 'shape' },
  },
  {
    name: 'the slopes of all channels get the gradient of the first',
    layer: prelu((x, dy) => (x > 0 ? 0 : x * dy), 'first'),
    expected: { ...exact, argument: 'slope', causes: ['wrong-channel'] },
  },
  {
    name: 'dropout: the mask is applied but not scaled in backward',
    layer: dropout((dy, mask) => dy * mask),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'dropout: backward scales by p, not by 1 / (1 - p)',
    layer: dropout((dy, mask) => dy * mask * 0.75),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'dropout: the mask is inferred from the output, which is 0 where the input is',
    layer: dropout((dy, _mask, y) => (y === 0 ? 0 : dy * 4), [1, 2, 3, 0, 2, -1, 3, 1, 2, 0, 1, -2]),
    expected: { ...exact, wrong: { count: 2, index: [2, 1] }, causes: ['zero', 'wrong-branch'] },
  },
  {
    name: 'the branch that is not taken puts infinity times zero into the gradient',
    layer: elementwise(
      'rootOrZero',
      x => (x > 0 ? Math.sqrt(x) : 0),
      x => (x > 0 ? 1 : 0) / (2 * Math.sqrt(x)),
    ),
    expected: { ...gradient, code: 'non-finite', causes: ['non-finite'] },
  },
  {
    name: 'the derivative of a sigmoid is that of tanh, in the settings that the layer itself draws',
    layer: wrong(sigmoid, {
      vjp: (_args, { output: dy }, _config, { output: y }) => ({
        input: mapTensor(dy, (value, i) => value * (1 - y.data[i] ** 2)),
      }),
    }),
    expected: { ...gradient, causes: ['another-derivative'] },
  },
  {
    name: 'what arrives at two outputs is mixed up',
    layer: defineLayer({
      name: 'sineAndCosine',
      args: { input: [2, 3] },
      forward: ({ input }) => ({ sine: mapTensor(input, Math.sin), cosine: mapTensor(input, Math.cos) }),
      vjp: ({ input }, { sine, cosine }) => ({
        input: mapTensor(input, (x, i) => cosine.data[i] * Math.cos(x) - sine.data[i] * Math.sin(x)),
      }),
    }),
    expected: { ...gradient, causes: ['another-output'] },
  },
  {
    name: 'the gradient is in reverse order and all given values are alike',
    layer: defineLayer({
      name: 'harmonics',
      args: { input: { shape: [4], values: [1, 1, 1, 1] } },
      forward: ({ input }) => ({ output: mapTensor(input, (x, i) => Math.sin((i + 1) * x)) }),
      vjp: ({ input }, { output }) => {
        const dx = mapTensor(output, (dy, i) => dy * (i + 1) * Math.cos((i + 1) * input.data[i]));
        return { input: { shape: dx.shape, data: dx.data.reverse() } };
      },
    }),
    // Ties alone are no kink: next to this point it is as wrong.
    expected: { ...gradient, causes: ['flipped-kernel'] },
  },
  {
    name: 'one of two outputs is forgotten: what arrives at the mean',
    layer: defineLayer({
      name: 'tanhAndMean',
      args: { input: [2, 3] },
      forward: ({ input }) => ({
        output: mapTensor(input, Math.tanh),
        mean: tensor([], [input.data.reduce((sum, x) => sum + x, 0) / 6]),
      }),
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, i) => dy * (1 - Math.tanh(input.data[i]) ** 2)),
      }),
    }),
    expected: { ...gradient, causes: ['output-ignored'] },
  },
  {
    name: 'one of two outputs is forgotten and the other is of a thousandth of its size',
    layer: defineLayer({
      name: 'twoScales',
      args: { input: [2, 3] },
      forward: ({ input }) => ({
        output: mapTensor(input, Math.sin),
        aside: mapTensor(input, x => 1e-4 * Math.sin(2 * x)),
      }),
      vjp: ({ input }, { output }) => ({ input: mapTensor(output, (dy, i) => dy * Math.cos(input.data[i])) }),
    }),
    expected: { ...gradient, causes: ['output-ignored'] },
  },
];

/** A leaky relu with a slope for every channel of [batch, channel, column], whose gradient has these terms. */
function prelu(term: (x: number, dy: number) => number, reduction: 'channel' | 'scalar' | 'first' = 'channel') {
  const channels = 3;
  const channelOf = (at: number) => Math.floor(at / 2) % channels;
  return defineLayer({
    name: 'prelu',
    kinks: 'input = 0',
    args: { input: [2, channels, 2], slope: [channels] },
    forward: ({ input, slope }) => ({
      output: mapTensor(input, (x, at) => (x > 0 ? x : slope.data[channelOf(at)] * x)),
    }),
    vjp: ({ input, slope }, { output }) => {
      const dSlope = zerosLike(slope);
      let sum = 0;
      for (let at = 0; at < input.data.length; at++) {
        const own = term(input.data[at], output.data[at]);
        dSlope.data[channelOf(at)] += own;
        sum += own;
      }
      if (reduction === 'first') dSlope.data.fill(dSlope.data[0]);
      return {
        input: mapTensor(output, (dy, at) => (input.data[at] > 0 ? dy : dy * slope.data[channelOf(at)])),
        slope: reduction === 'scalar' ? tensor([], [sum]) : dSlope,
      };
    },
  });
}

/** Dropout with p = 3/4 under a mask that is given. */
function dropout(backward: (dy: number, mask: number, y: number) => number, values?: readonly number[]) {
  return defineLayer({
    name: 'dropout',
    linear: ['input'],
    constants: ['mask'],
    args: {
      input: { shape: [3, 4], values },
      mask: { shape: [3, 4], integer: true, values: [1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0] },
    },
    forward: ({ input, mask }) => ({ output: mapTensor(input, (x, i) => x * mask.data[i] * 4) }),
    vjp: ({ input, mask }, { output }) => ({
      input: mapTensor(output, (dy, i) => backward(dy, mask.data[i], input.data[i] * mask.data[i] * 4)),
    }),
  });
}
