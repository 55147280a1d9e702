import { avgPool1d, type CaseSpec, defineLayer, tensor } from '../../../src/index.ts';
import { mapTensor, type Tensor, zerosLike } from '../../../src/tensor.ts';
import { all, type FurtherFault, spoilt, where } from './fault.ts';

/** Pooling and resampling layers that are wrong. */
export const poolingFaults: readonly FurtherFault[] = [
  {
    name: 'a mean over 3 x 3 blocks is divided by 3 in backward',
    layer: defineLayer({
      name: 'blockMean',
      args: { input: [2, 3, 6, 9] },
      axes: { input: ['batch', 'channel', 'row', 'column'] },
      forward({ input }) {
        const output = tensor([2, 3, 2, 3]);
        blocks((x, y) => {
          output.data[y] += input.data[x] / 9;
        });
        return { output };
      },
      vjp({ input }, { output }) {
        const dx = zerosLike(input);
        blocks((x, y) => {
          dx.data[x] = output.data[y] / 3;
        });
        return { input: dx };
      },
    }),
    argument: 'input',
    causes: ['scaled'],
    factor: 3,
    wrong: all,
  },
  {
    name: 'the buffer of dx is made anew for every sample, so that the last one alone is left',
    layer: spoilt(avgPool1d, ({ input }) => ({ input: mapTensor(input, (value, i) => (i < 72 ? 0 : value)) }), [
      { config: { kernel: 2, stride: 2 }, args: { input: [4, 3, 8] } },
    ]),
    argument: 'input',
    causes: ['last-item-only', 'zero'],
    wrong: shape => where(shape, ([n]) => n < 3),
  },
  {
    name: 'what a stride leaves over gets the gradient of the last window',
    layer: defineLayer<{ size: number }>({
      name: 'sumPool',
      linear: ['signal'],
      cases: fc =>
        fc
          .record({
            batch: fc.integer({ min: 1, max: 3 }),
            size: fc.integer({ min: 2, max: 4 }),
            count: fc.integer({ min: 1, max: 4 }),
            rest: fc.nat(3),
          })
          .filter(({ size, rest }) => rest < size)
          .map(
            ({ batch, size, count, rest }): CaseSpec<{ size: number }> => ({
              config: { size },
              args: { signal: [batch, size * count + rest] },
            }),
          ),
      forward({ signal }, { size }) {
        const [batch, length] = signal.shape;
        const count = Math.floor(length / size);
        const output = tensor([batch, count]);
        for (let n = 0; n < batch; n++) {
          for (let t = 0; t < count * size; t++) {
            output.data[n * count + Math.floor(t / size)] += signal.data[n * length + t];
          }
        }
        return { output };
      },
      vjp({ signal }, { output }, { size }) {
        const [length, count] = [signal.shape[1], output.shape[1]];
        const window = (t: number) => Math.min(Math.floor(t / size), count - 1);
        return {
          signal: mapTensor(signal, (_, i) => output.data[Math.floor(i / length) * count + window(i % length)]),
        };
      },
    }),
    argument: 'signal',
    causes: ['stride-remainder', 'border'],
    wrong: (shape, _args, { size }) => where(shape, ([, t]) => t >= Math.floor(shape[1] / size) * size),
  },
  {
    name: 'a mean over the places of images with channels last spreads its gradient as if they came first',
    layer: defineLayer({
      name: 'globalMean',
      args: { image: [2, 3, 4, 5] },
      axes: { image: ['batch', 'row', 'column', 'channel'] },
      forward({ image }) {
        const output = tensor([2, 5]);
        image.data.forEach((value, i) => {
          output.data[Math.floor(i / 60) * 5 + (i % 5)] += value / 12;
        });
        return { output };
      },
      vjp: ({ image }, { output }) => ({
        image: mapTensor(image, (_, i) => output.data[Math.floor(i / 60) * 5 + Math.floor((i % 60) / 12)] / 12),
      }),
    }),
    argument: 'image',
    causes: ['wrong-channel', 'transposed'],
    wrong: shape => where(shape, ([, , , channel], i) => Math.floor((i % 60) / 12) !== channel),
  },
  {
    name: 'the weights 1 2 1 of a blur are not divided by their sum in backward',
    layer: defineLayer({
      name: 'blurPool',
      args: { input: [2, 3, 9] },
      forward({ input }) {
        const output = tensor([2, 3, 5]);
        blurred((x, y, weight) => {
          output.data[y] += (input.data[x] * weight) / 4;
        });
        return { output };
      },
      vjp({ input }, { output }) {
        const dx = zerosLike(input);
        blurred((x, y, weight) => {
          dx.data[x] += output.data[y] * weight;
        });
        return { input: dx };
      },
    }),
    argument: 'input',
    causes: ['scaled'],
    factor: 4,
    wrong: all,
  },
  {
    name: 'a neighbour beyond the end is the end itself in a linear interpolation, but gets nothing back',
    layer: defineLayer({
      name: 'doubled',
      args: { input: [2, 3, 4] },
      axes: { input: ['batch', 'channel', 'time'] },
      linear: ['input'],
      forward({ input }) {
        const output = tensor([2, 3, 8]);
        interpolated((lane, i, at, share) => {
          output.data[lane * 8 + i] += share * input.data[lane * 4 + Math.min(Math.max(at, 0), 3)];
        });
        return { output };
      },
      vjp({ input }, { output }) {
        const dx = zerosLike(input);
        interpolated((lane, i, at, share) => {
          if (at >= 0 && at < 4) dx.data[lane * 4 + at] += share * output.data[lane * 8 + i];
        });
        return { input: dx };
      },
    }),
    argument: 'input',
    causes: ['border'],
    wrong: shape => where(shape, ([, , t]) => t === 0 || t === 3),
  },
  {
    name: 'space to depth counts the places of a block before the channels in backward',
    layer: defineLayer({
      name: 'spaceToDepth',
      args: { input: [2, 3, 4, 6] },
      linear: ['input'],
      forward({ input }) {
        const output = tensor([2, 12, 2, 3]);
        pixels((x, c, place, y) => {
          output.data[y(c * 4 + place)] = input.data[x];
        });
        return { output };
      },
      vjp({ input }, { output }) {
        const dx = zerosLike(input);
        pixels((x, c, place, y) => {
          dx.data[x] = output.data[y(place * 3 + c)];
        });
        return { input: dx };
      },
    }),
    argument: 'input',
    causes: ['wrong-channel', 'transposed'],
    wrong: shape =>
      where(shape, ([, c, row, column]) => {
        const place = (row % 2) * 2 + (column % 2);
        return c * 4 + place !== place * 3 + c;
      }),
  },
  {
    name: 'all pieces of a maxout unit that share the maximum get its whole gradient',
    layer: defineLayer({
      name: 'maxout',
      args: { input: [6, 8] },
      kinks: 'two pieces of a unit share the maximum',
      // Four units of two pieces each.
      forward: ({ input }) => ({
        output: tensor(
          [6, 4],
          Array.from({ length: 24 }, (_, u) => best(input, u)),
        ),
      }),
      vjp: ({ input }, { output }) => ({
        input: mapTensor(input, (value, i) => {
          const unit = Math.floor(i / 2);
          return value === best(input, unit) ? output.data[unit] : 0;
        }),
      }),
    }),
    argument: 'input',
    causes: ['ties'],
    wrong: (shape, { input }) => where(shape, (_, i) => input.data[i] === input.data[i ^ 1]),
  },
  {
    name: 'the sum of the two largest gives its gradient to all that are not below the second',
    layer: defineLayer({
      name: 'topTwo',
      args: { score: [4, 7] },
      kinks: 'the second and the third largest are equal',
      forward: ({ score }) => ({
        output: tensor(
          [4],
          [0, 1, 2, 3].map(n => sorted(score, n)[0] + sorted(score, n)[1]),
        ),
      }),
      vjp: ({ score }, { output }) => ({
        score: mapTensor(score, (value, i) => {
          const row = Math.floor(i / 7);
          return value >= sorted(score, row)[1] ? output.data[row] : 0;
        }),
      }),
    }),
    argument: 'score',
    causes: ['ties'],
    wrong: (shape, { score }) =>
      where(shape, ([row], i) => {
        const [, second, third] = sorted(score, row);
        return second === third && score.data[i] === second;
      }),
  },
];

/** The larger of the two pieces of a unit. */
function best({ data }: Tensor, unit: number): number {
  return Math.max(data[2 * unit], data[2 * unit + 1]);
}

/** A row of seven, the largest first. */
function sorted({ data }: Tensor, row: number): Float64Array {
  return data.slice(row * 7, row * 7 + 7).sort((a, b) => b - a);
}

/** Every cell of images [2, 3, 6, 9] and its 3 x 3 block. */
function blocks(visit: (x: number, y: number) => void): void {
  for (let map = 0; map < 6; map++) {
    for (let row = 0; row < 6; row++) {
      for (let column = 0; column < 9; column++) {
        visit((map * 6 + row) * 9 + column, (map * 2 + Math.floor(row / 3)) * 3 + Math.floor(column / 3));
      }
    }
  }
}

/** Every product of a blur of lanes of nine at every second place, the lanes being zero beyond their ends. */
function blurred(visit: (x: number, y: number, weight: number) => void): void {
  for (let lane = 0; lane < 6; lane++) {
    for (let i = 0; i < 5; i++) {
      for (const offset of [-1, 0, 1]) {
        const t = 2 * i + offset;
        if (t >= 0 && t < 9) visit(lane * 9 + t, lane * 5 + i, offset === 0 ? 2 : 1);
      }
    }
  }
}

/** Both neighbours of every place between and around four, half a step apart, and what share each has in it. */
function interpolated(visit: (lane: number, i: number, at: number, share: number) => void): void {
  for (let lane = 0; lane < 6; lane++) {
    for (let i = 0; i < 8; i++) {
      const source = (i + 0.5) / 2 - 0.5;
      const before = Math.floor(source);
      visit(lane, i, before, 1 - (source - before));
      visit(lane, i, before + 1, source - before);
    }
  }
}

/** Every pixel of images [2, 3, 4, 6]: channel, place in its 2 x 2 block, and where the output lies once its channel is known. */
function pixels(visit: (x: number, c: number, place: number, y: (channel: number) => number) => void): void {
  for (let n = 0; n < 2; n++) {
    for (let c = 0; c < 3; c++) {
      for (let row = 0; row < 4; row++) {
        for (let column = 0; column < 6; column++) {
          const block = Math.floor(row / 2) * 3 + Math.floor(column / 2);
          visit(
            ((n * 3 + c) * 4 + row) * 6 + column,
            c,
            (row % 2) * 2 + (column % 2),
            channel => (n * 12 + channel) * 6 + block,
          );
        }
      }
    }
  }
}
