import { describe, emptyLike } from '../../tensor.ts';
import { tanhSlope } from '../tanhSlope.ts';
import type { Cell } from './cell.ts';
import { tanhs } from './squash.ts';
import { sum } from '../sum.ts';

export type Activation = 'tanh' | 'relu';

/** h' = act(a + u). At 0 the slope of relu is 0. */
export function rnn(activation: Activation = 'tanh'): Cell {
  const [act, slope] = activationOf(activation);
  return {
    gates: 1,
    states: ['h'],
    forward: (a, u) => [a.map((value, k) => act(value + u[k]))],
    vjp(a, u, [h], [dh]) {
      const dz = dh.map((d, k) => d * slope(a[k] + u[k]));
      return { a: dz, u: dz, before: [emptyLike(h)] };
    },
    jvp: (a, u, _before, tangents) => [a.map((value, k) => slope(value + u[k]) * (tangents.a[k] + tangents.u[k]))],
    blocked(a, u, [h]) {
      const z = sum(a, u);
      const after = activation === 'tanh' ? tanhs(z) : { value: z.map(act), slope: z.map(slope) };
      return {
        after: [after.value],
        back([dh]) {
          const dz = dh.map((d, k) => d * after.slope[k]);
          return { a: dz, u: dz, before: [emptyLike(h)] };
        },
      };
    },
  };
}

/** The activation of that name, and its slope. */
function activationOf(name: Activation): [act: (x: number) => number, slope: (x: number) => number] {
  switch (name) {
    case 'tanh':
      return [Math.tanh, tanhSlope];
    case 'relu':
      return [x => Math.max(x, 0), x => (x > 0 ? 1 : 0)];
    default:
      throw new RangeError(`a recurrent layer has activation ${describe(name)}; give "tanh" or "relu"`);
  }
}
