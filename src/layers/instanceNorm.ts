import { broadcastPositions } from '../broadcast.ts';
import { epsilonOf, epsilonOfCase } from '../kernels/epsilon.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { type Groups, normalisation } from '../kernels/normalise.ts';
import { type Layout, normalisationByWelford } from '../kernels/welford.ts';
import { defineLayer } from '../layer.ts';
import { sizeOf, type Tensors, tensor } from '../tensor.ts';

export interface InstanceNormConfig {
  /** Without it there are no arguments `weight` and `bias`; false unless said. */
  readonly affine?: boolean;
  /** 1e-5 unless said. */
  readonly epsilon?: number;
}

/**
 * Every channel of every sample to mean 0 and variance 1, then scaled and shifted by channel. input [batch, channel,
 * ...positions] or, of two axes, [channel, position]; weight and bias [channel]; output as the input. The variance is the
 * biased one. A channel needs two positions or more, as in PyTorch. One whose elements are all equal becomes 0, and
 * the output is the bias; its input has gradient (w dy - mean of w dy) / sqrt(epsilon), and with epsilon 0 all is NaN.
 */
export const instanceNorm = defineLayer<InstanceNormConfig>({
  name: 'instanceNorm',
  formula: 'y[n, c, i] = w[c] (x[n, c, i] - mean[n, c]) / sqrt(variance[n, c] + epsilon) + b[c], both over i',
  source: 'torch.nn.InstanceNorm2d; Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022',
  linear: ['weight', 'bias'],
  axes: { weight: ['channel'], bias: ['channel'] },

  cases: fc =>
    fc
      .record({
        batch: fc.integer({ min: 1, max: 3 }),
        channels: fc.integer({ min: 1, max: 4 }),
        positions: fc.constantFrom([2], [3], [7], [1, 2], [3, 2], [2, 4], [5, 1], [2, 1, 3]),
        affine: fc.constantFrom(true, true, false),
        epsilon: fc.constantFrom(undefined, 1e-3, 0.25),
        unbatched: fc.boolean(),
      })
      .map(({ batch, channels, positions, affine, epsilon, unbatched }) => ({
        config: { affine, epsilon: epsilonOfCase(sizeOf(positions), epsilon) },
        args: {
          input: [...(unbatched && positions.length === 1 ? [] : [batch]), channels, ...positions],
          ...(affine && { weight: [channels], bias: [channels] }),
        },
      })),

  ...normalisation(groupsOf),
  alternatives: { welford: normalisationByWelford(layoutOf) },

  examples: [
    {
      name: 'deviations of 4 and of 0 from the mean, with epsilon 9',
      source: 'by hand: s = 5 and 3, z = -4/5, 4/5, 0, 0',
      config: { affine: true, epsilon: 9 },
      args: { input: tensor([1, 2, 2], [1, 9, 2, 2]), weight: tensor([2], [2, 3]), bias: tensor([2], [1, -1]) },
      outputs: { output: tensor([1, 2, 2], [-0.6, 2.6, -1, -1]) },
      upstream: { output: tensor([1, 2, 2], [1, 2, 3, 4]) },
      gradients: {
        input: tensor([1, 2, 2], [-0.072, 0.072, -0.5, 0.5]),
        weight: tensor([2], [0.8, 0]),
        bias: tensor([2], [3, 7]),
      },
    },
    {
      name: 'two samples of one channel, normalised each by itself',
      source: 'by hand: s = 5 in both, z = -4/5, 4/5, 4/5, -4/5',
      config: { epsilon: 9 },
      args: { input: tensor([2, 1, 1, 2], [1, 9, 24, 16]) },
      outputs: { output: tensor([2, 1, 1, 2], [-0.8, 0.8, 0.8, -0.8]) },
      upstream: { output: tensor([2, 1, 1, 2], [0, 5, 5, 5]) },
      gradients: { input: tensor([2, 1, 1, 2], [-0.18, 0.18, 0, 0]) },
    },
  ],
});

function groupsOf(args: Tensors, config: InstanceNormConfig): Groups {
  const { batch, channels, positions, epsilon } = settings(args, config);
  const shape = [batch, channels, ...positions];
  const ones = positions.map(() => 1);
  return {
    count: batch * channels,
    groupOf: broadcastPositions([batch, channels, ...ones], shape),
    parameterOf: broadcastPositions([channels, ...ones], shape),
    epsilon,
  };
}

function layoutOf(args: Tensors, config: InstanceNormConfig): Layout {
  const { batch, channels, positions, epsilon } = settings(args, config);
  const run = sizeOf(positions);
  return { groups: { count: batch * channels, run }, parameters: { count: channels, run }, epsilon };
}

/** The extents, with which all arguments agree, and epsilon. */
function settings({ input, weight, bias }: Tensors, { epsilon = 1e-5 }: InstanceNormConfig) {
  const batched = input.shape.length === 2 ? [1, ...input.shape] : input.shape;
  const [batch, channels, ...positions] = batched;
  if (batched.length < 3 || sizeOf(positions) === 1) {
    throw new RangeError(
      `instanceNorm has an input of shape [${input.shape.join(', ')}]; it needs [batch, channel, ...positions] with two positions or more`,
    );
  }
  if (weight) expectShape('instanceNorm', 'weight', weight, [channels]);
  if (bias) expectShape('instanceNorm', 'bias', bias, [channels]);
  return { batch, channels, positions, epsilon: epsilonOf('instanceNorm', epsilon) };
}
