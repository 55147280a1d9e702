import { broadcastPositions } from '../broadcast.ts';
import { axesOf, reducedShape } from './axis.ts';

/** How a tensor is reduced over some of its axes. */
export interface Reduction {
  /** The shape of the result. */
  readonly shape: readonly number[];
  /** For every element of the tensor, the element of the result that it goes into. */
  readonly into: Int32Array;
}

/**
 * The reduction of a tensor over one axis, several, or all of them where none is given or the list is empty, as in PyTorch.
 * The axes vanish, or stay with an extent of 1 where `keepdims` is true.
 */
export function reductionOf(
  layer: string,
  shape: readonly number[],
  given: number | readonly number[] | null | undefined,
  keepdims = false,
): Reduction {
  const axes = axesOf(layer, given, shape);
  return {
    shape: reducedShape(shape, axes, keepdims),
    into: broadcastPositions(reducedShape(shape, axes, true), shape),
  };
}
