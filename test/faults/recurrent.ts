import {
  type CaseSpec,
  gruCell,
  gruSequence,
  type Layer,
  lstmCell,
  lstmSequence,
  rnnCell,
  rnnSequence,
  type Tensor,
  type Tensors,
  tensor,
} from '../../src/index.ts';
import { type SequenceConfig, sequenceShapes } from '../../src/kernels/recurrent/arguments.ts';
import { logistic } from '../../src/kernels/logistic.ts';
import { blocks, joined } from '../../src/kernels/recurrent/blocks.ts';
import type { Cell } from '../../src/kernels/recurrent/cell.ts';
import { gru } from '../../src/kernels/recurrent/gru.ts';
import { cellFunctions, sequenceFunctions } from '../../src/kernels/recurrent/layer.ts';
import { lstm } from '../../src/kernels/recurrent/lstm.ts';
import { rnn } from '../../src/kernels/recurrent/rnn.ts';
import { sum } from '../../src/kernels/sum.ts';
import { mapTensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs, wrong } from './fault.ts';
import { arriving, type Call, spoiled } from './spoiled.ts';

/** A built-in cell or sequence whose cell goes back in another way. */
function goingBack(layer: Layer, cell: Cell, vjp: Cell['vjp'], cases = layer.cases): Layer {
  const functions = layer.name.endsWith('Cell') ? cellFunctions : sequenceFunctions;
  return wrong(layer, { cases, vjp: functions(layer.name, () => ({ ...cell, vjp })).vjp });
}

/** The one setting of a sequence, with states and biases. */
function setting(cell: Cell, config: SequenceConfig, steps = 3, batch = 2): CaseSpec[] {
  const leading = config.batchFirst ? [batch, steps] : [steps, batch];
  const args = { input: [...leading, config.inputSize], ...sequenceShapes(cell, config, [batch]) };
  return [{ config, args }];
}

const small = { inputSize: 2, hiddenSize: 2 };

/** The same rows in blocks of which those at i and j are exchanged. */
function exchanged({ shape, data }: Tensor, i: number, j: number, blocks: number): Tensor {
  const size = data.length / blocks;
  const from = (block: number) => (block === i ? j : block === j ? i : block);
  return tensor(
    shape,
    data.map((_, at) => data[from(Math.floor(at / size)) * size + (at % size)]),
  );
}

function transposed({ shape, data }: Tensor): Tensor {
  const [rows, columns] = shape;
  return tensor(
    shape,
    data.map((_, at) => data[(at % rows) * columns + Math.floor(at / rows)]),
  );
}

/** Those of the gradients of weights and biases whose names begin so, changed. */
function each(right: Tensors, beginning: RegExp, change: (gradient: Tensor) => Tensor): Tensors {
  const chosen = Object.entries(right).filter(([name]) => beginning.test(name));
  return Object.fromEntries(chosen.map(([name, gradient]) => [name, change(gradient)]));
}

/** What a sequence of one layer gets where nothing of a state goes back from a step to the one before. */
function stepByStep(cell: Layer, { args, upstream, config, right }: Call): Tensors {
  const { input, h0 } = args;
  const [steps, batch, inputs] = input.shape;
  const own = (name: string) => args[`${name}_l0`];
  const weights = {
    weight_ih: own('weight_ih'),
    weight_hh: own('weight_hh'),
    bias_ih: own('bias_ih'),
    bias_hh: own('bias_hh'),
  };
  const gradients = Object.fromEntries(Object.entries(right).map(([name, value]) => [name, zerosLike(value)]));
  let h = tensor([batch, config.hiddenSize], h0.data);
  for (let t = 0; t < steps; t++) {
    const size = batch * inputs;
    const x = tensor([batch, inputs], input.data.subarray(t * size, (t + 1) * size));
    const dh = upstream.output.data.slice(t * h.data.length, (t + 1) * h.data.length);
    const atH = t === steps - 1 ? sum(dh, upstream.hn.data) : dh;
    const step = rightGradients(cell, { input: x, h0: h, ...weights }, { h: tensor(h.shape, atH) }, config);
    gradients.input.data.set(step.input.data, t * size);
    if (t === 0) gradients.h0.data.set(step.h0.data);
    for (const name of Object.keys(weights)) {
      const { shape, data } = gradients[`${name}_l0`];
      gradients[`${name}_l0`] = { shape, data: sum(data, step[name].data) };
    }
    h = rightOutputs(cell, { input: x, h0: h, ...weights }, config).h;
  }
  return gradients;
}

/** On whole numbers a cell with relu is exact. */
const exact = { verdict: 'fail', check: 'exact' } as const;
const gradient = { verdict: 'fail', check: 'gradient' } as const;
const weights = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'];
const ofFirst = (names: readonly string[], end = '') => names.map(name => `${name}_l0${end}`);

/** Recurrent cells and sequences that are wrong. */
export const recurrent: readonly Fault[] = [
  {
    name: 'a cell with relu goes back by the derivative of tanh',
    layer: spoiled(rnnCell as Layer, ({ args, upstream, config }) =>
      rightGradients(rnnCell as Layer, args, upstream, { ...config, activation: 'tanh' }),
    ),
    expected: { ...exact, argument: ['input', 'h0', ...weights], causes: ['another-config', 'another-derivative'] },
  },
  {
    name: 'the recurrent weights of a cell hold the last sample only',
    layer: spoiled(rnnCell as Layer, call => {
      const { h } = call.upstream;
      const [batch, hidden = batch] = h.shape;
      const last = mapTensor(h, (dh, at) => (at >= h.data.length - hidden ? dh : 0));
      return { weight_hh: arriving(rnnCell as Layer, call, { h: last }).weight_hh };
    }),
    expected: { ...exact, argument: 'weight_hh', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'a cell forgets that it has a second bias',
    layer: spoiled(rnnCell as Layer, ({ right }) => each(right, /^bias_hh/, zerosLike)),
    expected: { ...exact, argument: 'bias_hh', causes: ['zero'] },
  },
  {
    name: 'the gradient of the recurrent weights is transposed, as it may be where there is one unit',
    layer: spoiled(rnnCell as Layer, ({ right }) => ({ weight_hh: transposed(right.weight_hh) })),
    expected: { ...exact, argument: 'weight_hh', causes: ['transposed'] },
  },
  {
    name: 'the rows of r and z are exchanged in the gradients of a GRU',
    layer: spoiled(gruCell as Layer, ({ right }) => each(right, /^(weight|bias)/, g => exchanged(g, 0, 1, 3))),
    expected: { ...gradient, argument: weights, causes: ['wrong-channel'] },
  },
  {
    name: 'the reset gate is forgotten in the gradient of the recurrent bias, which is that of the other',
    layer: spoiled(gruCell as Layer, ({ right }) => ({ bias_hh: right.bias_ih })),
    expected: { ...gradient, argument: 'bias_hh', causes: ['another-argument'] },
  },
  {
    name: 'a GRU forgets the way of its state past the gates',
    layer: goingBack(gruCell as Layer, gru, (a, u, before, upstream) => {
      const right = gru.vjp(a, u, before, upstream);
      return { ...right, before: right.before.map(state => state.map(() => 0)) };
    }),
    expected: { ...gradient, argument: 'h0', causes: ['missing-term'] },
  },
  {
    name: 'a GRU takes z h + (1 - z) n for (1 - z) h + z n in backward',
    layer: goingBack(gruCell as Layer, gru, (a, u, before, upstream) => {
      const hidden = before[0].length;
      const right = gru.vjp(a, u, before, upstream);
      const flipped = (z: typeof a) => z.map((d, at) => (Math.floor(at / hidden) === 1 ? -d : d));
      return { ...right, a: flipped(right.a), u: flipped(right.u) };
    }),
    expected: { ...gradient, argument: ['input', 'h0', ...weights], causes: ['sign-flipped'] },
  },
  {
    name: 'what arrives at the cell state is dropped, as it may be where the loss sees h alone',
    layer: goingBack(lstmCell as Layer, lstm, (a, u, before, [dh, dc]) =>
      lstm.vjp(a, u, before, [dh, dc.map(() => 0)]),
    ),
    expected: { ...gradient, argument: ['input', 'h0', 'c0', ...weights], causes: ['output-ignored'] },
  },
  {
    name: 'the derivative of the tanh behind the cell state is left out',
    layer: goingBack(lstmCell as Layer, lstm, (a, u, before, [dh, dc]) => {
      const [, , , zO] = blocks(sum(a, u), 4);
      const straight = dc.map((d, k) => d + dh[k] * logistic(zO[k]));
      const none = dh.map(() => 0);
      const ofCell = lstm.vjp(a, u, before, [none, straight]);
      const ofOutput = lstm.vjp(a, u, before, [dh, dc]);
      const z = joined([...blocks(ofCell.a, 4).slice(0, 3), ...blocks(ofOutput.a, 4).slice(3)]);
      return { a: z, u: z, before: ofCell.before };
    }),
    expected: { ...gradient, argument: ['input', 'h0', 'c0', ...weights], causes: ['missing-activation-derivative'] },
  },
  {
    name: 'the gates g and o are exchanged in the gradients of an LSTM',
    layer: spoiled(lstmCell as Layer, ({ right }) => each(right, /^(weight|bias)/, g => exchanged(g, 2, 3, 4))),
    expected: { ...gradient, argument: weights, causes: ['wrong-channel'] },
  },
  {
    name: 'the forget gate is taken to multiply the new cell state, not the old one',
    layer: goingBack(lstmCell as Layer, lstm, (a, u, before, upstream) => {
      const right = lstm.vjp(a, u, before, upstream);
      const [, cell] = lstm.forward(a, u, before);
      const [, zF] = blocks(sum(a, u), 4);
      const [i, , g, o] = blocks(right.a, 4);
      // What goes back past the gate is dc f, and the slope of f is f s(-z).
      const f = right.before[1].map((d, k) => d * logistic(-zF[k]) * cell[k]);
      const z = joined([i, f, g, o]);
      return { ...right, a: z, u: z };
    }),
    expected: { ...gradient, argument: ['input', 'h0', ...weights] },
  },
  {
    name: 'nothing of the state goes back from a step to the one before, as it need not over one step',
    layer: spoiled(rnnSequence as Layer, call => stepByStep(rnnCell as Layer, call), setting(rnn(), small)),
    expected: {
      ...gradient,
      argument: ['input', 'h0', ...ofFirst(weights)],
      causes: ['missing-term', 'diagonal-only'],
    },
  },
  {
    name: 'the gradient of the input has the second direction only, which overwrites the first',
    layer: spoiled(
      rnnSequence as Layer,
      call => {
        const { output, hn } = call.upstream;
        const other = {
          output: mapTensor(output, (dy, at) => (at % 4 < 2 ? 0 : dy)),
          hn: mapTensor(hn, (dh, at) => (at < hn.data.length / 2 ? 0 : dh)),
        };
        return { input: arriving(rnnSequence as Layer, call, other).input };
      },
      setting(rnn(), { ...small, bidirectional: true }),
    ),
    expected: {
      ...gradient,
      argument: 'input',
      causes: ['overwritten-not-accumulated', 'missing-term', 'argument-ignored'],
    },
  },
  {
    name: 'what arrives at the final state of the way back is taken to arrive at the last step, not at the first',
    layer: spoiled(
      rnnSequence as Layer,
      call => {
        const { output, hn } = call.upstream;
        const [steps, batch] = output.shape;
        const backwards = hn.data.slice(hn.data.length / 2);
        const last = (steps - 1) * batch * 4;
        return arriving(rnnSequence as Layer, call, {
          output: mapTensor(output, (dy, at) => {
            const place = at - last;
            if (place < 0 || place % 4 < 2) return dy;
            return dy + backwards[Math.floor(place / 4) * 2 + (place % 4) - 2];
          }),
          hn: mapTensor(hn, (dh, at) => (at < hn.data.length / 2 ? dh : 0)),
        });
      },
      setting(rnn(), { ...small, bidirectional: true }),
    ),
    expected: {
      ...gradient,
      argument: ['input', 'h0', ...ofFirst(weights, '_reverse')],
      causes: ['wrong-channel'],
    },
  },
  {
    name: 'the initial states of layers and directions are taken in the other order',
    layer: spoiled(
      rnnSequence as Layer,
      ({ right }) => ({ h0: exchanged(right.h0, 1, 2, 4) }),
      setting(rnn(), { ...small, layers: 2, bidirectional: true }, 2),
    ),
    expected: { ...gradient, argument: 'h0', causes: ['wrong-channel'] },
  },
  {
    name: 'the weights of the middle of three layers get the gradient of the last',
    layer: spoiled(
      gruSequence as Layer,
      ({ right }) => ({ weight_ih_l1: right.weight_ih_l2, weight_hh_l1: right.weight_hh_l2 }),
      setting(gru, { ...small, layers: 3 }, 2),
    ),
    expected: { ...gradient, argument: ['weight_ih_l1', 'weight_hh_l1'], causes: ['another-argument'] },
  },
  {
    name: 'batch and time are exchanged in the gradient of the input, as many samples as steps',
    layer: spoiled(
      gruSequence as Layer,
      ({ right: { input } }) => ({
        input: mapTensor(input, (_, at) => {
          const [row, feature] = [Math.floor(at / 2), at % 2];
          return input.data[((row % 2) * 2 + Math.floor(row / 2)) * 2 + feature];
        }),
      }),
      setting(gru, { ...small, batchFirst: true }, 2, 2),
    ),
    expected: { ...gradient, argument: 'input', causes: ['transposed'] },
  },
  {
    name: 'a GRU over a sequence carries nothing back but what goes past the gates',
    layer: spoiled(gruSequence as Layer, call => stepByStep(gruCell as Layer, call), setting(gru, small)),
    expected: {
      ...gradient,
      argument: ['input', 'h0', ...ofFirst(weights)],
      causes: ['missing-term', 'diagonal-only'],
    },
  },
  {
    name: 'what arrives at the last cell state of a sequence is dropped, as it may be where the loss sees the output alone',
    layer: spoiled(
      lstmSequence as Layer,
      call => arriving(lstmSequence as Layer, call, { cn: zerosLike(call.upstream.cn) }),
      setting(lstm, small),
    ),
    expected: { ...gradient, argument: ['input', 'h0', 'c0', ...ofFirst(weights)], causes: ['output-ignored'] },
  },
  {
    name: 'nothing of the cell state goes back from a step to the one before',
    layer: goingBack(
      lstmSequence as Layer,
      lstm,
      (a, u, before, [dh, dc]) => lstm.vjp(a, u, before, [dh, dc.map(() => 0)]),
      setting(lstm, small),
    ),
    expected: {
      ...gradient,
      argument: ['input', 'h0', 'c0', ...ofFirst(weights)],
      causes: ['missing-term', 'output-ignored'],
    },
  },
  {
    name: 'only what arrives at the last step of the output is used',
    layer: spoiled(
      lstmSequence as Layer,
      call => {
        const { output } = call.upstream;
        const last = output.data.length - output.data.length / output.shape[0];
        const other = { output: mapTensor(output, (dy, at) => (at < last ? 0 : dy)) };
        return arriving(lstmSequence as Layer, call, other);
      },
      setting(lstm, small),
    ),
    expected: {
      ...gradient,
      argument: ['input', 'h0', 'c0', ...ofFirst(weights)],
      causes: ['last-item-only', 'border'],
    },
  },
  {
    name: 'the gradients of the two initial states are exchanged',
    layer: spoiled(
      lstmSequence as Layer,
      ({ right }) => ({ h0: right.c0, c0: right.h0 }),
      setting(lstm, { ...small, bidirectional: true }, 2),
    ),
    expected: { ...gradient, argument: ['h0', 'c0'], causes: ['another-argument'] },
  },
];
