// @ts-expect-error It has no types.
import convnetjs from 'convnetjs';
import { describe, expect, test } from 'vitest';
// @ts-expect-error It is JavaScript, as its library is.
import convnetExamples from '../examples/adapters/convnetjs.js';
// @ts-expect-error It is JavaScript.
import jaxExample from '../examples/adapters/jax.js';
import { valley } from '../examples/adapters/loss.ts';
import { scale } from '../examples/adapters/mutable.ts';
import { dense } from '../examples/adapters/pair.ts';
import { neuron, Value } from '../examples/adapters/tape.ts';
import { fromConvnetjs } from '../src/adapters/convnetjs.ts';
import { fromJax } from '../src/adapters/jax.ts';
import { fromLoss } from '../src/adapters/loss.ts';
import { fromMutable } from '../src/adapters/mutable.ts';
import { fromPair } from '../src/adapters/pair.ts';
import { fromTape } from '../src/adapters/tape.ts';
import { check } from '../src/run.ts';
import type { Layer } from '../src/layer.ts';

/** The verdict, and the arguments that are blamed. */
async function said(layer: Layer): Promise<string> {
  const { verdict, findings } = await check(layer);
  const blamed = findings.filter(one => one.verdict !== 'pass').map(({ argument, code }) => argument ?? code);
  return [verdict, ...new Set(blamed)].join(' ');
}

test.each([dense, valley, neuron, scale, ...convnetExamples, jaxExample])(
  'the example of $name passes',
  async layer => {
    expect(await said(layer)).toBe('pass');
  },
);

describe('a pair of functions', () => {
  const square = (x: number[]) => x.map(value => value * value);

  test('of one argument returns its gradient alone, or in an array, or by name', async () => {
    const right = (x: number[], dy: number[]) => dy.map((u, i) => 2 * x[i] * u);
    const args = { x: [4] };
    expect(await said(fromPair(square, right, { args }))).toBe('pass');
    expect(await said(fromPair(square, (x: number[], dy: number[]) => ({ x: right(x, dy) }), { args }))).toBe('pass');
    const wrong = (x: number[], dy: number[]) => dy.map((u, i) => x[i] * u);
    expect(await said(fromPair(square, wrong, { args }))).toBe('fail x');
  });

  test('may hand a cache from one to the other', async () => {
    const layer = (power: number) =>
      fromPair(
        (x: number[]) => ({ y: square(x), cache: { slopes: x.map(value => power * value) } }),
        (dy: number[], { slopes }: { slopes: number[] }) => dy.map((u, i) => slopes[i] * u),
        { args: { x: [4] } },
      );
    expect(await said(layer(2))).toBe('pass');
    expect(await said(layer(3))).toBe('fail x');
  });

  test('may have several outputs, constants, and what is missing is missing', async () => {
    const forward = (x: number[], k: number[]) => [x.map((value, i) => value * k[i]), x.map(value => -value)];
    const options = { args: { x: [3], k: { shape: [3], differentiable: false } }, outputs: ['scaled', 'negative'] };
    const backward = (_x: number[], k: number[], da: number[], db: number[]) => [da.map((u, i) => u * k[i] - db[i])];
    expect(await said(fromPair(forward, backward, options))).toBe('pass');
    const product = (a: number[], b: number[]) => a.map((value, i) => value * b[i]);
    const half = (_a: number[], b: number[], dy: number[]) => ({ a: product(b, dy), b: undefined });
    expect(await said(fromPair(product, half, { args: { a: [3], b: [3] } }))).toBe('error b');
  });

  test('that returns no numbers is told so', async () => {
    const { findings } = await check(
      fromPair(
        () => 'none',
        () => [],
        { name: 'odd', args: { x: [2] } },
      ),
    );
    expect(findings[0].reason).toMatch(/the output of odd should be numbers \(an array, nested arrays, .*\), not/);
    const short = await check(
      fromPair(
        (x: number[], y: number[]) => x.map((value, i) => value + y[i]),
        (_x: number[], _y: number[], dy: number[]) => dy,
        { name: 'short', args: { x: [3], y: [3] } },
      ),
    );
    expect(short.findings[0].reason).toMatch(/should be the gradients of x, y, in an array in this order or by name/);
  });
});

describe('a loss', () => {
  const value = (x: number[], y: number[]) => x.reduce((sum, one, i) => sum + one * one * y[i], 0);
  const args = { x: [3], y: [3] };

  test('gives value and gradient at once, as a pair, or by two functions', async () => {
    const grad = (x: number[], y: number[]) => [x.map((one, i) => 2 * one * y[i]), x.map(one => one * one)];
    const asPair = (x: number[], y: number[]) => [value(x, y), grad(x, y)];
    expect(await said(fromLoss(asPair, { args }))).toBe('pass');
    expect(await said(fromLoss(value, { args }, grad))).toBe('pass');
    const wrong = (x: number[], y: number[]) => ({ x: x.map((one, i) => 2 * one * y[i]), y: x });
    expect(await said(fromLoss(value, { args }, wrong))).toBe('fail y');
  });

  test('that is no number is told so', async () => {
    const { findings } = await check(fromLoss(() => 'much', { name: 'odd', args }));
    expect(findings[0].reason).toMatch(/odd should return \{ value, grad \} or a number, not "much"/);
  });
});

describe('a tape', () => {
  test('is asked for no gradient of whole numbers', async () => {
    const picked = fromTape((x: Value[], at: Value) => x[at.data].mul(2), {
      name: 'picked',
      args: { x: [3], at: { shape: [], integer: true, range: [0, 2] } },
      leaf: (number: number) => new Value(number),
    });
    const { verdict, findings } = await check(picked);
    expect(verdict).toBe('pass');
    expect(findings.flatMap(({ argument }) => argument ?? [])).not.toContain('at');
  });

  /** Numbers with squares, whose gradients are added up, or written over each other. */
  class Node {
    grad = 0;
    readonly data: number;
    readonly back: (above: number) => void;
    constructor(data: number, back: (above: number) => void = () => undefined) {
      this.data = data;
      this.back = back;
    }
  }
  const engine = (adds: boolean) => {
    const give = (node: Node, slope: number) => {
      node.grad = (adds ? node.grad : 0) + slope;
      node.back(slope);
    };
    const times = (a: Node, b: Node) =>
      new Node(a.data * b.data, u => {
        give(a, u * b.data);
        give(b, u * a.data);
      });
    return {
      times,
      backward: (ys: readonly Node[], us: readonly unknown[]) => ys.forEach((y, i) => give(y, us[i] as number)),
    };
  };

  test.each([
    ['adds', true, 'pass'],
    ['assigns', false, 'fail x'],
  ] as const)('that %s where a node is used twice: %s, %s', async (_what, adds, verdict) => {
    const { times, backward } = engine(adds);
    const options = { name: 'squares', args: { x: [3] }, leaf: (number: number) => new Node(number), backward };
    expect(await said(fromTape((x: Node[]) => x.map(node => times(node, node)), options))).toBe(verdict);
  });

  test('may hold whole tensors', async () => {
    interface Whole {
      readonly numbers: number[];
      slope?: number[];
    }
    const layer = (factor: number) =>
      fromTape<Whole>(
        (x: Whole) => {
          const y = { numbers: x.numbers.map(value => value ** 2), from: x };
          return y;
        },
        {
          name: 'tensors',
          args: { x: [3] },
          holds: 'tensors',
          leaf: (numbers: number[]) => ({ numbers }),
          value: ({ numbers }) => numbers,
          gradient: ({ slope }) => slope,
          backward([y], [u]) {
            const { from } = y as unknown as { from: Whole };
            from.slope = from.numbers.map((value, i) => factor * value * (u as number[])[i]);
          },
        },
      );
    expect(await said(layer(2))).toBe('pass');
    expect(await said(layer(1))).toBe('fail x');
  });
});

test('a mutable layer whose gradients are not cleared accumulates', async () => {
  const x = new Float64Array(3);
  const dx = new Float64Array(3);
  const layer = (clears: boolean) =>
    fromMutable({
      name: 'twice',
      args: { x: [3] },
      load: args => x.set(args['x']),
      forward: () => x.map(value => 2 * value),
      ...(clears && { zeroGradients: () => void dx.fill(0) }),
      backward(dy) {
        for (const i of dx.keys()) dx[i] += 2 * dy[i];
      },
      gradients: () => ({ x: dx }),
    });
  expect(await said(layer(true))).toBe('pass');
  expect(await said(layer(false))).toBe('fail x');
});

describe('convnetjs', () => {
  test('has its parameters row by row, and wrong gradients are found in them', async () => {
    const create = () => {
      const whole = new convnetjs.FullyConnLayer({ num_neurons: 2, in_sx: 2, in_sy: 2, in_depth: 1 });
      const backward = whole.backward.bind(whole);
      whole.backward = () => {
        backward();
        whole.biases.dw.fill(0);
      };
      return whole;
    };
    const layer = fromConvnetjs(convnetjs, create, { name: 'fc', input: [2, 2, 1] });
    expect(await said(layer)).toBe('fail params2');
  });

  test('takes what makes a layer', () => {
    expect(() => fromConvnetjs(convnetjs, () => ({}), { input: [1, 1, 1] })).toThrow(
      /takes a function that makes a layer/,
    );
  });
});

test('a function of jax-js may have several outputs, integers, and a gradient of its own that is wrong', async () => {
  const jax = await import('@jax-js/jax');
  const { numpy: np } = jax;
  type A = InstanceType<typeof jax.Array>;
  const several = fromJax(jax, (x: A, k: A) => [np.multiply(x.ref, k.astype(jax.DType.Float64)), np.sin(x)], {
    name: 'several',
    args: { x: [2, 2], k: { shape: [2, 2], integer: true } },
  });
  expect(await said(several)).toBe('pass');
  const constant = fromJax(jax, (x: A) => np.multiply(x.ref, jax.lax.stopGradient(x)), {
    name: 'half',
    args: { x: [3] },
  });
  expect(await said(constant)).toBe('fail x');
});
