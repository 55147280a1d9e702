/**
 * A layer that is used by writing into it: y = a x, where both gradients add to buffers.
 *
 *     npx gradcheck check examples/adapters/mutable.ts
 */
import { fromMutable } from 'gradcheck';

const layer = {
  x: new Float64Array(6),
  a: new Float64Array(1),
  y: new Float64Array(6),
  dx: new Float64Array(6),
  da: new Float64Array(1),
  forward() {
    for (let i = 0; i < 6; i++) layer.y[i] = layer.a[0] * layer.x[i];
  },
  backward(dy: ArrayLike<number>) {
    for (let i = 0; i < 6; i++) {
      layer.dx[i] += layer.a[0] * dy[i];
      layer.da[0] += layer.x[i] * dy[i];
    }
  },
};

export const scale = fromMutable({
  name: 'scale',
  args: { x: [2, 3], a: { shape: [1], role: 'parameter' } },
  load({ x, a }) {
    layer.x.set(x);
    layer.a.set(a);
  },
  forward() {
    layer.forward();
    return { shape: [2, 3], data: layer.y };
  },
  zeroGradients() {
    layer.dx.fill(0);
    layer.da.fill(0);
  },
  backward: dy => layer.backward(dy),
  gradients: () => ({ x: layer.dx, a: layer.da }),
});
