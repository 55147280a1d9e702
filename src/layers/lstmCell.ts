import type { CellConfig } from '../kernels/recurrent/arguments.ts';
import { cellCases } from '../kernels/recurrent/cases.ts';
import { cellFunctions } from '../kernels/recurrent/layer.ts';
import { lstm } from '../kernels/recurrent/lstm.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

const LN3 = Math.log(3);
/** c' = c / 2 + 9/20 = ln 2. */
const C0 = 2 * Math.LN2 - 0.9;

/**
 * One step of a long short-term memory. input [batch, in], states h0, c0, h and c [batch, hidden], weight_ih [4 hidden, in],
 * weight_hh [4 hidden, hidden], biases [4 hidden], their rows in the order i, f, g, o; or input [in], states [hidden]. Without
 * h0 or c0 they are zeros, and without a bias nothing is added.
 */
export const lstmCell = defineLayer<CellConfig>({
  name: 'lstmCell',
  formula:
    "c' = f c + i g, h' = o tanh c', i = s(W x + b + U h + b'), f and o likewise, g = tanh(W x + b + U h + b'), s(x) = 1 / (1 + exp(-x))",
  source: 'torch.nn.LSTMCell',
  axes: {
    input: ['batch', 'feature'],
    h0: ['batch', 'unit'],
    c0: ['batch', 'unit'],
    weight_ih: ['gate', 'feature'],
    weight_hh: ['gate', 'from'],
  },
  cases: fc => cellCases(fc, lstm, fc.constant({})),

  ...cellFunctions('lstmCell', () => lstm),

  examples: [
    {
      name: "i = 3/4, f = 1/2, g = 3/5, o = 1/4, tanh c' = 3/5",
      source: 'by hand',
      config: { inputSize: 1, hiddenSize: 1 },
      args: {
        input: tensor([1, 1], [1]),
        h0: tensor([1, 1], [1]),
        c0: tensor([1, 1], [C0]),
        weight_ih: tensor([4, 1], [0, 0, Math.LN2, 0]),
        weight_hh: tensor([4, 1], [LN3, 0, 0, -LN3]),
        bias_ih: tensor([4], [0, 0, 0, 0]),
        bias_hh: tensor([4], [0, 0, 0, 0]),
      },
      outputs: { h: tensor([1, 1], [0.15]), c: tensor([1, 1], [Math.LN2]) },
      upstream: { h: tensor([1, 1], [16]), c: tensor([1, 1], [2]) },
      gradients: {
        input: tensor([1, 1], [2.1888 * Math.LN2]),
        h0: tensor([1, 1], [-1.287 * LN3]),
        c0: tensor([1, 1], [2.28]),
        weight_ih: tensor([4, 1], [0.513, 1.14 * C0, 2.1888, 1.8]),
        weight_hh: tensor([4, 1], [0.513, 1.14 * C0, 2.1888, 1.8]),
        bias_ih: tensor([4], [0.513, 1.14 * C0, 2.1888, 1.8]),
        bias_hh: tensor([4], [0.513, 1.14 * C0, 2.1888, 1.8]),
      },
    },
    {
      name: 'from zeros and without biases: f and the recurrent weights have no influence',
      source: 'by hand',
      config: { inputSize: 1, hiddenSize: 1 },
      args: {
        input: tensor([1], [1]),
        weight_ih: tensor([4, 1], [LN3, 5, Math.LN2, 0]),
        weight_hh: tensor([4, 1], [1, 2, 3, 4]),
      },
      outputs: { h: tensor([1], [Math.tanh(0.45) / 2]), c: tensor([1], [0.45]) },
      upstream: { h: tensor([1], [0]), c: tensor([1], [100]) },
      gradients: {
        input: tensor([1], [11.25 * LN3 + 48 * Math.LN2]),
        weight_ih: tensor([4, 1], [11.25, 0, 48, 0]),
        weight_hh: tensor([4, 1], [0, 0, 0, 0]),
      },
    },
  ],
});
