import { elementwiseLoss, lossCases } from '../kernels/elementwiseLoss.ts';
import { type LossConfig, lossReductions } from '../kernels/lossReduction.ts';
import { tensor } from '../tensor.ts';

export interface PoissonNllConfig extends LossConfig {
  /** Whether the input is the logarithm of the rate; true unless said. */
  readonly logInput?: boolean;
  /** With Stirling's approximation of log(target!) where the target is over 1; false unless said. */
  readonly full?: boolean;
  /** Added to a rate in its logarithm, where the input is a rate; 1e-8 unless said. */
  readonly epsilon?: number;
}

/**
 * Negative log-likelihood of counts under Poisson rates. input and target of one shape, whatever it is; loss [], or of
 * their shape with reduction 'none'. A rate of 0 costs target * -log(epsilon); one below -epsilon is NaN.
 */
export const poissonNll = elementwiseLoss<PoissonNllConfig, Required<Omit<PoissonNllConfig, 'reduction'>>>({
  name: 'poissonNll',
  formula:
    'loss = mean over i of exp(x[i]) - t[i] x[i], or x[i] - t[i] log(x[i] + epsilon) of rates; full: + t log t - t + log(2 pi t) / 2 where t > 1',
  source: 'torch.nn.PoissonNLLLoss',
  cases: fc =>
    fc.boolean().chain(logInput =>
      lossCases(
        fc,
        fc.record({
          reduction: lossReductions(fc),
          logInput: fc.constant(logInput),
          full: fc.boolean(),
          epsilon: fc.constantFrom(1e-8, 0.125),
        }),
        fc.constantFrom({ integer: true, range: [0, 5] as const }, { range: [0, 5] as const }),
        logInput ? {} : { range: [0, Infinity] },
      ),
    ),

  settings: ({ logInput = true, full = false, epsilon = 1e-8 }) => ({ logInput, full, epsilon }),
  value(x, t, { logInput, full, epsilon }) {
    const stirling = full && t > 1 ? t * Math.log(t) - t + Math.log(2 * Math.PI * t) / 2 : 0;
    return (logInput ? Math.exp(x) - t * x : x - t * Math.log(x + epsilon)) + stirling;
  },
  slope: (x, t, { logInput, epsilon }) => (logInput ? Math.exp(x) - t : 1 - t / (x + epsilon)),
  expression({ logInput, full, epsilon }) {
    const kernel = logInput ? 'exp(input) - target * input' : `input - target * log(input + ${epsilon})`;
    return full
      ? `target > 1 ? ${kernel} + target * log(target) - target + log(2 * pi * target) / 2 : ${kernel}`
      : kernel;
  },

  examples: [
    {
      name: 'log-rates',
      source: 'by hand: e^0 - 2 * 0 = 1, e^(log 3) - 1 * log 3',
      config: { reduction: 'none' },
      args: { input: tensor([2], [0, Math.log(3)]), target: tensor([2], [2, 1]) },
      outputs: { loss: tensor([2], [1, 3 - Math.log(3)]) },
      upstream: { loss: tensor([2], [3, 5]) },
      gradients: { input: tensor([2], [-3, 10]) },
    },
    {
      name: 'rates, full; no count, one count and two',
      source: 'by hand: 1/2; 1/4 - log(1/2); 3/4 - 2 log 1 + 2 log 2 - 2 + log(4 pi) / 2',
      config: { logInput: false, full: true, epsilon: 0.25, reduction: 'sum' },
      args: { input: tensor([3], [0.5, 0.25, 0.75]), target: tensor([3], [0, 1, 2]) },
      outputs: { loss: tensor([], [0.5 + 0.25 + Math.LN2 + 0.75 + 2 * Math.LN2 - 2 + Math.log(4 * Math.PI) / 2]) },
      upstream: { loss: tensor([], [2]) },
      gradients: { input: tensor([3], [2, -2, -2]) },
    },
    {
      name: 'a rate of 0 without and with a count: the mean',
      source: 'by hand: 0 and -log(1/2)',
      config: { logInput: false, epsilon: 0.5 },
      args: { input: tensor([1, 2]), target: tensor([1, 2], [0, 1]) },
      outputs: { loss: tensor([], [Math.LN2 / 2]) },
      upstream: { loss: tensor([], [4]) },
      gradients: { input: tensor([1, 2], [2, -2]) },
    },
  ],
});
