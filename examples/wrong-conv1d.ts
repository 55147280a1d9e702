/**
 * A wrong layer: a one-dimensional convolution that loses gradient where its windows overlap.
 *
 *     npx gradcheck check examples/wrong-conv1d.ts
 */
import { defineLayer, tensor } from 'gradcheck';

export const conv1d = defineLayer<{ stride: number }>({
  name: 'conv1d',
  axes: { x: ['batch', 'position'], w: ['tap'] },
  cases: [1, 2, 3].map(stride => ({ config: { stride }, args: { x: [2, 9], w: [3] } })),

  forward({ x, w }, { stride }) {
    const [batch, length] = x.shape;
    const [taps] = w.shape;
    const outputs = Math.floor((length - taps) / stride) + 1;
    const y = tensor([batch, outputs]);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outputs; o++) {
        for (let k = 0; k < taps; k++) y.data[n * outputs + o] += x.data[n * length + o * stride + k] * w.data[k];
      }
    }
    return { y };
  },

  vjp({ x, w }, { y }, { stride }) {
    const [batch, length] = x.shape;
    const [taps] = w.shape;
    const outputs = y.shape[1];
    const dx = tensor(x.shape);
    const dw = tensor(w.shape);
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outputs; o++) {
        for (let k = 0; k < taps; k++) {
          const i = n * length + o * stride + k;
          dx.data[i] = y.data[n * outputs + o] * w.data[k]; // should be +=
          dw.data[k] += y.data[n * outputs + o] * x.data[i];
        }
      }
    }
    return { x: dx, w: dw };
  },
});
