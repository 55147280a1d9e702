import type { SequenceConfig } from '../kernels/recurrent/arguments.ts';
import { sequenceCases } from '../kernels/recurrent/cases.ts';
import { sequenceFunctions } from '../kernels/recurrent/layer.ts';
import { lstm } from '../kernels/recurrent/lstm.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

const LN3 = Math.log(3);

/**
 * Long short-term memory over a sequence. input [time, batch, in], output [time, batch, directions * hidden], the last layer's
 * states h; h0, c0, hn and cn [layers * directions, batch, hidden], layer by layer, in each the direction of time first. Of layer
 * k and, with _reverse, its way back from the last step to the first: weight_ih_l{k} [4 hidden, in], or from the second layer
 * on [4 hidden, directions * hidden], weight_hh_l{k} [4 hidden, hidden], biases [4 hidden], their rows in the order i, f, g, o.
 *
 * With batchFirst, input and output begin [batch, time]. Without a batch that axis is missing, in states too. Without h0 or c0
 * they are zeros, and without a bias nothing is added. There is at least one step.
 */
export const lstmSequence = defineLayer<SequenceConfig>({
  name: 'lstmSequence',
  formula:
    "c[t] = f c[t - 1] + i g, h[t] = o tanh c[t], i = s(W x[t] + b + U h[t - 1] + b'), f and o likewise, g = tanh(W x[t] + b + U h[t - 1] + b'), s(x) = 1 / (1 + exp(-x))",
  source: 'torch.nn.LSTM',
  cases: fc => sequenceCases(fc, lstm, fc.constant({})),

  ...sequenceFunctions('lstmSequence', () => lstm),

  examples: [
    {
      name: 'weights of zero: i = f = o = 1/2, g = 0, and every step halves the state c',
      source: 'by hand: c = 2 ln 3, ln 3, tanh c = 40/41, 4/5; dc = 1 + 50 (1/2) (9/25) and half of that',
      config: { inputSize: 1, hiddenSize: 1 },
      args: {
        input: tensor([2, 1, 1], [1, 2]),
        h0: tensor([1, 1, 1], [0]),
        c0: tensor([1, 1, 1], [4 * LN3]),
        weight_ih_l0: tensor([4, 1]),
        weight_hh_l0: tensor([4, 1]),
      },
      outputs: {
        output: tensor([2, 1, 1], [20 / 41, 0.4]),
        hn: tensor([1, 1, 1], [0.4]),
        cn: tensor([1, 1, 1], [LN3]),
      },
      upstream: {
        output: tensor([2, 1, 1], [0, 20]),
        hn: tensor([1, 1, 1], [30]),
        cn: tensor([1, 1, 1], [1]),
      },
      gradients: {
        input: tensor([2, 1, 1], [0, 0]),
        h0: tensor([1, 1, 1], [0]),
        c0: tensor([1, 1, 1], [2.5]),
        weight_ih_l0: tensor([4, 1], [0, 15 * LN3, 12.5, 20]),
        weight_hh_l0: tensor([4, 1], [0, (100 / 41) * LN3, 100 / 41, 200 / 41]),
      },
    },
    {
      name: 'the final state c alone: what arrives there goes back through the forget gates',
      source: 'by hand: dc = 16, 8, 4 and g = 0',
      config: { inputSize: 1, hiddenSize: 1, batchFirst: true },
      args: {
        input: tensor([1, 2, 1], [3, 5]),
        c0: tensor([1, 1, 1], [0]),
        weight_ih_l0: tensor([4, 1]),
        weight_hh_l0: tensor([4, 1]),
        bias_ih_l0: tensor([4]),
        bias_hh_l0: tensor([4]),
      },
      outputs: { output: tensor([1, 2, 1]), hn: tensor([1, 1, 1]), cn: tensor([1, 1, 1]) },
      upstream: { output: tensor([1, 2, 1]), hn: tensor([1, 1, 1]), cn: tensor([1, 1, 1], [16]) },
      gradients: {
        input: tensor([1, 2, 1]),
        c0: tensor([1, 1, 1], [4]),
        weight_ih_l0: tensor([4, 1], [0, 0, 52, 0]),
        weight_hh_l0: tensor([4, 1]),
        bias_ih_l0: tensor([4], [0, 0, 12, 0]),
        bias_hh_l0: tensor([4], [0, 0, 12, 0]),
      },
    },
  ],
});
