import { emptyLike } from '../../tensor.ts';
import { logistic, logisticSlope } from '../logistic.ts';
import { tanhSlope } from '../tanhSlope.ts';
import { blocks, joined } from './blocks.ts';
import type { Cell } from './cell.ts';
import { sigmoids, tanhs } from './squash.ts';
import { sum } from '../sum.ts';

/**
 * h' = (1 - z) n + z h, with r = s(a + u), z = s(a + u), n = tanh(a + r u), each of its own block of a and u, in this
 * order: the reset gate r acts on U h + b', after the product. 1 - z is s(-a - u), which does not cancel where z is near 1.
 */
export const gru: Cell = {
  gates: 3,
  states: ['h'],

  forward: (a, u, [h]) => [
    h.map((before, k) => {
      const [atZ, atN] = [h.length + k, 2 * h.length + k];
      const r = logistic(a[k] + u[k]);
      const z = logistic(a[atZ] + u[atZ]);
      const n = Math.tanh(a[atN] + r * u[atN]);
      return logistic(-a[atZ] - u[atZ]) * n + z * before;
    }),
  ],

  vjp(a, u, [h], [dh]) {
    const hidden = h.length;
    const [da, du, dBefore] = [emptyLike(a), emptyLike(u), emptyLike(h)];
    for (let k = 0; k < hidden; k++) {
      const [atZ, atN] = [hidden + k, 2 * hidden + k];
      const r = logistic(a[k] + u[k]);
      const z = logistic(a[atZ] + u[atZ]);
      const inner = a[atN] + r * u[atN];
      const dz = dh[k] * (h[k] - Math.tanh(inner));
      const dn = dh[k] * logistic(-a[atZ] - u[atZ]);
      const dInner = dn * tanhSlope(inner);
      const dr = dInner * u[atN];
      da[k] = du[k] = dr * logisticSlope(a[k] + u[k]);
      da[atZ] = du[atZ] = dz * logisticSlope(a[atZ] + u[atZ]);
      da[atN] = dInner;
      du[atN] = dInner * r;
      dBefore[k] = dh[k] * z;
    }
    return { a: da, u: du, before: [dBefore] };
  },

  jvp: (a, u, [h], { a: aDot, u: uDot, before: [hDot] }) => [
    h.map((before, k) => {
      const [atZ, atN] = [h.length + k, 2 * h.length + k];
      const r = logistic(a[k] + u[k]);
      const z = logistic(a[atZ] + u[atZ]);
      const inner = a[atN] + r * u[atN];
      const rDot = logisticSlope(a[k] + u[k]) * (aDot[k] + uDot[k]);
      const zDot = logisticSlope(a[atZ] + u[atZ]) * (aDot[atZ] + uDot[atZ]);
      const nDot = tanhSlope(inner) * (aDot[atN] + rDot * u[atN] + r * uDot[atN]);
      return logistic(-a[atZ] - u[atZ]) * nDot - zDot * Math.tanh(inner) + zDot * before + z * hDot[k];
    }),
  ],

  blocked(a, u, [h]) {
    const [zR, zZ] = blocks(sum(a, u), 3);
    const [, , aN] = blocks(a, 3);
    const [, , uN] = blocks(u, 3);
    const r = sigmoids(zR);
    const z = sigmoids(zZ);
    const rest = sigmoids(zZ.map(value => -value)).value;
    const n = tanhs(aN.map((value, k) => value + r.value[k] * uN[k]));
    return {
      after: [h.map((before, k) => n.value[k] * rest[k] + z.value[k] * before)],
      back([dh]) {
        const dN = dh.map((d, k) => d * rest[k] * n.slope[k]);
        const dR = dN.map((d, k) => d * uN[k] * r.slope[k]);
        const dZ = dh.map((d, k) => d * (h[k] - n.value[k]) * z.slope[k]);
        return {
          a: joined([dR, dZ, dN]),
          u: joined([dR, dZ, dN.map((d, k) => d * r.value[k])]),
          before: [dh.map((d, k) => d * z.value[k])],
        };
      },
    };
  },
};
