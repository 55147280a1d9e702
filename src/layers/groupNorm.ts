import { broadcastPositions } from '../broadcast.ts';
import { epsilonOf, epsilonOfCase } from '../kernels/epsilon.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { type Groups, normalisation } from '../kernels/normalise.ts';
import { type Layout, normalisationByWelford } from '../kernels/welford.ts';
import { defineLayer } from '../layer.ts';
import { sizeOf, type Tensors, tensor } from '../tensor.ts';

export interface GroupNormConfig {
  /** The channels are split into as many groups of neighbours. */
  readonly groups: number;
  /** Without it there are no arguments `weight` and `bias`; true unless said. */
  readonly affine?: boolean;
  /** 1e-5 unless said. */
  readonly epsilon?: number;
}

/**
 * Every group of channels of every sample to mean 0 and variance 1, then scaled and shifted by channel. input [batch,
 * channel, ...positions], weight and bias [channel], output as the input; there may be no positions. Channel c is in group
 * floor(c / (channels / groups)). The variance is the biased one. A group whose elements are all equal, as one of a single
 * element, becomes 0, and the output is the bias; its input has gradient (w dy - mean of w dy) / sqrt(epsilon), and
 * with epsilon 0 all is NaN.
 */
export const groupNorm = defineLayer<GroupNormConfig>({
  name: 'groupNorm',
  formula:
    'y[n, c, i] = w[c] (x[n, c, i] - mean[n, group(c)]) / sqrt(variance[n, group(c)] + epsilon) + b[c], both over i and the channels of the group',
  source: 'torch.nn.GroupNorm; Wu and He 2018, arXiv:1803.08494',
  linear: ['weight', 'bias'],
  axes: { weight: ['channel'], bias: ['channel'] },

  cases: fc =>
    fc
      .record({
        batch: fc.integer({ min: 1, max: 3 }),
        groups: fc.integer({ min: 1, max: 3 }),
        channelsOfGroup: fc.integer({ min: 1, max: 3 }),
        positions: fc.constantFrom([], [1], [3], [2, 3], [3, 1], [2, 1, 2]),
        affine: fc.constantFrom(true, true, false),
        epsilon: fc.constantFrom(undefined, 1e-3, 0.25),
      })
      .map(({ batch, groups, channelsOfGroup, positions, affine, epsilon }) => {
        const channels = groups * channelsOfGroup;
        return {
          config: { groups, affine, epsilon: epsilonOfCase(channelsOfGroup * sizeOf(positions), epsilon) },
          args: {
            input: [batch, channels, ...positions],
            ...(affine && { weight: [channels], bias: [channels] }),
          },
        };
      }),

  ...normalisation(groupsOf),
  alternatives: { welford: normalisationByWelford(layoutOf) },

  examples: [
    {
      name: 'two groups of two channels, with epsilon 9',
      source: 'by hand: deviations of 4 and of 0 from the mean, s = 5 and 3, z = -4/5, 4/5, 0, 0',
      config: { groups: 2, affine: true, epsilon: 9 },
      args: {
        input: tensor([1, 4], [1, 9, 2, 2]),
        weight: tensor([4], [1, -2, 3, 1]),
        bias: tensor([4], [0.5, 1, 0, -1]),
      },
      outputs: { output: tensor([1, 4], [-0.3, -0.6, 0, -1]) },
      upstream: { output: tensor([1, 4], [1, 2, 3, 4]) },
      gradients: {
        input: tensor([1, 4], [0.18, -0.18, 2.5 / 3, -2.5 / 3]),
        weight: tensor([4], [-0.8, 1.6, 0, 0]),
        bias: tensor([4], [1, 2, 3, 4]),
      },
    },
    {
      name: 'a group of one element is its bias, whatever it was',
      source: 'by hand',
      config: { groups: 2, affine: true },
      args: { input: tensor([1, 2, 1], [7, -3]), weight: tensor([2], [2, 3]), bias: tensor([2], [0.5, -1]) },
      outputs: { output: tensor([1, 2, 1], [0.5, -1]) },
      upstream: { output: tensor([1, 2, 1], [1, 2]) },
      gradients: { input: tensor([1, 2, 1]), weight: tensor([2], [0, 0]), bias: tensor([2], [1, 2]) },
    },
  ],
});

function groupsOf(args: Tensors, config: GroupNormConfig): Groups {
  const { batch, channels, positions, epsilon } = settings(args, config);
  const { groups } = config;
  return {
    count: batch * groups,
    groupOf: broadcastPositions([batch, groups, 1, 1], [batch, groups, channels / groups, positions]),
    parameterOf: broadcastPositions([channels, 1], [batch, channels, positions]),
    epsilon,
  };
}

function layoutOf(args: Tensors, config: GroupNormConfig): Layout {
  const { batch, channels, positions, epsilon } = settings(args, config);
  const { groups } = config;
  return {
    groups: { count: batch * groups, run: (channels / groups) * positions },
    parameters: { count: channels, run: positions },
    epsilon,
  };
}

/** The extents, all positions as one, with which all arguments agree; and epsilon. */
function settings({ input, weight, bias }: Tensors, { groups, epsilon = 1e-5 }: GroupNormConfig) {
  const [batch, channels, ...positions] = input.shape;
  if (!Number.isInteger(groups) || groups < 1 || input.shape.length < 2 || channels % groups !== 0) {
    throw new RangeError(
      `groupNorm has ${groups} groups and an input of shape [${input.shape.join(', ')}]; it needs [batch, channel, ...positions] with a multiple of the groups as channels`,
    );
  }
  if (weight) expectShape('groupNorm', 'weight', weight, [channels]);
  if (bias) expectShape('groupNorm', 'bias', bias, [channels]);
  return { batch, channels, positions: sizeOf(positions), epsilon: epsilonOf('groupNorm', epsilon) };
}
