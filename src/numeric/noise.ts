import type { Data } from '../tensor.ts';
import { inner, productNorm, rootMeanSquare } from './sum.ts';

/** Values of a vector function along a line through a point: step → f(x + step d). */
export type Line = (step: number) => Promise<Data>;

/** The rounding error of a vector function near a point. */
export interface Noise {
  /** Standard deviation of the error of each output. */
  readonly deviation: Float64Array;
  /** Observed errors of the outputs, each of variance deviation^2, up to KEPT numbers in all. */
  readonly samples: readonly Float64Array[];
  /** The relative rounding error of a number of the precision that the outputs turn out to have. */
  readonly halfUlp: number;
}

const KEPT = 2 ** 22;

/**
 * The rounding error of a function near a point, measured where the function is a straight line to its last bit: for
 * tiny steps s_j in random directions, the second difference f(x + 2 s_j) - 2 f(x + s_j) + f(x) is rounding alone. Its
 * variance over j, f(x) being common to all, is that of e - 2 e', five times that of one evaluation. (The idea is that
 * of Moré and Wild 2011, "Estimating computational noise". Their table along one line measures nothing where rounding
 * repeats from point to point, as in a mean of three values along steps that add up to a multiple of three; nor do pairs at
 * either side of x, where rounding is symmetric about it.)
 *
 * `at(j, multiple, size)` evaluates at x + multiple * s_j; `sizes` is how many sizes of step there are, from the smallest.
 * The first to which an eighth of the outputs respond is used: a layer that computes more coarsely than its dtype says
 * does not notice the smaller ones, and would look noiseless. No output is
 * taken to be better than half a unit in its last place (`halfUlp` times its magnitude).
 *
 * Cannot see: an error that is the same at all neighbouring points, such as the bias of a crude approximation of exp.
 *
 * Evaluations: two a sample, of which there are 16 over all outputs and at least 8; one for every size that is refused.
 */
export async function measureNoise(
  at: (sample: number, multiple: 1 | 2, size: number) => Promise<Data>,
  sizes: number,
  centre: Data,
  halfUlp: number,
): Promise<Noise> {
  const count = Math.max(8, Math.min(16, Math.ceil(16 / Math.max(1, centre.length))));
  let size = 0;
  let first = await at(0, 1, size);
  while (size < sizes - 1 && !(countChanged(first, centre) >= centre.length / 8)) first = await at(0, 1, ++size);

  const mean = new Float64Array(centre.length);
  const samples: Float64Array[] = [];
  for (let j = 0; j < count; j++) {
    const near = j === 0 ? first : await at(j, 1, size);
    const far = await at(j, 2, size);
    const difference = new Float64Array(centre.length);
    for (let i = 0; i < difference.length; i++) {
      difference[i] = far[i] - near[i] - (near[i] - centre[i]);
      mean[i] += difference[i] / count;
    }
    samples.push(difference);
  }
  const deviation = new Float64Array(centre.length);
  const errors = new Float64Array(count);
  for (let i = 0; i < deviation.length; i++) {
    for (let j = 0; j < count; j++) {
      samples[j][i] = (samples[j][i] - mean[i]) / Math.sqrt(5 * (1 - 1 / count));
      errors[j] = samples[j][i];
    }
    deviation[i] = rootMeanSquare(errors) + halfUlp * Math.abs(centre[i]) + Number.MIN_VALUE;
  }
  return { deviation, samples: count * centre.length <= KEPT ? samples : [], halfUlp };
}

function countChanged(a: Data, b: Data): number {
  let changed = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) changed++;
  return changed;
}

/**
 * The standard deviation of a projection u'e of the errors e: as if they were independent, or as measured along u where
 * that is larger, since outputs that share an intermediate result share its error.
 */
export function projectedNoise(upstream: Data, { deviation, samples }: Noise, reached?: Uint8Array): number {
  if (reached)
    return projectedNoise(
      upstream.map((u, i) => u * reached[i]),
      { deviation, samples, halfUlp: 0 },
    );
  const projections = Float64Array.from(samples, sample => inner(upstream, sample).value);
  const measured = productNorm(
    projections,
    projections.map(() => 1 / Math.sqrt(samples.length)),
  );
  return Math.max(productNorm(upstream, deviation), measured);
}
