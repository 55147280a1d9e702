/**
 * A right layer: Swish with a slope of its own for every channel, y = x * sigmoid(b x).
 *
 *     npx gradcheck check examples/swish.ts
 */
import { defineLayer, tensor } from 'gradcheck';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

export const swish = defineLayer({
  name: 'swish',
  args: { x: [2, 3, 4], slope: [3] },

  forward({ x, slope }) {
    const [, channels, width] = x.shape;
    const channel = (i: number) => Math.floor(i / width) % channels;
    return {
      y: tensor(
        x.shape,
        Float64Array.from(x.data, (value, i) => value * sigmoid(slope.data[channel(i)] * value)),
      ),
    };
  },

  vjp({ x, slope }, { y }) {
    const [, channels, width] = x.shape;
    const dx = tensor(x.shape);
    const dslope = tensor(slope.shape);
    for (const [i, value] of x.data.entries()) {
      const c = Math.floor(i / width) % channels;
      const s = sigmoid(slope.data[c] * value);
      dx.data[i] = y.data[i] * (s + slope.data[c] * value * s * (1 - s));
      dslope.data[c] += y.data[i] * value * value * s * (1 - s);
    }
    return { x: dx, slope: dslope };
  },
});
