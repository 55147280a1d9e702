/** Layers that end badly, beside one that is right and one that is wrong. */
import process from 'node:process';
import { defineLayer, type Layer, type Tensor, tensor } from 'gradcheck';

const times = (factor: number, { shape, data }: Tensor) =>
  tensor(
    shape,
    Float64Array.from(data, value => factor * value),
  );

const doubled = (name: string, before: () => void, slope = 2): Layer =>
  defineLayer({
    name,
    args: { x: [3] },
    forward: ({ x }): { y: Tensor } => {
      before();
      return { y: times(2, x) };
    },
    vjp: (_args, { y }) => ({ x: times(slope, y) }),
  });

export const hangs = doubled('hangs', () => {
  for (;;);
});

export const eats = doubled('eats', () => {
  const all: number[][] = [];
  for (;;) all.push(Array.from({ length: 1e6 }, Math.random));
});

export const exits = doubled('exits', () => process.exit(0));

export const strays = doubled('strays', () => {
  setTimeout(() => {
    throw new Error('nobody waited');
  }, 0);
});

export const right = doubled('right', () => undefined);

export const wrong = doubled('wrong', () => undefined, 1);
