import { gather, type Origin, scatter } from '../kernels/gather.ts';
import { defineLayer } from '../layer.ts';
import { describe, type Tensor, tensor } from '../tensor.ts';

export interface ZeroPad2dConfig {
  /** Rows of zeros above; 0 unless said, as on every side. Negative cuts rows off. */
  readonly top?: number;
  readonly bottom?: number;
  readonly left?: number;
  readonly right?: number;
}

/**
 * Zeros around an image. input [..., rows, columns], usually with batch and channel before; output [..., top + rows +
 * bottom, left + columns + right].
 */
export const zeroPad2d = defineLayer<ZeroPad2dConfig>({
  name: 'zeroPad2d',
  formula: 'y[n, c, r, s] = x[n, c, r - top, s - left], 0 where there is none',
  source: 'torch.nn.ZeroPad2d',
  linear: ['input'],
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },

  cases: fc => {
    const side = fc.integer({ min: -1, max: 2 });
    const few = fc.integer({ min: 1, max: 2 });
    // Three rows or columns of which one at either end may go.
    const some = fc.integer({ min: 3, max: 4 });
    return fc
      .record({
        config: fc.record({ top: side, bottom: side, left: side, right: side }),
        leading: fc.oneof(fc.constant([]), fc.tuple(few), fc.tuple(few, few)),
        image: fc.tuple(some, some),
      })
      .map(({ config, leading, image }) => ({ config, args: { input: [...leading, ...image] } }));
  },

  forward({ input }, config) {
    const { shape, origin } = padded(input, config);
    return { output: gather(input, shape, origin) };
  },

  vjp({ input }, { output }, config) {
    return { input: scatter(output, input.shape, padded(input, config).origin) };
  },

  examples: [
    {
      name: 'a different number on every side',
      source: 'by hand',
      config: { top: 1, left: 2, right: 1 },
      args: { input: tensor([1, 1, 1, 2], [5, 6]) },
      outputs: { output: tensor([1, 1, 2, 5], [0, 0, 0, 0, 0, 0, 0, 5, 6, 0]) },
      upstream: { output: tensor([1, 1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) },
      gradients: { input: tensor([1, 1, 1, 2], [8, 9]) },
    },
    {
      name: 'a column less on the left, a row more below',
      source: 'by hand',
      config: { bottom: 1, left: -1 },
      args: { input: tensor([2, 2], [1, 2, 3, 4]) },
      outputs: { output: tensor([3, 1], [2, 4, 0]) },
      upstream: { output: tensor([3, 1], [5, 6, 7]) },
      gradients: { input: tensor([2, 2], [0, 5, 0, 6]) },
    },
  ],
});

/** The shape of the output, and where it is in the input. */
function padded({ shape }: Tensor, { top = 0, bottom = 0, left = 0, right = 0 }: ZeroPad2dConfig) {
  const sides = { top, bottom, left, right };
  for (const [side, zeros] of Object.entries(sides)) {
    if (!Number.isInteger(zeros)) throw new RangeError(`zeroPad2d has ${side} ${describe(zeros)}; give an integer`);
  }
  const leading = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2);
  const [height, width] = [top + rows + bottom, left + columns + right];
  if (!(height >= 0 && width >= 0)) {
    throw new RangeError(
      `zeroPad2d has an input of shape [${shape.join(', ')}] and padding ${JSON.stringify(sides)}; it needs rows and columns, and as many as are cut off`,
    );
  }
  const origin: Origin = index => {
    const [row, column] = [index[leading.length] - top, index[leading.length + 1] - left];
    const isZero = row < 0 || row >= rows || column < 0 || column >= columns;
    return isZero ? undefined : [...index.slice(0, -2), row, column];
  };
  return { shape: [...leading, height, width], origin };
}
