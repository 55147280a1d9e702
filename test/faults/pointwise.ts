import * as built from '../../src/index.ts';
import type { CheckName, CheckOptions, Layer, Tensors } from '../../src/index.ts';
import { erf } from '../../src/kernels/erf.ts';
import { logistic } from '../../src/kernels/logistic.ts';
import { type Tensor, tensor, mapTensor } from '../../src/tensor.ts';
import { type Fault, rightGradients, wrong } from './fault.ts';

/** The numeric checks show these by themselves, without the formula that the layer declares. */
const options: CheckOptions = { checks: ['exact', 'gradient'] };

/** What somebody takes for the derivative at x, where the output is y. */
type Slope<C> = (x: number, y: number, config: C) => number;

/** One fault for every derivative of an elementwise layer, in the settings that the layer itself draws. */
function wrongSlopes<C>(layer: Layer<C>, check: CheckName, slopes: Readonly<Record<string, Slope<C>>>): Fault[] {
  return Object.entries(slopes).map(([what, slope]) => ({
    name: `${layer.name} ${what}`,
    layer: wrong(layer, {
      vjp: ({ input }, { output: dy }, config, { output: y }) => ({
        input: mapTensor(dy, (value, i) => value * slope(input.data[i], y.data[i], config)),
      }),
    }) as Layer,
    expected: { verdict: 'fail', check, argument: 'input' },
    options,
  }));
}

/** The same of a smooth layer, with what is wrong with any derivative. */
function wrongSmooth<C>(layer: Layer<C>, slopes: Readonly<Record<string, Slope<C>>>): Fault[] {
  const right: Slope<C> = (x, _y, config) => {
    const [args, upstream] = [{ input: tensor([1], [x]) }, { output: tensor([1], [1]) }];
    return rightGradients(layer, args, upstream, config).input.data[0];
  };
  return wrongSlopes(layer, 'gradient', {
    'leaves its derivative out': () => 1,
    'takes its derivative at the output': (_x, y, config) => right(y, y, config),
    ...slopes,
  });
}

/** A prelu whose gradients are right but for what `spoil` makes of them. */
function wrongPrelu(
  what: string,
  argument: string,
  spoil: (right: Tensors, args: Tensors, dy: Tensor) => Tensors,
): Fault {
  const { prelu } = built;
  return {
    name: `prelu ${what}`,
    layer: wrong(prelu, {
      vjp: (args, upstream, config) => spoil(rightGradients(prelu, args, upstream, config), args, upstream.output),
    }),
    expected: { verdict: 'fail', check: 'exact', argument },
    options,
  };
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** Elementwise layers that are wrong. */
export const pointwise: readonly Fault[] = [
  ...wrongSlopes(built.relu6, 'exact', {
    'keeps its slope beyond 6': x => (x > 0 ? 1 : 0),
    'is given no slope from 1 on': x => (x > 0 && x < 1 ? 1 : 0),
    'has the slope of a hardsigmoid': x => (x > 0 && x < 6 ? 1 / 6 : 0),
  }),
  ...wrongSlopes(built.leakyRelu, 'exact', {
    'takes its mask from the output, whose sign is that of the input unless the slope is negative': (
      _x,
      y,
      { slope = 0.01 },
    ) => (y > 0 ? 1 : slope),
    'has no slope on the negative side': x => (x > 0 ? 1 : 0),
    'has the usual slope in backward, whatever its config says': x => (x > 0 ? 1 : 0.01),
    'multiplies by its slope twice': (x, _y, { slope = 0.01 }) => (x > 0 ? 1 : slope * slope),
  }),
  wrongPrelu('forgets the mask in the gradient of its weight', 'weight', (right, { input, weight }, dy) => ({
    ...right,
    weight: weight.data.length > 1 ? right.weight : tensor([1], [sum(input.data, i => input.data[i] * dy.data[i])]),
  })),
  wrongPrelu('gives the gradients of all its weights to the first', 'weight', right => ({
    ...right,
    weight: mapTensor(right.weight, (_, c) => (c === 0 ? sum(right.weight.data, i => right.weight.data[i]) : 0)),
  })),
  wrongPrelu('averages the gradient of its weight over the batch', 'weight', (right, { input }) => ({
    ...right,
    weight: mapTensor(right.weight, dw => dw / (input.shape[0] ?? 1)),
  })),
  wrongPrelu('multiplies by the first weight in every channel', 'input', (right, { input, weight }, dy) => ({
    ...right,
    input: mapTensor(dy, (value, i) => (input.data[i] > 0 ? value : weight.data[0] * value)),
  })),
  ...wrongSlopes(built.elu, 'gradient', {
    'has slope y, not y + alpha, on the negative side': (x, y) => (x > 0 ? 1 : y),
    'has slope y + 1 on the negative side, whatever alpha is': (x, y) => (x > 0 ? 1 : y + 1),
    'takes its exponential at the output': (x, y, { alpha = 1 }) => (x > 0 ? 1 : alpha * Math.exp(y)),
    'takes its mask from the output, whose sign is that of the input unless alpha is negative': (
      x,
      y,
      { alpha = 1 },
    ) => (y > 0 ? 1 : alpha * Math.exp(x)),
  }),
  ...wrongSlopes(built.celu, 'gradient', {
    'multiplies by alpha, as an elu does': (x, _y, { alpha = 1 }) => (x > 0 ? 1 : alpha * Math.exp(x / alpha)),
    'forgets alpha in backward': x => (x > 0 ? 1 : Math.exp(x)),
    'has slope y + 1 on the negative side': (x, y) => (x > 0 ? 1 : y + 1),
  }),
  ...wrongSlopes(built.selu, 'gradient', {
    'forgets its scale on the positive side': (x, y, { alpha = 1.6732632423543772, scale = 1.0507009873554805 }) =>
      x > 0 ? 1 : y + scale * alpha,
    'forgets its scale on the negative side': (x, _y, { alpha = 1.6732632423543772, scale = 1.0507009873554805 }) =>
      x > 0 ? scale : alpha * Math.exp(x),
    'forgets alpha in backward': (x, _y, { scale = 1.0507009873554805 }) => scale * (x > 0 ? 1 : Math.exp(x)),
  }),
  ...wrongSmooth(built.gelu, {
    'has the derivative of its tanh approximation, whatever forward has': x => {
      const t = Math.tanh(inner(x));
      return (1 + t) / 2 + (x / 2) * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
    },
    'loses the term with the density': x => (1 + erf(x / Math.SQRT2)) / 2,
    'loses the term with the distribution': x => x * density(x),
  }),
  {
    name: 'gelu is x s(1.702 x), forward and backward, whatever its config says',
    layer: wrong(built.gelu, {
      forward: ({ input }) => ({ output: mapTensor(input, x => x * logistic(1.702 * x)) }),
      vjp: ({ input }, { output: dy }) => ({
        input: mapTensor(input, (x, i) => {
          const s = logistic(1.702 * x);
          return dy.data[i] * (s + 1.702 * x * s * (1 - s));
        }),
      }),
    }),
    expected: { verdict: 'fail', check: 'symbolic', argument: 'input', output: 'output' },
  },
  ...wrongSmooth(built.silu, {
    'loses the term with the derivative of its gate': x => logistic(x),
    'loses the term with its gate': x => x * logistic(x) * logistic(-x),
    'has 1 - y in place of 1 - s': (x, y) => logistic(x) * (1 + x * (1 - y)),
  }),
  ...wrongSmooth(built.mish, {
    'loses the term with the derivative of its gate': (x, y) => (x === 0 ? 0.6 : y / x),
    'forgets the derivative of the softplus inside': x => {
      const t = Math.tanh(Math.log1p(Math.exp(x)));
      return t + x * (1 - t * t);
    },
    'has the derivative of a silu': x => logistic(x) * (1 + x * logistic(-x)),
  }),
  ...wrongSmooth(built.logSigmoid, {
    'has slope s(x), not s(-x)': x => logistic(x),
    'has slope 1 - y': (_x, y) => 1 - y,
    'has the derivative of a sigmoid': x => logistic(x) * logistic(-x),
  }),
  ...wrongSlopes(built.hardsigmoid, 'gradient', {
    'has the slope and the ends of another library': x => (x > -2.5 && x < 2.5 ? 0.2 : 0),
  }),
  // On whole numbers far out it is exactly flat.
  ...wrongSlopes(built.hardsigmoid, 'exact', {
    'keeps its slope where it is saturated': () => 1 / 6,
    'compares its output with the ends of its input': (_x, y) => (y > -3 && y < 3 ? 1 / 6 : 0),
  }),
  ...wrongSlopes(built.hardtanh, 'exact', {
    'keeps its slope where it is saturated': () => 1,
    'is flat below its lower end only': (x, _y, { min = -1 }) => (x > min ? 1 : 0),
    'has the derivative of tanh': (_x, y) => 1 - y * y,
  }),
  ...wrongSlopes(built.hardtanh, 'gradient', {
    'has ends at -1 and 1 in backward, whatever its config says': x => (x > -1 && x < 1 ? 1 : 0),
  }),
  ...wrongSmooth(built.tanhshrink, {
    'has the derivative of tanh': x => 1 / Math.cosh(x) ** 2,
    'takes y for the tanh': (_x, y) => y * y,
    'does not square the tanh': x => Math.tanh(x),
  }),
  ...wrongSlopes(built.hardshrink, 'gradient', {
    'has slope 1 inside its band too': () => 1,
  }),
  ...wrongSlopes(built.hardshrink, 'exact', {
    'has its slopes the wrong way round': (x, _y, { lambda = 0.5 }) => (Math.abs(x) <= lambda ? 1 : 0),
    'is flat on the whole negative side': (x, _y, { lambda = 0.5 }) => (x > lambda ? 1 : 0),
  }),
  ...wrongSlopes(built.softshrink, 'exact', {
    'is flat where its output is negative': (_x, y) => (y > 0 ? 1 : 0),
  }),
  ...wrongSlopes(built.softshrink, 'gradient', {
    'has slope 1 inside its band too': () => 1,
    'compares its output with lambda': (_x, y, { lambda = 0.5 }) => (Math.abs(y) > lambda ? 1 : 0),
  }),
  ...wrongSlopes(built.hardswish, 'gradient', {
    'loses the term with the derivative of its gate': x => Math.min(Math.max(x + 3, 0), 6) / 6,
    'is flat where its output is negative': (x, y) => (y <= 0 ? 0 : x > 3 ? 1 : x / 3 + 0.5),
  }),
  ...wrongSlopes(built.hardswish, 'exact', {
    'loses the term with its gate': x => (x > -3 && x < 3 ? x / 6 : 0),
    'is a parabola beyond 3 too': x => (x < -3 ? 0 : x / 3 + 0.5),
  }),
  ...wrongSmooth(built.softplus, {
    'forgets beta in backward': x => logistic(x),
    'multiplies by beta in backward': (x, _y, { beta = 1 }) => beta * logistic(beta * x),
    'has slope 1 from a threshold of 1 on': (x, _y, { beta = 1 }) => (beta * x > 1 ? 1 : logistic(beta * x)),
  }),
  ...wrongSmooth(built.softsign, {
    'does not square': x => 1 / (1 + Math.abs(x)),
    'squares its input': x => 1 / (1 + x * x),
    'forgets the absolute value': x => 1 / (1 + x) ** 2,
  }),
  ...wrongSlopes(built.threshold, 'exact', {
    'has slope 1 everywhere': () => 1,
    'compares its output with the threshold': (_x, y, { threshold }) => (y > threshold ? 1 : 0),
    'has its slopes the wrong way round': (x, _y, { threshold }) => (x > threshold ? 0 : 1),
  }),
  ...wrongSlopes(built.threshold, 'gradient', { 'compares with 0 in backward': x => (x > 0 ? 1 : 0) }),
  ...wrongSlopes(built.exp, 'gradient', {
    'leaves its derivative out': () => 1,
    'has slope x exp(x - 1), as if it were a power': x => x * Math.exp(x - 1),
    'has a slope of 20 at most': (_x, y) => Math.min(y, 20),
  }),
  ...wrongSlopes(built.erf, 'gradient', {
    'forgets the factor 2/√π': x => Math.exp(-x * x),
    'has the density of a normal distribution': density,
  }),
  // On whole numbers far out it is exactly flat.
  ...wrongSlopes(built.erf, 'exact', {
    'takes its derivative at the output': (_x, y) => (2 / Math.sqrt(Math.PI)) * Math.exp(-y * y),
  }),
  {
    name: 'erf is a polynomial of seven digits, forward only',
    layer: wrong(built.erf, { forward: ({ input }) => ({ output: mapTensor(input, sevenDigits) }) }),
    expected: { verdict: 'fail', check: 'gradient', argument: 'input', output: 'output' },
  },
  ...wrongSmooth(built.atan, {
    'has slope 1 / √(1 + x^2)': x => 1 / Math.hypot(1, x),
    'has slope 1 / (1 - x^2)': x => 1 / (1 - x * x),
    'divides backward by 1 + y^2': (_x, y) => 1 / (1 + y * y),
  }),
  ...wrongSmooth(built.asinh, {
    'forgets the square root': x => 1 / (1 + x * x),
    'divides backward by √(1 + y^2)': (_x, y) => 1 / Math.hypot(1, y),
    'has the derivative of acosh': x => 1 / Math.sqrt(Math.abs(x * x - 1)),
  }),
  ...wrongSlopes(built.power, 'exact', {
    'forgets its exponent as a factor': (x, _y, { exponent }) => x ** (exponent - 1),
    'does not lower its exponent': (_x, y, { exponent }) => exponent * y,
    'takes its power of the magnitude': (x, _y, { exponent }) => exponent * Math.abs(x) ** (exponent - 1),
  }),
  ...wrongSlopes(built.power, 'gradient', {
    'divides its output by its input, which is 0 by 0 at zero': (x, y, { exponent }) => (exponent * y) / x,
  }),
  ...wrongSlopes(built.clip, 'exact', {
    'keeps its slope where it is saturated': () => 1,
    'forgets its upper end in backward': (x, _y, { min }) => (x >= (min ?? -Infinity) ? 1 : 0),
    'takes an end that is left out for 0': (x, _y, { min, max }) => (x >= (min ?? 0) && x <= (max ?? 0) ? 1 : 0),
  }),
  ...wrongSlopes(built.linearScale, 'exact', {
    'leaves its scale out': () => 1,
    'adds its bias to the slope': (_x, _y, { scale = 1, bias = 0 }) => scale + bias,
    'divides by its scale': (_x, _y, { scale = 1 }) => 1 / scale,
  }),
  ...wrongSmooth(built.tanhP1M2, {
    'forgets the factor 2': (_x, y) => y * (1 - y),
    'has the derivative of tanh': (_x, y) => 1 - y * y,
    'has half the derivative of tanh, at its output': (_x, y) => (1 - y * y) / 2,
  }),
];

/** The sum of f(i) over the elements of data. */
function sum(data: ArrayLike<number>, f: (i: number) => number): number {
  return Array.from(data, (_, i) => f(i)).reduce((total, term) => total + term, 0);
}

/** Abramowitz and Stegun 7.1.26. */
function sevenDigits(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const [a, b, c, d, e] = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  const tail = t * (a + t * (b + t * (c + t * (d + t * e)))) * Math.exp(-x * x);
  return Math.sign(x) * (1 - tail);
}
