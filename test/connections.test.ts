import { describe, expect, test } from 'vitest';
import { check, defineLayer, type Tensors, tensor } from '../src/index.ts';

type Product = (u: ArrayLike<number>, w: ArrayLike<number>, x: ArrayLike<number>) => number[];

/** y = W x with W [6, 3], whose gradient by x is another. */
function product(dx: Product) {
  return defineLayer({
    name: 'product',
    args: { x: [3], w: [6, 3] },
    forward: ({ x, w }) => ({
      y: tensor(
        [6],
        Array.from({ length: 6 }, (_, m) => [0, 1, 2].reduce((sum, i) => sum + w.data[3 * m + i] * x.data[i], 0)),
      ),
    }),
    vjp: ({ x, w }: Tensors, { y }: Tensors) => ({
      x: tensor([3], dx(y.data, w.data, x.data)),
      w: tensor(
        [6, 3],
        Array.from(w.data, (_, k) => y.data[Math.floor(k / 3)] * x.data[k % 3]),
      ),
    }),
  });
}

const summed =
  (rows: readonly number[], from: (m: number, i: number) => number): Product =>
  (u, w) =>
    [0, 1, 2].map(i => rows.reduce((sum, m) => sum + u[m] * w[from(m, i)], 0));

async function causesOf(dx: Product): Promise<readonly string[]> {
  const { findings } = await check(product(dx));
  return (
    findings
      .find(({ verdict, argument }) => verdict === 'fail' && argument === 'x')
      ?.diagnoses.map(({ cause }) => cause) ?? []
  );
}

describe('how the Jacobian of the backward differs from that of the forward', () => {
  const all = [0, 1, 2, 3, 4, 5];

  test('is told where a tile of outputs is assigned over the one before', async () => {
    expect((await causesOf(summed([4, 5], (m, i) => 3 * m + i)))[0]).toBe('overwritten-not-accumulated');
  });

  test('is told where numbers of another argument are those of other elements', async () => {
    expect((await causesOf(summed(all, (m, i) => 3 * ((5 * m + 1) % 6) + i)))[0]).toBe('wrong-channel');
  });

  test('is said to be likely, and never alone', async () => {
    const { findings } = await check(product(summed([4, 5], (m, i) => 3 * m + (i ? i : m % 3))));
    const { diagnoses = [] } = findings.find(({ verdict }) => verdict === 'fail') ?? {};
    const said = diagnoses.filter(({ cause }) => cause !== 'unknown');
    expect(diagnoses.length).toBeGreaterThan(0);
    expect(said.length === 1 && said[0].likely).not.toBe(true);
  });

  test('is nothing where nothing is wrong', async () => {
    expect(await causesOf(summed(all, (m, i) => 3 * m + i))).toEqual([]);
  });
});

test('of wrong elements that are too many to follow some are named, and explained', async () => {
  const shape = [120, 120];
  const layer = defineLayer({
    name: 'square',
    args: { x: shape },
    forward: ({ x }) => ({
      y: tensor(
        shape,
        Array.from(x.data, value => value * value),
      ),
    }),
    vjp: ({ x }, { y }) => ({
      x: tensor(
        shape,
        Array.from(x.data, (value, i) => (i % 331 === 3 ? 1 : 2) * value * y.data[i]),
      ),
    }),
  });
  const { findings } = await check(layer, { checks: ['gradient'] });
  const found = findings.find(({ verdict }) => verdict === 'fail');
  expect(found?.wrong).toMatchObject({ count: 44, estimated: true });
  expect(found?.wrong?.elements.map(({ index: [row, column] }) => (120 * row + column) % 331)).toEqual(
    Array(8).fill(3),
  );
  expect(found?.diagnoses[0]).toMatchObject({ cause: 'scaled' });
});

test('a gradient with the momentum of earlier calls in it accumulates, and is not a matter of chance', async () => {
  const velocity = new Float64Array(3);
  const layer = defineLayer({
    name: 'momentum',
    args: { x: [3] },
    forward: ({ x }) => ({
      y: tensor(
        [3],
        Array.from(x.data, value => 2 * value),
      ),
    }),
    vjp: (_args, { y }) => {
      for (const i of velocity.keys()) velocity[i] = 0.9 * velocity[i] + 2 * y.data[i];
      return { x: tensor([3], [...velocity]) };
    },
  });
  const { findings } = await check(layer);
  expect(findings.find(({ verdict }) => verdict === 'fail')?.code).toBe('accumulates-across-calls');
});
