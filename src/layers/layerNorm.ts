import { broadcastPositions } from '../broadcast.ts';
import { epsilonOf, epsilonOfCase } from '../kernels/epsilon.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { type Groups, normalisation } from '../kernels/normalise.ts';
import { type Layout, normalisationByWelford } from '../kernels/welford.ts';
import { defineLayer } from '../layer.ts';
import { sizeOf, type Tensors, tensor } from '../tensor.ts';

export interface LayerNormConfig {
  /** The last extents of the input, which are normalised together; a number stands for the last one. */
  readonly normalizedShape: number | readonly number[];
  /** Without it there is no argument `weight` and no `bias`; true unless said. The bias may be missing alone. */
  readonly affine?: boolean;
  /** 1e-5 unless said. */
  readonly epsilon?: number;
}

/**
 * Every sample to mean 0 and variance 1 over its last axes, then scaled and shifted element by element. input
 * [..., ...normalizedShape], weight and bias [...normalizedShape], output as the input. The variance is the biased one.
 * A sample whose elements are all equal, as one of a single element, becomes 0, and the output is the bias; its input
 * has gradient (w dy - mean of w dy) / sqrt(epsilon), and with epsilon 0 all is NaN.
 */
export const layerNorm = defineLayer<LayerNormConfig>({
  name: 'layerNorm',
  formula: 'y[n, i] = w[i] (x[n, i] - mean[n]) / sqrt(variance[n] + epsilon) + b[i], both over i',
  source: 'torch.nn.LayerNorm; Ba, Kiros and Hinton 2016, arXiv:1607.06450',
  linear: ['weight', 'bias'],

  cases: fc =>
    fc
      .record({
        leading: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        normalizedShape: fc.oneof(
          fc.integer({ min: 1, max: 7 }),
          fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        ),
        parameters: fc.constantFrom('none' as const, 'weight' as const, 'both' as const),
        epsilon: fc.constantFrom(undefined, 1e-3, 0.25),
      })
      .map(({ leading, normalizedShape, parameters, epsilon }) => {
        const shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
        return {
          config: { normalizedShape, affine: parameters !== 'none', epsilon: epsilonOfCase(sizeOf(shape), epsilon) },
          args: {
            input: [...leading, ...shape],
            ...(parameters !== 'none' && { weight: shape }),
            ...(parameters === 'both' && { bias: shape }),
          },
        };
      }),

  ...normalisation(groupsOf),
  alternatives: { welford: normalisationByWelford(layoutOf) },

  examples: [
    {
      name: 'deviations of 4 and of 0 from the mean, with epsilon 9',
      source: 'by hand: s = 5 and 3, z = -4/5, 4/5, 0, 0',
      config: { normalizedShape: 2, affine: true, epsilon: 9 },
      args: { input: tensor([2, 2], [1, 9, 2, 2]), weight: tensor([2], [1, -2]), bias: tensor([2], [0.5, 1]) },
      outputs: { output: tensor([2, 2], [-0.3, -0.6, 0.5, 1]) },
      upstream: { output: tensor([2, 2], [1, 2, 3, 4]) },
      gradients: {
        input: tensor([2, 2], [0.18, -0.18, 5.5 / 3, -5.5 / 3]),
        weight: tensor([2], [-0.8, 1.6]),
        bias: tensor([2], [4, 6]),
      },
    },
    {
      name: 'a sample of one element is its bias, whatever it was',
      source: 'by hand',
      config: { normalizedShape: [1], affine: true },
      args: { input: tensor([2, 1], [7, -3]), weight: tensor([1], [2]), bias: tensor([1], [0.5]) },
      outputs: { output: tensor([2, 1], [0.5, 0.5]) },
      upstream: { output: tensor([2, 1], [1, 2]) },
      gradients: { input: tensor([2, 1]), weight: tensor([1], [0]), bias: tensor([1], [3]) },
    },
    {
      name: 'over two axes, without a bias',
      source: 'by hand: mean 2, s = sqrt(2 + 2) = 2, z = -1, 0, 0, 1',
      config: { normalizedShape: [2, 2], epsilon: 2 },
      args: { input: tensor([2, 2], [0, 2, 2, 4]), weight: tensor([2, 2], [1, 2, 3, 4]) },
      outputs: { output: tensor([2, 2], [-1, 0, 0, 4]) },
      upstream: { output: tensor([2, 2], [1, 0, 0, 1]) },
      gradients: { input: tensor([2, 2], [0.25, -0.625, -0.625, 1]), weight: tensor([2, 2], [-1, 0, 0, 1]) },
    },
  ],
});

function groupsOf(args: Tensors, config: LayerNormConfig): Groups {
  const { shape, epsilon } = settings(args, config);
  const whole = args.input.shape;
  const leading = whole.slice(0, whole.length - shape.length);
  return {
    count: sizeOf(leading),
    groupOf: broadcastPositions([...leading, ...shape.map(() => 1)], whole),
    parameterOf: broadcastPositions(shape, whole),
    epsilon,
  };
}

function layoutOf(args: Tensors, config: LayerNormConfig): Layout {
  const { shape, epsilon } = settings(args, config);
  const size = sizeOf(shape);
  return {
    groups: { count: args.input.data.length / size, run: size },
    parameters: { count: size, run: 1 },
    epsilon,
  };
}

/** The extents that are normalised together, with which all arguments agree, and epsilon. */
function settings({ input, weight, bias }: Tensors, { normalizedShape, epsilon = 1e-5 }: LayerNormConfig) {
  const shape = typeof normalizedShape === 'number' ? [normalizedShape] : (normalizedShape ?? []);
  if (shape.length === 0) {
    throw new RangeError(
      `layerNorm has no normalizedShape for its input of shape [${input.shape.join(', ')}]; give its last extents, one or more`,
    );
  }
  expectShape('layerNorm', 'input', input, ['...', ...shape]);
  if (weight) expectShape('layerNorm', 'weight', weight, shape);
  if (bias) expectShape('layerNorm', 'bias', bias, shape);
  return { shape, epsilon: epsilonOf('layerNorm', epsilon) };
}
