import { defineLayer, type Layer } from '../../src/layer.ts';
import { type Tensor, tensor } from '../../src/tensor.ts';

type Data = Float64Array;

/** A right layer from a function of one vector and its vector-Jacobian product. */
function right(
  name: string,
  size: number,
  forward: (x: Data) => ArrayLike<number>,
  vjp: (x: Data, u: Data, y: Data) => ArrayLike<number>,
  range?: [number, number],
): Layer {
  return defineLayer({
    name,
    args: { x: { shape: [size], ...(range && { range }) } },
    forward: ({ x }) => ({ y: vector(forward(numbers(x))) }),
    vjp: ({ x }, upstream, _config, { y }) => ({
      x: vector(vjp(numbers(x), numbers(upstream.y), numbers(y))),
    }),
  });
}

function vector(values: ArrayLike<number>): Tensor {
  return tensor([values.length], values);
}

function numbers({ data }: Tensor): Data {
  return data as Float64Array;
}

function each(
  name: string,
  size: number,
  f: (x: number) => number,
  slope: (x: number) => number,
  range?: [number, number],
): Layer {
  return right(
    name,
    size,
    x => x.map(f),
    (x, u) => u.map((value, i) => value * slope(x[i])),
    range,
  );
}

function mean(values: Data): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function layerNorm(size: number, epsilon: number): Layer {
  const parts = (x: Data) => {
    const m = mean(x);
    const centred = x.map(value => value - m);
    const scale = 1 / Math.sqrt(mean(centred.map(value => value * value)) + epsilon);
    return { normal: centred.map(value => value * scale), scale };
  };
  return right(
    `layer norm of ${size}, epsilon ${epsilon}`,
    size,
    x => parts(x).normal,
    (x, u) => {
      const { normal, scale } = parts(x);
      const along = mean(u.map((value, i) => value * normal[i]));
      const level = mean(u);
      return u.map((value, i) => scale * (value - level - normal[i] * along));
    },
  );
}

function softmaxOf(x: Data): Data {
  const top = Math.max(...x);
  const weights = x.map(value => Math.exp(value - top));
  const sum = weights.reduce((total, value) => total + value, 0);
  return weights.map(value => value / sum);
}

function softmax(size: number): Layer {
  return right(`softmax of ${size}`, size, softmaxOf, (_x, u, p) => {
    let along = 0;
    for (let i = 0; i < p.length; i++) along += p[i] * u[i];
    return p.map((value, i) => value * (u[i] - along));
  });
}

function logSumExp(size: number): Layer {
  return right(
    `log-sum-exp of ${size}`,
    size,
    x => {
      const top = Math.max(...x);
      return [top + Math.log(x.reduce((sum, value) => sum + Math.exp(value - top), 0))];
    },
    (x, u) => softmaxOf(x).map(value => value * u[0]),
  );
}

function product(size: number): Layer {
  return right(
    `product of ${size}`,
    size,
    x => [x.reduce((result, value) => result * value, 1)],
    (x, u) => x.map((_, i) => u[0] * x.reduce((result, value, j) => (j === i ? result : result * value), 1)),
  );
}

const gaussian = (x: number) => Math.exp(-8 * x * x);
const logistic = (x: number) => 1 / (1 + Math.exp(-x));

/** Right layers whose derivatives are hard to difference, beside the built-in ones. */
export const zoo: readonly Layer[] = [
  each('tanh of 1', 1, Math.tanh, x => 1 / Math.cosh(x) ** 2),
  each('exp', 5, Math.exp, Math.exp),
  each(
    'sin 50x',
    5,
    x => Math.sin(50 * x),
    x => 50 * Math.cos(50 * x),
  ),
  each(
    '1/x',
    4,
    x => 1 / x,
    x => -1 / (x * x),
  ),
  each('log', 4, Math.log, x => 1 / x, [0.05, 20]),
  each('sqrt of 1', 1, Math.sqrt, x => 0.5 / Math.sqrt(x), [0.05, 20]),
  each(
    'square',
    6,
    x => x * x,
    x => 2 * x,
  ),
  each(
    'cube of 1',
    1,
    x => x * x * x,
    x => 3 * x * x,
  ),
  each('gaussian', 2, gaussian, x => -16 * x * gaussian(x)),
  each(
    '1/(1 + 25 x^2)',
    3,
    x => 1 / (1 + 25 * x * x),
    x => (-50 * x) / (1 + 25 * x * x) ** 2,
  ),
  each(
    'x sigmoid(x)',
    4,
    x => x * logistic(x),
    x => logistic(x) * (1 + x * logistic(-x)),
  ),
  each(
    'atan 100x',
    3,
    x => Math.atan(100 * x),
    x => 100 / (1 + 1e4 * x * x),
  ),
  each(
    'x + 2^-20 sin 1000x',
    3,
    x => x + 2 ** -20 * Math.sin(1000 * x),
    x => 1 + 1000 * 2 ** -20 * Math.cos(1000 * x),
  ),
  layerNorm(3, 1e-5),
  layerNorm(8, 1e-5),
  layerNorm(50, 1e-5),
  layerNorm(4, 0),
  softmax(2),
  softmax(5),
  logSumExp(4),
  product(3),
  product(8),
];

/** Right layers with kinks or jumps. */
export const kinked: readonly Layer[] = [
  each('abs', 7, Math.abs, Math.sign),
  each(
    'relu of 1000',
    1000,
    x => Math.max(x, 0),
    x => (x > 0 ? 1 : 0),
  ),
  each(
    'relu cubed',
    20,
    x => Math.max(x, 0) ** 3,
    x => 3 * Math.max(x, 0) ** 2,
  ),
  each(
    'relu squared',
    20,
    x => Math.max(x, 0) ** 2,
    x => 2 * Math.max(x, 0),
  ),
  each(
    '|x|^1.5',
    5,
    x => Math.abs(x) ** 1.5,
    x => 1.5 * Math.sign(x) * Math.sqrt(Math.abs(x)),
  ),
  each(
    'hard shrink',
    12,
    x => (Math.abs(x) > 0.5 ? x : 0),
    x => (Math.abs(x) > 0.5 ? 1 : 0),
  ),
  each('floor', 6, Math.floor, () => 0),
  each(
    'leaky relu, shifted',
    30,
    x => Math.max(x - 0.3, 0.1 * (x - 0.3)),
    x => (x > 0.3 ? 1 : 0.1),
  ),
  each(
    'huber',
    9,
    x => (Math.abs(x) <= 1 ? (x * x) / 2 : Math.abs(x) - 0.5),
    x => Math.max(-1, Math.min(1, x)),
  ),
  right(
    'sorted',
    6,
    x => x.toSorted(),
    (x, u) => {
      const order = Array.from(x, (_, i) => i).toSorted((a, b) => x[a] - x[b]);
      const gradient = new Float64Array(x.length);
      for (const [rank, i] of order.entries()) gradient[i] = u[rank];
      return gradient;
    },
  ),
];
