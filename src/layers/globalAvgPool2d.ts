import { imagesOf } from '../kernels/pooling.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, tensor, zerosLike } from '../tensor.ts';

/** The mean of every image. input [..., rows, columns], output [..., 1, 1], usually with batch and channel before. */
export const globalAvgPool2d = defineLayer({
  name: 'globalAvgPool2d',
  formula: 'y[n, c] = sum over i, j of x[n, c, i, j] / (rows columns)',
  source: 'torch.nn.AdaptiveAvgPool2d(1); Lin, Chen, Yan 2014, section 3.2',
  linear: ['input'],
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc => {
    const few = fc.integer({ min: 1, max: 3 });
    const extents = fc.integer({ min: 1, max: 5 });
    return fc.tuple(few, few, extents, extents).map(input => ({ config: {}, args: { input } }));
  },

  forward({ input }) {
    const { planes, rows, columns } = imagesOf('globalAvgPool2d', input);
    const area = rows * columns;
    const y = emptyLike(input.data, planes);
    for (let n = 0; n < planes; n++) {
      let sum = 0;
      for (let at = 0; at < area; at++) sum += input.data[n * area + at];
      y[n] = sum / area;
    }
    return { output: { shape: [...input.shape.slice(0, -2), 1, 1], data: y } };
  },

  vjp({ input }, { output }) {
    const { planes, rows, columns } = imagesOf('globalAvgPool2d', input);
    const area = rows * columns;
    const dx = zerosLike(input);
    for (let n = 0; n < planes; n++) {
      for (let at = 0; at < area; at++) dx.data[n * area + at] = output.data[n] / area;
    }
    return { input: dx };
  },

  examples: [
    {
      name: 'two channels of 2x3',
      source: 'by hand',
      config: {},
      args: { input: tensor([1, 2, 2, 3], [1, 2, 3, 4, 5, 9, 0, -1, 0, 0, -2, 0]) },
      outputs: { output: tensor([1, 2, 1, 1], [4, -0.5]) },
      upstream: { output: tensor([1, 2, 1, 1], [3, -6]) },
      gradients: { input: tensor([1, 2, 2, 3], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, -1, -1, -1, -1, -1, -1]) },
    },
    {
      name: 'one pixel is its own mean, without an axis for the batch',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 1, 1], [3, -7]) },
      outputs: { output: tensor([2, 1, 1], [3, -7]) },
      upstream: { output: tensor([2, 1, 1], [2, 5]) },
      gradients: { input: tensor([2, 1, 1], [2, 5]) },
    },
  ],
});
