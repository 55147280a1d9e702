import { noWindow, type PoolAxis } from './poolAxis.ts';

/** What one window of a pool covers along one axis. */
export interface PoolWindow {
  /** Indices of the input, in order; the padding left out. */
  readonly covered: readonly number[];
  /** How many indices it covers with the padding; what reaches past the padding left out. */
  readonly padded: number;
}

/** The windows along an axis of `size`, found by moving one until it no longer fits. */
export function poolWindows(axis: PoolAxis, size: number): PoolWindow[] {
  const { stride, dilation, extent, padding, ceilMode } = axis;
  const shared = padding === 'same' ? Math.max(extent - (size % stride || stride), 0) : 2 * padding;
  const before = Math.floor(shared / 2);
  const last = size + shared - before;
  const windows: PoolWindow[] = [];
  for (let start = -before; start < size; start += stride) {
    const previousEnd = start - stride + extent;
    // Either it ends within the padded input or, in ceil mode, the one before it did so with something to spare.
    if (start + extent > last && !(ceilMode && previousEnd < last)) break;
    const places: number[] = [];
    for (let index = start; index < start + extent; index += dilation) if (index < last) places.push(index);
    windows.push({ covered: places.filter(index => index >= 0 && index < size), padded: places.length });
  }
  if (windows.length === 0) throw noWindow(axis, size);
  return windows;
}

/** The windows of an adaptive pool, as evenly as they can be: window i from floor(i size / count) to before ceil((i + 1) size / count). */
export function adaptiveWindows(count: number, size: number): PoolWindow[] {
  const windows: PoolWindow[] = [];
  for (let i = 0; i < count; i++) {
    const covered: number[] = [];
    for (let index = Math.floor((i * size) / count); index < ((i + 1) * size) / count; index++) covered.push(index);
    windows.push({ covered, padded: covered.length });
  }
  return windows;
}
