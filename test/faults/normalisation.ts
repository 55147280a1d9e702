import {
  batchNorm,
  type CaseSpec,
  dropout,
  groupNorm,
  instanceNorm,
  type Layer,
  l2Normalize,
  layerNorm,
  localResponseNorm,
  rmsNorm,
  type Tensors,
} from '../../src/index.ts';
import type { Config } from '../../src/layer.ts';
import type { LocalResponseNormConfig } from '../../src/layers/localResponseNorm.ts';
import { mapTensor, sizeOf, type Tensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs, wrong } from './fault.ts';

/** Which of several an element belongs to. */
type Which = (i: number, args: Tensors, config: Config) => number;

/** How a normalisation goes backward: z = (x - centre) / s, y = w z + b. */
interface Backward {
  /** Elements of the same number are normalised together. */
  readonly groupOf: Which;
  /** Which weight an element has. */
  readonly parameterOf: Which;
  readonly centre: (mean: number) => number;
  /** s, of a group with so many elements. */
  readonly deviation: (variance: number, epsilon: number | undefined, size: number) => number;
  readonly dz: (dy: number, w: number) => number;
  /** What is taken off dz, of the means of dz and of z dz over the group. */
  readonly meanTerm: (meanOfDz: number) => number;
  readonly varianceTerm: (z: number, meanOfZDz: number, w: number, size: number) => number;
}

const right = {
  centre: mean => mean,
  deviation: (variance, epsilon = 1e-5) => Math.sqrt(variance + epsilon),
  dz: (dy, w) => w * dy,
  meanTerm: meanOfDz => meanOfDz,
  varianceTerm: (z, meanOfZDz) => z * meanOfZDz,
} satisfies Partial<Backward>;

const positionsOf = ({ input: { shape } }: Tensors) => sizeOf(shape.slice(2));
const channelOf: Which = (i, args) => Math.floor(i / positionsOf(args)) % args.input.shape[1];
const sampleOf: Which = (i, { input }) => Math.floor(i / sizeOf(input.shape.slice(1)));

const byBatch: Backward = { ...right, groupOf: channelOf, parameterOf: channelOf };

const byGroup: Backward = {
  ...right,
  groupOf: (i, args, { groups }) => Math.floor((i * groups) / sizeOf(args.input.shape.slice(1))),
  parameterOf: channelOf,
};

const sizeOfLast = ({ weight }: Tensors, { normalizedShape }: Config) =>
  sizeOf(weight?.shape ?? [normalizedShape].flat());

const byLayer: Backward = {
  ...right,
  groupOf: (i, args, config) => Math.floor(i / sizeOfLast(args, config)),
  parameterOf: (i, args, config) => i % sizeOfLast(args, config),
};

const byRms: Backward = {
  ...byLayer,
  centre: () => 0,
  deviation: (square, epsilon = 2 ** -52) => Math.sqrt(square + epsilon),
  meanTerm: () => 0,
};

/** The gradient of the input that such a way backward gives. */
function dxOf(args: Tensors, dy: Tensor, config: Config, backward: Backward): Tensor {
  const { input, weight } = args;
  const groups = new Map<number, number[]>();
  for (let i = 0; i < input.data.length; i++) {
    const group = backward.groupOf(i, args, config);
    groups.set(group, [...(groups.get(group) ?? []), i]);
  }
  const dx = zerosLike(input);
  for (const group of groups.values()) {
    const average = (of: (i: number) => number) => group.reduce((sum, i) => sum + of(i), 0) / group.length;
    const centre = backward.centre(average(i => input.data[i]));
    const variance = average(i => (input.data[i] - centre) ** 2);
    const s = backward.deviation(variance, config.epsilon, group.length);
    const z = (i: number) => (input.data[i] - centre) / s;
    const w = (i: number) => weight?.data[backward.parameterOf(i, args, config)] ?? 1;
    const dz = (i: number) => backward.dz(dy.data[i], w(i));
    const meanTerm = backward.meanTerm(average(dz));
    const meanOfZDz = average(i => z(i) * dz(i));
    for (const i of group) {
      dx.data[i] = (dz(i) - meanTerm - backward.varianceTerm(z(i), meanOfZDz, w(i), group.length)) / s;
    }
  }
  return dx;
}

/** The layer in these settings only. */
function inCases<C>(layer: Layer<C>, ...cases: CaseSpec<C>[]): Layer<C> {
  return { ...layer, cases };
}

/** A layer some of whose gradients are replaced. */
function withGradients<C>(
  layer: Layer<C>,
  replaced: (args: Tensors, upstream: Tensors, config: C) => Tensors,
): Layer<C> {
  return wrong(layer, {
    vjp: (args, upstream, config) => ({
      ...rightGradients(layer, args, upstream, config),
      ...replaced(args, upstream, config),
    }),
  });
}

/** A normalisation whose input has the gradient of another way backward, in some settings. */
function backwards<C>(
  layer: Layer<C>,
  backward: Backward,
  applies: (args: Tensors, config: C) => boolean = () => true,
): Layer<C> {
  return withGradients<C>(
    layer,
    (args, { output }, config): Tensors =>
      applies(args, config) ? { input: dxOf(args, output, config, backward) } : {},
  );
}

const inTraining: Parameters<typeof backwards<Config>>[2] = ({ runningMean }, { mode }) =>
  mode === 'train' || !runningMean;

/** A local response norm whose window sums in backward are others. */
function response(
  windowOf: (config: LocalResponseNormConfig) => { before: number; after: number },
  factorOf: (config: LocalResponseNormConfig) => number,
) {
  return withGradients(localResponseNorm, (args, { output }, config) => {
    const { input } = args;
    const { beta = 0.75 } = config;
    const y = rightOutputs(localResponseNorm, args, config).output.data;
    const s = squares(args, config);
    const { before, after } = windowOf(config);
    const channels = input.shape[1];
    const positions = positionsOf(args);
    return {
      input: mapTensor(output, (dy, i) => {
        const c = channelOf(i, args, config);
        let sum = 0;
        for (let j = Math.max(c - before, 0); j <= Math.min(c + after, channels - 1); j++) {
          const at = i + (j - c) * positions;
          sum += (output.data[at] * y[at]) / s[at];
        }
        return dy / s[i] ** beta - factorOf(config) * input.data[i] * sum;
      }),
    };
  });
}

/** s, of which y = x / s^beta. */
function squares(args: Tensors, { size, alpha = 1e-4, k = 1 }: LocalResponseNormConfig): number[] {
  const { data, shape } = args.input;
  const positions = positionsOf(args);
  return Array.from(data, (_, i) => {
    const c = channelOf(i, args, {});
    let sum = 0;
    for (let j = c - (size >> 1); j < c - (size >> 1) + size; j++) {
      if (j >= 0 && j < shape[1]) sum += data[i + (j - c) * positions] ** 2;
    }
    return k + (alpha * sum) / size;
  });
}

/** The window in which an element is: its own turned around. */
const turned = ({ size }: LocalResponseNormConfig) => ({ before: (size - 1) >> 1, after: size >> 1 });
const slope = ({ size, alpha = 1e-4, beta = 0.75 }: LocalResponseNormConfig) => (2 * alpha * beta) / size;

/** A dropout of every second element or so that goes backward with another factor. */
function dropped(factor: (kept: number, rate: number, x: number) => number) {
  const shape = [6, 8];
  const halved = inCases(dropout, {
    config: { rate: 0.5 },
    args: { input: shape, mask: { shape, integer: true, range: [0, 1] } },
  });
  return withGradients(halved, ({ input, ...rest }, { output }, config) => {
    const ones = mapTensor(input, () => 1);
    const { rate = 0.5 } = config;
    const kept = rightOutputs(dropout, { ...rest, input: ones }, config).output;
    return { input: mapTensor(output, (dy, i) => dy * factor(kept.data[i] === 0 ? 0 : 1, rate, input.data[i])) };
  });
}

const oblong = inCases(layerNorm, {
  config: { normalizedShape: [2, 3] },
  args: { input: [2, 2, 3], weight: [2, 3], bias: [2, 3] },
});

const twoGroups = inCases(groupNorm, {
  config: { groups: 2 },
  args: { input: [2, 6, 3], weight: [6], bias: [6] },
});

const threeSamples = inCases(instanceNorm, {
  config: {},
  args: { input: [3, 2, 4], weight: [2], bias: [2] },
});

const fail = { verdict: 'fail', check: 'gradient', argument: 'input' } as const;

/** Layers that normalise, and dropout, that are wrong. */
export const normalisation: readonly Fault[] = [
  {
    name: 'the term of the mean is missing, as it may be where the upstream adds up to 0 (layerNorm)',
    layer: backwards(oblong, { ...byLayer, meanTerm: () => 0 }),
    expected: { ...fail, causes: ['missing-mean-term'] },
  },
  {
    name: 'the term of the variance is missing, as it may be where all is summed up (layerNorm)',
    layer: backwards(layerNorm, { ...byLayer, varianceTerm: () => 0 }),
    expected: { ...fail, causes: ['missing-variance-term'] },
  },
  {
    name: 'the weight is forgotten in dx, as it may be where it is 1 (layerNorm)',
    layer: backwards(layerNorm, { ...byLayer, dz: dy => dy }),
    expected: { ...fail, causes: ['argument-ignored'] },
  },
  {
    name: 'the weight is used twice in the term of the variance (layerNorm)',
    layer: backwards(layerNorm, { ...byLayer, varianceTerm: (z, meanOfZDz, w) => z * meanOfZDz * w }),
    expected: { ...fail, causes: ['missing-variance-term', 'argument-twice'] },
  },
  {
    name: 'epsilon is added to the root, not inside it, in backward alone (layerNorm)',
    layer: backwards(layerNorm, { ...byLayer, deviation: (variance, epsilon = 1e-5) => Math.sqrt(variance) + epsilon }),
    expected: fail,
  },
  {
    name: 'the gradients of weight and bias are swapped (layerNorm)',
    layer: withGradients(oblong, (args, upstream, config) => {
      const { weight, bias } = rightGradients(layerNorm, args, upstream, config);
      return { weight: bias, bias: weight };
    }),
    expected: { ...fail, argument: ['weight', 'bias'], causes: ['another-argument'] },
  },
  {
    name: 'the gradient of the weight is of x, not of z (layerNorm)',
    layer: withGradients(oblong, ({ input, weight }, { output }) => {
      const dw = zerosLike(weight);
      for (const [i, x] of input.data.entries()) dw.data[i % dw.data.length] += output.data[i] * x;
      return { weight: dw };
    }),
    expected: { ...fail, argument: 'weight' },
  },
  {
    name: 'mean and variance are taken for constants in training (batchNorm)',
    layer: backwards(batchNorm, { ...byBatch, meanTerm: () => 0, varianceTerm: () => 0 }, inTraining),
    expected: { ...fail, causes: ['missing-variance-term', 'missing-mean-term'] },
  },
  {
    name: 'evaluation goes backward by the statistics of the batch (batchNorm)',
    layer: backwards(batchNorm, byBatch),
    expected: { ...fail, causes: ['another-config', 'missing-variance-term', 'missing-mean-term'] },
  },
  {
    name: 'backward divides by the unbiased variance, as hardly shows in a large batch (batchNorm)',
    layer: backwards(
      batchNorm,
      {
        ...byBatch,
        deviation: (variance, epsilon = 1e-5, size) => Math.sqrt((variance * size) / (size - 1) + epsilon),
      },
      inTraining,
    ),
    expected: { ...fail, causes: ['missing-variance-term'] },
  },
  {
    name: 'the running variance takes in the biased one (batchNorm)',
    layer: wrong(batchNorm, {
      examples: batchNorm.examples,
      forward: (args, config) => {
        const outputs = rightOutputs(batchNorm, args, config);
        const { runningVar } = args;
        if (config.mode === 'eval' || !runningVar) return outputs;
        const share = config.momentum === null ? 1 : (config.momentum ?? 0.1);
        const size = args.input.data.length / runningVar.data.length;
        const runningVarAfter = mapTensor(runningVar, (before, c) => {
          const own = (1 - share) * before;
          return own + ((outputs.runningVarAfter.data[c] - own) * (size - 1)) / size;
        });
        return { ...outputs, runningVarAfter };
      },
    }),
    expected: { verdict: 'fail', check: 'examples', output: 'runningVarAfter' },
  },
  {
    name: 'a channel is in group c mod groups in backward, not in c / (channels / groups) (groupNorm)',
    layer: backwards(groupNorm, {
      ...byGroup,
      groupOf: (i, args, config) =>
        sampleOf(i, args, config) * config.groups + (channelOf(i, args, config) % config.groups),
    }),
    expected: { ...fail, causes: ['wrong-channel'] },
  },
  {
    name: 'backward averages over a channel, not over its group (groupNorm)',
    layer: backwards(groupNorm, { ...byGroup, groupOf: (i, args) => Math.floor(i / positionsOf(args)) }),
    expected: { ...fail, causes: ['wrongly-reduced', 'another-config'] },
  },
  {
    name: 'backward averages over a whole sample, as if there were one group (groupNorm)',
    layer: backwards(twoGroups, { ...byGroup, groupOf: sampleOf }),
    expected: { ...fail, causes: ['another-config', 'wrongly-reduced'] },
  },
  {
    name: 'the weight of a channel is looked up by its group in dx (groupNorm)',
    layer: backwards(groupNorm, {
      ...byGroup,
      parameterOf: (i, args, config) => byGroup.groupOf(i, args, config) % config.groups,
    }),
    expected: { ...fail, causes: ['wrong-channel'] },
  },
  {
    name: 'backward averages over the batch too, as if it were a batch norm (instanceNorm)',
    layer: backwards(instanceNorm, byBatch, ({ input }) => input.shape.length > 2),
    expected: { ...fail, causes: ['wrongly-reduced'] },
  },
  {
    name: 'the term of the variance is a sum, not a mean (instanceNorm)',
    layer: backwards(
      instanceNorm,
      {
        ...byBatch,
        groupOf: (i, args) => Math.floor(i / positionsOf(args)),
        varianceTerm: (z, meanOfZDz, _w, size) => z * meanOfZDz * size,
      },
      ({ input }) => input.shape.length > 2,
    ),
    expected: { ...fail, causes: ['missing-variance-term'] },
  },
  {
    name: 'the gradients of weight and bias hold the last sample only (instanceNorm)',
    layer: withGradients(threeSamples, (args, { output }, config) => {
      const ofLast = mapTensor(output, (dy, i) => (sampleOf(i, args, config) === 2 ? dy : 0));
      const { weight, bias } = rightGradients(instanceNorm, args, { output: ofLast }, config);
      return { weight, bias };
    }),
    expected: { ...fail, argument: ['weight', 'bias'], causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'the weight is used twice in dx, as it may be where it is 1 (rmsNorm)',
    layer: backwards(rmsNorm, { ...byRms, dz: (dy, w) => w * w * dy }),
    expected: { ...fail, causes: ['argument-twice'] },
  },
  {
    name: 'a mean is taken off in backward, as in a layer norm (rmsNorm)',
    layer: backwards(rmsNorm, { ...byRms, meanTerm: meanOfDz => meanOfDz }),
    expected: { ...fail, causes: ['missing-mean-term'] },
  },
  {
    name: 'the root mean square is taken for a constant (rmsNorm)',
    layer: backwards(rmsNorm, { ...byRms, varianceTerm: () => 0 }),
    expected: { ...fail, causes: ['missing-variance-term', 'missing-term'] },
  },
  {
    name: 'epsilon is left out of backward (rmsNorm)',
    layer: backwards(rmsNorm, { ...byRms, deviation: Math.sqrt }),
    expected: { ...fail, causes: ['another-config', 'non-finite'] },
  },
  {
    name: 'alpha is not divided by the size in backward (localResponseNorm)',
    layer: response(turned, config => slope(config) * config.size),
    expected: { ...fail, causes: ['missing-variance-term'] },
  },
  {
    name: 'the window of backward is not turned around, as shows in even sizes only (localResponseNorm)',
    layer: response(config => ({ before: turned(config).after, after: turned(config).before }), slope),
    expected: { ...fail, causes: ['flipped-kernel', 'shifted'] },
  },
  {
    name: 'only the channel itself is in the window of backward (localResponseNorm)',
    layer: response(() => ({ before: 0, after: 0 }), slope),
    expected: { ...fail, causes: ['diagonal-only'] },
  },
  {
    name: 'the norm is taken for a constant (l2Normalize)',
    layer: withGradients(inCases(l2Normalize, { config: {}, args: { input: [2, 3] } }), ({ input }, { output }) => ({
      input: mapTensor(output, (dy, i) => dy / Math.hypot(...input.data.subarray(i - (i % 3), i - (i % 3) + 3))),
    })),
    expected: { ...fail, causes: ['missing-variance-term', 'missing-term'] },
  },
  {
    name: 'the norm has its slope where epsilon counts, too (l2Normalize)',
    layer: withGradients(l2Normalize, (args, upstream, config): Tensors => {
      const { epsilon = 1e-12 } = config;
      const { input } = rightGradients(l2Normalize, args, upstream, { ...config, epsilon: 0 });
      return input.data.every(Number.isFinite) && epsilon > 1e-12 ? { input } : {};
    }),
    expected: { ...fail, causes: ['another-config', 'missing-variance-term', 'wrong-branch'] },
  },
  {
    name: 'backward is that of p = 2, whatever p (l2Normalize)',
    layer: withGradients(l2Normalize, (args, upstream, config) => {
      const { input } = rightGradients(l2Normalize, args, upstream, { ...config, p: 2 });
      return { input };
    }),
    expected: { ...fail, causes: ['another-config'] },
  },
  {
    name: 'the mask is not applied in backward (dropout)',
    layer: dropped((_kept, rate) => 1 / (1 - rate)),
    expected: { ...fail, check: 'exact', causes: ['argument-ignored'] },
  },
  {
    name: 'backward is not scaled, as it need not be where the rate is 0 (dropout)',
    layer: dropped(kept => kept),
    expected: { ...fail, check: 'exact', causes: ['scaled'] },
  },
  {
    name: 'backward is scaled by the rate, not by 1 / (1 - rate) (dropout)',
    layer: dropped((kept, rate) => kept * rate),
    expected: { ...fail, check: 'exact', causes: ['scaled'] },
  },
  {
    name: 'backward takes an output of 0 for a dropped one (dropout)',
    layer: dropped((kept, rate, x) => (kept === 0 || x === 0 ? 0 : 1 / (1 - rate))),
    expected: { ...fail, check: 'exact', causes: ['zero', 'wrong-branch'] },
  },
  {
    name: 'neither way is scaled, as in a dropout that scales in evaluation (dropout)',
    layer: wrong(dropout, {
      examples: dropout.examples,
      cases: [{ config: { rate: 0.5, seed: 1 }, args: { input: [3, 5] } }],
      forward: ({ input, mask }) => ({ output: mapTensor(input, (x, i) => x * (mask?.data[i] ?? i % 2)) }),
      vjp: ({ mask }, { output }) => ({ input: mapTensor(output, (dy, i) => dy * (mask?.data[i] ?? i % 2)) }),
    }),
    expected: { verdict: 'fail', check: 'examples', argument: 'input', output: 'output', causes: ['scaled'] },
  },
  {
    name: 'every call draws another mask (dropout)',
    layer: redrawn(),
    expected: { verdict: 'fail', check: 'contract', code: 'nondeterministic', causes: ['nondeterministic'] },
  },
];

/** A dropout whose seed counts the calls. */
function redrawn(): Layer {
  let calls = 0;
  const next = ({ input }: Tensors) => rightOutputs(dropout, { input }, { seed: calls++ }).output;
  return wrong(inCases(dropout, { config: { rate: 0.5 }, args: { input: [3, 5] } }), {
    forward: args => ({ output: next(args) }),
    vjp: (_args, { output }) => ({ input: next({ input: output }) }),
  });
}
