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

/** Such shapes, each with one of its axes, counted from either end. */
export function shapesWithAxis(
  fc: typeof FastCheck,
  extents?: Parameters<typeof shapes>[1],
): FastCheck.Arbitrary<{ shape: number[]; axis: number }> {
  return fc
    .record({ shape: shapes(fc, extents), axis: fc.nat(119), fromEnd: fc.boolean() })
    .map(({ shape, axis, fromEnd }) => ({ shape, axis: (axis % shape.length) - (fromEnd ? shape.length : 0) }));
}

/** Such shapes, each with axes to reduce over: one, some in any order, or nothing said. */
export function shapesWithAxes(
  fc: typeof FastCheck,
): FastCheck.Arbitrary<{ shape: number[]; axes: number | number[] | undefined }> {
  return shapes(fc).chain(shape =>
    fc
      .record({
        some: fc.shuffledSubarray([...shape.keys()], { minLength: 1, maxLength: Math.max(shape.length - 1, 1) }),
        fromEnd: fc.boolean(),
        form: fc.constantFrom('some', 'some', 'some', 'one', 'nothing'),
      })
      .map(({ some, fromEnd, form }) => {
        const axes = some.map(axis => axis - (fromEnd ? shape.length : 0));
        const forms = { some: axes, one: axes[0], nothing: undefined };
        return { shape, axes: forms[form] };
      }),
  );
}

/**
 * Pairs of shapes that broadcast to a common one: either may lack leading axes or be stretched along some of the others.
 * Shrinks to two equal shapes.
 */
export function broadcastPairs(
  fc: typeof FastCheck,
  { maxRank = 4, maxExtent = 4 }: { maxRank?: number; maxExtent?: number } = {},
): FastCheck.Arbitrary<{ a: number[]; b: number[] }> {
  return shapes(fc, { maxRank, maxExtent }).chain(shape => {
    const stretched = fc.array(fc.constantFrom('neither', 'neither', 'a', 'b'), {
      minLength: shape.length,
      maxLength: shape.length,
    });
    return fc
      .record({ stretched, shorter: fc.constantFrom('a', 'b'), missing: fc.constantFrom(0, 0, 1, 2) })
      .map(drawn => {
        const shapeOf = (side: string) =>
          shape
            .map((extent, axis) => (drawn.stretched[axis] === side ? 1 : extent))
            .slice(drawn.shorter === side ? drawn.missing : 0);
        return { a: shapeOf('a'), b: shapeOf('b') };
      });
  });
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
