import { expectShape } from '../kernels/expectShape.ts';
import { numbersOrPairs, pair } from '../kernels/pair.ts';
import { imageAxes, type PoolSettings } from '../kernels/poolAxis.ts';
import { imagesOf, overImages } from '../kernels/pooling.ts';
import { poolRanges } from '../kernels/poolRanges.ts';
import { spreadOverWindows, windowSums } from '../kernels/windowSums.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, mapTensor, type Tensors, tensor, zerosLike } from '../tensor.ts';

export type AvgUnpool2dConfig = Pick<PoolSettings, 'kernel' | 'stride'>;

/**
 * Spreads every value over its window, with a weight and a bias for each channel; nothing is divided by the size of the
 * window. input [..., channel, rows, columns], weight [channel], bias [channel], output [..., channel, (rows - 1) stride +
 * kernel rows, (columns - 1) stride + kernel columns]. Where windows overlap their values add; what none covers is the bias.
 */
export const avgUnpool2d = defineLayer<AvgUnpool2dConfig>({
  name: 'avgUnpool2d',
  formula:
    'y[n, c, i, j] = b[c] + w[c] * sum of x[n, c, r, s] over r stride <= i < r stride + kernel rows, and j alike',
  source: 'tiny-dnn average_unpooling_layer',
  linear: ['input', 'weight', 'bias'],
  axes: {
    input: ['batch', 'channel', 'row', 'column'],
    weight: ['channel'],
    bias: ['channel'],
    output: ['batch', 'channel', 'row', 'column'],
  },
  cases: fc => {
    const upTo = (max: number) => fc.integer({ min: 1, max });
    return fc
      .record({
        config: fc.record(
          { kernel: numbersOrPairs(fc, { min: 1, max: 3 }), stride: numbersOrPairs(fc, { min: 1, max: 3 }) },
          { requiredKeys: ['kernel'] },
        ),
        input: fc.tuple(upTo(2), upTo(2), upTo(3), upTo(3)),
      })
      .map(({ config, input }) => ({ config, args: { input, weight: [input[1]], bias: [input[1]] } }));
  },

  forward(args, config) {
    const { input, weight, bias } = args;
    const { channels, planes, rows, columns, outRows, outColumns, shape } = sizes(args, config);
    const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
    const [strideRows, strideColumns] = pair('stride', config.stride ?? config.kernel);
    const y = emptyLike(input.data, planes * outRows * outColumns);
    for (let n = 0; n < planes; n++) {
      const c = n % channels;
      y.fill(bias.data[c], n * outRows * outColumns, (n + 1) * outRows * outColumns);
      for (let r = 0; r < rows; r++) {
        for (let s = 0; s < columns; s++) {
          const value = weight.data[c] * input.data[(n * rows + r) * columns + s];
          for (let p = 0; p < kernelRows; p++) {
            for (let q = 0; q < kernelColumns; q++) {
              y[(n * outRows + r * strideRows + p) * outColumns + s * strideColumns + q] += value;
            }
          }
        }
      }
    }
    return { output: { shape, data: y } };
  },

  vjp(args, { output }, config) {
    const { input, weight, bias } = args;
    const { channels, planes, rows, columns, outRows, outColumns } = sizes(args, config);
    const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
    const [strideRows, strideColumns] = pair('stride', config.stride ?? config.kernel);
    const dx = zerosLike(input);
    const dw = zerosLike(weight);
    const db = zerosLike(bias);
    for (let n = 0; n < planes; n++) {
      const c = n % channels;
      for (let at = n * outRows * outColumns; at < (n + 1) * outRows * outColumns; at++) db.data[c] += output.data[at];
      for (let r = 0; r < rows; r++) {
        for (let s = 0; s < columns; s++) {
          const from = (n * rows + r) * columns + s;
          for (let p = 0; p < kernelRows; p++) {
            for (let q = 0; q < kernelColumns; q++) {
              const dy = output.data[(n * outRows + r * strideRows + p) * outColumns + s * strideColumns + q];
              dx.data[from] += dy * weight.data[c];
              dw.data[c] += dy * input.data[from];
            }
          }
        }
      }
    }
    return { input: dx, weight: dw, bias: db };
  },

  alternatives: { sums: bySums() },

  examples: [
    {
      name: 'side by side, two channels',
      source: 'by hand',
      config: { kernel: [1, 2] },
      args: {
        input: tensor([1, 2, 1, 2], [1, 3, -1, 4]),
        weight: tensor([2], [2, 0.5]),
        bias: tensor([2], [0, 1]),
      },
      outputs: { output: tensor([1, 2, 1, 4], [2, 2, 6, 6, 0.5, 0.5, 3, 3]) },
      upstream: { output: tensor([1, 2, 1, 4], [1, 2, 3, -5, 4, 4, 0, 2]) },
      gradients: {
        input: tensor([1, 2, 1, 2], [6, -4, 4, 1]),
        weight: tensor([2], [-3, 0]),
        bias: tensor([2], [1, 10]),
      },
    },
    {
      name: 'rows overlap and add; columns leave a gap, which is the bias',
      source: 'by hand',
      config: { kernel: [2, 1], stride: [1, 2] },
      args: {
        input: tensor([1, 1, 2, 2], [1, 2, 3, 4]),
        weight: tensor([1], [10]),
        bias: tensor([1], [5]),
      },
      outputs: { output: tensor([1, 1, 3, 3], [15, 5, 25, 45, 5, 65, 35, 5, 45]) },
      upstream: { output: tensor([1, 1, 3, 3], [1, 100, 2, 3, 200, 4, 5, 300, 6]) },
      gradients: {
        input: tensor([1, 1, 2, 2], [40, 60, 80, 100]),
        weight: tensor([1], [80]),
        bias: tensor([1], [621]),
      },
    },
  ],
});

/** The sizes that arguments and config agree on. */
function sizes({ input, weight, bias }: Tensors, config: AvgUnpool2dConfig) {
  expectShape('avgUnpool2d', 'input', input, ['...', 'channels', 'rows', 'columns']);
  const { planes, rows, columns } = imagesOf('avgUnpool2d', input);
  const channels = input.shape[input.shape.length - 3];
  expectShape('avgUnpool2d', 'weight', weight, [channels]);
  expectShape('avgUnpool2d', 'bias', bias, [channels]);
  const [kernelRows, kernelColumns] = pair('kernel', config.kernel);
  const [strideRows, strideColumns] = pair('stride', config.stride ?? config.kernel);
  const outRows = (rows - 1) * strideRows + kernelRows;
  const outColumns = (columns - 1) * strideColumns + kernelColumns;
  const shape = [...input.shape.slice(0, -2), outRows, outColumns];
  return { channels, planes, rows, columns, outRows, outColumns, shape };
}

/** The same as the adjoint of sums over the windows of the output. */
function bySums(): Implementation<AvgUnpool2dConfig> {
  const poolingOf = (shape: readonly number[], { kernel, stride }: AvgUnpool2dConfig) =>
    overImages('avgUnpool2d', { shape }, imageAxes('avgUnpool2d', { kernel, stride }), poolRanges);
  return {
    forward(args, config) {
      const { channels, rows, columns, outRows, outColumns, shape } = sizes(args, config);
      const [w, b] = [args.weight.data, args.bias.data];
      const weighted = mapTensor(args.input, (x, at) => x * w[Math.floor(at / (rows * columns)) % channels]);
      const spread = spreadOverWindows(weighted.data, poolingOf(shape, config));
      const place = outRows * outColumns;
      return { output: mapTensor({ shape, data: spread }, (y, at) => y + b[Math.floor(at / place) % channels]) };
    },
    vjp(args, { output }, config) {
      const { channels, rows, columns, outRows, outColumns, shape } = sizes(args, config);
      const dw = zerosLike(args.weight);
      const db = zerosLike(args.bias);
      for (const [at, dy] of output.data.entries()) db.data[Math.floor(at / (outRows * outColumns)) % channels] += dy;
      const sums = windowSums(output.data, poolingOf(shape, config));
      const dx = mapTensor(args.input, (x, at) => {
        const c = Math.floor(at / (rows * columns)) % channels;
        dw.data[c] += x * sums[at];
        return sums[at] * args.weight.data[c];
      });
      return { input: dx, weight: dw, bias: db };
    },
  };
}
