import { shapesWithAxes } from '../arbitraries.ts';
import { epsilonOf } from '../kernels/epsilon.ts';
import { reductionOf } from '../kernels/reduction.ts';
import { type CaseSpec, defineLayer } from '../layer.ts';
import { mapTensor, sizeOf, type Tensor, tensor } from '../tensor.ts';

export interface L2NormalizeConfig {
  /** The axis or axes along which elements share a norm, from the end where negative; 1 unless said. */
  readonly axis?: number | readonly number[];
  /** The order of the norm; 2 unless said. Infinity is the largest magnitude; JSON, which lacks it, has "Infinity". */
  readonly p?: number | 'Infinity' | '-Infinity';
  /** Smaller norms count as this; 1e-12 unless said. */
  readonly epsilon?: number;
}

/**
 * Every vector along an axis divided by its p-norm, or by epsilon where that is larger: zeros stay zeros, with gradient
 * dy / epsilon. input of any shape, output as the input.
 *
 * At the kinks as PyTorch: the norm has slope 0 where it is smaller than epsilon and its own where it is equal, slope 0 in an
 * element that is 0, and for p = Infinity shares its slope evenly among the largest magnitudes (p = -Infinity, the smallest).
 * p = 0 counts the elements that are not 0, with slope 0.
 */
export const l2Normalize = defineLayer<L2NormalizeConfig>({
  name: 'l2Normalize',
  formula: 'y[n, i] = x[n, i] / max(norm[n], epsilon), norm[n] = (sum over i of |x[n, i]|^p)^(1/p)',
  source: 'torch.nn.functional.normalize',
  kinks: 'an element of 0 for p = 1, two equal magnitudes for p = Infinity',

  cases: fc =>
    fc
      .record({
        drawn: shapesWithAxes(fc),
        p: fc.constantFrom(undefined, 0, 0.5, 1, 1.5, 2, 3, Infinity, -Infinity),
        epsilon: fc.constantFrom(undefined, 0.5),
      })
      .map(({ drawn: { shape, axes }, p, epsilon }): CaseSpec<L2NormalizeConfig> => {
        const axis = axes ?? (shape.length === 1 ? 0 : undefined);
        const vectors = sizeOf(reductionOf('l2Normalize', shape, axis ?? 1).shape);
        // A vector of one element is ±1, with slope 0, unless epsilon is larger.
        const config = { axis, p, epsilon: vectors === sizeOf(shape) ? 0.5 : epsilon };
        // These norms jump where an element becomes 0.
        if (p === 0 || p === -Infinity) return { config, args: { input: { shape, range: [1 / 16, 8] } } };
        return { config, args: { input: shape } };
      }),

  forward({ input }, config) {
    const { vectorOf, epsilon, norms } = settings(input, config);
    return { output: mapTensor(input, (x, i) => x / Math.max(norms[vectorOf[i]], epsilon)) };
  },

  /** dx[i] = (dy[i] - sum of dy y * dnorm/dx[i]) / norm, where epsilon counts dy[i] / epsilon. */
  vjp({ input }, { output }, config) {
    const { vectorOf, epsilon, norms, slopes } = settings(input, config);
    const sums = new Float64Array(norms.length);
    for (let i = 0; i < vectorOf.length; i++) {
      const n = vectorOf[i];
      sums[n] += (output.data[i] * input.data[i]) / norms[n];
    }
    return {
      input: mapTensor(output, (dy, i) => {
        const n = vectorOf[i];
        return norms[n] >= epsilon ? (dy - sums[n] * slopes[i]) / norms[n] : dy / epsilon;
      }),
    };
  },

  /** With a dot for a tangent: norm. = sum of dnorm/dx x., y. = x. / norm - x norm. / norm^2, where epsilon counts x. / epsilon. */
  jvp({ input }, tangents, config) {
    const { vectorOf, epsilon, norms, slopes } = settings(input, config);
    const dotNorms = new Float64Array(norms.length);
    for (let i = 0; i < vectorOf.length; i++) dotNorms[vectorOf[i]] += slopes[i] * tangents.input.data[i];
    return {
      output: mapTensor(tangents.input, (dotX, i) => {
        const n = vectorOf[i];
        if (norms[n] < epsilon) return dotX / epsilon;
        return dotX / norms[n] - (input.data[i] * dotNorms[n]) / norms[n] ** 2;
      }),
    };
  },

  examples: [
    {
      name: 'a vector of length 5, and one of zeros',
      source: 'by hand: y = 3/5, 4/5; dy y = 11; 1/epsilon = 2',
      config: { epsilon: 0.5 },
      args: { input: tensor([2, 2], [3, 4, 0, 0]) },
      outputs: { output: tensor([2, 2], [0.6, 0.8, 0, 0]) },
      upstream: { output: tensor([2, 2], [5, 10, 1, -2]) },
      gradients: { input: tensor([2, 2], [-0.32, 0.24, 2, -4]) },
    },
    {
      name: 'p = 1 along columns, with slope 0 in an element that is 0',
      source: 'by hand: norms 4 and 2, sums of dy y -5/4 and 3',
      config: { axis: 0, p: 1 },
      args: { input: tensor([2, 2], [1, 0, -3, 2]) },
      outputs: { output: tensor([2, 2], [0.25, 0, -0.75, 1]) },
      upstream: { output: tensor([2, 2], [1, 4, 2, 3]) },
      gradients: { input: tensor([2, 2], [0.5625, 2, 0.1875, 0]) },
    },
    {
      name: 'p = Infinity shares the slope of the norm between equal magnitudes',
      source: 'by hand: norm 2, sum of dy y 1, slopes 1/2, -1/2, 0',
      config: { axis: -1, p: Infinity },
      args: { input: tensor([3], [2, -2, 1]) },
      outputs: { output: tensor([3], [1, -1, 0.5]) },
      upstream: { output: tensor([3], [1, 2, 4]) },
      gradients: { input: tensor([3], [0.25, 1.25, 2]) },
    },
    {
      name: 'a norm below epsilon counts as epsilon',
      source: 'by hand: the norm is 5, epsilon 10',
      config: { axis: [0, 1], epsilon: 10 },
      args: { input: tensor([2, 1], [3, 4]) },
      outputs: { output: tensor([2, 1], [0.3, 0.4]) },
      upstream: { output: tensor([2, 1], [5, 10]) },
      gradients: { input: tensor([2, 1], [0.5, 1]) },
    },
  ],
});

/** Which vector every element is in, the norms of the vectors, and the slope of its vector's norm in every element. */
function settings({ shape, data }: Tensor, { axis = 1, epsilon = 1e-12, ...config }: L2NormalizeConfig) {
  const p = Number(config.p ?? 2);
  if (Number.isNaN(p)) throw new RangeError(`l2Normalize has p ${JSON.stringify(config.p)}; give a number`);
  const reduction = reductionOf('l2Normalize', shape, axis, true);
  const vectorOf = reduction.into;
  const vectors = Array.from({ length: sizeOf(reduction.shape) }, (): number[] => []);
  for (let i = 0; i < data.length; i++) vectors[vectorOf[i]].push(Math.abs(data[i]));
  const norms = vectors.map(magnitudes => normOf(magnitudes, p));
  const slopes = Array.from(data, (x, i) => slopeOf(x, vectors[vectorOf[i]], norms[vectorOf[i]], p));
  return { vectorOf, epsilon: epsilonOf('l2Normalize', epsilon), norms, slopes };
}

function normOf(magnitudes: readonly number[], p: number): number {
  if (p === 0) return magnitudes.filter(magnitude => magnitude !== 0).length;
  if (p === Infinity) return Math.max(...magnitudes);
  if (p === -Infinity) return Math.min(...magnitudes);
  let sum = 0;
  for (const magnitude of magnitudes) sum += magnitude ** p;
  return sum ** (1 / p);
}

/** dnorm/dx: sign(x) (|x| / norm)^(p - 1), or of equal extremes an even share. */
function slopeOf(x: number, magnitudes: readonly number[], norm: number, p: number): number {
  if (p === 0 || x === 0) return 0;
  if (Number.isFinite(p)) return Math.sign(x) * (Math.abs(x) / norm) ** (p - 1);
  if (Math.abs(x) !== norm) return 0;
  return Math.sign(x) / magnitudes.filter(magnitude => magnitude === norm).length;
}
