import { shapes } from '../arbitraries.ts';
import { expectShape } from '../kernels/expectShape.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, sizeOf, type Tensor, tensor, zerosLike } from '../tensor.ts';

export interface PreluConfig {
  /** How many slopes are learned: 1 for all elements, or one a channel; 1 unless said. */
  readonly parameters?: number;
}

/**
 * Rectified linear unit whose slope on the negative side is learned. input of any shape, weight [parameters]; with several
 * parameters the input is [batch, channel, ...], one channel each. At 0 the derivative by the input is taken as the weight, as
 * PyTorch does.
 */
export const prelu = defineLayer<PreluConfig>({
  name: 'prelu',
  formula: 'y[n, c, …] = x > 0 ? x : w[c] x, with x = x[n, c, …]',
  source: 'torch.nn.PReLU; He, Zhang, Ren and Sun 2015, equation 1',
  linear: ['weight'],
  kinks: 'input = 0',
  axes: { input: ['batch', 'channel'], weight: ['channel'], output: ['batch', 'channel'] },

  cases: fc =>
    fc.oneof(
      shapes(fc).map(shape => ({ config: {}, args: { input: shape, weight: [1] } })),
      shapes(fc, { minRank: 2 }).map(shape => ({
        config: { parameters: shape[1] },
        args: { input: shape, weight: [shape[1]] },
      })),
    ),

  forward({ input, weight }, config) {
    const channel = channelOf(input, weight, config);
    return { output: mapTensor(input, (x, i) => (x > 0 ? x : weight.data[channel(i)] * x)) };
  },

  vjp({ input, weight }, { output: dy }, config) {
    const channel = channelOf(input, weight, config);
    const [dx, dw] = [zerosLike(input), zerosLike(weight)];
    for (let i = 0; i < input.data.length; i++) {
      const positive = input.data[i] > 0;
      dx.data[i] = positive ? dy.data[i] : weight.data[channel(i)] * dy.data[i];
      if (!positive) dw.data[channel(i)] += input.data[i] * dy.data[i];
    }
    return { input: dx, weight: dw };
  },

  examples: [
    {
      name: 'one slope for all: both sides of zero, and zero',
      source: 'by hand',
      config: {},
      args: { input: tensor([4], [-2, 0, 3, -4]), weight: tensor([1], [0.25]) },
      outputs: { output: tensor([4], [-0.5, 0, 3, -1]) },
      upstream: { output: tensor([4], [4, 8, 5, 2]) },
      gradients: { input: tensor([4], [1, 2, 5, 0.5]), weight: tensor([1], [-16]) },
    },
    {
      name: 'a slope a channel, one of them negative',
      source: 'by hand',
      config: { parameters: 2 },
      args: { input: tensor([2, 2, 2], [-1, 2, -3, 4, 5, -6, 7, -8]), weight: tensor([2], [0.5, -1]) },
      outputs: { output: tensor([2, 2, 2], [-0.5, 2, 3, 4, 5, -3, 7, 8]) },
      upstream: { output: tensor([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
      gradients: { input: tensor([2, 2, 2], [0.5, 2, -3, 4, 5, 3, 7, -8]), weight: tensor([2], [-37, -73]) },
    },
  ],
});

/** The weight that belongs to the element at a flat position: that of its index along axis 1, or the only one. */
function channelOf(input: Tensor, weight: Tensor, { parameters = 1 }: PreluConfig): (i: number) => number {
  if (weight.shape.length > 0 || parameters !== 1) expectShape('prelu', 'weight', weight, [parameters]);
  if (parameters === 1) return () => 0;
  if (input.shape[1] !== parameters) {
    throw new RangeError(
      `prelu has parameters ${parameters} and an input of shape [${input.shape.join(', ')}]; give 1, or the extent of axis 1`,
    );
  }
  const inner = sizeOf(input.shape.slice(2));
  return i => Math.floor(i / inner) % parameters;
}
