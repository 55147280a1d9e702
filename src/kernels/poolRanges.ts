import { noWindow, type PoolAxis } from './poolAxis.ts';

/** The indices from, from + step, … before `to`. */
export interface PoolRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** How many places it has with those in the padding, for pools without dilation. */
  readonly padded: number;
}

/** The same windows as `poolWindows`, counted and placed by closed formulas that share nothing with it. */
export function poolRanges(axis: PoolAxis, size: number): PoolRange[] {
  const { stride, dilation, extent } = axis;
  const { count, before, last } = placesOf(axis, size);
  if (count < 1) throw noWindow(axis, size);
  return Array.from({ length: count }, (_, i) => {
    const start = i * stride - before;
    const end = Math.min(start + extent, last);
    const from = start + Math.max(Math.ceil(-start / dilation), 0) * dilation;
    return { from, to: Math.min(end, size), step: dilation, padded: end - start };
  });
}

/** How many windows there are, how far the first begins before the input, and where the padding after it ends. */
function placesOf({ stride, extent, padding, ceilMode }: PoolAxis, size: number) {
  if (padding === 'same') {
    const count = Math.ceil(size / stride);
    const added = Math.max((count - 1) * stride + extent - size, 0);
    const before = Math.floor(added / 2);
    return { count, before, last: size + added - before };
  }
  const steps = (size + 2 * padding - extent) / stride;
  let count = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
  if (ceilMode && (count - 1) * stride >= size + padding) count--;
  return { count, before: padding, last: size + padding };
}

/** The same windows as `adaptiveWindows`, in whole numbers. */
export function adaptiveRanges(count: number, size: number): PoolRange[] {
  return Array.from({ length: count }, (_, i) => {
    const from = (i * size - ((i * size) % count)) / count;
    const past = (i + 1) * size + count - 1;
    const to = (past - (past % count)) / count;
    return { from, to, step: 1, padded: to - from };
  });
}
