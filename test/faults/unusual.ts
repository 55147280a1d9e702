import { defineLayer, type Layer, type Tensors, tensor, type Verdict } from '../../src/index.ts';
import { mapTensor } from '../../src/tensor.ts';
import { elementwise } from './fault.ts';

/** A layer that is right and easily taken for wrong, and the verdict that its numbers allow. */
export interface Unusual {
  readonly name: string;
  readonly layer: Layer;
  readonly verdict: Extract<Verdict, 'pass' | 'inconclusive'>;
}

/** The logistic function by its formula, which some languages refuse where exp overflows. */
function guardedSigmoid(x: number): number {
  if (x < -709) throw new RangeError('math range error');
  return 1 / (1 + Math.exp(-x));
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

function divided(a: number, b: number): number {
  if (b === 0) throw new RangeError('division by zero');
  return a / b;
}

/** The inverse of a matrix of two rows. */
function inverse([a, b, c, d]: ArrayLike<number> & Iterable<number>): number[] {
  const determinant = a * d - b * c;
  return [d, -b, -c, a].map(entry => divided(entry, determinant));
}

function product([a, b, c, d]: readonly number[], [e, f, g, h]: readonly number[]): number[] {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}

function logSumExp(row: Float64Array): number {
  const largest = Math.max(...row);
  return largest + Math.log(row.reduce((sum, x) => sum + Math.exp(x - largest), 0));
}

/** The mean over the rows of -log softmax at each row's target. */
function crossEntropy(rows: number, classes: number): Layer {
  const rowOf = ({ data }: Tensors[string], n: number) => data.subarray(n * classes, (n + 1) * classes);
  return defineLayer({
    name: 'crossEntropy',
    args: { input: [rows, classes], target: { shape: [rows], integer: true, range: [0, classes - 1] } },
    forward: ({ input, target }) => {
      let sum = 0;
      for (let n = 0; n < rows; n++) sum += logSumExp(rowOf(input, n)) - rowOf(input, n)[target.data[n]];
      return { loss: tensor([], [sum / rows]) };
    },
    vjp: ({ input, target }, { loss }) => ({
      input: mapTensor(input, (x, i) => {
        const n = Math.floor(i / classes);
        const hit = i % classes === target.data[n] ? 1 : 0;
        return (loss.data[0] / rows) * (Math.exp(x - logSumExp(rowOf(input, n))) - hit);
      }),
    }),
  });
}

/** cos at multiples of 1/1000, for a table that is interpolated linearly. */
const table = Float64Array.from({ length: 3100 }, (_, i) => Math.cos(i / 1000));

/** Layers that are right and throw, round, saturate or differ in scale on the way. */
export const unusual: readonly Unusual[] = [
  {
    name: 'sigmoid throws where exp overflows',
    layer: elementwise('sigmoid', guardedSigmoid, (_x, y) => y * (1 - y), { args: { input: [5, 6] } }),
    verdict: 'pass',
  },
  {
    name: 'the reciprocal throws at 0',
    layer: elementwise(
      'reciprocal',
      x => divided(1, x),
      x => divided(-1, x ** 2),
      { args: { input: [6] } },
    ),
    verdict: 'pass',
  },
  {
    name: 'the inverse throws at singular matrices',
    layer: defineLayer({
      name: 'inverse',
      args: { matrix: [2, 2] },
      forward: ({ matrix }) => ({ output: tensor([2, 2], inverse(matrix.data)) }),
      vjp: ({ matrix }, { output }) => {
        const [a, b, c, d] = inverse(matrix.data);
        const transposed = [a, c, b, d];
        const gradient = product(product(transposed, [...output.data]), transposed);
        return {
          matrix: tensor(
            [2, 2],
            gradient.map(entry => -entry),
          ),
        };
      },
    }),
    verdict: 'pass',
  },
  {
    name: 'a gate is rounded to float32 on the way',
    layer: elementwise(
      'gate',
      x => x * Math.fround(sigmoid(x)),
      x => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
      { args: { input: [6] } },
    ),
    // Float32's rounding hides errors under 1e-5 of the gradient, and float64 is declared.
    verdict: 'inconclusive',
  },
  {
    name: 'a norm is rounded to float32 on the way',
    layer: defineLayer({
      name: 'normalise',
      args: { input: [6] },
      forward: ({ input }) => {
        const norm = Math.fround(Math.hypot(...input.data));
        return { output: mapTensor(input, x => x / norm) };
      },
      vjp: ({ input }, { output }) => {
        const norm = Math.hypot(...input.data);
        const dot = input.data.reduce((sum, x, i) => sum + x * output.data[i], 0);
        return { input: mapTensor(output, (dy, i) => dy / norm - (input.data[i] * dot) / norm ** 3) };
      },
    }),
    verdict: 'inconclusive',
  },
  {
    name: 'cos comes from a table of which the slope is given',
    layer: elementwise(
      'cosTable',
      x => {
        const at = Math.floor(x * 1000);
        return table[at] * (1 - (x * 1000 - at)) + table[at + 1] * (x * 1000 - at);
      },
      x => (table[Math.floor(x * 1000) + 1] - table[Math.floor(x * 1000)]) * 1000,
      { args: { input: { shape: [4], range: [0, 3] } } },
    ),
    verdict: 'pass',
  },
  {
    name: 'two outputs of which each depends on its own primal differ in scale by 1e9',
    layer: defineLayer({
      name: 'two',
      args: { input: [3], weight: [2] },
      forward: ({ input, weight }) => ({
        output: mapTensor(input, x => 1e6 * Math.sin(x)),
        penalty: tensor([], [1e-3 * weight.data.reduce((sum, w) => sum + w * w, 0)]),
      }),
      vjp: ({ input, weight }, { output, penalty }) => ({
        input: mapTensor(input, (x, i) => 1e6 * Math.cos(x) * output.data[i]),
        weight: mapTensor(weight, w => 2e-3 * w * penalty.data[0]),
      }),
    }),
    verdict: 'pass',
  },
  {
    name: 'the given values are denormal',
    layer: elementwise(
      'double',
      x => 2 * x,
      () => 2,
      { args: { input: { shape: [2], values: [1e-310, 2e-310] } } },
    ),
    verdict: 'pass',
  },
  {
    name: 'a residual is rounded to float32 before it is added',
    layer: elementwise(
      'residual',
      x => x + Math.fround(Math.tanh(x)),
      x => 2 - Math.tanh(x) ** 2,
      { args: { input: [6] } },
    ),
    verdict: 'inconclusive',
  },
  {
    name: 'an offset of 1e12 hides the digits of all but whole numbers',
    layer: elementwise(
      'offset',
      x => x + 1e12,
      () => 1,
      { args: { input: [6] } },
    ),
    verdict: 'pass',
  },
  { name: 'the cross-entropy of one sample saturates', layer: crossEntropy(1, 4), verdict: 'pass' },
  { name: 'the cross-entropy of two samples saturates', layer: crossEntropy(2, 3), verdict: 'pass' },
];
