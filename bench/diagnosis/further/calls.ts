import { defineLayer, linear, matmul, type Tensor, tensor } from '../../../src/index.ts';
import { type Data, mapTensor, zerosLike } from '../../../src/tensor.ts';
import { type FurtherFault, lanes, spoilt } from './fault.ts';

/** Layers that remember, that change what they are given, that draw lots, and that round. */
export const callFaults: readonly FurtherFault[] = [
  {
    name: 'the gradient of a table is kept row by row and added to by every call',
    layer: accumulatingTable(),
    argument: 'table',
    causes: ['accumulates-across-calls'],
  },
  {
    name: 'the momentum of the optimizer is in dW',
    layer: withMomentum(),
    argument: 'weight',
    causes: ['accumulates-across-calls'],
  },
  {
    name: 'the winners of a maximum over rows are remembered by shape',
    layer: rememberingMaximum(),
    argument: 'input',
    causes: ['stale-forward'],
  },
  {
    name: 'rows are standardised back by the mean and the deviation of the last forward',
    layer: rememberingStandardisation(),
    argument: 'input',
    causes: ['stale-forward'],
  },
  {
    name: 'a median sorts its input in place',
    layer: defineLayer({
      name: 'median',
      args: { sample: [9] },
      forward: ({ sample }) => ({ median: tensor([], [sample.data.sort()[4]]) }),
      vjp({ sample }, { median }, _config, outputs) {
        const dSample = zerosLike(sample);
        dSample.data[sample.data.indexOf(outputs.median.data[0])] = median.data[0];
        return { sample: dSample };
      },
    }),
    argument: 'sample',
    causes: ['mutates-input'],
  },
  {
    name: 'the kernel is turned around in place for dx',
    layer: defineLayer({
      name: 'rowFilter',
      args: { signal: [2, 8], kernel: [3] },
      axes: { signal: ['batch', 'time'], kernel: ['tap'] },
      forward({ signal, kernel }) {
        const output = tensor([2, 6]);
        output.data.forEach((_, i) => {
          const start = Math.floor(i / 6) * 8 + (i % 6);
          kernel.data.forEach((weight, k) => {
            output.data[i] += weight * signal.data[start + k];
          });
        });
        return { output };
      },
      vjp({ signal, kernel }, { output }) {
        const [dSignal, dKernel] = [zerosLike(signal), zerosLike(kernel)];
        output.data.forEach((dy, i) => {
          for (let k = 0; k < 3; k++) dKernel.data[k] += dy * signal.data[Math.floor(i / 6) * 8 + (i % 6) + k];
        });
        const turned = kernel.data.reverse();
        dSignal.data.forEach((_, at) => {
          const [n, t] = [Math.floor(at / 8), at % 8];
          for (let k = 0; k < 3; k++) {
            const i = t - 2 + k;
            if (i >= 0 && i < 6) dSignal.data[at] += turned[k] * output.data[n * 6 + i];
          }
        });
        return { signal: dSignal, kernel: dKernel };
      },
    }),
    argument: 'kernel',
    causes: ['mutates-input'],
  },
  {
    name: 'dW is estimated from one sample, drawn at every call, times their number',
    layer: spoilt(
      linear,
      (_right, { input, weight }, { output }) => {
        const n = Math.floor(Math.random() * 5);
        return {
          weight: mapTensor(
            weight,
            (_, at) => 5 * output.data[n * 2 + Math.floor(at / 3)] * input.data[n * 3 + (at % 3)],
          ),
        };
      },
      [{ config: { inFeatures: 3, outFeatures: 2 }, args: { input: [5, 3], weight: [2, 3], bias: [2] } }],
    ),
    argument: 'weight',
    causes: ['nondeterministic'],
  },
  {
    name: 'the gradient of a scale is rounded up or down to eight bits by lot',
    layer: defineLayer({
      name: 'scaleByLot',
      args: { input: [4, 5], scale: [5] },
      axes: { input: ['batch', 'feature'], scale: ['feature'] },
      forward: ({ input, scale }) => ({ output: mapTensor(input, (x, i) => x * scale.data[i % 5]) }),
      vjp({ input, scale }, { output }) {
        const dScale = zerosLike(scale);
        input.data.forEach((x, i) => {
          dScale.data[i % 5] += x * output.data[i];
        });
        return {
          input: mapTensor(input, (_, i) => output.data[i] * scale.data[i % 5]),
          scale: mapTensor(dScale, value => roundedTo(8, value, x => Math.floor(x + Math.random()))),
        };
      },
    }),
    argument: 'scale',
    causes: ['nondeterministic', 'precision-loss'],
  },
  {
    name: 'the left factor of a product is read with the eleven bits of a half for the gradient of the right one',
    layer: spoilt(
      matmul,
      (right, { a }, { output }) => ({
        b: mapTensor(right.b, (_, at) => {
          const [k, j] = [Math.floor(at / 5), at % 5];
          let sum = 0;
          for (let i = 0; i < 3; i++) sum += roundedTo(11, a.data[i * 4 + k], Math.round) * output.data[i * 5 + j];
          return sum;
        }),
      }),
      [{ config: {}, args: { a: [3, 4], b: [4, 5] } }],
    ),
    argument: 'b',
    causes: ['precision-loss'],
  },
];

/** A number with so many significant bits. */
function roundedTo(bits: number, value: number, round: (x: number) => number): number {
  if (value === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) + 1 - bits);
  return round(value / unit) * unit;
}

function accumulatingTable() {
  const sums = new Map<number, Data>();
  return defineLayer({
    name: 'sparseTable',
    args: { table: [8, 3], row: { shape: [5], integer: true, range: [0, 7] } },
    constants: ['row'],
    forward: ({ table, row }) => ({
      output: mapTensor(tensor([5, 3]), (_, i) => table.data[row.data[Math.floor(i / 3)] * 3 + (i % 3)]),
    }),
    vjp({ table, row }, { output }) {
      row.data.forEach((at, n) => {
        const sum = sums.get(at) ?? new Float64Array(3);
        sums.set(
          at,
          sum.map((value, j) => value + output.data[n * 3 + j]),
        );
      });
      const dTable = zerosLike(table);
      for (const [at, sum] of sums) dTable.data.set(sum, at * 3);
      return { table: dTable };
    },
  });
}

function withMomentum() {
  const velocity = new Float64Array(12);
  return spoilt(
    linear,
    ({ weight }) => ({
      weight: mapTensor(weight, (value, i) => {
        velocity[i] = 0.9 * velocity[i] + value;
        return velocity[i];
      }),
    }),
    [{ config: { inFeatures: 4, outFeatures: 3 }, args: { input: [2, 4], weight: [3, 4], bias: [3] } }],
  );
}

function rememberingMaximum() {
  const remembered = new Map<string, number[]>();
  const winnersOf = ({ data, shape }: Tensor) => {
    const known = remembered.get(String(shape));
    if (known) return known;
    const winners = lanes(shape, 1).map(lane => lane.reduce((best, i) => (data[i] > data[best] ? i : best)));
    remembered.set(String(shape), winners);
    return winners;
  };
  return defineLayer({
    name: 'rowMaximum',
    args: { input: [4, 5] },
    axes: { input: ['row', 'column'] },
    forward: ({ input }) => ({
      output: tensor(
        [4],
        lanes(input.shape, 1).map(lane => Math.max(...lane.map(i => input.data[i]))),
      ),
    }),
    vjp({ input }, { output }) {
      const dx = zerosLike(input);
      winnersOf(input).forEach((i, n) => {
        dx.data[i] = output.data[n];
      });
      return { input: dx };
    },
  });
}

function rememberingStandardisation() {
  let z: Data = new Float64Array(18);
  let deviations: number[] = [1, 1, 1];
  const mean = (lane: readonly number[], of: (i: number) => number) =>
    lane.reduce((sum, i) => sum + of(i), 0) / lane.length;
  return defineLayer({
    name: 'standardiseRows',
    args: { input: [3, 6] },
    axes: { input: ['batch', 'feature'] },
    forward({ input }) {
      const rows = lanes([3, 6], 1);
      const centres = rows.map(lane => mean(lane, i => input.data[i]));
      deviations = rows.map((lane, n) => Math.sqrt(mean(lane, i => (input.data[i] - centres[n]) ** 2) + 1e-5));
      z = input.data.map((x, i) => (x - centres[Math.floor(i / 6)]) / deviations[Math.floor(i / 6)]);
      return { output: tensor([3, 6], z) };
    },
    vjp({ input }, { output }) {
      const dx = zerosLike(input);
      lanes([3, 6], 1).forEach((lane, n) => {
        const meanOfDy = mean(lane, i => output.data[i]);
        const meanOfZDy = mean(lane, i => z[i] * output.data[i]);
        for (const i of lane) dx.data[i] = (output.data[i] - meanOfDy - z[i] * meanOfZDy) / deviations[n];
      });
      return { input: dx };
    },
  });
}
