import {
  type CaseSpec,
  cosineSimilarity,
  glu,
  type Layer,
  logSoftmax,
  logSumExp,
  max,
  mean,
  softmax,
  softmin,
  type Tensor,
} from '../../src/index.ts';
import { axisOf, lanesOf } from '../../src/kernels/axis.ts';
import { logistic, logisticSlope } from '../../src/kernels/logistic.ts';
import { reductionOf } from '../../src/kernels/reduction.ts';
import type { LogSumExpConfig } from '../../src/layers/logSumExp.ts';
import { type Data, mapTensor, sizeOf, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, wrong } from './fault.ts';

/** A layer of one input whose gradient is what `gradient` makes of input, upstream, output and config. */
function backward<C>(
  layer: Layer<C>,
  cases: readonly CaseSpec<C>[],
  gradient: (x: Tensor, dy: Tensor, y: Tensor, config: C) => Tensor,
): Layer<C> {
  return wrong(layer, {
    cases,
    vjp: ({ input }, upstream, config, { output }) => ({ input: gradient(input, upstream.output, output, config) }),
  });
}

const alongLast: CaseSpec = { config: { axis: -1 }, args: { input: [3, 4] } };
const alongFirst: CaseSpec = { config: { axis: -3 }, args: { input: [3, 2, 4] } };
const overOne: CaseSpec = { config: { axis: 1, axes: 1 }, args: { input: [3, 4] } };
const overTwo: CaseSpec = { config: { axis: [0, -1], axes: [0, -1], keepdims: true }, args: { input: [2, 3, 2] } };

const tied: CaseSpec = { config: { axis: 1 }, args: { input: { shape: [2, 3], values: [1, 2, 2, 0, -1, 0] } } };

/** The sums of `values` along an axis, each at every element that went into it. */
function sumsAlong(values: Tensor, axis: number): Data {
  const sums = zerosLike(values);
  for (const { start, step, length } of lanesOf(values.shape, axis)) {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += values.data[start + i * step];
    for (let i = 0; i < length; i++) sums.data[start + i * step] = sum;
  }
  return sums.data;
}

const product = (a: Tensor, b: Tensor) => mapTensor(a, (value, i) => value * b.data[i]);

/** The axis of a config that gives one. */
const along = (axis: number | null | undefined, { shape }: Tensor) => axisOf('fault', axis ?? 0, shape);

/** dx = y (dy - mean) of softmax, with some other mean. */
function softmaxWith(mean: (products: Tensor, axis: number) => Data) {
  return backward(softmax, [alongLast, alongFirst], (x, dy, y, { axis }) => {
    const means = mean(product(y, dy), along(axis, x));
    return mapTensor(y, (probability, i) => probability * (dy.data[i] - means[i]));
  });
}

/** dx = dy - p * sum of dy of log-softmax, with other probabilities or another sum. */
function logSoftmaxWith(share: (probability: number, sum: number, y: number) => number, axisFor = along) {
  return backward(logSoftmax, [alongLast, alongFirst], (x, dy, y, { axis }) => {
    const sums = sumsAlong(dy, axisFor(axis, x));
    return mapTensor(dy, (each, i) => each - share(Math.exp(y.data[i]), sums[i], y.data[i]));
  });
}

/** The gradient of a reduction: what `give` makes of the upstream of the element that x goes into. */
function spread(x: Tensor, axes: LogSumExpConfig['axis'], give: (into: number, at: number) => number): Tensor {
  const { into } = reductionOf('fault', x.shape, axes);
  return mapTensor(x, (_, at) => give(into[at], at));
}

const fail = { verdict: 'fail', check: 'gradient', argument: 'input' } as const;
/** Where the layer is linear, or so saturated that it is to the last bit. */
const exact = { ...fail, check: 'exact' } as const;

/** Softmax and its relatives, and reductions over axes, that are wrong. */
export const reductions: readonly Fault[] = [
  {
    name: 'the Jacobian of softmax is taken for its diagonal',
    layer: backward(softmax, [alongLast, alongFirst], (_x, dy, y) => mapTensor(y, (p, i) => dy.data[i] * p * (1 - p))),
    expected: { ...fail, causes: ['diagonal-only'] },
  },
  {
    name: 'the gradient of softmax is zero, as it is from a sum',
    layer: backward(softmax, [alongLast, alongFirst], x => zerosLike(x)),
    expected: { ...fail, causes: ['zero'] },
  },
  {
    name: 'backward of softmax goes along the last axis whatever the axis',
    layer: softmaxWith((products, _axis) => sumsAlong(products, products.shape.length - 1)),
    expected: { ...fail, causes: ['missing-mean-term', 'wrongly-reduced'] },
  },
  {
    name: 'backward of softmax sums over the whole batch, not over each sample',
    layer: softmaxWith(products => {
      const sum = products.data.reduce((total, each) => total + each, 0);
      return products.data.map(() => sum);
    }),
    expected: { ...fail, causes: ['missing-mean-term', 'wrongly-reduced'] },
  },
  {
    name: 'softmax overflows: nothing is subtracted before exp',
    layer: wrong(softmax, {
      cases: [alongLast],
      examples: softmax.examples,
      forward: ({ input }, { axis }) => {
        const powers = mapTensor(input, Math.exp);
        const sums = sumsAlong(powers, along(axis, input));
        return { output: mapTensor(powers, (power, i) => power / sums[i]) };
      },
    }),
    expected: { verdict: 'fail', check: 'examples', argument: 'input', output: 'output', causes: ['non-finite'] },
  },
  {
    name: 'softmin has the gradient of softmax',
    layer: backward(softmin, [alongLast, alongFirst], (x, dy, y, { axis }) => {
      const means = sumsAlong(product(y, dy), along(axis, x));
      return mapTensor(y, (p, i) => p * (dy.data[i] - means[i]));
    }),
    expected: { ...fail, causes: ['sign-flipped'] },
  },
  {
    name: 'the mean over the others is missing in softmin',
    layer: backward(softmin, [alongLast, alongFirst], (_x, dy, y) => mapTensor(y, (p, i) => -p * dy.data[i])),
    expected: { ...fail, causes: ['missing-mean-term'] },
  },
  {
    name: 'the gradient of softmin is averaged over the samples',
    layer: backward(softmin, [alongLast, alongFirst], (x, dy, _y, config) => {
      const right = rightGradients(softmin, { input: x }, { output: dy }, config).input;
      const samples = lanesOf(x.shape, along(config.axis, x)).length;
      return mapTensor(right, each => each / samples);
    }),
    expected: { ...fail, causes: ['scaled'] },
  },
  {
    name: 'log-softmax adds the share of the sum instead of subtracting it',
    layer: logSoftmaxWith((p, sum) => -p * sum),
    expected: { ...exact, causes: ['missing-mean-term'] },
  },
  {
    name: 'log-softmax takes its output for a probability',
    layer: logSoftmaxWith((_p, sum, y) => y * sum),
    expected: { ...exact, causes: ['missing-mean-term'] },
  },
  {
    name: 'backward of log-softmax takes a negative axis for the last',
    layer: logSoftmaxWith(
      (p, sum) => p * sum,
      (axis, { shape }) => ((axis ?? 0) < 0 ? shape.length - 1 : (axis ?? 0)),
    ),
    expected: { ...exact, causes: ['missing-mean-term', 'wrongly-reduced'] },
  },
  {
    name: 'the upstream of log-sum-exp is ignored, as if it were the loss',
    layer: backward(logSumExp, [overOne, overTwo], (x, _dy, y, { axis }) =>
      spread(x, axis, (n, at) => Math.exp(x.data[at] - y.data[n])),
    ),
    expected: { ...fail, check: 'contract', causes: ['upstream-ignored'] },
  },
  {
    name: 'log-sum-exp gives all to the largest, as if it were the maximum',
    layer: backward(logSumExp, [overOne, overTwo], (x, dy, y, { axis }) => {
      const { into } = reductionOf('fault', x.shape, axis);
      const largest = y.data.map(() => -Infinity);
      for (const [at, n] of into.entries()) largest[n] = Math.max(largest[n], x.data[at]);
      return spread(x, axis, (n, at) => (x.data[at] === largest[n] ? dy.data[n] : 0));
    }),
    expected: { ...fail, causes: ['another-derivative'] },
  },
  {
    name: 'the shares of log-sum-exp are those in the whole tensor',
    layer: backward(logSumExp, [overOne, overTwo], (x, dy, _y, { axis }) => {
      const total = x.data.reduce((sum, each) => sum + Math.exp(each), 0);
      return spread(x, axis, (n, at) => (dy.data[n] * Math.exp(x.data[at])) / total);
    }),
    expected: { ...fail, causes: ['wrongly-reduced'] },
  },
  {
    name: 'the gradient of a mean is not divided',
    layer: backward(mean, [overOne, overTwo], (x, dy, _y, { axes }) => spread(x, axes, n => dy.data[n])),
    expected: { ...exact, wrong: { count: 12 }, causes: ['scaled'] },
  },
  {
    name: 'the gradient of a mean is divided by the number of all elements',
    layer: backward(mean, [overOne, overTwo], (x, dy, _y, { axes }) =>
      spread(x, axes, n => dy.data[n] / x.data.length),
    ),
    expected: { ...exact, causes: ['scaled'] },
  },
  {
    name: 'the upstream of a mean is stretched as if the reduced axes had been the first',
    layer: backward(mean, [overOne, overTwo], (x, dy) =>
      mapTensor(x, (_, at) => (dy.data[at % dy.data.length] * dy.data.length) / x.data.length),
    ),
    expected: { ...exact, causes: ['transposed', 'wrong-channel'] },
  },
  {
    name: 'every one of several equal maxima gets the whole gradient',
    layer: backward(max, [tied], (x, dy, y, { axis }) =>
      spread(x, axis, (n, at) => (x.data[at] === y.data[n] ? dy.data[n] : 0)),
    ),
    expected: { ...fail, causes: ['ties'] },
  },
  {
    name: 'the winner of the first lane is taken for that of all',
    layer: backward(max, [alongLast, alongFirst], (x, dy, y, { axis }) => {
      const dx = zerosLike(x);
      const lanes = typeof axis === 'number' ? lanesOf(x.shape, along(axis, x)) : lanesOf([x.data.length], 0);
      const [first] = lanes;
      const winner = Array.from({ length: first.length }, (_, i) => i).findIndex(
        i => x.data[first.start + i * first.step] === y.data[0],
      );
      for (const [n, { start, step }] of lanes.entries()) dx.data[start + winner * step] = dy.data[n];
      return dx;
    }),
    expected: { ...exact, causes: ['wrong-channel'] },
  },
  {
    name: 'the gradient of a maximum goes to the least',
    layer: backward(max, [alongLast, alongFirst], (x, dy, _y, config) => {
      const negative = mapTensor(x, each => -each);
      return rightGradients(max, { input: negative }, { output: dy }, config).input;
    }),
    expected: { ...exact, causes: ['argument-sign'] },
  },
  {
    name: 'the norms of a cosine are taken for constants',
    layer: cosineWith(() => 0),
    expected: { ...fail, argument: ['a', 'b'], causes: ['missing-variance-term'] },
  },
  {
    name: 'a cosine changes with a norm by itself over that norm, not over its square',
    layer: cosineWith((cosine, norm, epsilon) => (norm > epsilon ? cosine / norm : 0)),
    expected: { ...fail, argument: ['a', 'b'], causes: ['missing-variance-term'] },
  },
  {
    name: 'a norm below epsilon still varies in backward',
    layer: cosineWith((cosine, norm, epsilon) => cosine / Math.max(norm, epsilon) ** 2),
    expected: { ...fail, argument: ['a', 'b'], causes: ['missing-variance-term', 'wrong-branch'] },
  },
  {
    name: 'the gate of a gated linear unit is its first half, in backward',
    layer: gluWith((a, g) => [logistic(a), g * logisticSlope(a)]),
    expected: { ...fail, causes: ['wrong-channel'] },
  },
  {
    name: 'the value is missing in the gradient of the gate',
    layer: gluWith((_a, g) => [logistic(g), logisticSlope(g)]),
    expected: { ...fail, wrong: { count: 6 }, causes: ['argument-ignored'] },
  },
  {
    name: 'the slope of the gate is that of a sigmoid of a sigmoid',
    layer: gluWith((a, g) => [logistic(g), a * logisticSlope(logistic(g))]),
    expected: { ...fail, causes: ['derivative-at-output'] },
  },
];

/** Gated linear units with other slopes by value and gate. */
function gluWith(slopes: (a: number, g: number) => readonly [number, number]) {
  return backward(
    glu,
    [alongLast, { config: { axis: -2 }, args: { input: [2, 6, 3] } }],
    (x, dy, _y, { axis = -1 }) => {
      const dx = zerosLike(x);
      const size = sizeOf(x.shape.slice(along(axis, x))) / 2;
      for (let at = 0; at < dy.data.length; at++) {
        const value = at + Math.floor(at / size) * size;
        const [byValue, byGate] = slopes(x.data[value], x.data[value + size]);
        dx.data[value] = dy.data[at] * byValue;
        dx.data[value + size] = dy.data[at] * byGate;
      }
      return dx;
    },
  );
}

/** Cosines of rows, with another share of a in its own gradient than y / max(|a|, epsilon)^2, 0 below epsilon. */
function cosineWith(share: (cosine: number, norm: number, epsilon: number) => number) {
  const setting = (epsilon: number) => ({ config: { axis: 1, epsilon }, args: { a: [4, 3], b: [4, 3] } });
  return wrong(cosineSimilarity, {
    cases: [setting(1e-8), setting(2)],
    vjp: ({ a, b }, upstream, { epsilon = 1e-8 }, { output: y }) => {
      const [squaresOfA, squaresOfB] = [sumsAlong(product(a, a), 1), sumsAlong(product(b, b), 1)];
      const gradient = (own: Tensor, squares: Data, other: Tensor, othersSquares: Data) =>
        mapTensor(own, (x, i) => {
          const n = Math.floor(i / 3);
          const norm = Math.sqrt(squares[i]);
          const product = Math.max(norm, epsilon) * Math.max(Math.sqrt(othersSquares[i]), epsilon);
          return upstream.output.data[n] * (other.data[i] / product - share(y.data[n], norm, epsilon) * x);
        });
      return { a: gradient(a, squaresOfA, b, squaresOfB), b: gradient(b, squaresOfB, a, squaresOfA) };
    },
  });
}
