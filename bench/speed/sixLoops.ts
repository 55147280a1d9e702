import type { Conv2dConfig } from '../../src/layers/conv2d.ts';
import { defineLayer, type Layer } from '../../src/layer.ts';
import { emptyLike, zerosLike } from '../../src/tensor.ts';

/**
 * The convolution that others are compared with: six loops, no padding, stride 1, every size and array in a variable of the
 * function that has the loops. (The reference of conv2d is a quarter slower, since it asks at every tap for the padding.)
 */
export const sixLoops: Layer<Conv2dConfig> = defineLayer<Conv2dConfig>({
  name: 'six loops',

  forward({ input, weight, bias }) {
    const [batch, channels, height, width] = input.shape;
    const [filters, , kernelRows, kernelColumns] = weight.shape;
    const rows = height - kernelRows + 1;
    const columns = width - kernelColumns + 1;
    const x = input.data;
    const W = weight.data;
    const b = bias.data;
    const y = emptyLike(x, batch * filters * rows * columns);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < filters; o++) {
        for (let r = 0; r < rows; r++) {
          for (let s = 0; s < columns; s++) {
            let sum = b[o];
            for (let c = 0; c < channels; c++) {
              for (let p = 0; p < kernelRows; p++) {
                const xAt = ((n * channels + c) * height + r + p) * width + s;
                const WAt = ((o * channels + c) * kernelRows + p) * kernelColumns;
                for (let q = 0; q < kernelColumns; q++) sum += W[WAt + q] * x[xAt + q];
              }
            }
            y[((n * filters + o) * rows + r) * columns + s] = sum;
          }
        }
      }
    }
    return { output: { shape: [batch, filters, rows, columns], data: y } };
  },

  vjp({ input, weight, bias }, { output }) {
    const [batch, channels, height, width] = input.shape;
    const [filters, , kernelRows, kernelColumns] = weight.shape;
    const rows = height - kernelRows + 1;
    const columns = width - kernelColumns + 1;
    const x = input.data;
    const W = weight.data;
    const dOutput = output.data;
    const dx = emptyLike(x);
    const dW = emptyLike(W);
    const db = zerosLike(bias);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < filters; o++) {
        for (let r = 0; r < rows; r++) {
          for (let s = 0; s < columns; s++) {
            const dy = dOutput[((n * filters + o) * rows + r) * columns + s];
            db.data[o] += dy;
            for (let c = 0; c < channels; c++) {
              for (let p = 0; p < kernelRows; p++) {
                const xAt = ((n * channels + c) * height + r + p) * width + s;
                const WAt = ((o * channels + c) * kernelRows + p) * kernelColumns;
                for (let q = 0; q < kernelColumns; q++) {
                  dx[xAt + q] += dy * W[WAt + q];
                  dW[WAt + q] += dy * x[xAt + q];
                }
              }
            }
          }
        }
      }
    }
    return { input: { shape: input.shape, data: dx }, weight: { shape: weight.shape, data: dW }, bias: db };
  },
});
