import type * as FastCheck from 'fast-check';
import type { ArgSpec, CaseSpec } from './layer.ts';
import { sizeOf, type Tensor, tensor } from './tensor.ts';

/**
 * Shapes of small tensors, between `minRank` and `maxRank` axes of 1 to `maxExtent` elements each, at most 120 in all.
 * Shrinks to the lowest rank and to extents of 1.
 */
export function shapes(
  fc: typeof FastCheck,
  { minRank = 1, maxRank = 4, maxExtent = 5 }: { minRank?: number; maxRank?: number; maxExtent?: number } = {},
): FastCheck.Arbitrary<number[]> {
  return fc
    .array(fc.integer({ min: 1, max: maxExtent }), { minLength: minRank, maxLength: maxRank })
    .filter(shape => sizeOf(shape) <= 120);
}

/** Cases of a layer that maps one tensor `input` of any shape, under configurations drawn from `config`. */
export function elementwiseCases<C = object>(
  fc: typeof FastCheck,
  config: FastCheck.Arbitrary<C> = fc.constant({} as C),
  input: Omit<ArgSpec, 'shape'> = {},
): FastCheck.Arbitrary<CaseSpec<C>> {
  return fc.record({ config, shape: shapes(fc) }).map(drawn => ({
    config: drawn.config,
    args: { input: { ...input, shape: drawn.shape } },
  }));
}

/**
 * Tensors of a shape whose elements are multiples of 1/64 in [-4, 4]: readable, exact in both precisions, and
 * shrinking towards zero.
 */
export function tensors(fc: typeof FastCheck, shape: readonly number[]): FastCheck.Arbitrary<Tensor> {
  const size = sizeOf(shape);
  return fc.array(fc.integer({ min: -256, max: 256 }), { minLength: size, maxLength: size }).map(sixtyFourths =>
    tensor(
      shape,
      sixtyFourths.map(value => value / 64),
    ),
  );
}
