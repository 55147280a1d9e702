import { gather, type Origin, scatter } from '../kernels/gather.ts';
import { defineLayer } from '../layer.ts';
import { type Tensor, tensor } from '../tensor.ts';

export interface PixelShuffleConfig {
  /** How many rows and columns one pixel becomes. */
  readonly factor: number;
}

/**
 * Channels become pixels: input [..., channels f^2, rows, columns], output [..., channels, rows f, columns f], where f
 * is the factor. The channels of one pixel fill its square row by row.
 */
export const pixelShuffle = defineLayer<PixelShuffleConfig>({
  name: 'pixelShuffle',
  formula: 'y[n, c, r f + p, s f + q] = x[n, c f^2 + p f + q, r, s], p and q from 0 to f - 1',
  source: 'torch.nn.PixelShuffle; Shi et al. 2016',
  linear: ['input'],
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },

  cases: fc => {
    const few = fc.integer({ min: 1, max: 2 });
    const some = fc.integer({ min: 1, max: 3 });
    return fc
      .record({
        factor: fc.constantFrom(1, 2, 2, 3),
        leading: fc.oneof(fc.constant([]), fc.tuple(few), fc.tuple(few, few)),
        channels: fc.constantFrom(1, 2, 2),
        rows: some,
        columns: some,
      })
      .map(({ factor, leading, channels, rows, columns }) => ({
        config: { factor },
        args: { input: [...leading, channels * factor ** 2, rows, columns] },
      }));
  },

  forward({ input }, config) {
    const { shape, origin } = shuffled(input, config);
    return { output: gather(input, shape, origin) };
  },

  vjp({ input }, { output }, config) {
    return { input: scatter(output, input.shape, shuffled(input, config).origin) };
  },

  examples: [
    {
      name: 'four channels of two pixels become one of eight',
      source: 'by hand',
      config: { factor: 2 },
      args: { input: tensor([1, 4, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
      outputs: { output: tensor([1, 1, 2, 4], [1, 3, 2, 4, 5, 7, 6, 8]) },
      upstream: { output: tensor([1, 1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) },
      gradients: { input: tensor([1, 4, 1, 2], [1, 3, 2, 4, 5, 7, 6, 8]) },
    },
    {
      name: 'two channels, each from four of its own',
      source: 'by hand',
      config: { factor: 2 },
      args: { input: tensor([8, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8]) },
      outputs: { output: tensor([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]) },
      upstream: { output: tensor([2, 2, 2], [8, 7, 6, 5, 4, 3, 2, 1]) },
      gradients: { input: tensor([8, 1, 1], [8, 7, 6, 5, 4, 3, 2, 1]) },
    },
  ],
});

/** The shape of the output, and where it is in the input. */
function shuffled({ shape }: Tensor, { factor }: PixelShuffleConfig): { shape: readonly number[]; origin: Origin } {
  const leading = shape.slice(0, -3);
  const [channels, rows, columns] = shape.slice(-3);
  if (shape.length < 3 || !Number.isInteger(factor) || factor < 1 || channels % factor ** 2 !== 0) {
    throw new RangeError(
      `pixelShuffle has factor ${factor} and an input of shape [${shape.join(', ')}]; it needs [..., a multiple of factor^2, rows, columns]`,
    );
  }
  const origin: Origin = index => {
    const [c, row, column] = index.slice(-3);
    const channel = c * factor ** 2 + (row % factor) * factor + (column % factor);
    return [...index.slice(0, -3), channel, Math.floor(row / factor), Math.floor(column / factor)];
  };
  return { shape: [...leading, channels / factor ** 2, rows * factor, columns * factor], origin };
}
