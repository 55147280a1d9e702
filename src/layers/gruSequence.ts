import type { SequenceConfig } from '../kernels/recurrent/arguments.ts';
import { sequenceCases } from '../kernels/recurrent/cases.ts';
import { gru } from '../kernels/recurrent/gru.ts';
import { sequenceFunctions } from '../kernels/recurrent/layer.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

/**
 * Gated recurrent units over a sequence, the reset gate acting on U h + b', after the product. input [time, batch, in], output
 * [time, batch, directions * hidden], the last layer's states; h0 and hn [layers * directions, batch, hidden], layer by layer, in
 * each the direction of time first. Of layer k and, with _reverse, its way back from the last step to the first: weight_ih_l{k}
 * [3 hidden, in], or from the second layer on [3 hidden, directions * hidden], weight_hh_l{k} [3 hidden, hidden], biases
 * [3 hidden], their rows in the order r, z, n.
 *
 * With batchFirst, input and output begin [batch, time]. Without a batch that axis is missing, in states too. Without h0 it is
 * zeros, and without a bias nothing is added. There is at least one step.
 */
export const gruSequence = defineLayer<SequenceConfig>({
  name: 'gruSequence',
  formula:
    "h[t] = (1 - z) n + z h, h = h[t - 1], r = s(W x[t] + b + U h + b'), z likewise, n = tanh(W x[t] + b + r (U h + b')), s(x) = 1 / (1 + exp(-x))",
  source: 'torch.nn.GRU',
  cases: fc => sequenceCases(fc, gru, fc.constant({})),

  ...sequenceFunctions('gruSequence', () => gru),

  examples: [
    {
      name: 'weights of zero: r = z = 1/2, n = 0, and every step halves the state',
      source: 'by hand: dh = 3 and 1 + 3 / 2; dz = dh (h - 0) / 4, dn = dh / 2, dr = 0',
      config: { inputSize: 1, hiddenSize: 1 },
      args: {
        input: tensor([2, 1, 1], [1, 2]),
        h0: tensor([1, 1, 1], [8]),
        weight_ih_l0: tensor([3, 1]),
        weight_hh_l0: tensor([3, 1]),
        bias_ih_l0: tensor([3]),
        bias_hh_l0: tensor([3]),
      },
      outputs: { output: tensor([2, 1, 1], [4, 2]), hn: tensor([1, 1, 1], [2]) },
      upstream: { output: tensor([2, 1, 1], [1, 1]), hn: tensor([1, 1, 1], [2]) },
      gradients: {
        input: tensor([2, 1, 1], [0, 0]),
        h0: tensor([1, 1, 1], [1.25]),
        weight_ih_l0: tensor([3, 1], [0, 11, 4.25]),
        weight_hh_l0: tensor([3, 1], [0, 52, 8]),
        bias_ih_l0: tensor([3], [0, 8, 2.75]),
        bias_hh_l0: tensor([3], [0, 8, 1.375]),
      },
    },
    {
      name: 'both directions without an input, batch first: they meet in the middle',
      source: 'by hand: h = 4, 2 and, from the second step, 8, 4; there dh = 2, after it 4',
      config: { inputSize: 1, hiddenSize: 1, bidirectional: true, batchFirst: true },
      args: {
        input: tensor([1, 2, 1]),
        h0: tensor([2, 1, 1], [8, 16]),
        weight_ih_l0: tensor([3, 1]),
        weight_hh_l0: tensor([3, 1]),
        weight_ih_l0_reverse: tensor([3, 1]),
        weight_hh_l0_reverse: tensor([3, 1]),
      },
      outputs: { output: tensor([1, 2, 2], [4, 4, 2, 8]), hn: tensor([2, 1, 1], [2, 4]) },
      upstream: { output: tensor([1, 2, 2], [0, 1, 0, 0]), hn: tensor([2, 1, 1], [0, 3]) },
      gradients: {
        input: tensor([1, 2, 1], [0, 0]),
        h0: tensor([2, 1, 1], [0, 1]),
        weight_ih_l0: tensor([3, 1], [0, 0, 0]),
        weight_hh_l0: tensor([3, 1], [0, 0, 0]),
        weight_ih_l0_reverse: tensor([3, 1], [0, 0, 0]),
        weight_hh_l0_reverse: tensor([3, 1], [0, 192, 16]),
      },
    },
  ],
});
