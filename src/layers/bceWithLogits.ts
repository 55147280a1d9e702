import { lossCases, softOrHard } from '../kernels/elementwiseLoss.ts';
import { elementWeights, weightedCases } from '../kernels/elementWeights.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import { logistic } from '../kernels/logistic.ts';
import {
  type LossConfig,
  lossReductions,
  reduceTerms,
  scaleOverInput,
  spreadUpstream,
} from '../kernels/lossReduction.ts';
import { softplus, softplusFormula } from '../kernels/softplus.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { mapTensor, tensor } from '../tensor.ts';

/**
 * Binary cross-entropy of logits: input any number, target in [0, 1], of one shape, whatever it is; loss [], or of their
 * shape with reduction 'none'. Two optional constants broadcast to that shape: `posWeight` multiplies the part of
 * a term that belongs to its target, and not the rest; `weight` multiplies terms. The mean divides by the number of elements all
 * the same. Nothing overflows or is clamped: -log s(x) = softplus(-x), -log(1 - s(x)) = softplus(x).
 */
export const bceWithLogits = defineLayer<LossConfig>({
  name: 'bceWithLogits',
  formula:
    'loss = -mean over i of w[i] (p[i] t[i] log s(x[i]) + (1 - t[i]) log(1 - s(x[i]))), s(x) = 1 / (1 + exp(-x))',
  source: 'torch.nn.BCEWithLogitsLoss',
  constants: ['target', 'posWeight', 'weight'],
  expression: {
    of: (_config, { weight, posWeight }) => {
      const { positive, negative } = softplusFormula;
      const term = (ofMinus: string, ofInput: string) =>
        `${weight ? 'weight' : '1'} * (${posWeight ? 'posWeight' : '1'} * target * (${ofMinus}) + (1 - target) * (${ofInput}))`;
      return `input > 0 ? ${term(negative('(-input)'), positive('input'))} : ${term(positive('(-input)'), negative('input'))}`;
    },
    scale: scaleOverInput,
  },

  cases: fc =>
    weightedCases(fc, lossCases(fc, fc.record({ reduction: lossReductions(fc) }), softOrHard(fc)), [
      'posWeight',
      'weight',
    ]),

  ...termwise(
    (x, t, p) => p * t * softplus(-x) + (1 - t) * softplus(x),
    (x, t, p) => (1 - t) * logistic(x) - p * t * logistic(-x),
  ),

  alternatives: {
    // One exponential a term: softplus(x) = max(x, 0) + u and s(|x|) = 1 / (1 + e), with e = exp(-|x|) and u = log(1 + e).
    oneExponential: termwise(
      (x, t, p) => {
        const u = Math.log1p(Math.exp(-Math.abs(x)));
        return p * t * (Math.max(-x, 0) + u) + (1 - t) * (Math.max(x, 0) + u);
      },
      (x, t, p) => {
        const e = Math.exp(-Math.abs(x));
        return (x < 0 ? (1 - t) * e - p * t : 1 - t - p * t * e) / (1 + e);
      },
    ),
  },

  examples: [
    {
      name: 'undecided, and one to three',
      source: 'by hand: s(log 3) = 3/4, so log 2 + log 4',
      config: { reduction: 'sum' },
      args: { input: tensor([2, 1], [0, Math.log(3)]), target: tensor([2, 1], [1, 0]) },
      outputs: { loss: tensor([], [3 * Math.LN2]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2, 1], [-2, 3]) },
    },
    {
      name: 'posWeight is for the positive part only, weight for both; the mean is over elements',
      source: 'by hand: 1/2 * (3 log 2) and 1/2 * (3/4 * 5 + 1/4) log 2, over 2',
      config: {},
      args: {
        input: tensor([1, 2]),
        target: tensor([1, 2], [1, 0.75]),
        posWeight: tensor([2], [3, 5]),
        weight: tensor([1], [0.5]),
      },
      outputs: { loss: tensor([], [1.75 * Math.LN2]) },
      upstream: { loss: tensor([], [8]) },
      gradients: { input: tensor([1, 2], [-3, -3.5]) },
    },
    {
      name: 'certain: right costs nothing, wrong as much as the logit',
      source: 'by hand',
      config: { reduction: 'none' },
      args: { input: tensor([4], [-1000, 1000, -1000, 1000]), target: tensor([4], [0, 1, 1, 0]) },
      outputs: { loss: tensor([4], [0, 0, 1000, 1000]) },
      upstream: { loss: tensor([4], [2, 3, 5, 7]) },
      gradients: { input: tensor([4], [0, 0, -5, 7]) },
    },
  ],
});

/** The loss from a term and its derivative by the logit: of the logit x, the target t and the weight p of the positive part. */
function termwise(
  value: (x: number, t: number, p: number) => number,
  slope: (x: number, t: number, p: number) => number,
): Implementation<LossConfig> {
  return {
    forward({ input, target, posWeight, weight }, { reduction }) {
      expectSameShape('bceWithLogits', { input, target });
      const p = elementWeights('bceWithLogits', 'posWeight', posWeight, input);
      const w = elementWeights('bceWithLogits', 'weight', weight, input);
      return {
        loss: reduceTerms(
          mapTensor(input, (x, i) => w[i] * value(x, target.data[i], p[i])),
          reduction,
        ),
      };
    },
    vjp({ input, target, posWeight, weight }, { loss }, { reduction }) {
      const p = elementWeights('bceWithLogits', 'posWeight', posWeight, input);
      const w = elementWeights('bceWithLogits', 'weight', weight, input);
      const dTerms = spreadUpstream(loss, input.shape, reduction);
      return { input: mapTensor(dTerms, (d, i) => d * w[i] * slope(input.data[i], target.data[i], p[i])) };
    },
  };
}
