import type * as FastCheck from 'fast-check';
import { describe, emptyLike, sizeOf, type Tensor, type Tensors } from '../tensor.ts';

/** What becomes of the terms of a loss: all of them stay, or one number remains, their mean or their sum. */
export type LossReduction = 'none' | 'mean' | 'sum';

export interface LossConfig {
  /** 'mean' unless said. */
  readonly reduction?: LossReduction;
}

/** Draws of a reduction. */
export function lossReductions(fc: typeof FastCheck): FastCheck.Arbitrary<LossReduction> {
  return fc.constantFrom('mean', 'sum', 'none');
}

/**
 * What a sum of terms is multiplied by: 1 / count in a mean.
 * @throws RangeError when the reduction is none of the three.
 */
export function lossScale(reduction: LossReduction = 'mean', count: number): number {
  if (reduction === 'mean') return 1 / count;
  if (reduction === 'sum' || reduction === 'none') return 1;
  throw new RangeError(`reduction is ${describe(reduction)}; give 'none', 'mean' or 'sum'`);
}

/** The scale of a loss whose terms are one for every element of `input`, as an expression asks for it. */
export function scaleOverInput({ input }: Tensors, { reduction }: LossConfig): number {
  return lossScale(reduction, input.data.length);
}

/**
 * The loss of its terms: a scalar, or the terms themselves. A mean divides their sum by `count`, their number unless
 * said; the mean of nothing is 0 / 0, NaN, as in PyTorch.
 */
export function reduceTerms(terms: Tensor, reduction?: LossReduction, count = terms.data.length): Tensor {
  const scale = lossScale(reduction, count);
  if (reduction === 'none') return terms;
  let sum = 0;
  for (const term of terms.data) sum += term;
  const loss = emptyLike(terms.data, 1);
  loss[0] = scale * sum;
  return { shape: [], data: loss };
}

/** What arrives at every term, a tensor of their shape, from what arrives at the loss: 0 through a mean of nothing. */
export function spreadUpstream(
  upstream: Tensor,
  shape: readonly number[],
  reduction?: LossReduction,
  count = sizeOf(shape),
): Tensor {
  const scale = lossScale(reduction, count);
  if (reduction === 'none') return upstream;
  const each = scale === Infinity ? 0 : scale * upstream.data[0];
  return { shape, data: emptyLike(upstream.data, sizeOf(shape)).fill(each) };
}
