import { classCases, classWeights, decisionsOf, labelsOf } from '../kernels/classTargets.ts';
import { type LossConfig, lossReductions, reduceTerms, spreadUpstream } from '../kernels/lossReduction.ts';
import { real } from '../kernels/real.ts';
import { defineLayer } from '../layer.ts';
import { describe, emptyLike, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface MultiMarginConfig extends LossConfig {
  /** By how much the score of the right class should be above all others; 1 unless said. */
  readonly margin?: number;
  /** 1 unless said; 2 squares what is missing. */
  readonly p?: 1 | 2;
}

/**
 * Hinge loss over classes. input [batch, class] with target [batch], or [class] with []; loss [], or of the target's
 * shape with reduction 'none'. A constant `weight` [class] multiplies the terms of its class; the mean divides by the
 * number of samples all the same. A class that is below by exactly the margin has no gradient.
 */
export const multiMargin = defineLayer<MultiMarginConfig>({
  name: 'multiMargin',
  formula:
    'loss = mean over n of sum over k other than t = t[n] of w[t] max(0, margin - x[n, t] + x[n, k])^p / classes',
  source: 'torch.nn.MultiMarginLoss',
  kinks: 'x[n, t] - x[n, k] = margin, with p 1',
  constants: ['target', 'weight'],
  axes: { input: ['batch', 'class'] },

  cases: fc =>
    fc
      .record({
        drawn: classCases(fc, { maxRank: 2, ignoring: false }),
        reduction: lossReductions(fc),
        margin: fc.constantFrom(1, 0.5, 2),
        p: fc.constantFrom(1, 2),
      })
      .map(({ drawn: { args }, ...config }) => ({ config, args })),

  forward(args, config) {
    const { shape, lanes, classes, labels, w, margin, p } = read(args, config);
    const x = args.input.data;
    const terms = emptyLike(x, lanes.length);
    for (const [n, { start }] of lanes.entries()) {
      const t = labels[n];
      let sum = 0;
      for (let k = 0; k < classes; k++) {
        const missing = margin - x[start + t] + x[start + k];
        if (k !== t && missing > 0) sum += w[t] * missing ** p;
      }
      terms[n] = sum / classes;
    }
    return { loss: reduceTerms({ shape, data: terms }, config.reduction) };
  },

  vjp(args, { loss }, config) {
    const { shape, lanes, classes, labels, w, margin, p } = read(args, config);
    const x = args.input.data;
    const dTerms = spreadUpstream(loss, shape, config.reduction).data;
    const dx = zerosLike(args.input);
    for (const [n, { start }] of lanes.entries()) {
      const t = labels[n];
      for (let k = 0; k < classes; k++) {
        const missing = margin - x[start + t] + x[start + k];
        if (k === t || !(missing > 0)) continue;
        const slope = (dTerms[n] * w[t] * (p === 1 ? 1 : 2 * missing)) / classes;
        dx.data[start + k] += slope;
        dx.data[start + t] -= slope;
      }
    }
    return { input: dx };
  },

  examples: [
    {
      name: 'above all others by the margin exactly, by less, and not at all',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 4], [3, 2, 2.5, 0, 1, 2, 0, -1]), target: tensor([2], [0, 2]) },
      outputs: { loss: tensor([], [(0.5 + 2 + 3) / 4 / 2]) },
      upstream: { loss: tensor([], [8]) },
      gradients: { input: tensor([2, 4], [-1, 0, 1, 0, 1, 1, -2, 0]) },
    },
    {
      name: 'squares and weights, every term',
      source: 'by hand',
      config: { p: 2, margin: 2, reduction: 'none' },
      args: {
        input: tensor([2, 2], [1, 0, 0, 4]),
        target: tensor([2], [0, 1]),
        weight: tensor([2], [3, 5]),
      },
      outputs: { loss: tensor([2], [1.5, 0]) },
      upstream: { loss: tensor([2], [2, 7]) },
      gradients: { input: tensor([2, 2], [-6, 6, 0, 0]) },
    },
    {
      name: 'one sample without a batch',
      source: 'by hand',
      config: { reduction: 'sum' },
      args: { input: tensor([2], [1, 3]), target: tensor([], [0]) },
      outputs: { loss: tensor([], [1.5]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2], [-2, 2]) },
    },
  ],
});

function read({ input, target, weight }: Tensors, { margin = 1, p = 1 }: MultiMarginConfig) {
  if (input.shape.length > 2) {
    throw new RangeError(
      `multiMargin has an input of shape [${input.shape.join(', ')}]; give [batch, class] or [class]`,
    );
  }
  if (p !== 1 && p !== 2) throw new RangeError(`multiMargin has p ${describe(p)}; give 1 or 2`);
  const decisions = decisionsOf('multiMargin', input);
  const labels = labelsOf('multiMargin', target, decisions);
  const w = classWeights('multiMargin', weight, input, decisions.classes);
  return { ...decisions, labels, w, margin: real('multiMargin', 'margin', margin), p };
}
