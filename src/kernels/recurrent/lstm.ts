import { emptyLike } from '../../tensor.ts';
import { logistic, logisticSlope } from '../logistic.ts';
import { tanhSlope } from '../tanhSlope.ts';
import { blocks, joined } from './blocks.ts';
import type { Cell } from './cell.ts';
import { sigmoids, tanhs } from './squash.ts';
import { sum } from '../sum.ts';

/** c' = f c + i g, h' = o tanh c', with i, f, o = s(z), g = tanh z, z = a + u; the blocks of z in the order i, f, g, o. */
export const lstm: Cell = {
  gates: 4,
  states: ['h', 'c'],

  forward(a, u, [, c]) {
    const z = sum(a, u);
    const hidden = c.length;
    const [hAfter, cAfter] = [emptyLike(c), emptyLike(c)];
    for (let k = 0; k < hidden; k++) {
      const i = logistic(z[k]);
      const f = logistic(z[hidden + k]);
      const g = Math.tanh(z[2 * hidden + k]);
      const o = logistic(z[3 * hidden + k]);
      cAfter[k] = f * c[k] + i * g;
      hAfter[k] = o * Math.tanh(cAfter[k]);
    }
    return [hAfter, cAfter];
  },

  vjp(a, u, [h, c], [dh, dc]) {
    const z = sum(a, u);
    const hidden = c.length;
    const dz = emptyLike(z);
    const dBefore = emptyLike(c);
    for (let k = 0; k < hidden; k++) {
      const [atF, atG, atO] = [hidden + k, 2 * hidden + k, 3 * hidden + k];
      const i = logistic(z[k]);
      const f = logistic(z[atF]);
      const g = Math.tanh(z[atG]);
      const cAfter = f * c[k] + i * g;
      const dCell = dc[k] + dh[k] * logistic(z[atO]) * tanhSlope(cAfter);
      dz[k] = dCell * g * logisticSlope(z[k]);
      dz[atF] = dCell * c[k] * logisticSlope(z[atF]);
      dz[atG] = dCell * i * tanhSlope(z[atG]);
      dz[atO] = dh[k] * Math.tanh(cAfter) * logisticSlope(z[atO]);
      dBefore[k] = dCell * f;
    }
    return { a: dz, u: dz, before: [emptyLike(h), dBefore] };
  },

  jvp(a, u, [, c], tangents) {
    const z = sum(a, u);
    const zDot = sum(tangents.a, tangents.u);
    const [, cDot] = tangents.before;
    const hidden = c.length;
    const [hAfterDot, cAfterDot] = [emptyLike(c), emptyLike(c)];
    for (let k = 0; k < hidden; k++) {
      const [atF, atG, atO] = [hidden + k, 2 * hidden + k, 3 * hidden + k];
      const i = logistic(z[k]);
      const f = logistic(z[atF]);
      const g = Math.tanh(z[atG]);
      const o = logistic(z[atO]);
      const iDot = logisticSlope(z[k]) * zDot[k];
      const fDot = logisticSlope(z[atF]) * zDot[atF];
      const gDot = tanhSlope(z[atG]) * zDot[atG];
      const oDot = logisticSlope(z[atO]) * zDot[atO];
      const cAfter = f * c[k] + i * g;
      cAfterDot[k] = fDot * c[k] + f * cDot[k] + iDot * g + i * gDot;
      hAfterDot[k] = oDot * Math.tanh(cAfter) + o * tanhSlope(cAfter) * cAfterDot[k];
    }
    return [hAfterDot, cAfterDot];
  },

  blocked(a, u, [h, c]) {
    const [zI, zF, zG, zO] = blocks(sum(a, u), 4);
    const [i, f, g, o] = [sigmoids(zI), sigmoids(zF), tanhs(zG), sigmoids(zO)];
    const cell = c.map((before, k) => f.value[k] * before + i.value[k] * g.value[k]);
    const squashed = tanhs(cell);
    return {
      after: [squashed.value.map((value, k) => o.value[k] * value), cell],
      back([dh, dc]) {
        const dCell = dc.map((d, k) => d + dh[k] * o.value[k] * squashed.slope[k]);
        const dz = joined([
          dCell.map((d, k) => d * g.value[k] * i.slope[k]),
          dCell.map((d, k) => d * c[k] * f.slope[k]),
          dCell.map((d, k) => d * i.value[k] * g.slope[k]),
          dh.map((d, k) => d * squashed.value[k] * o.slope[k]),
        ]);
        return { a: dz, u: dz, before: [emptyLike(h), dCell.map((d, k) => d * f.value[k])] };
      },
    };
  },
};
