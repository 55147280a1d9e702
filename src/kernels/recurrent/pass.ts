import { type Data, emptyLike } from '../../tensor.ts';
import { affine, affineBackward, affineTangent } from '../affine.ts';
import type { Maps } from './arguments.ts';
import type { Cell } from './cell.ts';
import { sum } from '../sum.ts';

/**
 * One direction of one layer on one sample, in the order in which it goes through time: what comes in at every step, and the
 * states before each step and after the last.
 */
export interface Pass {
  readonly xs: readonly Data[];
  readonly states: readonly (readonly Data[])[];
}

/** Step by step from the states before the first. */
export function pass(cell: Cell, { ih, hh }: Maps, xs: readonly Data[], initial: readonly Data[]): Pass {
  const states = [initial];
  for (const [t, x] of xs.entries()) {
    const before = states[t];
    states.push(cell.forward(affine(ih, x), affine(hh, before[0]), before));
  }
  return { xs, states };
}

/**
 * Back from the last step: `dhs` arrives at h after every step, `dFinal` at the states after the last. What the maps get is
 * added to `dMaps`; returned is what the inputs and the states before the first step get.
 */
export function passBackward(
  cell: Cell,
  { ih, hh }: Maps,
  { xs, states }: Pass,
  dhs: readonly Data[],
  dFinal: readonly Data[],
  dMaps: Maps,
): { dxs: Data[]; dInitial: readonly Data[] } {
  const dxs = xs.map(x => emptyLike(x));
  let dStates = dFinal;
  for (let t = xs.length - 1; t >= 0; t--) {
    const before = states[t];
    const [dh, ...others] = dStates;
    const upstream = [sum(dh, dhs[t]), ...others];
    const own = cell.vjp(affine(ih, xs[t]), affine(hh, before[0]), before, upstream);
    const [dDirect, ...rest] = own.before;
    dxs[t] = affineBackward(ih, xs[t], own.a, dMaps.ih);
    dStates = [sum(dDirect, affineBackward(hh, before[0], own.u, dMaps.hh)), ...rest];
  }
  return { dxs, dInitial: dStates };
}

/** The tangents of the states, from those of the maps, the inputs and the states before the first step. */
export function passTangent(
  cell: Cell,
  { ih, hh }: Maps,
  { xs, states }: Pass,
  mapsDot: Maps,
  xsDot: readonly Data[],
  initialDot: readonly Data[],
): Pass {
  const statesDot = [initialDot];
  for (const [t, x] of xs.entries()) {
    const before = states[t];
    const beforeDot = statesDot[t];
    const tangents = {
      a: affineTangent(ih, x, mapsDot.ih, xsDot[t]),
      u: affineTangent(hh, before[0], mapsDot.hh, beforeDot[0]),
      before: beforeDot,
    };
    statesDot.push(cell.jvp(affine(ih, x), affine(hh, before[0]), before, tangents));
  }
  return { xs: xsDot, states: statesDot };
}
