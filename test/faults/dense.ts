import { type CaseSpec, defineLayer, linear, tensor, type Tensors } from '../../src/index.ts';
import type { LinearConfig } from '../../src/layers/linear.ts';
import { type Data, zerosLike } from '../../src/tensor.ts';
import { elementwise, type Fault, rightGradients, wrong } from './fault.ts';

interface Work {
  /** [batch, in] */
  readonly x: Data;
  /** [out, in] */
  readonly W: Data;
  /** [batch, out] */
  readonly dy: Data;
  readonly dx: Data;
  readonly dW: Data;
  readonly db: Data;
  readonly batch: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** A linear layer whose gradients are right but for what `backward` makes of them, in the given settings. */
function faulty(cases: readonly CaseSpec<LinearConfig>[], backward: (work: Work) => void) {
  return wrong(linear, {
    cases,
    vjp: (args, upstream, config) => {
      const right = rightGradients(linear, args, upstream, config);
      backward({
        x: args.input.data,
        W: args.weight.data,
        dy: upstream.output.data,
        dx: right.input.data,
        dW: right.weight.data,
        db: right.bias?.data ?? new Float64Array(config.outFeatures),
        batch: args.input.data.length / config.inFeatures,
        inFeatures: config.inFeatures,
        outFeatures: config.outFeatures,
      });
      return right;
    },
  });
}

function setting(batch: number, inFeatures: number, outFeatures: number, leading = [batch]): CaseSpec<LinearConfig> {
  return {
    config: { inFeatures, outFeatures },
    args: { input: [...leading, inFeatures], weight: [outFeatures, inFeatures], bias: [outFeatures] },
  };
}

const square = setting(3, 4, 4);
const oblong = setting(3, 4, 2);

const fail = { verdict: 'fail', check: 'exact' } as const;

/** Fully connected layers, and smooth layers with parameters, that are wrong. */
export const dense: readonly Fault[] = [
  {
    name: 'dW is transposed, as many features in as out',
    layer: faulty([square], ({ x, dy, dW, batch, inFeatures, outFeatures }) => {
      dW.fill(0);
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < inFeatures; i++) {
          for (let o = 0; o < outFeatures; o++) {
            dW[i * outFeatures + o] += x[n * inFeatures + i] * dy[n * outFeatures + o];
          }
        }
      }
    }),
    expected: { ...fail, argument: 'weight', causes: ['transposed'] },
  },
  {
    name: "dW is x'dy in the memory of dy'x",
    layer: faulty([oblong], ({ x, dy, dW, batch, inFeatures, outFeatures }) => {
      dW.fill(0);
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < inFeatures; i++) {
          for (let o = 0; o < outFeatures; o++) {
            dW[i * outFeatures + o] += x[n * inFeatures + i] * dy[n * outFeatures + o];
          }
        }
      }
    }),
    expected: { ...fail, argument: 'weight', causes: ['transposed'] },
  },
  {
    name: 'dW is transposed, shape and all',
    layer: wrong(linear, {
      cases: [oblong],
      vjp: (args, upstream, config) => {
        const right = rightGradients(linear, args, upstream, config);
        return { ...right, weight: tensor([config.inFeatures, config.outFeatures], right.weight.data) };
      },
    }),
    expected: { verdict: 'error', check: 'contract', argument: 'weight', code: 'shape' },
  },
  {
    name: 'dx is dy times the transposed weights',
    layer: faulty([square], ({ W, dy, dx, batch, inFeatures, outFeatures }) => {
      dx.fill(0);
      for (let n = 0; n < batch; n++) {
        for (let i = 0; i < inFeatures; i++) {
          for (let o = 0; o < outFeatures; o++) {
            dx[n * inFeatures + i] += dy[n * outFeatures + o] * W[i * outFeatures + o];
          }
        }
      }
    }),
    expected: { ...fail, argument: 'input', causes: ['transposed'] },
  },
  {
    name: 'dW holds the last sample only',
    layer: faulty([oblong], ({ x, dy, dW, batch, inFeatures, outFeatures }) => {
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outFeatures; o++) {
          for (let i = 0; i < inFeatures; i++) {
            dW[o * inFeatures + i] = dy[n * outFeatures + o] * x[n * inFeatures + i];
          }
        }
      }
    }),
    expected: { ...fail, argument: 'weight', causes: ['last-item-only', 'overwritten-not-accumulated'] },
  },
  {
    name: 'dx takes the upstream of the first sample for all',
    layer: faulty([oblong], ({ W, dy, dx, batch, inFeatures, outFeatures }) => {
      dx.fill(0);
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outFeatures; o++) {
          for (let i = 0; i < inFeatures; i++) dx[n * inFeatures + i] += dy[o] * W[o * inFeatures + i];
        }
      }
    }),
    expected: { ...fail, argument: 'input', causes: ['wrong-channel'] },
  },
  {
    name: 'dW and db are divided by the batch',
    layer: faulty([oblong], ({ dW, db, batch }) => {
      for (let i = 0; i < dW.length; i++) dW[i] /= batch;
      for (let o = 0; o < db.length; o++) db[o] /= batch;
    }),
    expected: { ...fail, argument: ['weight', 'bias'], causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'dW is twice as large as it should be',
    layer: faulty([oblong], ({ dW }) => {
      for (let i = 0; i < dW.length; i++) dW[i] *= 2;
    }),
    expected: { ...fail, argument: 'weight', causes: ['scaled'] },
  },
  {
    name: 'the gradients descend instead of ascending: every sign is wrong',
    layer: faulty([oblong], ({ dx, dW, db }) => {
      for (const gradient of [dx, dW, db]) for (let i = 0; i < gradient.length; i++) gradient[i] = -gradient[i];
    }),
    expected: { ...fail, argument: ['input', 'weight', 'bias'], causes: ['sign-flipped'] },
  },
  {
    name: 'the learning rate is left in dW',
    layer: faulty([oblong], ({ dW }) => {
      for (let i = 0; i < dW.length; i++) dW[i] *= 0.01;
    }),
    expected: { ...fail, argument: 'weight', causes: ['scaled'] },
  },
  {
    name: 'db is summed over the features, not over the batch',
    layer: faulty([square], ({ dy, db, batch, outFeatures }) => {
      db.fill(0);
      for (let n = 0; n < batch; n++) for (let o = 0; o < outFeatures; o++) db[n] += dy[n * outFeatures + o];
    }),
    expected: { ...fail, argument: 'bias', causes: ['wrongly-reduced'] },
  },
  {
    name: 'db is not summed over the batch',
    layer: wrong(linear, {
      cases: [oblong],
      vjp: (args, upstream, config) => ({ ...rightGradients(linear, args, upstream, config), bias: upstream.output }),
    }),
    expected: { verdict: 'error', check: 'contract', argument: 'bias', code: 'shape' },
  },
  {
    name: 'the first row of dW stays zero',
    layer: faulty([oblong], ({ x, dy, dW, batch, inFeatures, outFeatures }) => {
      dW.fill(0);
      for (let o = 1; o < outFeatures; o++) {
        for (let i = 0; i < inFeatures; i++) {
          for (let n = 0; n < batch; n++) dW[o * inFeatures + i] += dy[n * outFeatures + o] * x[n * inFeatures + i];
        }
      }
    }),
    expected: { ...fail, argument: 'weight', causes: ['border', 'zero'] },
  },
  {
    name: 'only the first of two leading axes is gone through',
    layer: faulty([setting(6, 3, 2, [2, 3])], ({ x, dy, dW, db, inFeatures, outFeatures }) => {
      dW.fill(0);
      db.fill(0);
      const batch = 2;
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outFeatures; o++) {
          for (let i = 0; i < inFeatures; i++)
            dW[o * inFeatures + i] += dy[n * outFeatures + o] * x[n * inFeatures + i];
          db[o] += dy[n * outFeatures + o];
        }
      }
    }),
    expected: { ...fail, argument: ['weight', 'bias'], causes: ['not-reduced'] },
  },
  {
    name: 'rows are taken four by four, and what is left over is dropped',
    layer: faulty([setting(6, 3, 2)], ({ x, dy, dW, batch, inFeatures, outFeatures }) => {
      dW.fill(0);
      for (let n = 0; n + 4 <= batch; n += 4) {
        for (let o = 0; o < outFeatures; o++) {
          for (let i = 0; i < inFeatures; i++) {
            for (let lane = 0; lane < 4; lane++) {
              dW[o * inFeatures + i] += dy[(n + lane) * outFeatures + o] * x[(n + lane) * inFeatures + i];
            }
          }
        }
      }
    }),
    expected: { ...fail, argument: 'weight', causes: ['border'] },
  },
  {
    name: 'one weight of 50,000 has the gradient of its neighbour',
    layer: faulty([setting(2, 250, 200)], ({ dW }) => {
      dW[31_415] = dW[31_416];
    }),
    options: { argument: 'weight', checks: ['exact'] },
    expected: { ...fail, argument: 'weight', wrong: { count: 1, index: [125, 165] }, causes: ['shifted'] },
  },
  {
    name: 'one weight gets a gradient that is off by 1e-9 of it',
    layer: faulty([oblong], ({ dW }) => {
      dW[5] *= 1 + 1e-9;
    }),
    expected: { ...fail, argument: 'weight', wrong: { count: 1, index: [1, 1] }, causes: ['scaled'] },
  },
  {
    name: 'the sums of dW go through float32',
    layer: faulty([setting(5, 4, 3)], ({ x, dy, dW, batch, inFeatures, outFeatures }) => {
      for (let o = 0; o < outFeatures; o++) {
        for (let i = 0; i < inFeatures; i++) {
          let sum = 0;
          for (let n = 0; n < batch; n++) {
            sum = Math.fround(sum + dy[n * outFeatures + o] * x[n * inFeatures + i]);
          }
          dW[o * inFeatures + i] = sum;
        }
      }
    }),
    expected: {
      verdict: 'fail',
      check: 'gradient',
      argument: 'weight',
      code: 'precision-loss',
      causes: ['precision-loss'],
    },
  },
  {
    name: 'only some inputs lose precision: those over 4 are rounded to float32 for dW',
    layer: faulty([setting(5, 4, 3)], ({ x, dy, dW, batch, inFeatures, outFeatures }) => {
      dW.fill(0);
      for (let n = 0; n < batch; n++) {
        for (let o = 0; o < outFeatures; o++) {
          for (let i = 0; i < inFeatures; i++) {
            const value = x[n * inFeatures + i];
            dW[o * inFeatures + i] += dy[n * outFeatures + o] * (value > 4 ? Math.fround(value) : value);
          }
        }
      }
    }),
    expected: { verdict: 'fail', check: 'gradient', argument: 'weight', causes: ['precision-loss'] },
  },
  {
    name: 'weight decay is left in dW',
    layer: faulty([oblong], ({ W, dW }) => {
      for (let i = 0; i < dW.length; i++) dW[i] += 1e-4 * W[i];
    }),
    expected: {
      verdict: 'fail',
      check: 'contract',
      argument: 'weight',
      code: 'weight-decay',
      causes: ['weight-decay'],
    },
  },
  {
    name: 'dW is clipped to [-1, 1]',
    layer: faulty([oblong], ({ dW }) => {
      for (let i = 0; i < dW.length; i++) dW[i] = Math.max(-1, Math.min(1, dW[i]));
    }),
    expected: { verdict: 'fail', check: 'contract', argument: 'weight', causes: ['nonlinear-in-upstream'] },
  },
  {
    name: 'the gradients of two square weights are swapped',
    layer: defineLayer({
      name: 'twoWeights',
      args: { input: [3, 2], value: [2, 2], gate: [2, 2] },
      // y = (x V')(1 + x G'), element by element.
      forward: ({ input, value, gate }) => {
        const [v, g] = [product(input, value), product(input, gate)];
        return { output: { shape: [3, 2], data: v.map((a, i) => a * (1 + g[i])) as Data } };
      },
      vjp: ({ input, value, gate }, { output }) => {
        const [v, g] = [product(input, value), product(input, gate)];
        const [dValue, dGate] = [zerosLike(value), zerosLike(gate)];
        const dx = zerosLike(input);
        for (let n = 0; n < 3; n++) {
          for (let o = 0; o < 2; o++) {
            const dy = output.data[n * 2 + o];
            const [dv, dg] = [dy * (1 + g[n * 2 + o]), dy * v[n * 2 + o]];
            for (let i = 0; i < 2; i++) {
              dValue.data[o * 2 + i] += dv * input.data[n * 2 + i];
              dGate.data[o * 2 + i] += dg * input.data[n * 2 + i];
              dx.data[n * 2 + i] += dv * value.data[o * 2 + i] + dg * gate.data[o * 2 + i];
            }
          }
        }
        return { input: dx, value: dGate, gate: dValue };
      },
    }),
    expected: { ...fail, argument: ['value', 'gate'], causes: ['another-argument'] },
  },
  {
    name: 'the scale is used twice in dx, as it is not where it is 1',
    layer: scaled((dx, _dScale, { scale }) => {
      for (let i = 0; i < dx.length; i++) dx[i] *= scale.data[i % scale.data.length];
    }),
    expected: { ...fail, argument: 'input', causes: ['argument-twice'] },
  },
  {
    name: 'the scale is forgotten in dx, as it may be where it is 1',
    layer: scaled((dx, _dScale, _args, dy) => dx.set(dy)),
    expected: { ...fail, argument: 'input', causes: ['argument-ignored', 'missing-activation-derivative'] },
  },
  {
    name: 'what was broadcast over the batch is averaged over it in backward',
    layer: scaled((_dx, dScale) => {
      for (let i = 0; i < dScale.length; i++) dScale[i] /= 4;
    }),
    expected: { ...fail, argument: 'scale', causes: ['scaled', 'wrongly-reduced'] },
  },
  {
    name: 'what was broadcast over the batch is summed over the wrong axis, which is as long',
    layer: scaled((_dx, dScale, { input }, dy) => {
      dScale.fill(0);
      for (let n = 0; n < 4; n++) for (let i = 0; i < 4; i++) dScale[n] += dy[n * 4 + i] * input.data[n * 4 + i];
    }),
    expected: { ...fail, argument: 'scale', causes: ['wrongly-reduced'] },
  },
  {
    name: 'the gradient of repeated rows of a table is overwritten, not added up',
    layer: defineLayer({
      name: 'lookup',
      linear: ['table'],
      constants: ['index'],
      args: { table: [4, 2], index: { shape: [5], integer: true, values: [1, 3, 1, 0, 3] } },
      forward: ({ table, index }) => {
        const rows = Float64Array.from({ length: 10 }, (_, at) => table.data[index.data[at >> 1] * 2 + (at & 1)]);
        return { output: tensor([5, 2], rows) };
      },
      vjp: ({ table, index }, { output }) => {
        const dTable = zerosLike(table);
        for (let at = 0; at < 10; at++) dTable.data[index.data[at >> 1] * 2 + (at & 1)] = output.data[at];
        return { table: dTable };
      },
    }),
    expected: { ...fail, argument: 'table', wrong: { count: 4 }, causes: ['overwritten-not-accumulated'] },
  },
  {
    name: 'one element of 50,000 in a smooth layer has the slope of its neighbour',
    layer: elementwise('wideTanh', Math.tanh, (_x, y, _config, index) => (index === 31_415 ? 1 - y : 1 - y * y), {
      args: { input: { shape: [200, 250], values: Float64Array.from({ length: 50_000 }, (_, i) => 2 * Math.sin(i)) } },
    }),
    expected: {
      verdict: 'fail',
      check: 'gradient',
      argument: 'input',
      wrong: { count: 1, index: [125, 165] },
      causes: ['another-derivative'],
    },
  },
  {
    name: 'one element of twelve in a smooth layer is off by 1e-9 of it',
    layer: elementwise(
      'softplus',
      x => Math.log1p(Math.exp(x)),
      (x, _y, _config, index) => {
        const slope = 1 / (1 + Math.exp(-x));
        return index === 7 ? slope * (1 + 1e-9) : slope;
      },
      { args: { input: [3, 4] } },
    ),
    expected: {
      verdict: 'fail',
      check: 'gradient',
      argument: 'input',
      wrong: { count: 1, index: [1, 3] },
      causes: ['scaled'],
    },
  },
];

/** x W' of [batch, in] and [out, in]. */
function product(x: Tensors[string], W: Tensors[string]): Data {
  const [batch, inFeatures] = x.shape;
  const [outFeatures] = W.shape;
  const y = new Float64Array(batch * outFeatures);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outFeatures; o++) {
      for (let i = 0; i < inFeatures; i++) {
        y[n * outFeatures + o] += x.data[n * inFeatures + i] * W.data[o * inFeatures + i];
      }
    }
  }
  return y;
}

/** y[n, i] = scale[i] x[n, i] on [4, 4], with gradients that `spoil` changes. */
function scaled(spoil: (dx: Data, dScale: Data, args: Tensors, dy: Data) => void) {
  return defineLayer({
    name: 'scale',
    linear: ['input', 'scale'],
    args: { input: [4, 4], scale: [4] },
    forward: ({ input, scale }) => ({
      output: { shape: input.shape, data: input.data.map((x, at) => x * scale.data[at % 4]) as Data },
    }),
    vjp: (args, { output }) => {
      const [dx, dScale] = [zerosLike(args.input), zerosLike(args.scale)];
      for (let at = 0; at < 16; at++) {
        dx.data[at] = output.data[at] * args.scale.data[at % 4];
        dScale.data[at % 4] += output.data[at] * args.input.data[at];
      }
      spoil(dx.data, dScale.data, args, output.data);
      return { input: dx, scale: dScale };
    },
  });
}
