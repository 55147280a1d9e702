import { defineLayer, scalar, type Tensor, tensor } from '../../../src/index.ts';
import { type Data, mapTensor, zerosLike } from '../../../src/tensor.ts';
import { all, type FurtherFault, where } from './fault.ts';
import { sigmoid, softmax, softmaxBackward } from './formulas.ts';

function row({ data }: Tensor, n: number, width: number): Data {
  return data.slice(n * width, (n + 1) * width);
}

/** Softmax and losses that are wrong. */
export const lossFaults: readonly FurtherFault[] = [
  {
    name: 'the temperature of a softmax is left out of backward',
    layer: defineLayer({
      name: 'softmaxOfHalf',
      config: { temperature: 0.5 },
      args: { logits: [3, 5] },
      axes: { logits: ['batch', 'class'] },
      forward: ({ logits }, { temperature }) => ({
        output: rows(logits, n => softmax(row(logits, n, 5).map(x => x / temperature))),
      }),
      vjp: ({ logits }, { output }, { temperature }) => ({
        logits: rows(logits, n =>
          softmaxBackward(softmax(row(logits, n, 5).map(x => x / temperature)), row(output, n, 5)),
        ),
      }),
    }),
    argument: 'logits',
    causes: ['scaled'],
    factor: 0.5,
    wrong: all,
  },
  {
    name: 'the probabilities are kept in float32 for the way back',
    layer: defineLayer({
      name: 'softmaxInSingle',
      args: { logits: [4, 6] },
      forward: ({ logits }) => ({ output: rows(logits, n => softmax(row(logits, n, 6))) }),
      vjp: ({ logits }, { output }) => ({
        logits: rows(logits, n => softmaxBackward(softmax(row(logits, n, 6)).map(Math.fround), row(output, n, 6))),
      }),
    }),
    argument: 'logits',
    causes: ['precision-loss'],
  },
  {
    name: 'a squared distance has the gradient of its first point for the second',
    layer: defineLayer({
      name: 'squaredDistance',
      args: { first: [5, 4], second: [5, 4] },
      forward: ({ first, second }) => ({
        distance: tensor(
          [5],
          [0, 1, 2, 3, 4].map(n => squared(row(first, n, 4), row(second, n, 4))),
        ),
      }),
      vjp({ first, second }, { distance }) {
        const gradient = mapTensor(first, (x, i) => 2 * (x - second.data[i]) * distance.data[Math.floor(i / 4)]);
        return { first: gradient, second: mapTensor(gradient, value => value) };
      },
    }),
    argument: 'second',
    causes: ['sign-flipped', 'another-argument'],
    wrong: all,
  },
  {
    name: 'the anchor of a triplet is assigned the gradient of the negative over that of the positive',
    layer: defineLayer({
      name: 'triplet',
      args: { anchor: [5, 3], positive: [5, 3], negative: [5, 3] },
      axes: {
        anchor: ['triplet', 'feature'],
        positive: ['triplet', 'feature'],
        negative: ['triplet', 'feature'],
      },
      forward(args) {
        let loss = 0;
        for (let n = 0; n < 5; n++) loss += Math.max(0, excess(args, n));
        return { loss: scalar(loss) };
      },
      vjp(args, { loss }) {
        const { anchor, positive, negative } = args;
        const [dAnchor, dPositive, dNegative] = [zerosLike(anchor), zerosLike(positive), zerosLike(negative)];
        for (let i = 0; i < 15; i++) {
          if (!(excess(args, Math.floor(i / 3)) > 0)) continue;
          const [near, far] = [anchor.data[i] - positive.data[i], anchor.data[i] - negative.data[i]];
          dAnchor.data[i] = loss.data[0] * 2 * near;
          dPositive.data[i] = loss.data[0] * -2 * near;
          dAnchor.data[i] = loss.data[0] * -2 * far;
          dNegative.data[i] = loss.data[0] * 2 * far;
        }
        return { anchor: dAnchor, positive: dPositive, negative: dNegative };
      },
    }),
    argument: 'anchor',
    causes: ['overwritten-not-accumulated'],
    wrong: (shape, args) => where(shape, ([n]) => excess(args, n) > 0),
  },
  {
    name: 'the weights of the samples are forgotten in backward',
    layer: defineLayer({
      name: 'weightedSquares',
      args: {
        input: [6, 2],
        target: { shape: [6, 2], differentiable: false },
        sampleWeight: { shape: [6], range: [1.5, 4], differentiable: false },
      },
      forward: ({ input, target, sampleWeight }) => ({
        loss: scalar(
          input.data.reduce((sum, x, i) => sum + sampleWeight.data[Math.floor(i / 2)] * (x - target.data[i]) ** 2, 0),
        ),
      }),
      vjp: ({ input, target }, { loss }) => ({
        input: mapTensor(input, (x, i) => loss.data[0] * 2 * (x - target.data[i])),
      }),
    }),
    argument: 'input',
    causes: ['argument-ignored'],
    wrong: all,
  },
  {
    name: 'the right class of a margin loss loses 1 however many others are too near',
    layer: defineLayer({
      name: 'multiclassHinge',
      args: { score: [5, 4], label: { shape: [5], integer: true, range: [0, 3] } },
      axes: { score: ['batch', 'class'], label: ['batch'] },
      constants: ['label'],
      forward({ score, label }) {
        let loss = 0;
        for (let n = 0; n < 5; n++) for (const j of tooNear(score, label, n)) loss += margin(score, label, n, j);
        return { loss: scalar(loss / 5) };
      },
      vjp({ score, label }, { loss }) {
        const dScore = zerosLike(score);
        for (let n = 0; n < 5; n++) {
          for (const j of tooNear(score, label, n)) {
            dScore.data[n * 4 + j] = loss.data[0] / 5;
            dScore.data[n * 4 + label.data[n]] = -loss.data[0] / 5;
          }
        }
        return { score: dScore };
      },
    }),
    argument: 'score',
    causes: ['overwritten-not-accumulated'],
    wrong: (shape, { score, label }) =>
      where(shape, ([n, j]) => j === label.data[n] && tooNear(score, label, n).length > 1),
  },
  {
    name: 'a cross-entropy over sequences has the gradient of the last step only',
    layer: defineLayer({
      name: 'sequenceCrossEntropy',
      args: { logits: [3, 4, 5], token: { shape: [3, 4], integer: true, range: [0, 4] } },
      axes: { logits: ['batch', 'time', 'word'], token: ['batch', 'time'] },
      constants: ['token'],
      forward({ logits, token }) {
        let loss = 0;
        for (let at = 0; at < 12; at++) loss -= Math.log(softmax(row(logits, at, 5))[token.data[at]]);
        return { loss: scalar(loss) };
      },
      vjp({ logits, token }, { loss }) {
        const dLogits = zerosLike(logits);
        for (let at = 3; at < 12; at += 4) {
          softmax(row(logits, at, 5)).forEach((p, j) => {
            dLogits.data[at * 5 + j] = loss.data[0] * (p - (j === token.data[at] ? 1 : 0));
          });
        }
        return { logits: dLogits };
      },
    }),
    argument: 'logits',
    causes: ['last-item-only', 'zero'],
    wrong: shape => where(shape, ([, t]) => t < 3),
  },
  {
    name: 'the divergence of a Gaussian from the normal one takes its upstream to be 1 for the mean',
    layer: defineLayer({
      name: 'gaussianDivergence',
      args: { mean: [3, 4], logVariance: [3, 4] },
      forward: ({ mean, logVariance }) => ({
        divergence: scalar(
          mean.data.reduce(
            (sum, m, i) => sum + (m * m + Math.exp(logVariance.data[i]) - 1 - logVariance.data[i]) / 2,
            0,
          ),
        ),
      }),
      vjp: ({ mean, logVariance }, { divergence }) => ({
        mean: mapTensor(mean, m => m),
        logVariance: mapTensor(logVariance, v => (divergence.data[0] * Math.expm1(v)) / 2),
      }),
    }),
    argument: 'mean',
    causes: ['upstream-ignored'],
    wrong: all,
  },
  {
    name: 'squared errors that are not reduced take their upstream to be 1',
    layer: defineLayer({
      name: 'squaredErrors',
      args: { input: [4, 3], target: [4, 3] },
      constants: ['target'],
      axes: { input: ['batch', 'output'] },
      forward: ({ input, target }) => ({ error: mapTensor(input, (x, i) => (x - target.data[i]) ** 2) }),
      vjp: ({ input, target }) => ({ input: mapTensor(input, (x, i) => 2 * (x - target.data[i])) }),
    }),
    argument: 'input',
    causes: ['upstream-ignored'],
    wrong: all,
  },
  {
    name: 'a logistic loss of logits has the gradient of half the squared error of their probabilities',
    layer: defineLayer({
      name: 'logisticOfLogits',
      args: { logit: [7], target: { shape: [7], range: [0, 1], differentiable: false } },
      forward({ logit, target }) {
        const losses = logit.data.map(
          (x, i) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - target.data[i] * x,
        );
        return { loss: scalar(losses.reduce((sum, loss) => sum + loss, 0) / 7) };
      },
      vjp: ({ logit, target }, { loss }) => ({
        logit: mapTensor(logit, (x, i) => {
          const p = sigmoid(x);
          return (loss.data[0] / 7) * (p - target.data[i]) * p * (1 - p);
        }),
      }),
    }),
    argument: 'logit',
    causes: ['another-derivative'],
    wrong: all,
  },
  {
    name: 'queries of a contrastive loss learn from their own key only',
    layer: defineLayer({
      name: 'infoNce',
      config: { temperature: 0.5 },
      args: { query: [4, 3], key: [4, 3] },
      axes: { query: ['pair', 'feature'], key: ['pair', 'feature'] },
      forward({ query, key }, { temperature }) {
        let loss = 0;
        for (let n = 0; n < 4; n++) loss -= Math.log(shares(query, key, n, temperature)[n]);
        return { loss: scalar(loss) };
      },
      vjp({ query, key }, { loss }, { temperature }) {
        const [dQuery, dKey] = [zerosLike(query), zerosLike(key)];
        for (let n = 0; n < 4; n++) {
          shares(query, key, n, temperature).forEach((p, m) => {
            const dLogit = (loss.data[0] * (p - (m === n ? 1 : 0))) / temperature;
            for (let i = 0; i < 3; i++) {
              if (m === n) dQuery.data[n * 3 + i] = dLogit * key.data[m * 3 + i];
              dKey.data[m * 3 + i] += dLogit * query.data[n * 3 + i];
            }
          });
        }
        return { query: dQuery, key: dKey };
      },
    }),
    argument: 'query',
    causes: ['diagonal-only'],
    wrong: all,
  },
  {
    name: 'the distance of a point from itself is divided by in backward',
    layer: defineLayer({
      name: 'pairwiseDistances',
      args: { point: [4, 3] },
      axes: { point: ['point', 'coordinate'] },
      forward: ({ point }) => ({
        distance: tensor(
          [4, 4],
          Array.from({ length: 16 }, (_, at) => distanceOf(point, Math.floor(at / 4), at % 4)),
        ),
      }),
      vjp({ point }, { distance }) {
        const dPoint = zerosLike(point);
        distance.data.forEach((dy, at) => {
          const [n, m] = [Math.floor(at / 4), at % 4];
          for (let i = 0; i < 3; i++) {
            const slope = (dy * (point.data[n * 3 + i] - point.data[m * 3 + i])) / distanceOf(point, n, m);
            dPoint.data[n * 3 + i] += slope;
            dPoint.data[m * 3 + i] -= slope;
          }
        });
        return { point: dPoint };
      },
    }),
    argument: 'point',
    causes: ['non-finite'],
    wrong: all,
  },
];

/** A tensor whose rows are what `of` makes of their number. */
function rows(like: Tensor, of: (n: number) => Data): Tensor {
  return tensor(like.shape, Array.from({ length: like.shape[0] }, (_, n) => [...of(n)]).flat());
}

function squared(a: Data, b: Data): number {
  return a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0);
}

function distanceOf(points: Tensor, n: number, m: number): number {
  return Math.sqrt(squared(row(points, n, 3), row(points, m, 3)));
}

/** By how much the negative is nearer to the anchor than the positive and a margin of 1 allow. */
function excess({ anchor, positive, negative }: Readonly<Record<string, Tensor>>, n: number): number {
  const [a, p, q] = [anchor, positive, negative].map(tensor => row(tensor, n, 3));
  return squared(a, p) - squared(a, q) + 1;
}

function margin({ data }: Tensor, label: Tensor, n: number, j: number): number {
  return data[n * 4 + j] - data[n * 4 + label.data[n]] + 1;
}

/** The classes whose score is within 1 of that of the right one, or over it. */
function tooNear(score: Tensor, label: Tensor, n: number): number[] {
  return [0, 1, 2, 3].filter(j => j !== label.data[n] && margin(score, label, n, j) > 0);
}

/** The softmax over the keys of their products with a query. */
function shares(query: Tensor, key: Tensor, n: number, temperature: number): Data {
  const q = row(query, n, 3);
  const logits = new Float64Array(4).map(
    (_, m) => row(key, m, 3).reduce((sum, k, i) => sum + k * q[i], 0) / temperature,
  );
  return softmax(logits);
}
