import { expectShape } from '../kernels/expectShape.ts';
import { imageAxes, type PoolAxis, type PoolSettings } from '../kernels/poolAxis.ts';
import { poolCases } from '../kernels/poolCases.ts';
import { everyWindow, overImages, type Pooling } from '../kernels/pooling.ts';
import { poolRanges } from '../kernels/poolRanges.ts';
import { poolWindows } from '../kernels/poolWindows.ts';
import { spreadOverWindows, windowSums } from '../kernels/windowSums.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, mapTensor, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export type Subsample2dConfig = Pick<PoolSettings, 'kernel' | 'stride'>;

/**
 * Average pooling with a weight and a bias for each channel, as in LeNet-5, whose sigmoid is a layer of its own here.
 * input [..., channel, rows, columns], weight [channel], bias [channel], output [..., channel, rows, columns]. Windows
 * that do not fit are left out; input that none covers gets gradient 0.
 */
export const subsample2d = defineLayer<Subsample2dConfig>({
  name: 'subsample2d',
  formula: 'y[n, c, r, s] = b[c] + w[c] * mean over p, q of x[n, c, r stride + p, s stride + q]',
  source: 'LeCun et al. 1998, section II.B; tiny-dnn average_pooling_layer',
  linear: ['input', 'weight', 'bias'],
  axes: {
    input: ['batch', 'channel', 'row', 'column'],
    weight: ['channel'],
    bias: ['channel'],
    output: ['batch', 'channel', 'row', 'column'],
  },
  cases: fc =>
    poolCases(fc, 2).map(({ settings, input }) => ({
      config: settings,
      args: { input, weight: [input[1]], bias: [input[1]] },
    })),

  forward(args, config) {
    const { input, weight, bias } = args;
    const { channels, area, pooling } = sizes(args, config, poolWindows);
    const { rows, columns } = pooling;
    const y = emptyLike(input.data, sizeOf(pooling.shape));
    everyWindow(pooling, (at, n, high, wide) => {
      const c = n % channels;
      let sum = 0;
      for (const row of high.covered) {
        for (const column of wide.covered) sum += input.data[(n * rows + row) * columns + column];
      }
      y[at] = bias.data[c] + (weight.data[c] * sum) / area;
    });
    return { output: { shape: pooling.shape, data: y } };
  },

  vjp(args, { output }, config) {
    const { input, weight, bias } = args;
    const { channels, area, pooling } = sizes(args, config, poolWindows);
    const { rows, columns } = pooling;
    const dx = zerosLike(input);
    const dw = zerosLike(weight);
    const db = zerosLike(bias);
    everyWindow(pooling, (at, n, high, wide) => {
      const c = n % channels;
      const dy = output.data[at];
      let sum = 0;
      for (const row of high.covered) {
        for (const column of wide.covered) {
          const from = (n * rows + row) * columns + column;
          sum += input.data[from];
          dx.data[from] += (dy * weight.data[c]) / area;
        }
      }
      dw.data[c] += (dy * sum) / area;
      db.data[c] += dy;
    });
    return { input: dx, weight: dw, bias: db };
  },

  alternatives: { sums: bySums() },

  examples: [
    {
      name: 'two channels, and a last column that no window covers',
      source: 'by hand',
      config: { kernel: 2 },
      args: {
        input: tensor([1, 2, 2, 3], [1, 2, 50, 3, 6, 60, 0, -4, 70, 2, -6, 80]),
        weight: tensor([2], [2, -1]),
        bias: tensor([2], [0.5, 1]),
      },
      outputs: { output: tensor([1, 2, 1, 1], [6.5, 3]) },
      upstream: { output: tensor([1, 2, 1, 1], [4, 8]) },
      gradients: {
        input: tensor([1, 2, 2, 3], [2, 2, 0, 2, 2, 0, -2, -2, 0, -2, -2, 0]),
        weight: tensor([2], [12, -16]),
        bias: tensor([2], [4, 8]),
      },
    },
    {
      name: 'overlapping windows, two samples',
      source: 'by hand',
      config: { kernel: [1, 2], stride: 1 },
      args: {
        input: tensor([2, 1, 1, 3], [1, 3, 5, 0, 2, -2]),
        weight: tensor([1], [3]),
        bias: tensor([1], [-1]),
      },
      outputs: { output: tensor([2, 1, 1, 2], [5, 11, 2, -1]) },
      upstream: { output: tensor([2, 1, 1, 2], [2, 4, -2, 6]) },
      gradients: {
        input: tensor([2, 1, 1, 3], [3, 9, 6, -3, 6, 9]),
        weight: tensor([1], [18]),
        bias: tensor([1], [10]),
      },
    },
  ],
});

/** The windows, and what arguments and config agree on. */
function sizes<Window>(
  { input, weight, bias }: Tensors,
  config: Subsample2dConfig,
  windows: (axis: PoolAxis, size: number) => readonly Window[],
) {
  expectShape('subsample2d', 'input', input, ['...', 'channels', 'rows', 'columns']);
  const channels = input.shape[input.shape.length - 3];
  expectShape('subsample2d', 'weight', weight, [channels]);
  expectShape('subsample2d', 'bias', bias, [channels]);
  const axes = imageAxes('subsample2d', { kernel: config.kernel, stride: config.stride });
  const pooling: Pooling<Window> = overImages('subsample2d', input, axes, windows);
  return { channels, area: axes[0].extent * axes[1].extent, pooling };
}

/** The same by sums along rows, then along columns. */
function bySums(): Implementation<Subsample2dConfig> {
  return {
    forward(args, config) {
      const { channels, area, pooling } = sizes(args, config, poolRanges);
      const places = pooling.height.length * pooling.width.length;
      const sums = { shape: pooling.shape, data: windowSums(args.input.data, pooling) };
      const [w, b] = [args.weight.data, args.bias.data];
      const output = mapTensor(sums, (sum, at) => {
        const c = Math.floor(at / places) % channels;
        return (w[c] / area) * sum + b[c];
      });
      return { output };
    },
    vjp(args, { output }, config) {
      const { channels, area, pooling } = sizes(args, config, poolRanges);
      const places = pooling.height.length * pooling.width.length;
      const sums = windowSums(args.input.data, pooling);
      const dw = zerosLike(args.weight);
      const db = zerosLike(args.bias);
      const ofSums = mapTensor(output, (dy, at) => {
        const c = Math.floor(at / places) % channels;
        dw.data[c] += (dy * sums[at]) / area;
        db.data[c] += dy;
        return (dy * args.weight.data[c]) / area;
      });
      const dx = spreadOverWindows(ofSums.data, pooling);
      return { input: { shape: args.input.shape, data: dx }, weight: dw, bias: db };
    },
  };
}
