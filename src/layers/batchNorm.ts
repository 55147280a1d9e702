import { broadcastPositions } from '../broadcast.ts';
import { epsilonOf, epsilonOfCase } from '../kernels/epsilon.ts';
import { expectShape } from '../kernels/expectShape.ts';
import {
  type Groups,
  normalise,
  normaliseJvp,
  normaliseVjp,
  type Statistics,
  statisticsOf,
} from '../kernels/normalise.ts';
import { type Layout, normaliseByWelford, normaliseByWelfordVjp, welford } from '../kernels/welford.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { mapTensor, sizeOf, type Tensor, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface BatchNormConfig {
  /** 'train' normalises by the statistics of the batch and updates the running ones; 'eval' uses the running ones. */
  readonly mode?: 'train' | 'eval';
  /** Without it there are no arguments `weight` and `bias`; true unless said. */
  readonly affine?: boolean;
  /** 1e-5 unless said. */
  readonly epsilon?: number;
  /** How much of the batch's statistics goes into the running ones; 0.1 unless said. null, PyTorch's running average, is 1: of a first batch. */
  readonly momentum?: number | null;
}

/**
 * Every channel to mean 0 and variance 1 over the batch, then scaled and shifted. input [batch, channel] or [batch, channel,
 * ...positions], weight and bias [channel], output as the input.
 *
 * Constants runningMean and runningVar [channel]; both may be missing, and then the statistics are always the batch's. Outputs
 * runningMeanAfter and runningVarAfter, if they are not: in training (1 - momentum) * before + momentum * batch, where the
 * variance is the unbiased one (divided by n - 1), though what normalises is the biased one; else as before. No gradient
 * goes through them.
 *
 * Training needs two values a channel or more, as in PyTorch; an empty batch leaves the running statistics as they are. A
 * channel whose values are all equal becomes 0, and the output is the bias; its input has gradient (w dy - mean of
 * w dy) / sqrt(epsilon), and with epsilon 0 all is NaN.
 */
export const batchNorm = defineLayer<BatchNormConfig>({
  name: 'batchNorm',
  formula:
    'y[n, c, i] = w[c] (x[n, c, i] - mean[c]) / sqrt(variance[c] + epsilon) + b[c], both over n and i, or running in eval',
  source: 'torch.nn.BatchNorm2d; Ioffe and Szegedy 2015, arXiv:1502.03167',
  linear: ['weight', 'bias'],
  constants: ['runningMean', 'runningVar'],
  nondifferentiable: ['runningMeanAfter', 'runningVarAfter'],
  axes: { weight: ['channel'], bias: ['channel'] },

  cases: fc =>
    fc
      .record({
        mode: fc.constantFrom('train' as const, 'eval' as const),
        batch: fc.integer({ min: 1, max: 3 }),
        channels: fc.integer({ min: 1, max: 4 }),
        positions: fc.constantFrom([], [1], [3], [2, 3], [4, 1], [1, 2, 2]),
        affine: fc.constantFrom(true, true, false),
        running: fc.constantFrom(true, true, true, false),
        epsilon: fc.constantFrom(undefined, 1e-3, 0.25),
        momentum: fc.constantFrom(undefined, 0.3, 1, null),
      })
      .map(({ mode, batch, channels, positions, affine, running, epsilon, momentum }) => {
        const byBatch = mode === 'train' || !running;
        const shape = [byBatch && sizeOf(positions) === 1 ? Math.max(batch, 2) : batch, channels, ...positions];
        return {
          config: {
            mode,
            affine,
            epsilon: epsilonOfCase(byBatch ? sizeOf(shape) / channels : Infinity, epsilon),
            momentum,
          },
          args: {
            input: shape,
            ...(affine && { weight: [channels], bias: [channels] }),
            ...(running && {
              runningMean: { shape: [channels], differentiable: false },
              runningVar: { shape: [channels], range: [0.25, 4], differentiable: false },
            }),
          },
        };
      }),

  forward(args, config) {
    const groups = groupsOf(args, config);
    if (usesRunning(args, config)) return { output: normalise(args, groups, running(args)), ...runningAfter(args) };
    const batch = statisticsOf(args.input.data, groups);
    return { output: normalise(args, groups, batch), ...runningAfter(args, config.momentum, batch) };
  },

  vjp(args, { output }, config) {
    const groups = groupsOf(args, config);
    return usesRunning(args, config) ? evalVjp(args, output, groups) : normaliseVjp(args, output, groups);
  },

  jvp(args, tangents, config) {
    const groups = groupsOf(args, config);
    const jvp = usesRunning(args, config) ? evalJvp : normaliseJvp;
    return { output: jvp(args, tangents, groups) };
  },

  alternatives: { welford: byWelford() },

  examples: [
    {
      name: 'training: two samples with a deviation of 1 from the mean, with epsilon 3',
      source: 'by hand: s = 2, z = -1/2, 1/2; the unbiased variance is 2',
      config: { mode: 'train', affine: true, epsilon: 3, momentum: 0.1 },
      args: {
        input: tensor([2, 1], [1, 3]),
        weight: tensor([1], [4]),
        bias: tensor([1], [1]),
        runningMean: tensor([1], [10]),
        runningVar: tensor([1], [5]),
      },
      outputs: {
        output: tensor([2, 1], [-1, 3]),
        runningMeanAfter: tensor([1], [9.2]),
        runningVarAfter: tensor([1], [4.7]),
      },
      upstream: { output: tensor([2, 1], [1, 2]) },
      gradients: { input: tensor([2, 1], [-0.75, 0.75]), weight: tensor([1], [0.5]), bias: tensor([1], [3]) },
    },
    {
      name: 'evaluation: the running statistics are used, and stay',
      source: 'by hand: s = 2 and 4, z = -1/2, 1/2, 1/2, -1/2',
      config: { mode: 'eval', affine: true, epsilon: 1 },
      args: {
        input: tensor([1, 2, 2], [1, 3, 2, -2]),
        weight: tensor([2], [2, -4]),
        bias: tensor([2], [1, 0]),
        runningMean: tensor([2], [2, 0]),
        runningVar: tensor([2], [3, 15]),
      },
      outputs: {
        output: tensor([1, 2, 2], [0, 2, -2, 2]),
        runningMeanAfter: tensor([2], [2, 0]),
        runningVarAfter: tensor([2], [3, 15]),
      },
      upstream: { output: tensor([1, 2, 2], [1, 2, 3, -1]) },
      gradients: {
        input: tensor([1, 2, 2], [1, 2, -3, 1]),
        weight: tensor([2], [0.5, 2]),
        bias: tensor([2], [3, 2]),
      },
    },
    {
      name: 'equal values become the bias',
      source: 'by hand: s = sqrt(1/4) = 1/2, z = 0, dx = 3 (dy - 3) / s',
      config: { mode: 'train', affine: true, epsilon: 0.25 },
      args: { input: tensor([3, 1], [5, 5, 5]), weight: tensor([1], [3]), bias: tensor([1], [-1]) },
      outputs: { output: tensor([3, 1], [-1, -1, -1]) },
      upstream: { output: tensor([3, 1], [1, 2, 6]) },
      gradients: { input: tensor([3, 1], [-12, -6, 18]), weight: tensor([1], [0]), bias: tensor([1], [9]) },
    },
  ],
});

/** Whether the running statistics normalise, not those of the batch. */
function usesRunning({ runningMean }: Tensors, { mode }: BatchNormConfig): boolean {
  return mode === 'eval' && runningMean !== undefined;
}

function running({ runningMean, runningVar }: Tensors): Statistics {
  return { mean: runningMean.data, variance: runningVar.data };
}

/** The running statistics after this batch, where there are any; without statistics of a batch, as they were. */
function runningAfter(
  { input, runningMean, runningVar }: Tensors,
  momentum: BatchNormConfig['momentum'] = 0.1,
  batch?: Statistics,
): Tensors {
  if (!runningMean) return {};
  const size = input.data.length / runningMean.data.length;
  const share = batch && size > 0 ? (momentum ?? 1) : 0;
  const after = (old: Tensor, ofBatch = old.data) =>
    mapTensor(old, (before, c) => (share === 0 ? before : (1 - share) * before + share * ofBatch[c]));
  return {
    runningMeanAfter: after(runningMean, batch?.mean),
    runningVarAfter: after(
      runningVar,
      batch?.variance.map(biased => (biased * size) / (size - 1)),
    ),
  };
}

/** By the running statistics, with z = (x - mean) / s: dx = w dy / s, dw = sum of dy z, db = sum of dy. */
function evalVjp(args: Tensors, upstream: Tensor, groups: Groups): Tensors {
  const { input, weight, bias, runningMean, runningVar } = args;
  const dx = zerosLike(input);
  const dw = weight && zerosLike(weight);
  const db = bias && zerosLike(bias);
  for (const [i, dy] of upstream.data.entries()) {
    const c = groups.groupOf[i];
    const s = Math.sqrt(runningVar.data[c] + groups.epsilon);
    dx.data[i] = ((weight ? weight.data[c] : 1) * dy) / s;
    if (dw) dw.data[c] += (dy * (input.data[i] - runningMean.data[c])) / s;
    if (db) db.data[c] += dy;
  }
  return { input: dx, ...(dw && { weight: dw }), ...(db && { bias: db }) };
}

/** By the running statistics, with a dot for a tangent: y. = (w x. + w. (x - mean)) / s + b. */
function evalJvp(args: Tensors, tangents: Tensors, groups: Groups): Tensor {
  const { input, weight, runningMean, runningVar } = args;
  return mapTensor(tangents.input, (dotX, i) => {
    const c = groups.groupOf[i];
    const s = Math.sqrt(runningVar.data[c] + groups.epsilon);
    let scaled = (weight ? weight.data[c] : 1) * dotX;
    if (tangents.weight) scaled += tangents.weight.data[c] * (input.data[i] - runningMean.data[c]);
    return scaled / s + (tangents.bias ? tangents.bias.data[c] : 0);
  });
}

function groupsOf(args: Tensors, config: BatchNormConfig): Groups {
  const { epsilon } = settings(args, config);
  const { shape } = args.input;
  const [, channels, ...positions] = shape;
  const channelOf = broadcastPositions([channels, ...positions.map(() => 1)], shape);
  return { count: channels, groupOf: channelOf, parameterOf: channelOf, epsilon };
}

/** Epsilon, where the arguments agree with each other and there are values enough. */
function settings(args: Tensors, config: BatchNormConfig) {
  const { input, weight, bias, runningMean, runningVar } = args;
  const { mode = 'train', epsilon = 1e-5 } = config;
  const [, channels] = input.shape;
  if (mode !== 'train' && mode !== 'eval') {
    throw new RangeError(`batchNorm has mode ${JSON.stringify(mode)}; give "train" or "eval"`);
  }
  if (input.shape.length < 2 || (!usesRunning(args, config) && input.data.length === channels)) {
    throw new RangeError(
      `batchNorm has an input of shape [${input.shape.join(', ')}]; it needs [batch, channel, ...positions] with two values a channel or more`,
    );
  }
  for (const [name, value] of Object.entries({ weight, bias, runningMean, runningVar })) {
    if (value) expectShape('batchNorm', name, value, [channels]);
  }
  if (!runningMean !== !runningVar) {
    throw new RangeError(`batchNorm has only one of runningMean and runningVar; give both or none`);
  }
  return { channels, epsilon: epsilonOf('batchNorm', epsilon) };
}

function layoutOf(args: Tensors, config: BatchNormConfig): Layout {
  const { channels, epsilon } = settings(args, config);
  const turns = { count: channels, run: sizeOf(args.input.shape.slice(2)) };
  return { groups: turns, parameters: turns, epsilon };
}

/** The same with the batch's statistics in one pass, and with sums of x instead of x - mean where they are the running ones. */
function byWelford(): Implementation<BatchNormConfig> {
  return {
    forward(args, config) {
      const layout = layoutOf(args, config);
      if (usesRunning(args, config)) {
        return { output: normaliseByWelford(args, layout, running(args)), ...runningAfter(args) };
      }
      const batch = welford(args.input.data, layout.groups);
      return { output: normaliseByWelford(args, layout, batch), ...runningAfter(args, config.momentum, batch) };
    },
    vjp(args, { output }, config) {
      const vjp = usesRunning(args, config) ? evalVjpBySums : normaliseByWelfordVjp;
      return vjp(args, output, layoutOf(args, config));
    },
  };
}

function evalVjpBySums(args: Tensors, upstream: Tensor, { groups, epsilon }: Layout): Tensors {
  const { input, weight, bias, runningMean, runningVar } = args;
  const { count: channels, run } = groups;
  const dx = zerosLike(input);
  const sums = new Float64Array(channels);
  const products = new Float64Array(channels);
  for (let start = 0; start < dx.data.length; start += run) {
    const c = (start / run) % channels;
    const slope = (weight ? weight.data[c] : 1) / Math.sqrt(runningVar.data[c] + epsilon);
    for (let i = start; i < start + run; i++) {
      dx.data[i] = slope * upstream.data[i];
      sums[c] += upstream.data[i];
      products[c] += upstream.data[i] * input.data[i];
    }
  }
  const dw = (c: number) => (products[c] - runningMean.data[c] * sums[c]) / Math.sqrt(runningVar.data[c] + epsilon);
  return {
    input: dx,
    ...(weight && { weight: mapTensor(weight, (_, c) => dw(c)) }),
    ...(bias && { bias: mapTensor(bias, (_, c) => sums[c]) }),
  };
}
