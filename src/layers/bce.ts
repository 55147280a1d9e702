import { lossCases, softOrHard } from '../kernels/elementwiseLoss.ts';
import { elementWeights, weightedCases } from '../kernels/elementWeights.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import {
  type LossConfig,
  lossReductions,
  reduceTerms,
  scaleOverInput,
  spreadUpstream,
} from '../kernels/lossReduction.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, tensor } from '../tensor.ts';

/** No logarithm counts as less, and no x (1 - x) in the gradient, as in PyTorch, which has the latter in float32. */
const LEAST_LOG = -100;
const LEAST_PRODUCT = Math.fround(1e-12);

/**
 * Binary cross-entropy of probabilities: input and target in [0, 1], of one shape, whatever it is; loss [], or of their shape
 * with reduction 'none'. A constant `weight`, which broadcasts to that shape, multiplies the terms; the mean
 * divides by the number of elements all the same. Outside [0, 1] it is NaN.
 *
 * At the edge: a probability of exactly 0 or 1 costs nothing where the target agrees and 100 where it does not; the
 * gradient, (x - t) / max(x (1 - x), 1e-12), is 0 or 1e12 in size there.
 */
export const bce = defineLayer<LossConfig>({
  name: 'bce',
  formula: 'loss = -mean over i of w[i] (t[i] max(log x[i], -100) + (1 - t[i]) max(log(1 - x[i]), -100))',
  source: 'torch.nn.BCELoss',
  constants: ['target', 'weight'],
  expression: {
    of: (_config, { weight }) => `${weight ? '-weight' : '-1'} * (target * log(input) + (1 - target) * log(1 - input))`,
    scale: scaleOverInput,
  },

  cases: fc =>
    weightedCases(
      fc,
      lossCases(fc, fc.record({ reduction: lossReductions(fc) }), softOrHard(fc), { range: [0.05, 0.95] }),
      ['weight'],
    ),

  forward({ input, target, weight }, { reduction }) {
    expectSameShape('bce', { input, target });
    const w = elementWeights('bce', 'weight', weight, input);
    const terms = mapTensor(input, (x, i) => {
      const t = target.data[i];
      return -w[i] * (t * Math.max(Math.log(x), LEAST_LOG) + (1 - t) * Math.max(Math.log1p(-x), LEAST_LOG));
    });
    return { loss: reduceTerms(terms, reduction) };
  },

  vjp({ input, target, weight }, { loss }, { reduction }) {
    const w = elementWeights('bce', 'weight', weight, input);
    const dTerms = spreadUpstream(loss, input.shape, reduction);
    return {
      input: mapTensor(dTerms, (d, i) => {
        const x = input.data[i];
        return (d * w[i] * (x - target.data[i])) / Math.max(x * (1 - x), LEAST_PRODUCT);
      }),
    };
  },

  examples: [
    {
      name: 'hard targets and a soft one',
      source: 'by hand: log 2 + log(4/3) + log 2 over 3',
      config: {},
      args: { input: tensor([3], [0.5, 0.25, 0.5]), target: tensor([3], [1, 0, 0.25]) },
      outputs: { loss: tensor([], [Math.log(16 / 3) / 3]) },
      upstream: { loss: tensor([], [3]) },
      gradients: { input: tensor([3], [-2, 4 / 3, 1]) },
    },
    {
      name: 'weights of columns',
      source: 'by hand',
      config: { reduction: 'sum' },
      args: {
        input: tensor([2, 2], [0.5, 0.5, 0.25, 0.75]),
        target: tensor([2, 2], [1, 0, 0, 1]),
        weight: tensor([2], [3, 0.5]),
      },
      outputs: { loss: tensor([], [3.5 * Math.LN2 + 3.5 * Math.log(4 / 3)]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([2, 2], [-12, 2, 8, -4 / 3]) },
    },
    {
      name: 'certain: right costs nothing, wrong 100, half right 50',
      source: 'by hand; the gradients PyTorch 1.13.1',
      config: { reduction: 'none' },
      args: { input: tensor([6], [0, 1, 0, 1, 0, 1]), target: tensor([6], [0, 1, 1, 0, 0.5, 0.5]) },
      outputs: { loss: tensor([6], [0, 0, 100, 100, 50, 50]) },
      upstream: { loss: tensor([6], [1, 1, 1, 1, 2, 2]) },
      gradients: {
        input: tensor(
          [6],
          [0, 0, -1, 1, -1, 1].map(sign => sign * 1000000003995.8029),
        ),
      },
    },
  ],
});
