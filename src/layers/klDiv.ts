import { lossCases, softOrHard } from '../kernels/elementwiseLoss.ts';
import { expectSameShape } from '../kernels/expectSameShape.ts';
import { type LossReduction, lossScale, reduceTerms, spreadUpstream } from '../kernels/lossReduction.ts';
import { defineLayer } from '../layer.ts';
import { mapTensor, type Tensor, tensor } from '../tensor.ts';

export interface KlDivConfig {
  /** 'mean' unless said: over all elements. 'batchmean', the divergence itself, divides the sum by the first extent. */
  readonly reduction?: LossReduction | 'batchmean';
  /** Whether the target too is logarithms; false unless said. */
  readonly logTarget?: boolean;
}

/**
 * Kullback-Leibler divergence of a target from log-probabilities. input and target of one shape, whatever it is; loss [],
 * or of their shape with reduction 'none'. 0 log 0 = 0: where the target is 0 term and gradient are 0. A negative target
 * is NaN.
 */
export const klDiv = defineLayer<KlDivConfig>({
  name: 'klDiv',
  formula: 'loss = mean over i of t[i] (log t[i] - x[i])',
  source: 'torch.nn.KLDivLoss',
  linear: ['input'],
  constants: ['target'],
  expression: {
    of: ({ logTarget }) =>
      logTarget ? 'exp(target) * (target - input)' : 'target > 0 ? target * (log(target) - input) : -target * input',
    scale: ({ input }, { reduction }) => lossScale(...meanOf(input, reduction)),
  },

  cases: fc =>
    fc.boolean().chain(logTarget =>
      lossCases(
        fc,
        fc.record({
          reduction: fc.constantFrom('mean', 'batchmean', 'sum', 'none'),
          logTarget: fc.constant(logTarget),
        }),
        logTarget ? fc.constant({ range: [-4, 0] as const }) : softOrHard(fc),
      ),
    ),

  forward({ input, target }, { reduction, logTarget = false }) {
    expectSameShape('klDiv', { input, target });
    const terms = mapTensor(input, (x, i) => {
      const t = target.data[i];
      return logTarget ? Math.exp(t) * (t - x) : (t === 0 ? 0 : t * Math.log(t)) - t * x;
    });
    return { loss: reduceTerms(terms, ...meanOf(input, reduction)) };
  },

  vjp({ input, target }, { loss }, { reduction, logTarget = false }) {
    const [ofTerms, count] = meanOf(input, reduction);
    const dTerms = spreadUpstream(loss, input.shape, ofTerms, count);
    return { input: mapTensor(dTerms, (d, i) => -d * (logTarget ? Math.exp(target.data[i]) : target.data[i])) };
  },

  examples: [
    {
      name: 'two distributions, per sample; 0 log 0 = 0',
      source: 'by hand: (0 + log 2) + (-log 2 + log 4)',
      config: { reduction: 'batchmean' },
      args: {
        input: tensor([2, 2], [-3, -Math.LN2, -Math.log(4), -Math.log(4)]),
        target: tensor([2, 2], [0, 1, 0.5, 0.5]),
      },
      outputs: { loss: tensor([], [Math.LN2]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([2, 2], [0, -2, -1, -1]) },
    },
    {
      name: 'the same over all elements, the target in logarithms',
      source: 'by hand',
      config: { logTarget: true },
      args: { input: tensor([2], [-Math.log(4), 0]), target: tensor([2], [-Math.LN2, -Math.LN2]) },
      outputs: { loss: tensor([], [0]) },
      upstream: { loss: tensor([], [8]) },
      gradients: { input: tensor([2], [-2, -2]) },
    },
    {
      name: 'every term',
      source: 'by hand',
      config: { reduction: 'none' },
      args: { input: tensor([3], [-1, -2, 0]), target: tensor([3], [1, 0, 1]) },
      outputs: { loss: tensor([3], [1, 0, 0]) },
      upstream: { loss: tensor([3], [2, 3, -5]) },
      gradients: { input: tensor([3], [-2, 0, 5]) },
    },
  ],
});

/** The reduction, and what its mean divides by. A scalar is one sample. */
function meanOf(input: Tensor, reduction: KlDivConfig['reduction']): [LossReduction | undefined, number] {
  return reduction === 'batchmean' ? ['mean', input.shape[0] ?? 1] : [reduction, input.data.length];
}
