import type * as FastCheck from 'fast-check';
import type { CaseSpec } from '../layer.ts';
import { describe, type Tensor } from '../tensor.ts';

/** Rows and columns of an output: a number for both, or a pair in which null stands for as many as the input has. */
export type OutputSize = number | readonly [number | null, number | null];

export interface AdaptiveConfig {
  readonly outputSize: OutputSize;
}

/**
 * How many windows an adaptive pool has along rows and along columns of its input.
 * @throws RangeError when the setting is something else; `layer` is its name in the message.
 */
export function outputSizes(layer: string, { shape }: Tensor, { outputSize }: AdaptiveConfig): [number, number] {
  const given = typeof outputSize === 'number' ? [outputSize, outputSize] : outputSize;
  const sizes = Array.isArray(given) ? given.map((size: number | null, axis) => size ?? shape.at(axis - 2) ?? 0) : [];
  if (sizes.length !== 2 || !sizes.every(size => Number.isInteger(size) && size >= 0)) {
    const came = Array.isArray(outputSize) ? `[${outputSize.map(String).join(', ')}]` : describe(outputSize);
    throw new RangeError(
      `outputSize of ${layer} is ${came}; give an integer of 0 or more, or a pair [height, width] of them, null for that of the input`,
    );
  }
  return sizes as [number, number];
}

/** Draws of adaptive pools: fewer windows than rows and columns, as many, and more. */
export function adaptiveCases(fc: typeof FastCheck): FastCheck.Arbitrary<CaseSpec<AdaptiveConfig>> {
  const sizes = fc.integer({ min: 1, max: 5 });
  const few = fc.integer({ min: 1, max: 2 });
  const extents = fc.integer({ min: 1, max: 7 });
  return fc
    .record({
      outputSize: fc.oneof(sizes, fc.tuple(sizes, sizes), fc.tuple(fc.option(sizes), fc.option(sizes))),
      input: fc.tuple(few, few, extents, extents),
    })
    .map(({ outputSize, input }) => ({ config: { outputSize }, args: { input } }));
}
