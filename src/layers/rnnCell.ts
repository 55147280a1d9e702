import type { CellConfig } from '../kernels/recurrent/arguments.ts';
import { cellCases } from '../kernels/recurrent/cases.ts';
import { cellFunctions } from '../kernels/recurrent/layer.ts';
import { type Activation, rnn } from '../kernels/recurrent/rnn.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

export interface RnnCellConfig extends CellConfig {
  /** 'tanh' unless said. */
  readonly activation?: Activation;
}

/**
 * One step of an Elman network. input [batch, in], h0 and h [batch, hidden], weight_ih [hidden, in], weight_hh [hidden,
 * hidden], biases [hidden]; or input [in], h0 and h [hidden]. Without h0 it is zeros, and without a bias nothing is added.
 * At 0 relu has slope 0.
 */
export const rnnCell = defineLayer<RnnCellConfig>({
  name: 'rnnCell',
  formula: "h' = act(W x + b + U h + b'), act = tanh or relu",
  source: 'torch.nn.RNNCell',
  kinks: "W x + b + U h + b' = 0 where the activation is relu",
  axes: {
    input: ['batch', 'feature'],
    h0: ['batch', 'unit'],
    weight_ih: ['unit', 'feature'],
    weight_hh: ['unit', 'from'],
  },
  cases: fc => cellCases(fc, rnn(), fc.record({ activation: fc.constantFrom('tanh', 'relu') })),

  ...cellFunctions('rnnCell', ({ activation }: RnnCellConfig) => rnn(activation)),

  examples: [
    {
      name: 'relu, positive: 1 - 2 + 0.5 + 2 + 1 = 2.5',
      source: 'by hand',
      config: { inputSize: 2, hiddenSize: 1, activation: 'relu' },
      args: {
        input: tensor([1, 2], [1, 2]),
        h0: tensor([1, 1], [1]),
        weight_ih: tensor([1, 2], [1, -1]),
        weight_hh: tensor([1, 1], [2]),
        bias_ih: tensor([1], [0.5]),
        bias_hh: tensor([1], [1]),
      },
      outputs: { h: tensor([1, 1], [2.5]) },
      upstream: { h: tensor([1, 1], [2]) },
      gradients: {
        input: tensor([1, 2], [2, -2]),
        h0: tensor([1, 1], [4]),
        weight_ih: tensor([1, 2], [2, 4]),
        weight_hh: tensor([1, 1], [2]),
        bias_ih: tensor([1], [2]),
        bias_hh: tensor([1], [2]),
      },
    },
    {
      name: 'relu at 0 passes nothing back',
      source: 'by hand',
      config: { inputSize: 2, hiddenSize: 1, activation: 'relu' },
      args: { input: tensor([2], [1, 1]), weight_ih: tensor([1, 2], [3, -3]), weight_hh: tensor([1, 1], [2]) },
      outputs: { h: tensor([1], [0]) },
      upstream: { h: tensor([1], [5]) },
      gradients: {
        input: tensor([2], [0, 0]),
        weight_ih: tensor([1, 2], [0, 0]),
        weight_hh: tensor([1, 1], [0]),
      },
    },
    {
      name: 'tanh: tanh(ln 2) = 3/5, slope 16/25',
      source: 'by hand',
      config: { inputSize: 1, hiddenSize: 1 },
      args: {
        input: tensor([1, 1], [Math.LN2]),
        h0: tensor([1, 1], [3]),
        weight_ih: tensor([1, 1], [-5]),
        weight_hh: tensor([1, 1], [2 * Math.LN2]),
      },
      outputs: { h: tensor([1, 1], [0.6]) },
      upstream: { h: tensor([1, 1], [25]) },
      gradients: {
        input: tensor([1, 1], [-80]),
        h0: tensor([1, 1], [32 * Math.LN2]),
        weight_ih: tensor([1, 1], [16 * Math.LN2]),
        weight_hh: tensor([1, 1], [48]),
      },
    },
  ],
});
