import { type Config, defineLayer, type Layer, type Tensors, tensor } from '../../src/index.ts';
import { mapTensor } from '../../src/tensor.ts';
import { elementwise, type Fault } from './fault.ts';

const failing = { verdict: 'fail', check: 'gradient', argument: 'input' } as const;

/** Whole numbers from 0 to `most`, without a gradient. */
const indices = (size: number, most: number) => ({ shape: [size], integer: true, range: [0, most] as const });

/** Rows of a table of two columns; `gradients` makes the table's gradient from the indices and upstream. */
function lookUp(
  rows: number,
  row: (table: Tensors[string], index: number, column: number) => number,
  scatter: (gradient: Tensors[string], at: number, dy: number) => void,
): Layer {
  return defineLayer({
    name: 'lookUp',
    args: { weight: [rows, 2], index: indices(4, rows - 1) },
    forward: ({ weight, index }) => ({
      output: tensor(
        [4, 2],
        Array.from({ length: 8 }, (_, at) => row(weight, index.data[at >> 1], at & 1)),
      ),
    }),
    vjp: ({ weight, index }, { output }) => {
      const gradient = tensor(weight.shape);
      for (const [at, dy] of output.data.entries()) scatter(gradient, 2 * index.data[at >> 1] + (at & 1), dy);
      return { weight: gradient };
    },
  });
}

/** A layer of one tensor whose backward looks at the input of the last forward, whichever call it was. */
function remembering(forward: (x: number) => number, derivative: (x: number) => number, arg: Config): Layer {
  let last = new Float64Array();
  return defineLayer({
    name: 'remembering',
    args: { input: arg },
    forward: ({ input }) => {
      last = input.data.slice();
      return { output: mapTensor(input, forward) };
    },
    vjp: (_args, { output }) => ({ input: mapTensor(output, (dy, i) => dy * derivative(last[i])) }),
  });
}

function product(values: Float64Array): number {
  return values.reduce((all, x) => all * x, 1);
}

/** Faults that hide at zero, in ties, beyond a threshold, in a calling order, or in the last digits. */
export const adversary: readonly Fault[] = [
  {
    name: 'a product is divided by its factor, and by nothing where that is 0',
    layer: defineLayer({
      name: 'product',
      args: { input: [3, 4] },
      forward: ({ input }) => ({
        output: tensor(
          [3],
          [0, 1, 2].map(n => product(input.data.slice(4 * n, 4 * n + 4))),
        ),
      }),
      vjp: ({ input }, { output: dy }, _config, { output: y }) => ({
        input: mapTensor(input, (x, i) => (x === 0 ? 0 : (dy.data[i >> 2] * y.data[i >> 2]) / x)),
      }),
    }),
    expected: { ...failing, code: 'mismatch', causes: ['zero', 'wrong-branch'] },
  },
  {
    name: 'the mask of a dropout is inferred from what it let through',
    layer: defineLayer({
      name: 'dropout',
      args: { input: [6], mask: indices(6, 1) },
      forward: ({ input, mask }) => ({ output: mapTensor(input, (x, i) => 2 * x * mask.data[i]) }),
      vjp: (_args, { output: dy }, _config, { output: y }) => ({
        input: mapTensor(dy, (value, i) => (y.data[i] === 0 ? 0 : 2 * value)),
      }),
    }),
    expected: { ...failing, code: 'mismatch', causes: ['zero', 'wrong-branch'] },
  },
  {
    name: 'the slope of sin is 0 at 0',
    layer: elementwise('sin', Math.sin, x => (x === 0 ? 0 : Math.cos(x)), { args: { input: [6] } }),
    expected: { ...failing, code: 'mismatch', causes: ['zero', 'wrong-branch', 'another-derivative'] },
  },
  {
    name: 'a running product is divided by its factor, and by nothing where that is 0',
    layer: defineLayer({
      name: 'runningProduct',
      args: { input: [5] },
      forward: ({ input }) => ({ output: mapTensor(input, (_x, i) => product(input.data.slice(0, i + 1))) }),
      vjp: ({ input }, { output: dy }, _config, { output: y }) => ({
        input: mapTensor(input, (x, i) => {
          let sum = 0;
          for (let j = i; j < 5; j++) sum += dy.data[j] * y.data[j];
          return x === 0 ? 0 : sum / x;
        }),
      }),
    }),
    expected: { ...failing, code: 'mismatch', causes: ['zero', 'wrong-branch'] },
  },
  {
    name: 'the upstream is rounded to float32',
    layer: elementwise('sin', Math.sin, Math.cos, {
      args: { input: [6] },
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, i) => Math.fround(dy) * Math.cos(input.data[i])),
      }),
    }),
    expected: { ...failing, code: 'precision-loss', causes: ['precision-loss'] },
  },
  {
    name: 'the gradient is rounded to float32 where it is the upstream',
    layer: elementwise(
      'relu',
      x => Math.max(x, 0),
      () => 0,
      {
        args: { input: [6] },
        vjp: ({ input }, { output }) => ({
          input: mapTensor(output, (dy, i) => (input.data[i] > 0 ? Math.fround(dy) : 0)),
        }),
      },
    ),
    expected: { ...failing, code: 'precision-loss', causes: ['precision-loss'] },
  },
  {
    name: 'backward of a relu sees the last forward, and the values are given',
    layer: remembering(
      x => Math.max(x, 0),
      x => (x > 0 ? 1 : 0),
      { shape: [4], values: [0.5, 1.5, -2, 3] },
    ),
    expected: { ...failing, check: 'contract', code: 'stale-forward', causes: ['stale-forward'] },
  },
  {
    name: 'backward of a wide clip sees the last forward',
    layer: remembering(
      x => Math.min(Math.max(x, -5), 5),
      x => (Math.abs(x) < 5 ? 1 : 0),
      { shape: [4] },
    ),
    expected: { ...failing, check: 'contract', code: 'stale-forward', causes: ['stale-forward'] },
  },
  {
    name: 'of the rows that are looked up twice one gradient is kept, among a hundred rows',
    layer: lookUp(
      100,
      (table, index, column) => table.data[2 * index + column],
      (gradient, at, dy) => {
        gradient.data[at] = dy;
      },
    ),
    expected: {
      verdict: 'fail',
      check: 'exact',
      argument: 'weight',
      code: 'mismatch',
      causes: ['overwritten-not-accumulated'],
    },
  },
  {
    name: 'the padding row, one of fifty, gets a gradient',
    layer: lookUp(
      50,
      (table, index, column) => (index === 0 ? 0 : table.data[2 * index + column]),
      (gradient, at, dy) => {
        gradient.data[at] += dy;
      },
    ),
    expected: { verdict: 'fail', check: 'exact', argument: 'weight', code: 'mismatch', causes: ['wrong-branch'] },
  },
  {
    name: 'both sides of an equal pair get the whole gradient of their maximum',
    layer: defineLayer({
      name: 'maximum',
      args: { left: [6], right: [6] },
      forward: ({ left, right }) => ({ output: mapTensor(left, (x, i) => Math.max(x, right.data[i])) }),
      vjp: ({ left, right }, { output }) => ({
        left: mapTensor(output, (dy, i) => (left.data[i] >= right.data[i] ? dy : 0)),
        right: mapTensor(output, (dy, i) => (right.data[i] >= left.data[i] ? dy : 0)),
      }),
    }),
    expected: { ...failing, argument: ['left', 'right'], code: 'ties', causes: ['ties'] },
  },
  {
    name: 'neither side of an equal pair gets the gradient of their maximum',
    layer: defineLayer({
      name: 'maximum',
      args: { left: [6], right: [6] },
      forward: ({ left, right }) => ({ output: mapTensor(left, (x, i) => Math.max(x, right.data[i])) }),
      vjp: ({ left, right }, { output }) => ({
        left: mapTensor(output, (dy, i) => (left.data[i] > right.data[i] ? dy : 0)),
        right: mapTensor(output, (dy, i) => (right.data[i] > left.data[i] ? dy : 0)),
      }),
    }),
    expected: { ...failing, argument: ['left', 'right'], code: 'ties', causes: ['ties'] },
  },
  {
    name: 'softplus has no slope above its threshold of 20',
    layer: elementwise(
      'softplus',
      x => (x > 20 ? x : Math.log1p(Math.exp(x))),
      x => (x > 20 ? 0 : 1 / (1 + Math.exp(-x))),
    ),
    expected: { ...failing, code: 'mismatch', causes: ['zero', 'wrong-branch', 'another-derivative'] },
  },
  {
    name: 'a clip at 20 keeps its slope outside',
    layer: elementwise(
      'clip',
      x => Math.min(Math.max(x, -20), 20),
      () => 1,
      { args: { input: [6] } },
    ),
    expected: {
      ...failing,
      code: 'mismatch',
      causes: ['wrong-branch', 'missing-activation-derivative', 'another-derivative'],
    },
  },
  {
    name: 'two gradients are swapped where whole numbers of -1 to 1 show nothing',
    layer: elementwise(
      'deadZone',
      x => Math.max(x - 5, 0),
      () => 0,
      {
        args: { input: [6] },
        vjp: ({ input }, { output }) => {
          const right = output.data.map((dy, i) => (input.data[i] > 5 ? dy : 0));
          [right[3], right[4]] = [right[4], right[3]];
          return { input: { shape: [6], data: right } };
        },
      },
    ),
    expected: { ...failing, code: 'mismatch', causes: ['wrong-channel'] },
  },
];
