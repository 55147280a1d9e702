import { sizeOf } from '../tensor.ts';

/** How windows lie along one axis: element k of that at a place is cell place * stride + k * dilation - before. */
export interface WindowAxis {
  readonly places: number;
  readonly cells: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
}

/** What the products of a convolution run over. */
export interface Products {
  readonly batch: number;
  readonly groups: number;
  readonly placeChannels: number;
  readonly cellChannels: number;
  readonly axes: readonly WindowAxis[];
}

/**
 * Visits every product of a convolution over any number of axes, in the order of its formula: weight [a, b, k] joins
 * place [n, a, r] with cell [n, group(a) + b, r * stride + k * dilation - before], where r and k have a component for
 * each axis. All three are given as positions in their tensors. A convolution reads cells and writes places; a
 * transposed one reads places and writes cells.
 */
export function everyProduct(
  { batch, groups, placeChannels, cellChannels, axes }: Products,
  visit: (place: number, weight: number, cell: number) => void,
): void {
  const taps = tapsOf(axes);
  const places = sizeOf(axes.map(axis => axis.places));
  const weights = sizeOf(axes.map(axis => axis.kernel));
  const cells = sizeOf(axes.map(axis => axis.cells));
  const perGroup = cellChannels / groups;
  for (let n = 0; n < batch; n++) {
    for (let a = 0; a < placeChannels; a++) {
      const group = Math.floor(a / (placeChannels / groups)) * perGroup;
      for (let b = 0; b < perGroup; b++) {
        const place = (n * placeChannels + a) * places;
        const weight = (a * perGroup + b) * weights;
        const cell = (n * cellChannels + group + b) * cells;
        for (const tap of taps) visit(place + tap.place, weight + tap.weight, cell + tap.cell);
      }
    }
  }
}

interface Tap {
  readonly place: number;
  readonly weight: number;
  readonly cell: number;
}

/** The products of one map with one kernel, what lies in the padding left out. */
function tapsOf(axes: readonly WindowAxis[]): Tap[] {
  let taps: Tap[] = [{ place: 0, weight: 0, cell: 0 }];
  for (const axis of axes) taps = taps.flatMap(tap => tapsAlong(axis, tap));
  return taps;
}

/** Those of one more axis, which varies faster than those that `outer` counts. */
function tapsAlong({ places, cells, kernel, stride, dilation, before }: WindowAxis, outer: Tap): Tap[] {
  const taps: Tap[] = [];
  for (let r = 0; r < places; r++) {
    for (let k = 0; k < kernel; k++) {
      const cell = r * stride + k * dilation - before;
      if (cell < 0 || cell >= cells) continue;
      taps.push({
        place: outer.place * places + r,
        weight: outer.weight * kernel + k,
        cell: outer.cell * cells + cell,
      });
    }
  }
  return taps;
}
