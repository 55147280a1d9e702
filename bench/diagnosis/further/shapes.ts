import { type CaseSpec, defineLayer, tensor } from '../../../src/index.ts';
import { mapTensor, zerosLike } from '../../../src/tensor.ts';
import { all, type FurtherFault, where } from './fault.ts';
import { sigmoid } from './formulas.ts';

/** Layers that move numbers about, layers of several outputs or paths, and transforms, that are wrong. */
export const shapeFaults: readonly FurtherFault[] = [
  {
    name: 'rolling rows goes on in the same direction in backward',
    layer: defineLayer<{ by: number }>({
      name: 'roll',
      linear: ['input'],
      cases: fc =>
        fc
          .record({
            rows: fc.integer({ min: 1, max: 3 }),
            width: fc.integer({ min: 3, max: 9 }),
            by: fc.integer({ min: 1, max: 2 }),
          })
          .map(({ rows, width, by }): CaseSpec<{ by: number }> => ({ config: { by }, args: { input: [rows, width] } })),
      forward: ({ input }, { by }) => ({ output: mapTensor(input, (_, i) => input.data[rolled(input.shape, i, by)]) }),
      vjp: ({ input }, { output }, { by }) => ({
        input: mapTensor(input, (_, i) => output.data[rolled(input.shape, i, by)]),
      }),
    }),
    argument: 'input',
    causes: ['shifted', 'transposed'],
    wrong: (shape, _args, { by }) => ((2 * by) % shape[1] === 0 ? where(shape, () => false) : 'all'),
  },
  {
    name: 'axes are permuted back by the same permutation, not by its inverse',
    layer: defineLayer({
      name: 'permuteCube',
      args: { input: [3, 3, 3] },
      axes: { input: ['x', 'y', 'z'] },
      linear: ['input'],
      forward: ({ input }) => ({ output: mapTensor(input, (_, i) => input.data[permuted(i)]) }),
      vjp: ({ input }, { output }) => ({ input: mapTensor(input, (_, i) => output.data[permuted(i)]) }),
    }),
    argument: 'input',
    causes: ['transposed'],
    wrong: shape => where(shape, ([x, y, z]) => !(x === y && y === z)),
  },
  {
    name: 'heads and features of a head are exchanged when heads are joined again',
    layer: defineLayer({
      name: 'splitHeads',
      args: { input: [5, 6] },
      axes: { input: ['time', 'feature'] },
      // Three heads of two features each: [5, 6] to [3, 5, 2].
      forward({ input }) {
        const output = tensor([3, 5, 2]);
        input.data.forEach((x, i) => {
          output.data[inHeads(Math.floor(i / 6), Math.floor((i % 6) / 2), i % 2)] = x;
        });
        return { output };
      },
      vjp: ({ input }, { output }) => ({
        input: mapTensor(input, (_, i) => output.data[inHeads(Math.floor(i / 6), i % 3, Math.floor((i % 6) / 3))]),
      }),
    }),
    argument: 'input',
    causes: ['wrong-channel', 'transposed'],
    wrong: shape => where(shape, ([, feature]) => feature > 0 && feature < 5),
  },
  {
    name: 'copies of a row are summed in backward as if each element had been repeated on the spot',
    layer: defineLayer({
      name: 'tile',
      config: { times: 3 },
      args: { input: [2, 4] },
      linear: ['input'],
      forward: ({ input }, { times }) => ({
        output: mapTensor(tensor([2, 4 * times]), (_, i) => input.data[Math.floor(i / (4 * times)) * 4 + (i % 4)]),
      }),
      vjp({ input }, { output }, { times }) {
        const dx = zerosLike(input);
        output.data.forEach((dy, i) => {
          dx.data[Math.floor(i / times)] += dy;
        });
        return { input: dx };
      },
    }),
    argument: 'input',
    causes: ['wrongly-reduced'],
    wrong: all,
  },
  {
    name: 'the second part of what is split gives nothing back',
    layer: defineLayer({
      name: 'split',
      args: { input: [4, 6] },
      axes: { input: ['batch', 'feature'] },
      linear: ['input'],
      forward: ({ input }) => ({
        first: mapTensor(tensor([4, 2]), (_, i) => input.data[Math.floor(i / 2) * 6 + (i % 2)]),
        second: mapTensor(tensor([4, 4]), (_, i) => input.data[Math.floor(i / 4) * 6 + 2 + (i % 4)]),
      }),
      vjp: ({ input }, { first }) => ({
        input: mapTensor(input, (_, i) => (i % 6 < 2 ? first.data[Math.floor(i / 6) * 2 + (i % 6)] : 0)),
      }),
    }),
    argument: 'input',
    causes: ['output-ignored', 'zero'],
    wrong: shape => where(shape, ([, feature]) => feature > 1),
  },
  {
    name: 'what arrives at the variance of a layer of moments is dropped',
    layer: defineLayer({
      name: 'moments',
      args: { input: [4, 5] },
      axes: { input: ['row', 'column'] },
      forward({ input }) {
        const mean = mapTensor(tensor([4]), (_, n) => rowMean(input.data, n, x => x));
        const variance = mapTensor(mean, (m, n) => rowMean(input.data, n, x => (x - m) ** 2));
        return { mean, variance };
      },
      vjp: ({ input }, { mean }) => ({ input: mapTensor(input, (_, i) => mean.data[Math.floor(i / 5)] / 5) }),
    }),
    argument: 'input',
    causes: ['output-ignored'],
    wrong: all,
  },
  {
    name: 'a node of a graph gets the gradient of its last edge',
    layer: defineLayer({
      name: 'neighbourSum',
      args: {
        node: [6, 3],
        from: { shape: [12], integer: true, values: [0, 1, 2, 0, 3, 1, 4, 0, 2, 5, 3, 1] },
        to: { shape: [12], integer: true, values: [1, 0, 1, 2, 2, 3, 0, 4, 5, 3, 1, 5] },
      },
      axes: { node: ['node', 'feature'] },
      constants: ['from', 'to'],
      forward({ node, from, to }) {
        const output = zerosLike(node);
        from.data.forEach((source, edge) => {
          for (let j = 0; j < 3; j++) output.data[to.data[edge] * 3 + j] += node.data[source * 3 + j];
        });
        return { output };
      },
      vjp({ node, from, to }, { output }) {
        const dNode = zerosLike(node);
        from.data.forEach((source, edge) => {
          for (let j = 0; j < 3; j++) dNode.data[source * 3 + j] = output.data[to.data[edge] * 3 + j];
        });
        return { node: dNode };
      },
    }),
    argument: 'node',
    causes: ['overwritten-not-accumulated', 'last-item-only'],
    wrong: (shape, { from }) => where(shape, ([node]) => from.data.indexOf(node) !== from.data.lastIndexOf(node)),
  },
  {
    name: 'the way through the gates of squeeze-and-excite is assigned over the direct one',
    layer: defineLayer({
      name: 'squeezeExcite',
      args: { input: [2, 3, 4], weight: [3, 3] },
      axes: { input: ['batch', 'channel', 'place'], weight: ['out', 'in'] },
      // y = x s, s = sigmoid(W mean(x)) for each channel.
      forward: ({ input, weight }) => ({
        output: mapTensor(input, (x, i) => x * gates(input.data, weight.data)[Math.floor(i / 4)]),
      }),
      vjp({ input, weight }, { output }) {
        const [dInput, dWeight] = [zerosLike(input), zerosLike(weight)];
        const s = gates(input.data, weight.data);
        const mean = means(input.data);
        const dz = s.map((gate, map) => {
          let dGate = 0;
          for (let t = 0; t < 4; t++) dGate += output.data[map * 4 + t] * input.data[map * 4 + t];
          return dGate * gate * (1 - gate);
        });
        for (let map = 0; map < 6; map++) {
          const first = map < 3 ? 0 : 3;
          let dMean = 0;
          for (let o = 0; o < 3; o++) {
            dMean += dz[first + o] * weight.data[o * 3 + (map % 3)];
            dWeight.data[(map % 3) * 3 + o] += dz[map] * mean[first + o];
          }
          for (let t = 0; t < 4; t++) dInput.data[map * 4 + t] = output.data[map * 4 + t] * s[map];
          for (let t = 0; t < 4; t++) dInput.data[map * 4 + t] = dMean / 4;
        }
        return { input: dInput, weight: dWeight };
      },
    }),
    argument: 'input',
    causes: ['overwritten-not-accumulated'],
    wrong: all,
  },
  {
    name: 'a product of complex numbers is not conjugated in backward',
    layer: defineLayer({
      name: 'complexProduct',
      args: { a: [5, 2], b: [5, 2] },
      axes: { a: ['number', 'part'], b: ['number', 'part'] },
      linear: ['a', 'b'],
      forward: ({ a, b }) => ({ output: mapTensor(a, (_, i) => part(a.data, b.data, i, 1)) }),
      vjp: ({ a, b }, { output }) => ({
        a: mapTensor(a, (_, i) => part(output.data, b.data, i, 1)),
        b: mapTensor(b, (_, i) => part(output.data, a.data, i, -1)),
      }),
    }),
    argument: 'a',
    causes: ['transposed', 'missing-conjugate'],
    wrong: all,
  },
  {
    name: 'a Fourier transform goes back by its inverse, which is divided by the length',
    layer: defineLayer({
      name: 'fourier',
      args: { signal: [2, 8] },
      axes: { signal: ['batch', 'time'] },
      linear: ['signal'],
      forward: ({ signal }) => ({
        real: mapTensor(signal, (_, i) => waves(i, (at, angle) => signal.data[at] * Math.cos(angle))),
        imaginary: mapTensor(signal, (_, i) => waves(i, (at, angle) => -signal.data[at] * Math.sin(angle))),
      }),
      vjp: ({ signal }, { real, imaginary }) => ({
        signal: mapTensor(
          signal,
          (_, i) => waves(i, (at, angle) => real.data[at] * Math.cos(angle) - imaginary.data[at] * Math.sin(angle)) / 8,
        ),
      }),
    }),
    argument: 'signal',
    causes: ['scaled'],
    factor: 1 / 8,
    wrong: all,
  },
];

/** The position `by` places to the left in the same row, around its end. */
function rolled([, width]: readonly number[], i: number, by: number): number {
  const column = i % width;
  return i - column + ((column - by + width) % width);
}

/** Where in a cube of 3 x 3 x 3 the element [x, y, z] of its permutation comes from: [z, x, y]. */
function permuted(i: number): number {
  const [x, y, z] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
  return z * 9 + x * 3 + y;
}

function inHeads(time: number, head: number, feature: number): number {
  return (head * 5 + time) * 2 + feature;
}

/** The mean of f over a row of five. */
function rowMean(data: Float64Array, n: number, f: (x: number) => number): number {
  return data.slice(n * 5, n * 5 + 5).reduce((sum, x) => sum + f(x), 0) / 5;
}

/** The mean of every map of four places. */
function means(x: Float64Array): Float64Array {
  return new Float64Array(6).map((_, map) => x.slice(map * 4, map * 4 + 4).reduce((sum, value) => sum + value, 0) / 4);
}

/** What every map of two samples and three channels is multiplied by. */
function gates(x: Float64Array, weight: Float64Array): Float64Array {
  const mean = means(x);
  return mean.map((_, map) => {
    const first = map < 3 ? 0 : 3;
    let z = 0;
    for (let c = 0; c < 3; c++) z += weight[(map % 3) * 3 + c] * mean[first + c];
    return sigmoid(z);
  });
}

/** One part of a times b, or of a times the conjugate of b where `sign` is -1; even positions are real. */
function part(a: Float64Array, b: Float64Array, i: number, sign: 1 | -1): number {
  const real = i - (i % 2);
  return i === real
    ? a[real] * b[real] - sign * a[real + 1] * b[real + 1]
    : a[real + 1] * b[real] + sign * a[real] * b[real + 1];
}

/** The sum over all places of the row of an element, each with its angle against it. */
function waves(i: number, of: (at: number, angle: number) => number): number {
  const [row, k] = [Math.floor(i / 8), i % 8];
  let sum = 0;
  for (let n = 0; n < 8; n++) sum += of(row * 8 + n, (2 * Math.PI * k * n) / 8);
  return sum;
}
