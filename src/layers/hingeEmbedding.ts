import { elementwiseLoss, lossCases } from '../kernels/elementwiseLoss.ts';
import { type LossConfig, lossReductions } from '../kernels/lossReduction.ts';
import { real } from '../kernels/real.ts';
import { tensor } from '../tensor.ts';

export interface HingeEmbeddingConfig extends LossConfig {
  /** How far apart what is unlike should be; 1 unless said. */
  readonly margin?: number;
}

/**
 * Hinge loss of distances: like pairs (target 1) should have small ones, unlike pairs (target -1) ones of at least the
 * margin. input and target of one shape, whatever it is; loss [], or of their shape with reduction 'none'. Where input =
 * margin the hinge has its slope -1. A target that is neither 1 nor -1 counts as both, as in PyTorch.
 */
export const hingeEmbedding = elementwiseLoss<HingeEmbeddingConfig, { margin: number }>({
  name: 'hingeEmbedding',
  formula: 'loss = mean over i of x[i] where t[i] = 1, max(0, margin - x[i]) where t[i] = -1',
  source: 'torch.nn.HingeEmbeddingLoss',
  kinks: 'input = margin where the target is -1',
  cases: fc =>
    lossCases(
      fc,
      fc.record({ reduction: lossReductions(fc), margin: fc.constantFrom(1, 0.5, 2, -1) }),
      fc.constant({ integer: true, range: [-1, 1] }),
    ),

  settings: ({ margin = 1 }) => ({ margin: real('hingeEmbedding', 'margin', margin) }),
  value: (x, t, { margin }) => (t === -1 ? 0 : x) + (t === 1 ? 0 : Math.max(0, margin - x)),
  slope: (x, t, { margin }) => (t === -1 ? 0 : 1) - (t === 1 || x > margin ? 0 : 1),
  expression: ({ margin }) =>
    `target == 1 ? input : target == -1 ? (input > ${margin} ? 0 : ${margin} - input) : input > ${margin} ? input : ${margin}`,

  examples: [
    {
      name: 'like, and unlike at the margin, within and beyond it',
      source: 'by hand',
      config: { reduction: 'none' },
      args: { input: tensor([4], [0.5, 1, 0.25, 3]), target: tensor([4], [1, -1, -1, -1]) },
      outputs: { loss: tensor([4], [0.5, 0, 0.75, 0]) },
      upstream: { loss: tensor([4], [2, 3, 5, 7]) },
      gradients: { input: tensor([4], [2, -3, -5, 0]) },
    },
    {
      name: 'the mean, margin 2',
      source: 'by hand',
      config: { margin: 2 },
      args: { input: tensor([2, 2], [1, 1.5, -1, 4]), target: tensor([2, 2], [1, -1, 1, -1]) },
      outputs: { loss: tensor([], [0.125]) },
      upstream: { loss: tensor([], [8]) },
      gradients: { input: tensor([2, 2], [2, -2, 2, 0]) },
    },
  ],
});
