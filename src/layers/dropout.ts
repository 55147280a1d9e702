import { expectShape } from '../kernels/expectShape.ts';
import { maskOf } from '../kernels/mask.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, type Tensor, type Tensors, tensor } from '../tensor.ts';

export interface DropoutConfig {
  /** The share of elements that are dropped, from 0 to 1; 0.5 unless said. */
  readonly rate?: number;
  /** Draws the mask where none is given: always the same for the same seed, rate and number of elements. */
  readonly seed?: number | string;
}

/**
 * Inverted dropout in training: y = x mask / (1 - rate). input of any shape, constant mask of 0 and 1 in that shape, output
 * as the input. Without the argument `mask` the config's `seed` draws it, since a layer is a pure function: to drop
 * others in the next step, give another seed. At rate 1 all is dropped and y is 0, whatever the mask, as in PyTorch; at
 * rate 0 a drawn mask keeps all.
 */
export const dropout = defineLayer<DropoutConfig>({
  name: 'dropout',
  formula: 'y[i] = x[i] mask[i] / (1 - rate)',
  source: 'torch.nn.Dropout; Srivastava et al. 2014, JMLR 15, section 10 (scaled in training)',
  linear: ['input'],
  constants: ['mask'],

  cases: fc =>
    fc
      .record({
        shape: fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
        rate: fc.constantFrom(undefined, 0, 0.25, 0.7, 1),
        seed: fc.option(fc.integer({ min: 0, max: 99 }), { nil: undefined }),
      })
      .map(({ shape, rate, seed }) => ({
        config: { rate, seed },
        args: { input: shape, ...(seed === undefined && { mask: { shape, integer: true, range: [0, 1] } }) },
      })),

  forward: (args, config) => ({ output: masked(args.input, args, config) }),
  vjp: (args, { output }, config) => ({ input: masked(output, args, config) }),

  examples: [
    {
      name: 'kept elements are scaled up, forward and backward',
      source: 'by hand',
      config: { rate: 0.75 },
      args: { input: tensor([2, 2], [1, -2, 3, 0]), mask: tensor([2, 2], [1, 0, 1, 1]) },
      outputs: { output: tensor([2, 2], [4, 0, 12, 0]) },
      upstream: { output: tensor([2, 2], [1, 2, -3, 4]) },
      gradients: { input: tensor([2, 2], [4, 0, -12, 16]) },
    },
    {
      name: 'rate 1 drops all, whatever the mask',
      source: 'by hand; PyTorch multiplies by 0 there, not by 1/0',
      config: { rate: 1 },
      args: { input: tensor([2], [1, 2]), mask: tensor([2], [0, 1]) },
      outputs: { output: tensor([2], [0, 0]) },
      upstream: { output: tensor([2], [3, 4]) },
      gradients: { input: tensor([2], [0, 0]) },
    },
    {
      name: 'rate 0 drops nothing, whatever the seed',
      source: 'by hand',
      config: { rate: 0, seed: 7 },
      args: { input: tensor([3], [1, -2, 3]) },
      outputs: { output: tensor([3], [1, -2, 3]) },
      upstream: { output: tensor([3], [4, 5, 6]) },
      gradients: { input: tensor([3], [4, 5, 6]) },
    },
  ],
});

/** value * mask / (1 - rate), and 0 at rate 1. */
function masked(value: Tensor, { input, mask }: Tensors, { rate = 0.5, seed }: DropoutConfig): Tensor {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`dropout has rate ${String(rate)}; give a number from 0 to 1`);
  if (!mask && seed === undefined) {
    throw new RangeError('dropout has neither an argument "mask" nor a seed in its config; give one of them');
  }
  if (mask) expectShape('dropout', 'mask', mask, input.shape);
  const { data: kept } = mask ?? maskOf(input, rate, seed as number | string);
  const scale = rate === 1 ? 0 : 1 / (1 - rate);
  return mapTensor(value, (each, i) => each * kept[i] * scale);
}
