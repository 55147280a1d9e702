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

/** Wrong slopes by what is wrong with them, each with its causes. */
type Slopes<C> = Readonly<Record<string, readonly [slope: Slope<C>, ...causes: string[]]>>;

/** One fault for every derivative of an elementwise layer, in the settings that the layer itself draws. */
function wrongSlopes<C>(layer: Layer<C>, check: CheckName, slopes: Slopes<C>): Fault[] {
  return Object.entries(slopes).map(([what, [slope, ...causes]]) => ({
    name: `${layer.name} ${what}`,
    layer: wrong(layer, {
      vjp: ({ input }, { output: dy }, config, { output: y }) => ({
        input: mapTensor(dy, (value, i) => value * slope(input.data[i], y.data[i], config)),
      }),
    }) as Layer,
    expected: { verdict: 'fail', check, argument: 'input', causes },
    options,
  }));
}

/** The same of a smooth layer, with what is wrong with any derivative. */
function wrongSmooth<C>(layer: Layer<C>, slopes: Slopes<C>): Fault[] {
  const right: Slope<C> = (x, _y, config) => {
    const [args, upstream] = [{ input: tensor([1], [x]) }, { output: tensor([1], [1]) }];
    return rightGradients(layer, args, upstream, config).input.data[0];
  };
  return wrongSlopes(layer, 'gradient', {
    'leaves its derivative out': [() => 1, 'missing-activation-derivative'],
    'takes its derivative at the output': [(_x, y, config) => right(y, y, config), 'derivative-at-output'],
    ...slopes,
  });
}

/** A prelu whose gradients are right but for what `spoil` makes of them. */
function wrongPrelu(
  what: string,
  argument: string,
  causes: readonly string[],
  spoil: (right: Tensors, args: Tensors, dy: Tensor) => Tensors,
): Fault {
  const { prelu } = built;
  return {
    name: `prelu ${what}`,
    layer: wrong(prelu, {
      vjp: (args, upstream, config) => spoil(rightGradients(prelu, args, upstream, config), args, upstream.output),
    }),
    expected: { verdict: 'fail', check: 'exact', argument, causes },
    options,
  };
}

const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);

/** Elementwise layers that are wrong. */
export const pointwise: readonly Fault[] = [
  ...wrongSlopes(built.relu6, 'exact', {
    'keeps its slope beyond 6': [x => (x > 0 ? 1 : 0), 'wrong-branch', 'another-derivative'],
    'is given no slope from 1 on': [x => (x > 0 && x < 1 ? 1 : 0), 'wrong-branch', 'zero', 'another-derivative'],
    'has the slope of a hardsigmoid': [x => (x > 0 && x < 6 ? 1 / 6 : 0), 'scaled', 'another-derivative'],
  }),
  ...wrongSlopes(built.leakyRelu, 'exact', {
    'takes its mask from the output, whose sign is that of the input unless the slope is negative': [
      (_x, y, { slope = 0.01 }) => (y > 0 ? 1 : slope),
      'wrong-branch',
      'derivative-at-output',
    ],
    'has no slope on the negative side': [
      x => (x > 0 ? 1 : 0),
      'zero',
      'wrong-branch',
      'another-config',
      'another-derivative',
    ],
    'has the usual slope in backward, whatever its config says': [
      x => (x > 0 ? 1 : 0.01),
      'another-config',
      'scaled',
      'wrong-branch',
    ],
    'multiplies by its slope twice': [
      (x, _y, { slope = 0.01 }) => (x > 0 ? 1 : slope * slope),
      'scaled',
      'another-derivative',
      'wrong-branch',
    ],
  }),
  wrongPrelu(
    'forgets the mask in the gradient of its weight',
    'weight',
    ['wrong-branch'],
    (right, { input, weight }, dy) => ({
      ...right,
      weight: weight.data.length > 1 ? right.weight : tensor([1], [sum(input.data, i => input.data[i] * dy.data[i])]),
    }),
  ),
  wrongPrelu(
    'gives the gradients of all its weights to the first',
    'weight',
    ['wrong-channel', 'wrongly-reduced'],
    right => ({
      ...right,
      weight: mapTensor(right.weight, (_, c) => (c === 0 ? sum(right.weight.data, i => right.weight.data[i]) : 0)),
    }),
  ),
  wrongPrelu(
    'averages the gradient of its weight over the batch',
    'weight',
    ['scaled', 'wrongly-reduced'],
    (right, { input }) => ({
      ...right,
      weight: mapTensor(right.weight, dw => dw / (input.shape[0] ?? 1)),
    }),
  ),
  wrongPrelu(
    'multiplies by the first weight in every channel',
    'input',
    ['wrong-channel'],
    (right, { input, weight }, dy) => ({
      ...right,
      input: mapTensor(dy, (value, i) => (input.data[i] > 0 ? value : weight.data[0] * value)),
    }),
  ),
  ...wrongSlopes(built.elu, 'gradient', {
    'has slope y, not y + alpha, on the negative side': [
      (x, y) => (x > 0 ? 1 : y),
      'another-derivative',
      'missing-term',
      'wrong-branch',
    ],
    'has slope y + 1 on the negative side, whatever alpha is': [
      (x, y) => (x > 0 ? 1 : y + 1),
      'another-derivative',
      'wrong-branch',
    ],
    'takes its exponential at the output': [
      (x, y, { alpha = 1 }) => (x > 0 ? 1 : alpha * Math.exp(y)),
      'derivative-at-output',
      'wrong-branch',
      'another-derivative',
    ],
    'takes its mask from the output, whose sign is that of the input unless alpha is negative': [
      (x, y, { alpha = 1 }) => (y > 0 ? 1 : alpha * Math.exp(x)),
      'wrong-branch',
      'derivative-at-output',
    ],
  }),
  ...wrongSlopes(built.celu, 'gradient', {
    'multiplies by alpha, as an elu does': [
      (x, _y, { alpha = 1 }) => (x > 0 ? 1 : alpha * Math.exp(x / alpha)),
      'scaled',
      'another-derivative',
      'wrong-branch',
    ],
    'forgets alpha in backward': [
      x => (x > 0 ? 1 : Math.exp(x)),
      'another-config',
      'another-derivative',
      'wrong-branch',
    ],
    'has slope y + 1 on the negative side': [(x, y) => (x > 0 ? 1 : y + 1), 'another-derivative', 'wrong-branch'],
  }),
  ...wrongSlopes(built.selu, 'gradient', {
    'forgets its scale on the positive side': [
      (x, y, { alpha = 1.6732632423543772, scale = 1.0507009873554805 }) => (x > 0 ? 1 : y + scale * alpha),
      'scaled',
      'another-config',
      'missing-activation-derivative',
      'wrong-branch',
    ],
    'forgets its scale on the negative side': [
      (x, _y, { alpha = 1.6732632423543772, scale = 1.0507009873554805 }) => (x > 0 ? scale : alpha * Math.exp(x)),
      'scaled',
      'another-config',
      'wrong-branch',
    ],
    'forgets alpha in backward': [
      (x, _y, { scale = 1.0507009873554805 }) => scale * (x > 0 ? 1 : Math.exp(x)),
      'scaled',
      'another-config',
      'wrong-branch',
    ],
  }),
  ...wrongSmooth(built.gelu, {
    'has the derivative of its tanh approximation, whatever forward has': [
      x => {
        const t = Math.tanh(inner(x));
        return (1 + t) / 2 + (x / 2) * (1 - t * t) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
      },
      'another-config',
      'another-derivative',
    ],
    'loses the term with the density': [x => (1 + erf(x / Math.SQRT2)) / 2, 'missing-term', 'another-derivative'],
    'loses the term with the distribution': [x => x * density(x), 'missing-term', 'another-derivative'],
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
    'loses the term with the derivative of its gate': [x => logistic(x), 'missing-term', 'another-derivative'],
    'loses the term with its gate': [x => x * logistic(x) * logistic(-x), 'missing-term', 'another-derivative'],
    'has 1 - y in place of 1 - s': [(x, y) => logistic(x) * (1 + x * (1 - y)), 'another-derivative'],
  }),
  ...wrongSmooth(built.mish, {
    'loses the term with the derivative of its gate': [
      (x, y) => (x === 0 ? 0.6 : y / x),
      'missing-term',
      'another-derivative',
    ],
    'forgets the derivative of the softplus inside': [
      x => {
        const t = Math.tanh(Math.log1p(Math.exp(x)));
        return t + x * (1 - t * t);
      },
      'missing-activation-derivative',
      'another-derivative',
    ],
    'has the derivative of a silu': [x => logistic(x) * (1 + x * logistic(-x)), 'another-derivative'],
  }),
  ...wrongSmooth(built.logSigmoid, {
    'has slope s(x), not s(-x)': [x => logistic(x), 'argument-sign', 'another-derivative'],
    'has slope 1 - y': [(_x, y) => 1 - y, 'another-derivative'],
    'has the derivative of a sigmoid': [x => logistic(x) * logistic(-x), 'another-derivative'],
  }),
  ...wrongSlopes(built.hardsigmoid, 'gradient', {
    'has the slope and the ends of another library': [
      x => (x > -2.5 && x < 2.5 ? 0.2 : 0),
      'another-derivative',
      'wrong-branch',
      'scaled',
    ],
  }),
  // On whole numbers far out it is exactly flat.
  ...wrongSlopes(built.hardsigmoid, 'exact', {
    'keeps its slope where it is saturated': [
      () => 1 / 6,
      'wrong-branch',
      'another-derivative',
      'derivative-at-output',
      'argument-ignored',
    ],
    'compares its output with the ends of its input': [
      (_x, y) => (y > -3 && y < 3 ? 1 / 6 : 0),
      'wrong-branch',
      'derivative-at-output',
      'another-derivative',
    ],
  }),
  ...wrongSlopes(built.hardtanh, 'exact', {
    'keeps its slope where it is saturated': [
      () => 1,
      'wrong-branch',
      'missing-activation-derivative',
      'another-derivative',
    ],
    'is flat below its lower end only': [
      (x, _y, { min = -1 }) => (x > min ? 1 : 0),
      'wrong-branch',
      'another-derivative',
    ],
    'has the derivative of tanh': [(_x, y) => 1 - y * y, 'another-derivative'],
  }),
  ...wrongSlopes(built.hardtanh, 'gradient', {
    'has ends at -1 and 1 in backward, whatever its config says': [
      x => (x > -1 && x < 1 ? 1 : 0),
      'another-config',
      'wrong-branch',
      'another-derivative',
    ],
  }),
  ...wrongSmooth(built.tanhshrink, {
    'has the derivative of tanh': [x => 1 / Math.cosh(x) ** 2, 'another-derivative'],
    'takes y for the tanh': [(_x, y) => y * y, 'another-derivative'],
    'does not square the tanh': [x => Math.tanh(x), 'another-derivative'],
  }),
  ...wrongSlopes(built.hardshrink, 'gradient', {
    'has slope 1 inside its band too': [
      () => 1,
      'wrong-branch',
      'missing-activation-derivative',
      'another-config',
      'another-derivative',
    ],
  }),
  ...wrongSlopes(built.hardshrink, 'exact', {
    'has its slopes the wrong way round': [
      (x, _y, { lambda = 0.5 }) => (Math.abs(x) <= lambda ? 1 : 0),
      'wrong-branch',
      'another-derivative',
    ],
    'is flat on the whole negative side': [
      (x, _y, { lambda = 0.5 }) => (x > lambda ? 1 : 0),
      'wrong-branch',
      'zero',
      'another-derivative',
    ],
  }),
  ...wrongSlopes(built.softshrink, 'exact', {
    'is flat where its output is negative': [(_x, y) => (y > 0 ? 1 : 0), 'wrong-branch', 'zero', 'another-derivative'],
  }),
  ...wrongSlopes(built.softshrink, 'gradient', {
    'has slope 1 inside its band too': [
      () => 1,
      'wrong-branch',
      'missing-activation-derivative',
      'another-config',
      'another-derivative',
    ],
    'compares its output with lambda': [
      (_x, y, { lambda = 0.5 }) => (Math.abs(y) > lambda ? 1 : 0),
      'wrong-branch',
      'zero',
      'derivative-at-output',
      'another-derivative',
    ],
  }),
  ...wrongSlopes(built.hardswish, 'gradient', {
    'loses the term with the derivative of its gate': [
      x => Math.min(Math.max(x + 3, 0), 6) / 6,
      'missing-term',
      'another-derivative',
    ],
    'is flat where its output is negative': [
      (x, y) => (y <= 0 ? 0 : x > 3 ? 1 : x / 3 + 0.5),
      'wrong-branch',
      'zero',
      'another-derivative',
    ],
  }),
  ...wrongSlopes(built.hardswish, 'exact', {
    'loses the term with its gate': [x => (x > -3 && x < 3 ? x / 6 : 0), 'missing-term', 'another-derivative'],
    'is a parabola beyond 3 too': [x => (x < -3 ? 0 : x / 3 + 0.5), 'wrong-branch', 'another-derivative'],
  }),
  ...wrongSmooth(built.softplus, {
    'forgets beta in backward': [x => logistic(x), 'another-config', 'another-derivative'],
    'multiplies by beta in backward': [(x, _y, { beta = 1 }) => beta * logistic(beta * x), 'scaled'],
    'has slope 1 from a threshold of 1 on': [
      (x, _y, { beta = 1 }) => (beta * x > 1 ? 1 : logistic(beta * x)),
      'another-config',
      'wrong-branch',
      'missing-activation-derivative',
      'another-derivative',
    ],
  }),
  ...wrongSmooth(built.softsign, {
    'does not square': [x => 1 / (1 + Math.abs(x)), 'another-derivative', 'missing-term'],
    'squares its input': [x => 1 / (1 + x * x), 'another-derivative'],
    'forgets the absolute value': [x => 1 / (1 + x) ** 2, 'another-derivative', 'wrong-branch'],
  }),
  ...wrongSlopes(built.threshold, 'exact', {
    'has slope 1 everywhere': [() => 1, 'wrong-branch', 'missing-activation-derivative', 'another-derivative'],
    'compares its output with the threshold': [
      (_x, y, { threshold }) => (y > threshold ? 1 : 0),
      'wrong-branch',
      'derivative-at-output',
      'another-derivative',
    ],
    'has its slopes the wrong way round': [
      (x, _y, { threshold }) => (x > threshold ? 0 : 1),
      'wrong-branch',
      'another-derivative',
    ],
  }),
  ...wrongSlopes(built.threshold, 'gradient', {
    'compares with 0 in backward': [x => (x > 0 ? 1 : 0), 'another-config', 'wrong-branch', 'another-derivative'],
  }),
  ...wrongSlopes(built.exp, 'gradient', {
    'leaves its derivative out': [() => 1, 'missing-activation-derivative'],
    'has slope x exp(x - 1), as if it were a power': [x => x * Math.exp(x - 1), 'another-derivative'],
    'has a slope of 20 at most': [(_x, y) => Math.min(y, 20), 'another-derivative', 'wrong-branch'],
  }),
  ...wrongSlopes(built.erf, 'gradient', {
    'forgets the factor 2/√π': [x => Math.exp(-x * x), 'scaled'],
    'has the density of a normal distribution': [density, 'another-derivative'],
  }),
  // On whole numbers far out it is exactly flat.
  ...wrongSlopes(built.erf, 'exact', {
    'takes its derivative at the output': [
      (_x, y) => (2 / Math.sqrt(Math.PI)) * Math.exp(-y * y),
      'derivative-at-output',
    ],
  }),
  {
    name: 'erf is a polynomial of seven digits, forward only',
    layer: wrong(built.erf, { forward: ({ input }) => ({ output: mapTensor(input, sevenDigits) }) }),
    expected: {
      verdict: 'fail',
      check: 'gradient',
      argument: 'input',
      output: 'output',
      causes: ['precision-loss', 'another-derivative'],
    },
  },
  ...wrongSmooth(built.atan, {
    'has slope 1 / √(1 + x^2)': [x => 1 / Math.hypot(1, x), 'another-derivative'],
    'has slope 1 / (1 - x^2)': [x => 1 / (1 - x * x), 'another-derivative'],
    'divides backward by 1 + y^2': [(_x, y) => 1 / (1 + y * y), 'derivative-at-output'],
  }),
  ...wrongSmooth(built.asinh, {
    'forgets the square root': [x => 1 / (1 + x * x), 'another-derivative'],
    'divides backward by √(1 + y^2)': [(_x, y) => 1 / Math.hypot(1, y), 'derivative-at-output'],
    'has the derivative of acosh': [x => 1 / Math.sqrt(Math.abs(x * x - 1)), 'another-derivative', 'non-finite'],
  }),
  ...wrongSlopes(built.power, 'exact', {
    'forgets its exponent as a factor': [(x, _y, { exponent }) => x ** (exponent - 1), 'scaled'],
    'does not lower its exponent': [(_x, y, { exponent }) => exponent * y, 'another-derivative'],
    'takes its power of the magnitude': [
      (x, _y, { exponent }) => exponent * Math.abs(x) ** (exponent - 1),
      'argument-sign',
      'sign-flipped',
    ],
  }),
  ...wrongSlopes(built.power, 'gradient', {
    'divides its output by its input, which is 0 by 0 at zero': [
      (x, y, { exponent }) => (exponent * y) / x,
      'non-finite',
    ],
  }),
  ...wrongSlopes(built.clip, 'exact', {
    'keeps its slope where it is saturated': [
      () => 1,
      'wrong-branch',
      'missing-activation-derivative',
      'another-derivative',
    ],
    'forgets its upper end in backward': [
      (x, _y, { min }) => (x >= (min ?? -Infinity) ? 1 : 0),
      'wrong-branch',
      'another-config',
      'another-derivative',
    ],
    'takes an end that is left out for 0': [
      (x, _y, { min, max }) => (x >= (min ?? 0) && x <= (max ?? 0) ? 1 : 0),
      'wrong-branch',
      'zero',
      'another-derivative',
    ],
  }),
  ...wrongSlopes(built.linearScale, 'exact', {
    'leaves its scale out': [() => 1, 'scaled', 'another-config', 'missing-activation-derivative'],
    'adds its bias to the slope': [(_x, _y, { scale = 1, bias = 0 }) => scale + bias, 'another-derivative', 'scaled'],
    'divides by its scale': [(_x, _y, { scale = 1 }) => 1 / scale, 'scaled'],
  }),
  ...wrongSmooth(built.tanhP1M2, {
    'forgets the factor 2': [(_x, y) => y * (1 - y), 'scaled'],
    'has the derivative of tanh': [(_x, y) => 1 - y * y, 'another-derivative'],
    'has half the derivative of tanh, at its output': [
      (_x, y) => (1 - y * y) / 2,
      'another-derivative',
      'derivative-at-output',
    ],
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
