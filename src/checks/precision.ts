import { largest } from '../numeric/sum.ts';
import { sizeOf, type Tensors } from '../tensor.ts';
import { type Answer, noiseAround, type Probe } from './probe.ts';

/** A unit in the last place of 1. */
export const ULP = { float64: 2 ** -52, float32: 2 ** -23 } as const;

/** A gradient that is rounded by more units than this lacks digits; those of the built-in layers have up to 60. */
export const MANY_ULPS = 512;

/**
 * The rounding of every gradient around a point, in units in the last place of its largest number: the median error of its worst
 * element, measured as that of forward is (numeric/noise). It tells digits that are lost on the way from a formula that is wrong.
 *
 * Cannot see: an error that is the same at all neighbouring points.
 */
export async function roundingOf(
  { subject, point, outputs }: Probe,
  { upstream, gradients }: Answer,
): Promise<ReadonlyMap<string, number>> {
  const { primals, kase } = subject;
  const flatten = (of: Tensors) => Float64Array.from(primals.flatMap(name => Array.from(of[name].data)));
  const above = subject.upstream(outputs, upstream);
  const { samples } = await noiseAround(
    subject,
    point,
    async args => flatten(await subject.vjp(args, above, await subject.forward(args))),
    flatten(gradients),
  );
  const ulps = new Map<string, number>();
  let from = 0;
  for (const name of primals) {
    const size = sizeOf(kase.args[name].shape);
    const unit = ULP[kase.dtype] * largest(gradients[name].data);
    let worst = 0;
    for (let i = from; i < from + size; i++) worst = Math.max(worst, spread(samples.map(sample => sample[i])));
    if (unit > 0 && Number.isFinite(worst)) ulps.set(name, worst / unit);
    from += size;
  }
  return ulps;
}

/** How far numbers lie from their median, in the median. */
function spread(values: readonly number[]): number {
  const middle = median(values);
  return median(values.map(value => Math.abs(value - middle)));
}

/** Unlike a mean, not moved by the few samples that lie beyond a kink. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
