import { atan, type CaseSpec, defineLayer, selu, tensor } from '../../../src/index.ts';
import { mapTensor, zerosLike } from '../../../src/tensor.ts';
import { elementwise } from '../../../test/faults/fault.ts';
import { all, type FurtherFault, spoilt, where } from './fault.ts';
import { sigmoid } from './formulas.ts';

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const silu = (x: number) => x * sigmoid(x);
const siluSlope = (x: number) => sigmoid(x) * (1 + x * (1 - sigmoid(x)));

/** Activations, plain, learnable and gated, that are wrong. */
export const activationFaults: readonly FurtherFault[] = [
  {
    name: 'the derivative of a sine of 3 x is taken at its output',
    layer: elementwise(
      'siren',
      x => Math.sin(3 * x),
      (_x, y) => 3 * Math.cos(3 * y),
      { args: { input: [3, 5] } },
    ),
    argument: 'input',
    causes: ['derivative-at-output'],
    wrong: all,
  },
  {
    name: 'the derivative of an arc tangent is taken at its output, in the settings that the layer itself draws',
    layer: spoilt(atan, (_right, { input }, { output }) => ({
      input: mapTensor(input, (x, i) => output.data[i] / (1 + Math.atan(x) ** 2)),
    })),
    argument: 'input',
    causes: ['derivative-at-output'],
    wrong: all,
  },
  {
    name: 'the derivative of softsign is that of the arc tangent',
    layer: elementwise(
      'softsignLayer',
      x => x / (1 + Math.abs(x)),
      x => 1 / (1 + x * x),
      { args: { input: [4, 3, 2] } },
    ),
    argument: 'input',
    causes: ['another-derivative'],
    wrong: all,
  },
  {
    name: 'the scale of SELU is left out of backward',
    layer: spoilt(selu, ({ input }) => ({ input: mapTensor(input, value => value / 1.0507009873554805) }), [
      { config: {}, args: { input: [3, 7] } },
    ]),
    argument: 'input',
    causes: ['scaled'],
    factor: 1 / 1.0507009873554805,
    wrong: all,
  },
  {
    name: 'the alpha of an ELU is left out of the slope of its negative part',
    layer: elementwise(
      'halfElu',
      (x, { alpha }) => (x > 0 ? x : alpha * Math.expm1(x)),
      x => (x > 0 ? 1 : Math.exp(x)),
      { args: { input: [5, 6] }, config: { alpha: 0.5 }, kinks: 'input = 0', axes: { input: ['batch', 'unit'] } },
    ),
    argument: 'input',
    causes: ['scaled'],
    factor: 2,
    wrong: (shape, { input }) => where(shape, (_, i) => input.data[i] < 0),
  },
  {
    name: 'the slope of a smooth absolute value has lost its sign',
    layer: elementwise(
      'charbonnier',
      x => Math.sqrt(x * x + 0.25),
      (x, y) => Math.abs(x) / y,
      { args: { input: [2, 3, 4] } },
    ),
    argument: 'input',
    causes: ['sign-flipped'],
    wrong: (shape, { input }) => where(shape, (_, i) => input.data[i] < 0),
  },
  {
    name: 'sin(x) / x is 1 at zero in forward and has a slope of 0 / 0 there',
    layer: elementwise(
      'sinc',
      x => (x === 0 ? 1 : Math.sin(x) / x),
      (x, y) => (Math.cos(x) - y) / x,
      { args: { input: [4, 6] } },
    ),
    argument: 'input',
    causes: ['non-finite'],
    wrong: (shape, { input }) => where(shape, (_, i) => input.data[i] === 0),
  },
  {
    name: 'a larger threshold of a shrinkage is taken to move the output up where the input is positive',
    layer: defineLayer({
      name: 'learnedShrinkage',
      args: { input: [4, 3], threshold: { shape: [3], range: [0.25, 0.75] } },
      axes: { input: ['batch', 'channel'], threshold: ['channel'] },
      kinks: '|input| = threshold',
      forward: ({ input, threshold }) => ({
        output: mapTensor(input, (x, i) => Math.sign(x) * Math.max(Math.abs(x) - threshold.data[i % 3], 0)),
      }),
      vjp({ input, threshold }, { output }) {
        const dThreshold = zerosLike(threshold);
        const isPast = (i: number) => Math.abs(input.data[i]) > threshold.data[i % 3];
        output.data.forEach((dy, i) => {
          if (isPast(i)) dThreshold.data[i % 3] += dy * Math.sign(input.data[i]);
        });
        return { input: mapTensor(input, (_, i) => (isPast(i) ? output.data[i] : 0)), threshold: dThreshold };
      },
    }),
    argument: 'threshold',
    causes: ['sign-flipped'],
    wrong: (shape, { input, threshold }) =>
      where(shape, ([c], i) => [0, 1, 2, 3].some(n => Math.abs(input.data[n * 3 + c]) > threshold.data[i])),
  },
  {
    name: 'the halves of a gated unit are exchanged in its gradient',
    layer: defineLayer({
      name: 'swiGlu',
      args: { input: [3, 8] },
      axes: { input: ['batch', 'feature'] },
      forward: ({ input }) => ({
        output: mapTensor(tensor([3, 4]), (_, i) => silu(input.data[gateOf(i)]) * input.data[gateOf(i) + 4]),
      }),
      vjp({ input }, { output }) {
        const dx = zerosLike(input);
        output.data.forEach((dy, i) => {
          const [gate, value] = [input.data[gateOf(i)], input.data[gateOf(i) + 4]];
          dx.data[gateOf(i)] = dy * silu(gate);
          dx.data[gateOf(i) + 4] = dy * value * siluSlope(gate);
        });
        return { input: dx };
      },
    }),
    argument: 'input',
    causes: ['wrong-channel', 'shifted'],
    wrong: all,
  },
  {
    name: 'the frequency of a snake, which is learned, gets no gradient',
    layer: defineLayer({
      name: 'snake',
      args: { input: [3, 4], frequency: { shape: [4], range: [0.5, 2] } },
      forward: ({ input, frequency }) => ({
        output: mapTensor(input, (x, i) => x + Math.sin(frequency.data[i % 4] * x) ** 2 / frequency.data[i % 4]),
      }),
      vjp: ({ input, frequency }, { output }) => ({
        input: mapTensor(input, (x, i) => output.data[i] * (1 + Math.sin(2 * frequency.data[i % 4] * x))),
        frequency: zerosLike(frequency),
      }),
    }),
    argument: 'frequency',
    causes: ['zero'],
    wrong: all,
  },
  {
    name: 'the gate of a product has lost the derivative of its sigmoid',
    layer: defineLayer<object>({
      name: 'gated',
      cases: fc =>
        fc
          .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))
          .map((shape): CaseSpec<object> => ({ config: {}, args: { value: shape, gate: shape } })),
      forward: ({ value, gate }) => ({ output: mapTensor(value, (v, i) => v * sigmoid(gate.data[i])) }),
      vjp: ({ value, gate }, { output }) => ({
        value: mapTensor(gate, (g, i) => output.data[i] * sigmoid(g)),
        gate: mapTensor(value, (v, i) => output.data[i] * v),
      }),
    }),
    argument: 'gate',
    causes: ['missing-activation-derivative'],
    wrong: all,
  },
  {
    name: 'the bias of a layer with softplus gets what arrives, not what goes through softplus',
    layer: defineLayer({
      name: 'denseSoftplus',
      args: { input: [4, 3], weight: [5, 3], bias: [5] },
      axes: { input: ['batch', 'in'], weight: ['out', 'in'], bias: ['out'] },
      forward: ({ input, weight, bias }) => ({
        output: mapTensor(tensor([4, 5]), (_, i) =>
          softplus(weighted(input.data, weight.data, bias.data, Math.floor(i / 5), i % 5)),
        ),
      }),
      vjp({ input, weight, bias }, { output }) {
        const [dInput, dWeight, dBias] = [zerosLike(input), zerosLike(weight), zerosLike(bias)];
        output.data.forEach((dy, at) => {
          const [n, o] = [Math.floor(at / 5), at % 5];
          const dz = dy * sigmoid(weighted(input.data, weight.data, bias.data, n, o));
          for (let i = 0; i < 3; i++) {
            dInput.data[n * 3 + i] += dz * weight.data[o * 3 + i];
            dWeight.data[o * 3 + i] += dz * input.data[n * 3 + i];
          }
          dBias.data[o] += dy;
        });
        return { input: dInput, weight: dWeight, bias: dBias };
      },
    }),
    argument: 'bias',
    causes: ['missing-activation-derivative'],
    wrong: all,
  },
  {
    name: 'the coefficient of x^k in a learned polynomial gets the gradient of that of x^(k + 1)',
    layer: defineLayer({
      name: 'polynomial',
      args: { x: [6], coefficients: [4] },
      forward: ({ x, coefficients }) => ({
        y: mapTensor(x, value => coefficients.data.reduce((sum, c, k) => sum + c * value ** k, 0)),
      }),
      vjp: ({ x, coefficients }, { y }) => ({
        x: mapTensor(x, (value, i) =>
          coefficients.data.reduce((sum, c, k) => (k === 0 ? sum : sum + y.data[i] * c * k * value ** (k - 1)), 0),
        ),
        coefficients: mapTensor(coefficients, (_, k) =>
          x.data.reduce((sum, value, i) => sum + y.data[i] * value ** (k + 1), 0),
        ),
      }),
    }),
    argument: 'coefficients',
    causes: ['shifted'],
    wrong: all,
  },
];

/** Where in [3, 8] the gate of an element of [3, 4] lies; its value lies four further on. */
function gateOf(i: number): number {
  return Math.floor(i / 4) * 8 + (i % 4);
}

/** What goes into unit o of a layer of three inputs for sample n. */
function weighted(x: Float64Array, W: Float64Array, b: Float64Array, n: number, o: number): number {
  let sum = b[o];
  for (let i = 0; i < 3; i++) sum += x[n * 3 + i] * W[o * 3 + i];
  return sum;
}
