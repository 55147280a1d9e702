import type { SequenceConfig } from '../kernels/recurrent/arguments.ts';
import { sequenceCases } from '../kernels/recurrent/cases.ts';
import { sequenceFunctions } from '../kernels/recurrent/layer.ts';
import { type Activation, rnn } from '../kernels/recurrent/rnn.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

export interface RnnSequenceConfig extends SequenceConfig {
  /** 'tanh' unless said. */
  readonly activation?: Activation;
}

/**
 * An Elman network over a sequence. input [time, batch, in], output [time, batch, directions * hidden], the last layer's
 * states; h0 and hn [layers * directions, batch, hidden], layer by layer, in each the direction of time first. Of layer k and,
 * with _reverse, its way back from the last step to the first: weight_ih_l{k} [hidden, in], or from the second layer on
 * [hidden, directions * hidden], weight_hh_l{k} [hidden, hidden], biases [hidden].
 *
 * With batchFirst, input and output begin [batch, time]. Without a batch that axis is missing, in states too. Without h0 it is
 * zeros, and without a bias nothing is added. There is at least one step.
 */
export const rnnSequence = defineLayer<RnnSequenceConfig>({
  name: 'rnnSequence',
  formula: "h[t] = act(W x[t] + b + U h[t - 1] + b'), act = tanh or relu",
  source: 'torch.nn.RNN',
  composed: true,
  cases: fc => sequenceCases(fc, rnn(), fc.record({ activation: fc.constantFrom('tanh', 'relu') })),

  ...sequenceFunctions('rnnSequence', ({ activation }: RnnSequenceConfig) => rnn(activation)),

  examples: [
    {
      name: 'three steps of relu, all positive',
      source: 'by hand: h = 1, 2 + 2 * 1, 3 + 2 * 4; dh = 47, 23, 11',
      config: { inputSize: 1, hiddenSize: 1, activation: 'relu' },
      args: {
        input: tensor([3, 1, 1], [1, 2, 3]),
        h0: tensor([1, 1, 1], [0]),
        weight_ih_l0: tensor([1, 1], [1]),
        weight_hh_l0: tensor([1, 1], [2]),
      },
      outputs: { output: tensor([3, 1, 1], [1, 4, 11]), hn: tensor([1, 1, 1], [11]) },
      upstream: { output: tensor([3, 1, 1], [1, 1, 1]), hn: tensor([1, 1, 1], [10]) },
      gradients: {
        input: tensor([3, 1, 1], [47, 23, 11]),
        h0: tensor([1, 1, 1], [94]),
        weight_ih_l0: tensor([1, 1], [126]),
        weight_hh_l0: tensor([1, 1], [67]),
      },
    },
    {
      name: 'both directions: the way back ends at the first step',
      source: 'by hand: h = 1, 3 and, back from the second step, 4, 14',
      config: { inputSize: 1, hiddenSize: 1, activation: 'relu', bidirectional: true },
      args: {
        input: tensor([2, 1], [1, 2]),
        weight_ih_l0: tensor([1, 1], [1]),
        weight_hh_l0: tensor([1, 1], [1]),
        weight_ih_l0_reverse: tensor([1, 1], [2]),
        weight_hh_l0_reverse: tensor([1, 1], [3]),
      },
      outputs: { output: tensor([2, 2], [1, 14, 3, 4]), hn: tensor([2, 1], [3, 14]) },
      upstream: { output: tensor([2, 2], [1, 2, 3, 4]), hn: tensor([2, 1], [10, 20]) },
      gradients: {
        input: tensor([2, 1], [58, 153]),
        weight_ih_l0: tensor([1, 1], [40]),
        weight_hh_l0: tensor([1, 1], [13]),
        weight_ih_l0_reverse: tensor([1, 1], [162]),
        weight_hh_l0_reverse: tensor([1, 1], [88]),
      },
    },
    {
      name: 'two layers, batch first: each sample has its own states',
      source: 'by hand: below h = 1, 3 and 2, 3, above twice that and, from the second step, once the state before',
      config: { inputSize: 1, hiddenSize: 1, layers: 2, activation: 'relu', batchFirst: true },
      args: {
        input: tensor([2, 2, 1], [1, 2, 2, 1]),
        weight_ih_l0: tensor([1, 1], [1]),
        weight_hh_l0: tensor([1, 1], [1]),
        weight_ih_l1: tensor([1, 1], [2]),
        weight_hh_l1: tensor([1, 1], [1]),
      },
      outputs: { output: tensor([2, 2, 1], [2, 8, 4, 10]), hn: tensor([2, 2, 1], [3, 3, 8, 10]) },
      upstream: { output: tensor([2, 2, 1], [0, 1, 0, 0]), hn: tensor([2, 2, 1], [0, 0, 0, 1]) },
      gradients: {
        input: tensor([2, 2, 1], [4, 2, 4, 2]),
        weight_ih_l0: tensor([1, 1], [18]),
        weight_hh_l0: tensor([1, 1], [6]),
        weight_ih_l1: tensor([1, 1], [9]),
        weight_hh_l1: tensor([1, 1], [6]),
      },
    },
  ],
});
