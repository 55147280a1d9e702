import { classCases, classWeights, decisionsOf, labelsOf } from '../kernels/classTargets.ts';
import { type LossConfig, lossReductions, reduceTerms, spreadUpstream } from '../kernels/lossReduction.ts';
import { defineLayer } from '../layer.ts';
import { emptyLike, type Tensors, tensor, zerosLike } from '../tensor.ts';

export interface NllConfig extends LossConfig {
  /** A target of this costs nothing and does not count in the mean; -100 unless said. */
  readonly ignoreIndex?: number;
}

/**
 * Negative log-likelihood: the log-probability of the right class, negated. input [batch, class, d1, ...] with target
 * [batch, d1, ...], or [class] with []; loss [], or of the target's shape with reduction 'none'. A constant `weight` [class]
 * multiplies the terms of its class; the mean divides by the sum of the weights of all targets that are not ignored.
 * Where all are ignored it is 0 / 0, NaN, and the gradient is 0, as in PyTorch.
 */
export const nll = defineLayer<NllConfig>({
  name: 'nll',
  formula: 'loss = -sum over n of w[t[n]] x[n, t[n]] / sum over n of w[t[n]], over all n where t[n] is not ignoreIndex',
  source: 'torch.nn.NLLLoss',
  linear: ['input'],
  constants: ['target', 'weight'],

  cases: fc =>
    fc
      .record({ drawn: classCases(fc), reduction: lossReductions(fc) })
      .map(({ drawn: { ignoreIndex, args }, reduction }) => ({ config: { reduction, ignoreIndex }, args })),

  forward(args, { reduction, ignoreIndex = -100 }) {
    const { shape, lanes, labels, w, total } = read(args, ignoreIndex);
    const terms = emptyLike(args.input.data, lanes.length);
    for (const [n, { start, step }] of lanes.entries()) {
      const label = labels[n];
      if (label >= 0) terms[n] = -w[label] * args.input.data[start + label * step];
    }
    return { loss: reduceTerms({ shape, data: terms }, reduction, total) };
  },

  vjp(args, { loss }, { reduction, ignoreIndex = -100 }) {
    const { shape, lanes, labels, w, total } = read(args, ignoreIndex);
    const dTerms = spreadUpstream(loss, shape, reduction, total).data;
    const dx = zerosLike(args.input);
    for (const [n, { start, step }] of lanes.entries()) {
      const label = labels[n];
      if (label >= 0) dx.data[start + label * step] = -w[label] * dTerms[n];
    }
    return { input: dx };
  },

  examples: [
    {
      name: 'weights of classes, and one target ignored',
      source: 'by hand: (2 * 1 + 4 * 5) / (2 + 4)',
      config: { ignoreIndex: 1 },
      args: {
        input: tensor([3, 3], [-1, -2, -3, -4, -5, -6, -3, -4, -5]),
        target: tensor([3], [0, 1, 2]),
        weight: tensor([3], [2, 7, 4]),
      },
      outputs: { loss: tensor([], [11 / 3]) },
      upstream: { loss: tensor([], [3]) },
      gradients: { input: tensor([3, 3], [-1, 0, 0, 0, 0, 0, 0, 0, -2]) },
    },
    {
      name: 'pixels, every term',
      source: 'by hand',
      config: { reduction: 'none' },
      args: { input: tensor([1, 2, 3], [-1, -2, -3, -4, -5, -6]), target: tensor([1, 3], [1, 0, -100]) },
      outputs: { loss: tensor([1, 3], [4, 2, 0]) },
      upstream: { loss: tensor([1, 3], [2, 3, 5]) },
      gradients: { input: tensor([1, 2, 3], [0, -3, 0, -2, 0, 0]) },
    },
    {
      name: 'one sample without a batch',
      source: 'by hand',
      config: {},
      args: { input: tensor([3], [-1, -2, -3]), target: tensor([], [2]), weight: tensor([3], [1, 1, 5]) },
      outputs: { loss: tensor([], [3]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([3], [0, 0, -2]) },
    },
    {
      name: 'all targets ignored: no gradient',
      source: 'by hand',
      config: {},
      args: { input: tensor([2, 2], [-1, -2, -3, -4]), target: tensor([2], [-100, -100]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([2, 2]) },
    },
  ],
});

/** The decisions, their labels, the weights of classes, and what a mean divides by. */
function read({ input, target, weight }: Tensors, ignoreIndex: number) {
  const decisions = decisionsOf('nll', input);
  const labels = labelsOf('nll', target, decisions, ignoreIndex);
  const w = classWeights('nll', weight, input, decisions.classes);
  const total = labels.reduce((sum, label) => (label >= 0 ? sum + w[label] : sum), 0);
  return { ...decisions, labels, w, total };
}
