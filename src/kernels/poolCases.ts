import type * as FastCheck from 'fast-check';
import { sizeOf } from '../tensor.ts';
import { numbersPerAxis, type PerAxis, perAxis } from './perAxis.ts';
import type { PoolSettings } from './poolAxis.ts';

/** The settings that not every pool has. */
type Optional = 'padding' | 'ceilMode' | 'dilation';

/** Settings of a pool, and the shape of an input that they fit: [batch, channel, length] or [batch, channel, row, column]. */
export interface DrawnPool {
  readonly settings: PoolSettings;
  readonly input: readonly number[];
}

/** The most elements of an input: channels give way first, then the batch. */
const MOST_ELEMENTS = 150;

/** Draws of pools over one axis or two that have these settings beside kernel and stride. */
export function poolCases(
  fc: typeof FastCheck,
  rank: 1 | 2,
  having: readonly Optional[] = [],
): FastCheck.Arbitrary<DrawnPool> {
  const numbers = (min: number, max: number) => numbersPerAxis(fc, rank, fc.integer({ min, max }));
  // A kernel of one place has neither padding nor overlap.
  const kernel = numbersPerAxis(fc, rank, fc.constantFrom(2, 3, 2, 3, 1));
  const padding = fc.oneof<FastCheck.WeightedArbitrary<PerAxis | 'same'>[]>(
    { weight: 3, arbitrary: numbers(0, 1) },
    { weight: 1, arbitrary: fc.constant('same') },
  );
  const optional = { padding, ceilMode: fc.boolean(), dilation: numbers(1, 2) };
  const chosen = Object.fromEntries(having.map(setting => [setting, optional[setting]]));
  return fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      channels: fc.integer({ min: 1, max: 3 }),
      spare: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: rank, maxLength: rank }),
      drawn: fc.record(
        { kernel, stride: numbers(1, 3), ...(chosen as Partial<typeof optional>) },
        { requiredKeys: ['kernel', ...having] },
      ) as FastCheck.Arbitrary<PoolSettings>,
    })
    .map(({ batch, channels, spare, drawn }) => {
      const settings = withFittingPadding(drawn, rank);
      const extents = smallestInput(settings, rank).map((smallest, axis) => smallest + spare[axis]);
      const affordable = Math.max(Math.floor(MOST_ELEMENTS / sizeOf(extents)), 1);
      const shownBatch = Math.min(batch, affordable);
      return { settings, input: [shownBatch, Math.min(channels, Math.floor(affordable / shownBatch)), ...extents] };
    });
}

/** With a padding that is at most half of the kernel along each axis. */
function withFittingPadding(drawn: PoolSettings, rank: number): PoolSettings {
  if (drawn.padding === undefined || drawn.padding === 'same') return drawn;
  const most = perAxis('kernel', drawn.kernel, rank).map(kernel => Math.floor(kernel / 2));
  if (typeof drawn.padding === 'number') return { ...drawn, padding: Math.min(drawn.padding, ...most) };
  return { ...drawn, padding: drawn.padding.map((zeros, axis) => Math.min(zeros, most[axis])) };
}

/** The least extents that hold a window; at least a dilation, so that no window has all its places in the padding. */
function smallestInput({ kernel, padding = 0, dilation = 1 }: PoolSettings, rank: number): number[] {
  const dilations = perAxis('dilation', dilation, rank);
  const paddings = perAxis('padding', padding === 'same' ? 0 : padding, rank, 0);
  return perAxis('kernel', kernel, rank).map((places, axis) =>
    Math.max(dilations[axis] * (places - 1) + 1 - 2 * paddings[axis], dilations[axis]),
  );
}
