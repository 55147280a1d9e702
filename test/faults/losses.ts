import {
  defineLayer,
  type Layer,
  logisticError,
  sumSquaredError,
  scalar,
  tensor,
  type Tensors,
} from '../../src/index.ts';
import { mapTensor } from '../../src/tensor.ts';
import { type Fault, rightGradients, wrong } from './fault.ts';

const shape = [3, 2];
const target = { shape, differentiable: false } as const;
const classes = { shape, integer: true, values: [1, 0, 1, 1, 0, 0], differentiable: false } as const;
const probabilities = { shape, range: [0.05, 0.95] as const };

/** A squared error whose gradient is the upstream times these terms. */
function squared(term: (x: number, t: number, at: number) => number, config: object = {}): Layer {
  return wrong(sumSquaredError as Layer, {
    cases: [{ config, args: { input: shape, target } }],
    vjp: ({ input, target: t }, { loss }) => ({
      input: mapTensor(input, (x, at) => loss.data[0] * term(x, t.data[at], at)),
    }),
  });
}

/** A logistic error likewise. */
function logistic(term: (y: number, t: number, at: number) => number, config: object = {}): Layer {
  return wrong(logisticError as Layer, {
    cases: [{ config, args: { input: probabilities, target: { ...target, range: [0, 1] } } }],
    vjp: ({ input, target: t }, { loss }) => ({
      input: mapTensor(input, (y, at) => loss.data[0] * term(y, t.data[at], at)),
    }),
  });
}

const exact = { verdict: 'fail', check: 'exact', argument: 'input' } as const;
const gradient = { verdict: 'fail', check: 'gradient', argument: 'input', code: 'mismatch' } as const;

/** Losses that are wrong. */
export const losses: readonly Fault[] = [
  {
    name: 'the factor 2 of a squared error is forgotten',
    layer: squared((x, t) => x - t),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'the half of a squared error is forgotten in backward',
    layer: squared((x, t) => 2 * (x - t), { half: true }),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'target and input are swapped',
    layer: squared((x, t) => 2 * (t - x)),
    expected: { ...exact, causes: ['sign-flipped'] },
  },
  {
    name: 'the gradient is the residual squared',
    layer: squared((x, t) => (x - t) ** 2),
    expected: { ...exact, causes: ['another-derivative'] },
  },
  {
    name: 'the target is forgotten in backward',
    layer: squared(x => 2 * x),
    expected: { ...exact, causes: ['argument-ignored'] },
  },
  {
    name: 'the mean over the batch is forgotten in backward',
    layer: squared((x, t) => 2 * (x - t), { reduction: 'batchMean' }),
    expected: { ...gradient, causes: ['scaled'] },
  },
  {
    name: 'backward divides by the elements, forward by the samples',
    layer: squared((x, t) => (2 * (x - t)) / 6, { reduction: 'batchMean' }),
    expected: { ...gradient, causes: ['scaled'] },
  },
  {
    name: 'backward divides by the batch twice',
    layer: squared((x, t) => (2 * (x - t)) / 9, { reduction: 'batchMean' }),
    expected: { ...gradient, causes: ['scaled'] },
  },
  {
    name: 'only the last sample gets a gradient',
    layer: squared((x, t, at) => (at >= 4 ? 2 * (x - t) : 0)),
    expected: { ...exact, wrong: { count: 4 }, causes: ['last-item-only', 'zero'] },
  },
  {
    name: 'the upstream is taken to be 1, the loss to be the last layer',
    layer: wrong(sumSquaredError as Layer, {
      cases: [{ config: {}, args: { input: shape, target } }],
      vjp: ({ input, target: t }) => ({ input: mapTensor(input, (x, at) => 2 * (x - t.data[at])) }),
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
    name: 'the target is given a gradient too',
    layer: wrong(sumSquaredError as Layer, {
      cases: [{ config: {}, args: { input: shape, target } }],
      vjp: (args, upstream, config) => {
        const { input } = rightGradients(sumSquaredError, args, upstream, config);
        return { input, target: mapTensor(input, value => -value) };
      },
    }),
    expected: { verdict: 'error', check: 'contract', argument: 'target', code: 'extra' },
  },
  {
    name: 'backward has half of the squared error that forward has, on whole numbers',
    layer: defineLayer({
      name: 'wholeSquaredError',
      constants: ['target'],
      args: { input: [2, 3], target: { shape: [2, 3], integer: true } },
      forward: ({ input, target: t }) => ({
        loss: scalar(input.data.reduce((sum, x, at) => sum + (x - t.data[at]) ** 2, 0)),
      }),
      vjp: ({ input, target: t }, { loss }) => ({
        input: mapTensor(input, (x, at) => loss.data[0] * (x - t.data[at])),
      }),
    }),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'ignored samples still get a gradient',
    layer: masked((x, t) => 2 * (x - t)),
    expected: { ...exact, wrong: { count: 2 }, causes: ['argument-ignored'] },
  },
  {
    name: 'ignored samples count in the mean of backward',
    layer: masked((x, t, keep) => ((2 * (x - t)) / 3) * keep, true),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'the second term of a logistic error is forgotten',
    layer: logistic((y, t) => -t / y),
    expected: { ...gradient, causes: ['missing-term', 'another-derivative'] },
  },
  {
    name: 'both terms of a logistic error have the same sign',
    layer: logistic((y, t) => -t / y - (1 - t) / (1 - y)),
    expected: { ...gradient, causes: ['another-derivative'] },
  },
  {
    name: 'a logistic error of probabilities has the gradient of one of logits',
    layer: logistic((y, t) => y - t),
    expected: { ...gradient, causes: ['missing-activation-derivative', 'another-derivative'] },
  },
  {
    name: 'a logistic error is averaged in forward only',
    layer: logistic((y, t) => (y - t) / (y * (1 - y)), { reduction: 'batchMean' }),
    expected: { ...gradient, causes: ['scaled'] },
  },
  {
    name: 'an epsilon of 1e-7 that forward does not have guards the division',
    layer: logistic((y, t) => (y - t) / (y * (1 - y) + 1e-7)),
    expected: { ...gradient, causes: ['another-derivative'] },
  },
  {
    name: 'targets are rounded to 0 or 1 in backward',
    layer: logistic((y, t) => (t > 0.5 ? -1 / y : 1 / (1 - y))),
    expected: { ...gradient, causes: ['argument-rounded'] },
  },
  {
    name: 'the weight of positive samples is put on both terms',
    layer: wrong(logisticError as Layer, {
      cases: [{ config: {}, args: { input: probabilities, target: { ...target, range: [0, 1] } } }],
      forward: ({ input, target: t }) => ({
        loss: scalar(
          input.data.reduce((sum, y, at) => sum - 3 * t.data[at] * Math.log(y) - (1 - t.data[at]) * Math.log(1 - y), 0),
        ),
      }),
      vjp: ({ input, target: t }, { loss }) => ({
        input: mapTensor(input, (y, at) => loss.data[0] * 3 * ((1 - t.data[at]) / (1 - y) - t.data[at] / y)),
      }),
      expression: undefined,
    }),
    expected: { ...gradient, causes: ['another-derivative'] },
  },
  {
    name: 'the threshold of a Huber loss is put on the signed residual',
    layer: residualLoss(
      r => (Math.abs(r) <= 1 ? (r * r) / 2 : Math.abs(r) - 0.5),
      r => (r <= 1 ? r : 1),
    ),
    expected: { ...gradient, causes: ['wrong-branch', 'another-derivative'] },
  },
  {
    name: 'the quadratic part of a Huber loss is forgotten in backward',
    layer: residualLoss(
      r => (Math.abs(r) <= 1 ? (r * r) / 2 : Math.abs(r) - 0.5),
      r => Math.sign(r),
    ),
    expected: { ...gradient, causes: ['wrong-branch', 'another-derivative'] },
  },
  {
    name: 'the linear part of a Huber loss loses its delta',
    layer: residualLoss(
      r => (Math.abs(r) <= 2 ? (r * r) / 2 : 2 * (Math.abs(r) - 1)),
      r => (Math.abs(r) <= 2 ? r : Math.sign(r)),
    ),
    expected: { ...gradient, causes: ['scaled', 'another-derivative', 'wrong-branch'] },
  },
  {
    name: 'softmax passes the diagonal of its Jacobian only',
    layer: softmax((dy, p) => dy.map((value, k) => value * p[k] * (1 - p[k]))),
    expected: { ...gradient, causes: ['diagonal-only'] },
  },
  {
    name: 'softmax gives a gradient of zero, as a plain sum of its outputs has',
    layer: softmax(dy => dy.map(() => 0)),
    expected: { ...gradient, causes: ['zero'] },
  },
  {
    name: 'log-softmax adds the sum of the upstream instead of subtracting it',
    layer: softmax((dy, p) => {
      const sum = dy.reduce((total, value) => total + value, 0);
      return dy.map((value, k) => value + p[k] * sum);
    }, true),
    expected: { ...gradient, causes: ['missing-mean-term'] },
  },
  {
    name: 'log-softmax takes the upstream to sum to 1',
    layer: softmax((dy, p) => dy.map((value, k) => value - p[k]), true),
    expected: {
      verdict: 'fail',
      check: 'contract',
      argument: 'input',
      causes: ['nonlinear-in-upstream', 'missing-mean-term'],
    },
  },
  {
    name: 'softmax goes over the wrong axis in backward, where both are as long',
    layer: softmax(
      (_dy, p) => p,
      false,
      (dy, p) => {
        const dx = new Float64Array(9);
        for (let column = 0; column < 3; column++) {
          let sum = 0;
          for (let row = 0; row < 3; row++) sum += dy[row * 3 + column] * p[row * 3 + column];
          for (let row = 0; row < 3; row++) {
            const at = row * 3 + column;
            dx[at] = p[at] * (dy[at] - sum);
          }
        }
        return dx;
      },
    ),
    expected: { ...gradient, causes: ['missing-mean-term', 'wrongly-reduced'] },
  },
  {
    name: 'a cross-entropy gives the wrong class its one-hot',
    layer: defineLayer({
      name: 'crossEntropy',
      constants: ['label'],
      args: { input: [3, 4], label: { shape: [3], integer: true, range: [0, 3] } },
      forward: ({ input, label }) => {
        let loss = 0;
        for (let n = 0; n < 3; n++) {
          const row = input.data.subarray(n * 4, n * 4 + 4);
          const top = Math.max(...row);
          loss += Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) + top - row[label.data[n]];
        }
        return { loss: scalar(loss / 3) };
      },
      vjp: ({ input, label }, { loss }) => {
        const dx = new Float64Array(12);
        for (let n = 0; n < 3; n++) {
          const p = softmaxOf(input.data.subarray(n * 4, n * 4 + 4));
          for (let k = 0; k < 4; k++) {
            dx[n * 4 + k] = (loss.data[0] * (p[k] - (k + 1 === label.data[n] ? 1 : 0))) / 3;
          }
        }
        return { input: tensor([3, 4], dx) };
      },
    }),
    expected: { ...gradient, causes: ['shifted', 'wrong-channel'] },
  },
  {
    name: 'a product divides by the input, which may be zero',
    layer: defineLayer({
      name: 'product',
      args: { input: { shape: [4, 4], values: [2, 1, -1, 3, 1, 0, 2, 1.5, 2, 0, 0, 1, -1, 1, 2, 0.5] } },
      forward: ({ input }) => ({
        output: tensor(
          [4],
          [0, 1, 2, 3].map(n => input.data.subarray(n * 4, n * 4 + 4).reduce((a, b) => a * b, 1)),
        ),
      }),
      vjp: ({ input }, { output }) => ({
        input: mapTensor(input, (x, at) => {
          const row = input.data.subarray(at - (at % 4), at - (at % 4) + 4);
          return (output.data[at >> 2] * row.reduce((a, b) => a * b, 1)) / x;
        }),
      }),
    }),
    expected: { verdict: 'fail', check: 'gradient', argument: 'input', code: 'non-finite', causes: ['non-finite'] },
  },
  {
    name: 'the classes are whole but the loss has the gradient of regression',
    layer: wrong(logisticError as Layer, {
      cases: [{ config: {}, args: { input: probabilities, target: classes } }],
      vjp: ({ input, target: t }, { loss }) => ({
        input: mapTensor(input, (y, at) => loss.data[0] * 2 * (y - t.data[at])),
      }),
    }),
    expected: { ...gradient, causes: ['another-derivative'] },
  },
];

/** The mean over twelve elements of a function of input - target. */
function residualLoss(value: (residual: number) => number, slope: (residual: number) => number): Layer {
  return defineLayer({
    name: 'residualLoss',
    constants: ['target'],
    args: { input: [3, 4], target: { shape: [3, 4], integer: true, range: [-2, 2] } },
    forward: ({ input, target: t }) => ({
      loss: scalar(input.data.reduce((sum, x, at) => sum + value(x - t.data[at]), 0) / 12),
    }),
    vjp: ({ input, target: t }, { loss }) => ({
      input: mapTensor(input, (x, at) => (loss.data[0] * slope(x - t.data[at])) / 12),
    }),
  });
}

/** A squared error over the samples of which `keep` is 1, their mean where that is asked for. */
function masked(term: (x: number, t: number, keep: number) => number, mean = false): Layer {
  return defineLayer({
    name: 'maskedSquaredError',
    constants: ['target', 'keep'],
    args: { input: shape, target, keep: { shape: [3], integer: true, values: [1, 0, 1] } },
    forward: ({ input, target: t, keep }) => ({
      loss: scalar(
        input.data.reduce((sum, x, at) => sum + keep.data[at >> 1] * (x - t.data[at]) ** 2, 0) / (mean ? 2 : 1),
      ),
    }),
    vjp: ({ input, target: t, keep }, { loss }) => ({
      input: mapTensor(input, (x, at) => loss.data[0] * term(x, t.data[at], keep.data[at >> 1])),
    }),
  });
}

function softmaxOf(row: ArrayLike<number>): Float64Array {
  const top = Math.max(...Array.from(row));
  const powers = Float64Array.from(row, x => Math.exp(x - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map(power => power / sum);
}

/** Softmax (or its logarithm) of temperature 3 over the last axis of [3, 3], whose backward works row by row, or on `whole`. */
function softmax(
  backward: (dy: Float64Array, p: Float64Array) => Float64Array,
  logarithm = false,
  whole?: (dy: Float64Array, p: Float64Array) => Float64Array,
): Layer {
  const rowsOf = ({ data }: Tensors[string]) => [0, 3, 6].map(at => Float64Array.from(data.subarray(at, at + 3)));
  const joined = (rows: readonly Float64Array[]) =>
    tensor(
      [3, 3],
      rows.flatMap(row => Array.from(row)),
    );
  return defineLayer({
    name: logarithm ? 'logSoftmax' : 'softmax',
    args: { input: [3, 3] },
    forward: ({ input }) => ({
      output: joined(rowsOf(input).map(row => softmaxOf(row.map(x => x / 3)).map(p => (logarithm ? Math.log(p) : p)))),
    }),
    vjp: ({ input }, { output }) => {
      const p = rowsOf(input).map(row => softmaxOf(row.map(x => x / 3)));
      if (whole)
        return {
          input: tensor(
            [3, 3],
            whole(Float64Array.from(output.data), Float64Array.from(joined(p).data)).map(dx => dx / 3),
          ),
        };
      return { input: joined(rowsOf(output).map((dy, n) => backward(dy, p[n]).map(dx => dx / 3))) };
    },
  });
}
