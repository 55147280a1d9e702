import { lanesOf } from '../kernels/axis.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import { type LossConfig, lossReductions, reduceTerms, spreadUpstream } from '../kernels/lossReduction.ts';
import { nonNegative, positive, real } from '../kernels/real.ts';
import { defineLayer } from '../layer.ts';
import { type Data, emptyLike, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface TripletMarginConfig extends LossConfig {
  /** By how much the negative should be farther than the positive; 1 unless said. */
  readonly margin?: number;
  /** The norm of the distance: above 0, Infinity included; 2 unless said. */
  readonly p?: number;
  /** Added to every difference of coordinates; 1e-6 unless said. */
  readonly epsilon?: number;
  /** Whether the negative's distance to the positive counts where it is less than that to the anchor; false unless said. */
  readonly swap?: boolean;
}

/**
 * Hinge loss of two distances: from an anchor to a like (positive) and to an unlike one (negative). All three [..., feature],
 * of one shape; loss [], or of that shape without the last axis with reduction 'none'.
 *
 * At the edge: where the hinge is 0 exactly the gradient is that above it; a distance of 0 has gradient 0; largest
 * differences that tie under p Infinity share the gradient, and so do distances that tie under swap. No kinks are declared: they
 * are epsilon beside the ties, several of them together, and a gradient at one of them need not lie between the slopes around all.
 */
export const tripletMargin = defineLayer<TripletMarginConfig>({
  name: 'tripletMargin',
  formula:
    'loss = mean over n of max(0, margin + d(anchor[n], positive[n]) - d(anchor[n], negative[n])), d(x, y) = (sum over i of |x[i] - y[i] + epsilon|^p)^(1/p)',
  source: 'torch.nn.TripletMarginLoss; swap: Balntas et al. 2016',

  cases: fc =>
    fc
      .record({
        leading: fc.constantFrom<number[][]>([], [1], [3], [2, 3]),
        features: fc.integer({ min: 1, max: 4 }),
        reduction: lossReductions(fc),
        margin: fc.constantFrom(1, 0.5, 4),
        // With a small epsilon the kinks of other norms are nearer to a tie than steps in float32 can see.
        norm: fc.constantFrom(
          { p: 2, epsilon: 1e-6 },
          { p: 2, epsilon: 0.125 },
          { p: 1, epsilon: 0.125 },
          { p: 1.5, epsilon: 0.125 },
          { p: 3, epsilon: 0.125 },
          { p: Infinity, epsilon: 0.125 },
        ),
        swap: fc.boolean(),
      })
      .map(({ leading, features, norm, swap, ...config }) => {
        const shape = [...leading, features];
        // Where distances tie whose largest differences tie, the least of both may be flat, whatever their gradients are.
        const own = { ...config, ...norm, swap: swap && norm.p < Infinity };
        return { config: own, args: { anchor: shape, positive: shape, negative: shape } };
      }),

  forward(args, config) {
    const { shape, lanes, margin, swap, distance } = read(args, config);
    const [a, p, n] = [args.anchor.data, args.positive.data, args.negative.data];
    const terms = emptyLike(a, lanes.length);
    for (const [row, { start }] of lanes.entries()) {
      const toPositive = distance(a, p, start);
      const toNegative = distance(a, n, start);
      const nearest = swap ? Math.min(toNegative, distance(p, n, start)) : toNegative;
      terms[row] = Math.max(0, margin + toPositive - nearest);
    }
    return { loss: reduceTerms({ shape, data: terms }, config.reduction) };
  },

  vjp(args, { loss }, config) {
    const { shape, lanes, margin, swap, distance, addSlopes } = read(args, config);
    const [a, p, n] = [args.anchor.data, args.positive.data, args.negative.data];
    const dTerms = spreadUpstream(loss, shape, config.reduction).data;
    const [da, dp, dn] = [zerosLike(args.anchor), zerosLike(args.positive), zerosLike(args.negative)];
    for (const [row, { start }] of lanes.entries()) {
      const toPositive = distance(a, p, start);
      const toNegative = distance(a, n, start);
      const swapped = swap ? distance(p, n, start) : Infinity;
      if (!(margin + toPositive - Math.min(toNegative, swapped) >= 0)) continue;
      const ofSwapped = swapped < toNegative ? 1 : swapped === toNegative ? 1 / 2 : 0;
      addSlopes(dTerms[row], a, p, start, da.data, dp.data);
      addSlopes(-dTerms[row] * (1 - ofSwapped), a, n, start, da.data, dn.data);
      addSlopes(-dTerms[row] * ofSwapped, p, n, start, dp.data, dn.data);
    }
    return { anchor: da, positive: dp, negative: dn };
  },

  examples: [
    {
      name: 'within the margin, and beyond it',
      source: 'by hand: 1 + 5 - 4 and 1 + 0 - 10',
      config: { epsilon: 0, reduction: 'none' },
      args: {
        anchor: tensor([2, 2], [0, 0, 1, 1]),
        positive: tensor([2, 2], [3, 4, 1, 1]),
        negative: tensor([2, 2], [0, -4, 7, 9]),
      },
      outputs: { loss: tensor([2], [2, 0]) },
      upstream: { loss: tensor([2], [10, 7]) },
      gradients: {
        anchor: tensor([2, 2], [-6, -18, 0, 0]),
        positive: tensor([2, 2], [6, 8, 0, 0]),
        negative: tensor([2, 2], [0, 10, 0, 0]),
      },
    },
    {
      name: 'the hinge at 0 exactly, a difference of 0; p 1, the mean',
      source: 'by hand: 1 + 1 - 2',
      config: { p: 1, epsilon: 0 },
      args: { anchor: tensor([1, 2]), positive: tensor([1, 2], [0, 1]), negative: tensor([1, 2], [2, 0]) },
      outputs: { loss: tensor([], [0]) },
      upstream: { loss: tensor([], [3]) },
      gradients: {
        anchor: tensor([1, 2], [3, -3]),
        positive: tensor([1, 2], [0, 3]),
        negative: tensor([1, 2], [-3, 0]),
      },
    },
    {
      name: 'the anchor is the positive: a distance of 0 has no gradient',
      source: 'by hand: 1 + 0 - 1/2',
      config: { epsilon: 0, reduction: 'sum' },
      args: { anchor: tensor([2]), positive: tensor([2]), negative: tensor([2], [0.5, 0]) },
      outputs: { loss: tensor([], [0.5]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { anchor: tensor([2], [2, 0]), positive: tensor([2]), negative: tensor([2], [-2, 0]) },
    },
    {
      name: 'swap: the negative is nearer to the positive; largest differences tie',
      source: 'by hand: 4 + 3 - 2',
      config: { margin: 4, p: Infinity, epsilon: 0, swap: true },
      args: { anchor: tensor([1, 2]), positive: tensor([1, 2], [3, 3]), negative: tensor([1, 2], [5, 2]) },
      outputs: { loss: tensor([], [5]) },
      upstream: { loss: tensor([], [2]) },
      gradients: {
        anchor: tensor([1, 2], [-1, -1]),
        positive: tensor([1, 2], [3, 1]),
        negative: tensor([1, 2], [-2, 0]),
      },
    },
    {
      name: 'swap: the negative is as near to both, which share',
      source: 'by hand: 1 + 2 - 1',
      config: { p: 1, epsilon: 0, swap: true },
      args: { anchor: tensor([1, 1], [0]), positive: tensor([1, 1], [2]), negative: tensor([1, 1], [1]) },
      outputs: { loss: tensor([], [2]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { anchor: tensor([1, 1], [-1]), positive: tensor([1, 1], [1]), negative: tensor([1, 1], [0]) },
    },
  ],
});

function read(
  { anchor, positive: like, negative }: Tensors,
  { margin = 1, p = 2, epsilon = 1e-6, swap = false }: TripletMarginConfig,
) {
  expectSameShape('tripletMargin', { anchor, positive: like, negative });
  if (anchor.shape.length === 0) {
    throw new RangeError('tripletMargin has an anchor of shape []; give [..., feature]');
  }
  const features = anchor.shape[anchor.shape.length - 1];
  const lanes = lanesOf(anchor.shape, anchor.shape.length - 1);
  const norm = normOf(
    real('tripletMargin', 'p', p, positive),
    real('tripletMargin', 'epsilon', epsilon, nonNegative),
    features,
  );
  return { shape: anchor.shape.slice(0, -1), lanes, margin: real('tripletMargin', 'margin', margin), swap, ...norm };
}

/** The distance d(x, y) of `features` coordinates from `start`, over the largest of them so that no power overflows, and its gradient. */
function normOf(p: number, epsilon: number, features: number) {
  const distance = (x: Data, y: Data, start: number): number => {
    let largest = 0;
    for (let i = start; i < start + features; i++) largest = Math.max(largest, Math.abs(x[i] - y[i] + epsilon));
    if (p === Infinity || largest === 0) return largest;
    let sum = 0;
    for (let i = start; i < start + features; i++) sum += (Math.abs(x[i] - y[i] + epsilon) / largest) ** p;
    return largest * sum ** (1 / p);
  };

  /** dx += d * slope by x, dy -= the same; |r|^(p - 1) sign(r) / norm^(p - 1). */
  const addSlopes = (d: number, x: Data, y: Data, start: number, dx: Data, dy: Data): void => {
    const norm = distance(x, y, start);
    let ties = 0;
    for (let i = start; i < start + features; i++) if (Math.abs(x[i] - y[i] + epsilon) === norm) ties++;
    for (let i = start; i < start + features; i++) {
      const r = x[i] - y[i] + epsilon;
      if (r === 0) continue;
      const share = p === Infinity ? (Math.abs(r) === norm ? 1 / ties : 0) : (Math.abs(r) / norm) ** (p - 1);
      dx[i] += d * Math.sign(r) * share;
      dy[i] -= d * Math.sign(r) * share;
    }
  };
  return { distance, addSlopes };
}
