import { elementwiseLoss, lossCases } from '../kernels/elementwiseLoss.ts';
import { type LossConfig, lossReductions } from '../kernels/lossReduction.ts';
import { nonNegative, real } from '../kernels/real.ts';
import { tensor } from '../tensor.ts';

export interface AbsoluteErrorConfig extends LossConfig {
  /** Errors of up to this, itself included, cost nothing; 0 unless said. */
  readonly band?: number;
}

/**
 * Mean absolute error in which small errors do not count. input and target of one shape, whatever it is; loss [], or of
 * their shape with reduction 'none'. What counts does so in full, so that the loss jumps by `band` where |input - target|
 * = band; the gradient is 0 from there inwards. With band 0 it is 0 where input = target.
 */
export const absoluteError = elementwiseLoss<AbsoluteErrorConfig, { band: number }>({
  name: 'absoluteError',
  formula: 'loss = mean over i of |r| where |r| > band, else 0; r = x[i] - t[i]',
  source: 'tiny-dnn, absolute and absolute_eps',
  kinks: 'input = target, with band 0',
  cases: fc => lossCases(fc, fc.record({ reduction: lossReductions(fc), band: fc.constantFrom(0, 0.25, 1) })),

  settings: ({ band = 0 }) => ({ band: real('absoluteError', 'band', band, nonNegative) }),
  value: (x, t, { band }) => (Math.abs(x - t) > band ? Math.abs(x - t) : 0),
  slope: (x, t, { band }) => (Math.abs(x - t) > band ? Math.sign(x - t) : 0),
  expression: ({ band }) => `input - target > ${band} ? input - target : target - input > ${band} ? target - input : 0`,

  examples: [
    {
      name: 'no band: above, below and equal',
      source: 'by hand',
      config: {},
      args: { input: tensor([4], [0.5, -2, 3, 1]), target: tensor([4], [0, 0, 3, 2]) },
      outputs: { loss: tensor([], [0.875]) },
      upstream: { loss: tensor([], [8]) },
      gradients: { input: tensor([4], [2, -2, 0, -2]) },
    },
    {
      name: 'inside the band, at its edge on either side, and outside',
      source: 'by hand',
      config: { band: 0.5, reduction: 'sum' },
      args: { input: tensor([4], [1.25, 1.5, 0.5, 3]), target: tensor([4], [1, 1, 1, 1]) },
      outputs: { loss: tensor([], [2]) },
      upstream: { loss: tensor([], [3]) },
      gradients: { input: tensor([4], [0, 0, 0, 3]) },
    },
  ],
});
