import type { CellConfig } from '../kernels/recurrent/arguments.ts';
import { cellCases } from '../kernels/recurrent/cases.ts';
import { gru } from '../kernels/recurrent/gru.ts';
import { cellFunctions } from '../kernels/recurrent/layer.ts';
import { defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';

const LN3 = Math.log(3);

/**
 * One step of a gated recurrent unit, whose reset gate acts on U h + b', after the product. input [batch, in], h0 and h
 * [batch, hidden], weight_ih [3 hidden, in], weight_hh [3 hidden, hidden], biases [3 hidden], their rows in the order r, z, n;
 * or input [in], h0 and h [hidden]. Without h0 it is zeros, and without a bias nothing is added.
 */
export const gruCell = defineLayer<CellConfig>({
  name: 'gruCell',
  formula:
    "h' = (1 - z) n + z h, r = s(W x + b + U h + b'), z likewise, n = tanh(W x + b + r (U h + b')), s(x) = 1 / (1 + exp(-x))",
  source: 'torch.nn.GRUCell',
  axes: {
    input: ['batch', 'feature'],
    h0: ['batch', 'unit'],
    weight_ih: ['gate', 'feature'],
    weight_hh: ['gate', 'from'],
  },
  cases: fc => cellCases(fc, gru, fc.constant({})),

  ...cellFunctions('gruCell', () => gru),

  examples: [
    {
      name: 'r = 1/2, z = 3/4, n = tanh(2 ln 2 / 2) = 3/5',
      source: 'by hand',
      config: { inputSize: 1, hiddenSize: 1 },
      args: {
        input: tensor([1, 1], [1]),
        h0: tensor([1, 1], [2]),
        weight_ih: tensor([3, 1], [0, LN3, 0]),
        weight_hh: tensor([3, 1], [0, 0, Math.LN2]),
        bias_ih: tensor([3], [0, 0, 0]),
        bias_hh: tensor([3], [0, 0, 0]),
      },
      outputs: { h: tensor([1, 1], [1.65]) },
      upstream: { h: tensor([1, 1], [16]) },
      gradients: {
        input: tensor([1, 1], [4.2 * LN3]),
        h0: tensor([1, 1], [12 + 1.28 * Math.LN2]),
        weight_ih: tensor([3, 1], [1.28 * Math.LN2, 4.2, 2.56]),
        weight_hh: tensor([3, 1], [2.56 * Math.LN2, 8.4, 2.56]),
        bias_ih: tensor([3], [1.28 * Math.LN2, 4.2, 2.56]),
        bias_hh: tensor([3], [1.28 * Math.LN2, 4.2, 1.28]),
      },
    },
    {
      name: 'from zeros and without biases: h = (1 - z) n, and the recurrent weights have no influence',
      source: 'by hand',
      config: { inputSize: 1, hiddenSize: 1 },
      args: {
        input: tensor([1], [1]),
        weight_ih: tensor([3, 1], [7, LN3, Math.LN2]),
        weight_hh: tensor([3, 1], [5, 6, 7]),
      },
      outputs: { h: tensor([1], [0.15]) },
      upstream: { h: tensor([1], [4]) },
      gradients: {
        input: tensor([1], [0.64 * Math.LN2 - 0.45 * LN3]),
        weight_ih: tensor([3, 1], [0, -0.45, 0.64]),
        weight_hh: tensor([3, 1], [0, 0, 0]),
      },
    },
  ],
});
