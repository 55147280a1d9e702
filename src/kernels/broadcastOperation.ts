import { broadcastPositions, broadcastShape } from '../broadcast.ts';
import type { Implementation } from '../layer.ts';
import { emptyLike, sizeOf, zerosLike } from '../tensor.ts';

/**
 * An operation on two numbers, over the elements of `a` and `b` that meet when their shapes broadcast. `slopes` are its
 * derivatives by each; what is stretched gets the sum over its copies.
 */
export function broadcastOperation(
  layer: string,
  value: (a: number, b: number) => number,
  slopes: (a: number, b: number) => readonly [byA: number, byB: number],
): Implementation {
  return {
    forward({ a, b }) {
      const shape = broadcastShape(layer, a.shape, b.shape);
      const ofA = broadcastPositions(a.shape, shape);
      const ofB = broadcastPositions(b.shape, shape);
      const y = emptyLike(a.data, sizeOf(shape));
      for (let at = 0; at < y.length; at++) y[at] = value(a.data[ofA[at]], b.data[ofB[at]]);
      return { output: { shape, data: y } };
    },
    vjp({ a, b }, { output }) {
      const ofA = broadcastPositions(a.shape, output.shape);
      const ofB = broadcastPositions(b.shape, output.shape);
      const da = zerosLike(a);
      const db = zerosLike(b);
      for (let at = 0; at < output.data.length; at++) {
        const [byA, byB] = slopes(a.data[ofA[at]], b.data[ofB[at]]);
        da.data[ofA[at]] += output.data[at] * byA;
        db.data[ofB[at]] += output.data[at] * byB;
      }
      return { a: da, b: db };
    },
  };
}
