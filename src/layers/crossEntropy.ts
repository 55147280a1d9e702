import type { Lane } from '../kernels/axis.ts';
import { classCases, classWeights, decisionsOf, labelsOf } from '../kernels/classTargets.ts';
import { type LossConfig, lossReductions, reduceTerms, spreadUpstream } from '../kernels/lossReduction.ts';
import { normalisers } from '../kernels/normalisers.ts';
import { type Demand, real } from '../kernels/real.ts';
import { reductionOf } from '../kernels/reduction.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, mapTensor, sameShape, sizeOf, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface CrossEntropyConfig extends LossConfig {
  /** A target of this costs nothing and does not count in the mean; -100 unless said. Not with probabilities. */
  readonly ignoreIndex?: number;
  /** How much of every target is spread evenly over all classes: 0 to 1, 0 unless said. */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy between targets and the softmax of logits. input [batch, class, d1, ...] with labels [batch, d1, ...], or
 * [class] with []; a target of the input's own shape is probabilities. loss [], or of the shape of the labels with
 * reduction 'none'. A constant `weight` [class] multiplies what belongs to its class.
 *
 * With labels the mean divides by the sum of the weights of all targets that are not ignored, smoothed or not; with
 * probabilities by the number of decisions. Where all are ignored it is 0 / 0, NaN, and the gradient is 0, as in PyTorch. A
 * class of target 0 has no part in the loss, even where its logit is -infinity.
 */
export const crossEntropy = defineLayer<CrossEntropyConfig>({
  name: 'crossEntropy',
  formula:
    'loss = -sum over n, k of q[n, k] log softmax(x[n])[k] / sum over n of w[t[n]], q[n, k] = w[k] ((1 - s) [k = t[n]] + s / classes), s = labelSmoothing',
  source: 'torch.nn.CrossEntropyLoss',
  constants: ['target', 'weight'],

  cases: fc =>
    fc
      .record({
        drawn: classCases(fc),
        probabilities: fc.boolean(),
        reduction: lossReductions(fc),
        labelSmoothing: fc.constantFrom(0, 0.25, 0.5),
      })
      .map(({ drawn: { ignoreIndex, args }, probabilities, ...config }) =>
        probabilities
          ? { config, args: { ...args, target: { shape: args.input.shape, range: [0, 1] as const } } }
          : { config: { ...config, ignoreIndex }, args },
      ),

  forward(args, config) {
    const { lanes, classes, shape, q, total } = read(args, config);
    const x = args.input.data;
    const terms = emptyLike(x, lanes.length);
    for (const [n, { start, step }] of lanes.entries()) {
      let max = -Infinity;
      for (let k = 0; k < classes; k++) max = Math.max(max, x[start + k * step]);
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += Math.exp(x[start + k * step] - max);
      let term = 0;
      for (let k = 0; k < classes; k++) {
        const at = start + k * step;
        if (q[at] !== 0) term -= q[at] * (x[at] - max - Math.log(sum));
      }
      terms[n] = term;
    }
    return { loss: reduceTerms({ shape, data: terms }, config.reduction, total) };
  },

  // Of log softmax: dlog[k] = -q[k] d, dx[k] = dlog[k] - softmax[k] (sum of dlog).
  vjp(args, { loss }, config) {
    const { lanes, classes, shape, q, total } = read(args, config);
    const x = args.input.data;
    const dTerms = spreadUpstream(loss, shape, config.reduction, total).data;
    const dx = zerosLike(args.input);
    for (const [n, { start, step }] of lanes.entries()) {
      let max = -Infinity;
      for (let k = 0; k < classes; k++) max = Math.max(max, x[start + k * step]);
      let sum = 0;
      let mass = 0;
      for (let k = 0; k < classes; k++) {
        sum += Math.exp(x[start + k * step] - max);
        mass += q[start + k * step];
      }
      for (let k = 0; k < classes; k++) {
        const at = start + k * step;
        dx.data[at] = dTerms[n] * (mass * Math.exp(x[at] - max - Math.log(sum)) - q[at]);
      }
    }
    return { input: dx };
  },

  alternatives: { fused: fused() },

  examples: [
    {
      name: 'labels: the mean of two',
      source: 'by hand: softmax is (1/6, 1/3, 1/2) and (1/4, 1/4, 1/2)',
      config: {},
      args: {
        input: tensor([2, 3], [0, Math.LN2, Math.log(3), 1, 1, 1 + Math.LN2]),
        target: tensor([2], [1, 2]),
      },
      outputs: { loss: tensor([], [Math.log(6) / 2]) },
      upstream: { loss: tensor([], [24]) },
      gradients: { input: tensor([2, 3], [2, -8, 6, 3, 3, -6]) },
    },
    {
      name: 'weights, smoothing, and a target ignored',
      source: 'by hand: q = (4 * 3/4, 8 * 1/4) = (3, 2), softmax = (1/4, 3/4)',
      config: { ignoreIndex: 1, labelSmoothing: 0.5 },
      args: {
        input: tensor([2, 2], [0, Math.log(3), 5, 7]),
        target: tensor([2], [0, 1]),
        weight: tensor([2], [4, 8]),
      },
      outputs: { loss: tensor([], [(3 * Math.log(4) + 2 * Math.log(4 / 3)) / 4]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2, 2], [-1.75, 1.75, 0, 0]) },
    },
    {
      name: 'probabilities of pixels, every term',
      source: 'by hand: softmax is (1/2, 1/2) and (1/4, 3/4)',
      config: { reduction: 'none' },
      args: {
        input: tensor([1, 2, 2], [3, 0, 3, Math.log(3)]),
        target: tensor([1, 2, 2], [0.5, 0, 0.5, 1]),
      },
      outputs: { loss: tensor([1, 2], [Math.LN2, Math.log(4 / 3)]) },
      upstream: { loss: tensor([1, 2], [2, 4]) },
      gradients: { input: tensor([1, 2, 2], [0, 1, 0, -1]) },
    },
    {
      name: 'one sample without a batch; a class at -infinity, and logits that would overflow',
      source: 'by hand',
      config: { reduction: 'sum' },
      args: { input: tensor([3], [-Infinity, 1000, 1000]), target: tensor([], [2]) },
      outputs: { loss: tensor([], [Math.LN2]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([3], [0, 1, -1]) },
    },
    {
      name: 'all targets ignored: no gradient',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2], [1, 2, 3, 4]), target: tensor([2], [-100, -100]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([2, 2]) },
    },
  ],
});

const fraction: Demand = { words: 'a number from 0 to 1', holds: value => value >= 0 && value <= 1 };

/** The decisions, the weight q of every log-probability in the loss, and what a mean divides by. */
function read({ input, target, weight }: Tensors, { ignoreIndex = -100, labelSmoothing = 0 }: CrossEntropyConfig) {
  const decisions = decisionsOf('crossEntropy', input);
  const { classes, lanes } = decisions;
  const w = classWeights('crossEntropy', weight, input, classes);
  const smoothing = real('crossEntropy', 'labelSmoothing', labelSmoothing, fraction);
  const q = emptyLike(input.data);
  const weigh = ({ start, step }: Lane, probability: (k: number) => number) => {
    for (let k = 0; k < classes; k++) {
      q[start + k * step] = w[k] * ((1 - smoothing) * probability(k) + smoothing / classes);
    }
  };
  if (sameShape(target.shape, input.shape)) {
    if (ignoreIndex >= 0) {
      throw new RangeError(`crossEntropy has ignoreIndex ${ignoreIndex} and probabilities for targets; leave it out`);
    }
    for (const lane of lanes) weigh(lane, k => target.data[lane.start + k * lane.step]);
    return { ...decisions, q, total: lanes.length };
  }
  const labels = labelsOf('crossEntropy', target, decisions, ignoreIndex);
  let total = 0;
  for (const [n, label] of labels.entries()) {
    if (label < 0) continue;
    weigh(lanes[n], k => (k === label ? 1 : 0));
    total += w[label];
  }
  return { ...decisions, q, total };
}

/**
 * Straight through memory: maximum and sum of all decisions are found in one pass, in float64, and log softmax is never formed. With lse =
 * log(sum of exp) a term is sum over k of q[k] (lse - x[k]), and its gradient (sum of q) softmax[k] - q[k].
 */
function fused(): Implementation<CrossEntropyConfig> {
  return {
    forward({ input, ...targets }, config) {
      const { shape, into, total, share } = shares({ input, ...targets }, config);
      const { largest, sum } = normalisers(Float64Array.from(input.data), into, sizeOf(shape));
      const terms = emptyLike(input.data, sizeOf(shape));
      for (let i = 0; i < into.length; i++) {
        const n = into[i];
        const q = share(i);
        if (q !== 0) terms[n] += q * (largest[n] - input.data[i] + Math.log(sum[n]));
      }
      return { loss: reduceTerms({ shape, data: terms }, config.reduction, total) };
    },

    vjp({ input, ...targets }, { loss }, config) {
      const { shape, into, total, share } = shares({ input, ...targets }, config);
      const { largest, sum } = normalisers(Float64Array.from(input.data), into, sizeOf(shape));
      const mass = new Float64Array(sizeOf(shape));
      for (let i = 0; i < into.length; i++) mass[into[i]] += share(i);
      const dTerms = spreadUpstream(loss, shape, config.reduction, total).data;
      return {
        input: mapTensor(input, (x, i) => {
          const n = into[i];
          return dTerms[n] * ((mass[n] / sum[n]) * Math.exp(x - largest[n]) - share(i));
        }),
      };
    },
  };
}

/** The decision that every element of the input belongs to, its share in the loss, and what a mean divides by. */
function shares({ input, target, weight }: Tensors, { ignoreIndex = -100, labelSmoothing: s = 0 }: CrossEntropyConfig) {
  const axis = input.shape.length === 1 ? 0 : 1;
  const { into, shape } = reductionOf('crossEntropy', input.shape, axis);
  const classes = input.shape[axis];
  const step = sizeOf(input.shape.slice(axis + 1));
  const weightOf = (k: number) => weight?.data[k] ?? 1;
  const classOf = (i: number) => Math.floor(i / step) % classes;
  if (target.shape.length === input.shape.length) {
    const share = (i: number) => weightOf(classOf(i)) * (target.data[i] + s * (1 / classes - target.data[i]));
    return { into, shape, total: sizeOf(shape), share };
  }
  const share = (i: number) => {
    const label = target.data[into[i]];
    if (label === ignoreIndex) return 0;
    return weightOf(classOf(i)) * (s / classes + (classOf(i) === label ? 1 - s : 0));
  };
  const total = target.data.reduce((sum, label) => (label === ignoreIndex ? sum : sum + weightOf(label)), 0);
  return { into, shape, total, share };
}
