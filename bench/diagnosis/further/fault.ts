import type { Config, Layer, Tensors } from '../../../src/index.ts';
import { indexOf, sizeOf } from '../../../src/tensor.ts';
import { rightGradients, wrong } from '../../../test/faults/fault.ts';

/** A deliberately wrong layer and the truth about it, written down before any report on it was seen. */
export interface FurtherFault {
  /** What is wrong, as the continuation of "a layer in which …". */
  readonly name: string;
  readonly layer: Layer;
  /** The argument whose gradient is wrong. */
  readonly argument: string;
  /** The words that truly describe the cause, the best first. */
  readonly causes: readonly string[];
  /** What the right gradient is multiplied by, where it is one number. */
  readonly factor?: number;
  /**
   * The wrong elements of the argument's gradient in a case, by flat position, at values that do not happen to agree; absent
   * where that is not determined.
   */
  readonly wrong?: (shape: readonly number[], args: Tensors, config: Config) => boolean[] | 'all';
}

/** A built-in layer some of whose gradients are made wrong from the right ones; in settings of its own unless given. */
export function spoilt<C>(
  layer: Layer<C>,
  spoil: (right: Tensors, args: Tensors, upstream: Tensors, config: C) => Tensors,
  cases: Layer<C>['cases'] = layer.cases,
): Layer<C> {
  return wrong(layer, {
    cases,
    vjp(args, upstream, config) {
      const right = rightGradients(layer, args, upstream, config);
      return { ...right, ...spoil(right, args, upstream, config) };
    },
  });
}

/** The elements of a shape for which something holds. */
export function where(
  shape: readonly number[],
  holds: (index: readonly number[], position: number) => boolean,
): boolean[] {
  return Array.from({ length: sizeOf(shape) }, (_, position) => holds(indexOf(position, shape), position));
}

/** Every element is wrong. */
export const all = () => 'all' as const;

/** The positions of a tensor in groups of those that differ in their index along one axis only, in its order. */
export function lanes(shape: readonly number[], axis: number): number[][] {
  const apart = sizeOf(shape.slice(axis + 1));
  const starts = where(shape, index => index[axis] === 0).flatMap((isFirst, position) => (isFirst ? [position] : []));
  return starts.map(start => Array.from({ length: shape[axis] }, (_, i) => start + i * apart));
}
