import { type CaseSpec, defineLayer, groupNorm, type Layer, type Tensor, tensor } from '../../../src/index.ts';
import { shapesWithAxis } from '../../../src/arbitraries.ts';
import { type Data, mapTensor, zerosLike } from '../../../src/tensor.ts';
import { rightGradients } from '../../../test/faults/fault.ts';
import { all, type FurtherFault, lanes, spoilt, where } from './fault.ts';

const EPSILON = 1e-5;

/** z = (x - mean) / deviation of one lane, and the deviation. */
function standardised(x: Data, lane: readonly number[]): { z: number[]; deviation: number } {
  const mean = average(lane, i => x[i]);
  const deviation = Math.sqrt(average(lane, i => (x[i] - mean) ** 2) + EPSILON);
  return { z: lane.map(i => (x[i] - mean) / deviation), deviation };
}

function average(lane: readonly number[], of: (i: number, at: number) => number): number {
  return lane.reduce((sum, i, at) => sum + of(i, at), 0) / lane.length;
}

/** Standardises lanes along an axis; which of the two terms backward subtracts is said. */
function standardisation(
  name: string,
  shape: readonly number[],
  axis: number,
  names: readonly string[] | undefined,
  termOf: (meanOfDz: number, meanOfZDz: number, z: number) => number,
): Layer {
  return defineLayer({
    name,
    args: { input: shape },
    axes: names && { input: names },
    forward({ input }) {
      const output = zerosLike(input);
      for (const lane of lanes(shape, axis)) {
        const { z } = standardised(input.data, lane);
        lane.forEach((i, at) => {
          output.data[i] = z[at];
        });
      }
      return { output };
    },
    vjp({ input }, { output }) {
      const dx = zerosLike(input);
      for (const lane of lanes(shape, axis)) {
        const { z, deviation } = standardised(input.data, lane);
        const meanOfDz = average(lane, i => output.data[i]);
        const meanOfZDz = average(lane, (i, at) => z[at] * output.data[i]);
        lane.forEach((i, at) => {
          dx.data[i] = (output.data[i] - termOf(meanOfDz, meanOfZDz, z[at])) / deviation;
        });
      }
      return { input: dx };
    },
  });
}

/** Normalisations, and what else has a mean or a norm in it, that are wrong. */
export const normalisationFaults: readonly FurtherFault[] = [
  {
    name: 'series standardised over time have no term of the mean in backward',
    layer: standardisation(
      'seriesNorm',
      [2, 5, 3],
      1,
      ['batch', 'time', 'feature'],
      (_, meanOfZDz, z) => z * meanOfZDz,
    ),
    argument: 'input',
    causes: ['missing-mean-term'],
    wrong: all,
  },
  {
    name: 'features standardised over a batch have no term of the variance in backward',
    layer: standardisation('batchStandardise', [7, 4], 0, undefined, meanOfDz => meanOfDz),
    argument: 'input',
    causes: ['missing-variance-term'],
    wrong: all,
  },
  {
    name: 'the mean is subtracted along an axis, but a constant in backward',
    layer: defineLayer<{ axis: number }>({
      name: 'centre',
      linear: ['input'],
      cases: fc =>
        shapesWithAxis(fc).map(
          ({ shape, axis }): CaseSpec<{ axis: number }> => ({
            config: { axis: axis < 0 ? axis + shape.length : axis },
            args: { input: shape },
          }),
        ),
      forward({ input }, { axis }) {
        const output = zerosLike(input);
        for (const lane of lanes(input.shape, axis)) {
          const mean = average(lane, i => input.data[i]);
          for (const i of lane) output.data[i] = input.data[i] - mean;
        }
        return { output };
      },
      vjp: ({ input }, { output }) => ({ input: mapTensor(input, (_, i) => output.data[i]) }),
    }),
    argument: 'input',
    causes: ['missing-mean-term'],
    wrong: all,
  },
  {
    name: 'the log of a composition is centred in forward only',
    layer: defineLayer({
      name: 'centredLogRatio',
      args: { part: { shape: [4, 5], range: [0.25, 4] } },
      axes: { part: ['sample', 'part'] },
      forward({ part }) {
        const output = zerosLike(part);
        for (const lane of lanes([4, 5], 1)) {
          const mean = average(lane, i => Math.log(part.data[i]));
          for (const i of lane) output.data[i] = Math.log(part.data[i]) - mean;
        }
        return { output };
      },
      vjp: ({ part }, { output }) => ({ part: mapTensor(part, (x, i) => output.data[i] / x) }),
    }),
    argument: 'part',
    causes: ['missing-mean-term'],
    wrong: all,
  },
  {
    name: 'the mean is not taken off in the gradient of a variance',
    layer: defineLayer({
      name: 'variance',
      args: { input: [3, 6] },
      forward({ input }) {
        const variances = lanes([3, 6], 1).map(lane => {
          const mean = average(lane, i => input.data[i]);
          return average(lane, i => (input.data[i] - mean) ** 2);
        });
        return { variance: tensor([3], variances) };
      },
      vjp: ({ input }, { variance }) => ({
        input: mapTensor(input, (x, i) => (variance.data[Math.floor(i / 6)] * 2 * x) / 6),
      }),
    }),
    argument: 'input',
    causes: ['missing-mean-term'],
    wrong: all,
  },
  {
    name: 'the norm of the direction of a normalised weight is taken for a constant',
    layer: defineLayer({
      name: 'weightNorm',
      args: { input: [4, 3], direction: [5, 3], gain: [5] },
      axes: { input: ['batch', 'in'], direction: ['out', 'in'], gain: ['out'] },
      linear: ['input', 'gain'],
      // y[n, o] = gain[o] (x[n] . direction[o]) / |direction[o]|
      forward: ({ input, direction, gain }) => ({
        output: mapTensor(tensor([4, 5]), (_, i) => {
          const [n, o] = [Math.floor(i / 5), i % 5];
          return (gain.data[o] * dot(input, n, direction, o)) / norm(direction, o);
        }),
      }),
      vjp({ input, direction, gain }, { output }) {
        const [dInput, dDirection, dGain] = [zerosLike(input), zerosLike(direction), zerosLike(gain)];
        output.data.forEach((dy, at) => {
          const [n, o] = [Math.floor(at / 5), at % 5];
          const scale = (dy * gain.data[o]) / norm(direction, o);
          for (let i = 0; i < 3; i++) {
            dInput.data[n * 3 + i] += scale * direction.data[o * 3 + i];
            dDirection.data[o * 3 + i] += scale * input.data[n * 3 + i];
          }
          dGain.data[o] += (dy * dot(input, n, direction, o)) / norm(direction, o);
        });
        return { input: dInput, direction: dDirection, gain: dGain };
      },
    }),
    argument: 'direction',
    causes: ['missing-variance-term', 'norm-taken-for-constant'],
    wrong: all,
  },
  {
    name: 'what rows of length 1 have in common with the upstream is summed over all rows',
    layer: defineLayer({
      name: 'unitRows',
      args: { input: [3, 4] },
      forward: ({ input }) => ({ output: mapTensor(input, (x, i) => x / norm(input, Math.floor(i / 4))) }),
      vjp({ input }, { output }) {
        const unit = (i: number) => input.data[i] / norm(input, Math.floor(i / 4));
        const common = output.data.reduce((sum, dy, i) => sum + dy * unit(i), 0);
        return {
          input: mapTensor(input, (_, i) => (output.data[i] - unit(i) * common) / norm(input, Math.floor(i / 4))),
        };
      },
    }),
    argument: 'input',
    causes: ['wrongly-reduced'],
    wrong: all,
  },
  {
    name: 'shares of a sum have only the derivative by their own part',
    layer: defineLayer({
      name: 'shares',
      args: { amount: { shape: [3, 5], range: [0.5, 4] } },
      axes: { amount: ['sample', 'part'] },
      forward: ({ amount }) => ({ share: mapTensor(amount, (x, i) => x / total(amount, i)) }),
      vjp: ({ amount }, { share }) => ({
        amount: mapTensor(amount, (x, i) => share.data[i] * (1 / total(amount, i) - x / total(amount, i) ** 2)),
      }),
    }),
    argument: 'amount',
    causes: ['diagonal-only'],
    wrong: all,
  },
  {
    name: 'the squashing of capsules has only the derivative by the own component',
    layer: defineLayer({
      name: 'squash',
      args: { capsule: [4, 3] },
      axes: { capsule: ['capsule', 'component'] },
      // v = s r / (1 + r^2) with r = |s|
      forward({ capsule }) {
        return {
          output: mapTensor(capsule, (s, i) => {
            const r = norm(capsule, Math.floor(i / 3));
            return (s * r) / (1 + r * r);
          }),
        };
      },
      vjp: ({ capsule }, { output }) => ({
        capsule: mapTensor(capsule, (s, i) => {
          const r = norm(capsule, Math.floor(i / 3));
          const slope = (1 - r * r) / (1 + r * r) ** 2;
          return r === 0 ? 0 : output.data[i] * (r / (1 + r * r) + (slope / r) * s * s);
        }),
      }),
    }),
    argument: 'capsule',
    causes: ['diagonal-only'],
    wrong: all,
  },
  {
    name: 'the weight of a channel is looked up by its number within its group in dx',
    layer: spoilt(
      groupNorm,
      (_right, args, upstream, config) => {
        const weight = mapTensor(args.weight, (_, c) => args.weight.data[c % 3]);
        return { input: rightGradients(groupNorm, { ...args, weight }, upstream, config).input };
      },
      [{ config: { groups: 2 }, args: { input: [2, 6, 4], weight: [6], bias: [6] } }],
    ),
    argument: 'input',
    causes: ['wrong-channel'],
    wrong: shape => where(shape, ([, c]) => c > 2),
  },
];

function row({ data, shape }: Tensor, n: number): Data {
  return data.subarray(n * shape[1], (n + 1) * shape[1]);
}

/** The length of a row. */
function norm(of: Tensor, n: number): number {
  return Math.sqrt(row(of, n).reduce((sum, x) => sum + x * x, 0));
}

/** The product of a row of one matrix with a row of another. */
function dot(a: Tensor, n: number, b: Tensor, o: number): number {
  const other = row(b, o);
  return row(a, n).reduce((sum, x, i) => sum + x * other[i], 0);
}

/** The sum of the row of five that an element is in. */
function total(of: Tensor, i: number): number {
  return row(of, Math.floor(i / 5)).reduce((sum, x) => sum + x, 0);
}
