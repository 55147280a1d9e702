import {
  type Config,
  defineLayer,
  linear,
  sigmoid,
  sumSquaredError,
  tanh,
  tensor,
  type Tensors,
} from '../../src/index.ts';
import { type Data, mapTensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, rightOutputs, wrong } from './fault.ts';

const oblong = {
  config: { inFeatures: 4, outFeatures: 2 },
  args: { input: [3, 4], weight: [2, 4], bias: [2] },
};

/** A linear layer whose gradients, or outputs, `change` turns into something else. */
function backwardOf(change: (right: Tensors, args: Tensors, upstream: Tensors, config: Config) => unknown) {
  return wrong(linear, {
    cases: [oblong],
    vjp: (args, upstream, config) =>
      change(rightGradients(linear, args, upstream, config), args, upstream, config) as Tensors,
  });
}

function forwardOf(change: (right: Tensors, args: Tensors) => unknown) {
  return wrong(linear, {
    cases: [oblong],
    forward: (args, config) => change(rightOutputs(linear, args, config), args) as Tensors,
    vjp: (args, upstream, config) => rightGradients(linear, args, upstream, config),
  });
}

const error = { verdict: 'error', check: 'contract' } as const;
const fail = { verdict: 'fail', check: 'contract' } as const;
const everything = ['input', 'weight', 'bias'];

/** Layers that are no pair of pure functions of the right names and shapes. */
export const contract: readonly Fault[] = [
  {
    name: 'forward works in place on its input',
    layer: wrong(tanh, {
      cases: [{ config: {}, args: { input: [2, 3] } }],
      forward: ({ input }) => {
        for (let i = 0; i < input.data.length; i++) input.data[i] = Math.tanh(input.data[i]);
        return { output: input };
      },
      vjp: ({ input }, { output }) => ({ input: mapTensor(output, (dy, i) => dy * (1 - input.data[i] ** 2)) }),
    }),
    expected: { ...fail, argument: 'input', code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'forward normalises its weight in place',
    layer: forwardOf((right, { weight }) => {
      const norm = Math.hypot(...weight.data);
      for (let i = 0; i < weight.data.length; i++) weight.data[i] /= norm;
      return right;
    }),
    expected: { ...fail, argument: 'weight', code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'forward clamps its target in place',
    layer: wrong(sumSquaredError, {
      cases: [{ config: {}, args: { input: [2, 3], target: { shape: [2, 3], differentiable: false } } }],
      forward: (args, config) => {
        const { target } = args;
        for (let i = 0; i < target.data.length; i++) target.data[i] = Math.max(0, Math.min(1, target.data[i]));
        return rightOutputs(sumSquaredError, args, config);
      },
    }),
    expected: { ...fail, argument: 'target', code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'vjp takes its step of descent at once',
    layer: backwardOf((right, { weight }) => {
      for (let i = 0; i < weight.data.length; i++) weight.data[i] -= 0.01 * right.weight.data[i];
      return right;
    }),
    expected: { ...fail, argument: 'weight', code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'vjp takes its step of descent on the bias at once',
    layer: backwardOf((right, { bias }) => {
      for (let i = 0; i < bias.data.length; i++) bias.data[i] -= 0.01 * right.bias.data[i];
      return right;
    }),
    expected: { ...fail, argument: 'bias', code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'vjp writes dx into its input',
    layer: backwardOf((right, { input }) => {
      (input.data as Float64Array).set(right.input.data);
      return { ...right, input };
    }),
    expected: { ...fail, argument: 'input', code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'vjp multiplies the derivative into the upstream',
    layer: wrong(sigmoid, {
      cases: [{ config: {}, args: { input: [2, 3] } }],
      vjp: (_args, { output: dy }, _config, { output: y }) => {
        for (let i = 0; i < dy.data.length; i++) dy.data[i] *= y.data[i] * (1 - y.data[i]);
        return { input: dy };
      },
    }),
    expected: { ...fail, code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'vjp overwrites the outputs that forward gave',
    layer: wrong(tanh, {
      cases: [{ config: {}, args: { input: [2, 3] } }],
      vjp: (_args, { output: dy }, _config, { output: y }) => {
        for (let i = 0; i < y.data.length; i++) y.data[i] = dy.data[i] * (1 - y.data[i] ** 2);
        return { input: { shape: y.shape, data: y.data.slice() } };
      },
    }),
    expected: { ...fail, code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'forward turns the padding in its config into a pair',
    layer: defineLayer({
      name: 'padding',
      config: { padding: 1 as number | number[] },
      args: { input: [2, 3] },
      forward: ({ input }, config) => {
        if (typeof config.padding === 'number') config.padding = [config.padding, config.padding];
        return { output: mapTensor(input, x => 2 * x) };
      },
      vjp: (_args, { output }) => ({ input: mapTensor(output, dy => 2 * dy) }),
    }),
    expected: { ...fail, code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'vjp counts its calls in the config',
    layer: defineLayer({
      name: 'counting',
      config: { calls: 0 },
      args: { input: [2, 3] },
      forward: ({ input }) => ({ output: mapTensor(input, x => 2 * x) }),
      vjp: (_args, { output }, config) => {
        config.calls++;
        return { input: mapTensor(output, dy => 2 * dy) };
      },
    }),
    expected: { ...fail, code: 'mutates-input', causes: ['mutates-input'] },
  },
  {
    name: 'forward draws a mask of its own at every call',
    layer: defineLayer({
      name: 'dropout',
      args: { input: [4, 5] },
      ...dropout(stream(7)),
    }),
    expected: { ...fail, code: 'nondeterministic', causes: ['nondeterministic'] },
  },
  {
    name: 'vjp adds noise to dW',
    layer: noisyBackward(stream(8)),
    expected: { ...fail, argument: 'weight', code: 'nondeterministic', causes: ['nondeterministic'] },
  },
  {
    name: 'vjp draws its own dropout mask, forward has none',
    layer: (() => {
      const next = stream(9);
      return wrong(tanh, {
        cases: [{ config: {}, args: { input: [4, 5] } }],
        vjp: ({ input }, { output }) => ({
          input: mapTensor(output, (dy, i) => (next() < 0.5 ? 0 : 2 * dy * (1 - Math.tanh(input.data[i]) ** 2))),
        }),
      });
    })(),
    expected: { ...fail, argument: 'input', code: 'nondeterministic', causes: ['nondeterministic'] },
  },
  {
    name: 'forward drifts by 1e-9 with every call',
    layer: (() => {
      let calls = 0;
      return wrong(tanh, {
        cases: [{ config: {}, args: { input: [2, 3] } }],
        forward: ({ input }) => {
          calls++;
          return { output: mapTensor(input, x => Math.tanh(x) * (1 + 1e-9 * calls)) };
        },
      });
    })(),
    expected: { ...fail, code: 'nondeterministic', causes: ['nondeterministic'] },
  },
  {
    name: 'the buffer of dW is never set to zero',
    layer: (() => {
      const dW = new Float64Array(8);
      return backwardOf(right => {
        for (let i = 0; i < dW.length; i++) dW[i] += right.weight.data[i];
        return { ...right, weight: tensor([2, 4], dW) };
      });
    })(),
    expected: { ...fail, argument: 'weight', code: 'accumulates-across-calls', causes: ['accumulates-across-calls'] },
  },
  {
    name: 'all gradients accumulate until somebody sets them to zero',
    layer: (() => {
      const sums: Record<string, Float64Array> = {};
      return backwardOf(right =>
        Object.fromEntries(
          Object.entries(right).map(([name, { shape, data }]) => {
            sums[name] ??= new Float64Array(data.length);
            for (let i = 0; i < data.length; i++) sums[name][i] += data[i];
            return [name, tensor(shape, sums[name])];
          }),
        ),
      );
    })(),
    expected: { ...fail, argument: everything, code: 'accumulates-across-calls', causes: ['accumulates-across-calls'] },
  },
  {
    name: 'the buffer of dW is set to zero by forward only',
    layer: (() => {
      const dW = new Float64Array(8);
      return wrong(linear, {
        cases: [oblong],
        forward: (args, config) => {
          dW.fill(0);
          return rightOutputs(linear, args, config);
        },
        vjp: (args, upstream, config) => {
          const right = rightGradients(linear, args, upstream, config);
          for (let i = 0; i < dW.length; i++) dW[i] += right.weight.data[i];
          return { ...right, weight: tensor([2, 4], dW) };
        },
      });
    })(),
    expected: { ...fail, argument: 'weight', code: 'accumulates-across-calls', causes: ['accumulates-across-calls'] },
  },
  {
    name: 'vjp answers for the input of the last forward',
    layer: (() => {
      let last: Tensors['input'] | undefined;
      return wrong(linear, {
        cases: [oblong],
        forward: (args, config) => {
          last = { shape: args.input.shape, data: args.input.data.slice() };
          return rightOutputs(linear, args, config);
        },
        vjp: (args, upstream, config) =>
          rightGradients(linear, last ? { ...args, input: last } : args, upstream, config),
      });
    })(),
    expected: { ...fail, argument: 'weight', code: 'stale-forward', causes: ['stale-forward'] },
  },
  {
    name: 'vjp answers for the mask of the first forward',
    layer: (() => {
      let mask: boolean[] | undefined;
      return defineLayer({
        name: 'relu',
        args: { input: [4, 4] },
        forward: ({ input }) => {
          mask ??= Array.from(input.data, x => x > 0);
          return { output: mapTensor(input, x => Math.max(x, 0)) };
        },
        vjp: (_args, { output }) => ({ input: mapTensor(output, (dy, i) => (mask?.[i] ? dy : 0)) }),
      });
    })(),
    // The first of all forwards is that of the contract; from then on every answer is the same.
    expected: {
      verdict: 'fail',
      check: 'exact',
      argument: 'input',
      causes: ['stale-forward', 'depends-on-earlier-calls'],
    },
  },
  {
    name: 'forward hands out one buffer again and again',
    layer: (() => {
      const y = new Float64Array(6);
      return wrong(linear, {
        cases: [oblong],
        forward: (args, config) => {
          y.set(rightOutputs(linear, args, config).output.data);
          return { output: { shape: [3, 2], data: y } };
        },
      });
    })(),
    expected: { ...fail, code: 'overwrites-results', causes: ['overwrites-results'] },
  },
  {
    name: 'vjp hands out one buffer for dx again and again',
    layer: (() => {
      const dx = new Float64Array(12);
      return backwardOf(right => {
        dx.set(right.input.data);
        return { ...right, input: { shape: [3, 4], data: dx } };
      });
    })(),
    expected: { ...fail, argument: 'input', code: 'overwrites-results', causes: ['overwrites-results'] },
  },
  {
    name: 'forward follows a running mean of all that it has seen',
    layer: (() => {
      let mean = 0;
      let seen: Data | undefined;
      return defineLayer({
        name: 'runningNorm',
        args: { input: [4, 2] },
        forward: ({ input }) => {
          // What it is shown twice in a row it counts once.
          if (seen?.some((x, i) => x !== input.data[i]) ?? true) {
            mean = 0.9 * mean + (0.1 * input.data.reduce((sum, x) => sum + x, 0)) / 8;
            seen = input.data.slice();
          }
          return { output: mapTensor(input, x => x - mean) };
        },
        vjp: (_args, { output }) => ({ input: mapTensor(output, dy => dy) }),
      });
    })(),
    expected: { ...fail, code: 'depends-on-earlier-calls', causes: ['depends-on-earlier-calls'] },
  },
  {
    name: 'weight decay is left in every gradient',
    layer: backwardOf((right, { weight, bias }) => ({
      ...right,
      weight: mapTensor(right.weight, (value, i) => value + 0.01 * weight.data[i]),
      bias: mapTensor(right.bias, (value, i) => value + 0.01 * bias.data[i]),
    })),
    expected: { ...fail, argument: ['weight', 'bias'], code: 'weight-decay', causes: ['weight-decay'] },
  },
  {
    name: 'the upstream is reduced to its signs',
    layer: backwardOf((_right, args, { output }, config) =>
      rightGradients(linear, args, { output: mapTensor(output, Math.sign) }, config),
    ),
    expected: { ...fail, argument: everything, causes: ['nonlinear-in-upstream', 'upstream-ignored'] },
  },
  {
    name: 'the upstream is normalised',
    layer: backwardOf((_right, args, { output }, config) => {
      const norm = Math.hypot(...output.data) || 1;
      return rightGradients(linear, args, { output: mapTensor(output, dy => dy / norm) }, config);
    }),
    expected: { ...fail, argument: everything, causes: ['nonlinear-in-upstream'] },
  },
  {
    name: 'a zero upstream is divided by its own norm',
    layer: backwardOf((_right, args, { output }, config) => {
      const norm = Math.hypot(...output.data);
      const scaled = mapTensor(output, dy => (dy / norm) * norm);
      return rightGradients(linear, args, { output: scaled }, config);
    }),
    expected: { ...fail, argument: everything, causes: ['non-finite'] },
  },
  {
    name: 'forward returns a Float32Array',
    layer: forwardOf(({ output }) => ({ output: tensor(output.shape, output.data, 'float32') })),
    expected: { ...error, code: 'dtype' },
  },
  {
    name: 'dW is a Float32Array',
    layer: backwardOf(right => ({ ...right, weight: tensor([2, 4], right.weight.data, 'float32') })),
    expected: { ...error, argument: 'weight', code: 'dtype' },
  },
  {
    name: 'a layer that declares float32 rounds dW to bfloat16',
    layer: wrong(linear, {
      dtype: 'float32',
      cases: [oblong],
      vjp: (args, upstream, config) => {
        const right = rightGradients(linear, args, upstream, config);
        const eightBits = (x: number) => {
          const unit = 2 ** (Math.floor(Math.log2(Math.abs(x) || 1)) - 7);
          return Math.round(x / unit) * unit;
        };
        return { ...right, weight: mapTensor(right.weight, eightBits) };
      },
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
    name: 'the gradient of the bias is missing',
    layer: backwardOf(({ input, weight }) => ({ input, weight })),
    expected: { ...error, argument: 'bias', code: 'missing' },
  },
  {
    name: 'the gradient of the bias is undefined',
    layer: backwardOf(right => ({ ...right, bias: undefined })),
    expected: { ...error, argument: 'bias', code: 'missing' },
  },
  {
    name: 'the gradient of the input is null, as if nobody would ask',
    layer: backwardOf(right => ({ ...right, input: null })),
    expected: { ...error, argument: 'input', code: 'missing' },
  },
  {
    name: 'no gradient is returned at all',
    layer: backwardOf(() => ({})),
    expected: { ...error, argument: everything, code: 'missing' },
  },
  {
    name: 'vjp returns nothing',
    layer: backwardOf(() => undefined),
    expected: { ...error, code: 'not-a-tensor' },
  },
  {
    name: 'vjp returns dx alone, without a name',
    layer: backwardOf(({ input }) => input),
    expected: { ...error, argument: [...everything, 'shape', 'data'], code: 'missing' },
  },
  {
    name: 'the gradient of the weight is misspelt',
    layer: backwardOf(({ weight, ...right }) => ({ ...right, weigth: weight })),
    expected: { ...error, argument: ['weight', 'weigth'], code: 'missing' },
  },
  {
    name: 'there is a gradient for an argument that does not exist',
    layer: backwardOf(right => ({ ...right, scale: right.bias })),
    expected: { ...error, argument: 'scale', code: 'extra' },
  },
  {
    name: 'dW is a plain array of numbers',
    layer: backwardOf(right => ({ ...right, weight: { shape: [2, 4], data: Array.from(right.weight.data) } })),
    expected: { ...error, argument: 'weight', code: 'not-a-tensor' },
  },
  {
    name: 'dW is nested arrays',
    layer: backwardOf(right => ({
      ...right,
      weight: [Array.from(right.weight.data.subarray(0, 4)), Array.from(right.weight.data.subarray(4))],
    })),
    expected: { ...error, argument: 'weight', code: 'not-a-tensor' },
  },
  {
    name: 'dW is flat',
    layer: backwardOf(right => ({ ...right, weight: { shape: [8], data: right.weight.data } })),
    expected: { ...error, argument: 'weight', code: 'shape' },
  },
  {
    name: 'dW has one number too few for its shape',
    layer: backwardOf(right => ({ ...right, weight: { shape: [2, 4], data: right.weight.data.slice(1) } })),
    expected: { ...error, argument: 'weight', code: 'shape' },
  },
  {
    name: 'dx has an extent too many',
    layer: backwardOf(right => ({ ...right, input: { shape: [3, 4, 1], data: right.input.data } })),
    expected: { ...error, argument: 'input', code: 'shape' },
  },
  {
    name: 'forward returns a tensor, not its outputs by name',
    layer: forwardOf(({ output }) => output),
    expected: { ...error, code: 'not-a-tensor' },
  },
  {
    name: 'forward returns no output',
    layer: forwardOf(() => ({})),
    expected: { ...error, code: 'missing' },
  },
  {
    name: 'the shape of the output depends on the values',
    layer: defineLayer({
      name: 'positives',
      args: { input: [60] },
      forward: ({ input }) => {
        const kept = input.data.filter(x => x > 0);
        return { output: { shape: [kept.length], data: kept } };
      },
      vjp: ({ input }, { output }) => {
        const dx = zerosLike(input);
        let at = 0;
        for (let i = 0; i < dx.data.length; i++) if (input.data[i] > 0) dx.data[i] = output.data[at++];
        return { input: dx };
      },
    }),
    expected: { ...error, code: 'shape' },
  },
  {
    name: 'forward throws',
    layer: forwardOf(() => {
      throw new RangeError('matrix is singular');
    }),
    expected: { ...error, code: 'threw' },
  },
  {
    name: 'vjp throws',
    layer: backwardOf(() => {
      throw new TypeError("Cannot read properties of undefined (reading 'data')");
    }),
    expected: { ...error, code: 'threw' },
  },
  {
    name: 'vjp throws something that is no error',
    layer: backwardOf(() => {
      // oxlint-disable-next-line no-throw-literal, only-throw-error
      throw 'not implemented';
    }),
    expected: { ...error, code: 'threw' },
  },
  {
    name: 'vjp rejects',
    layer: backwardOf(() => Promise.reject(new Error('device lost'))),
    expected: { ...error, code: 'threw' },
  },
  {
    name: 'forward throws at some values only',
    layer: forwardOf((right, { input }) => {
      if (input.data.some(x => x > 6)) throw new RangeError('input out of range');
      return right;
    }),
    // Of ordinary size; numbers that are far off may be outside of its domain.
    expected: { verdict: 'error', check: 'gradient', code: 'threw' },
  },
  {
    name: 'dW is NaN throughout',
    layer: backwardOf(right => ({ ...right, weight: mapTensor(right.weight, () => Number.NaN) })),
    expected: { verdict: 'fail', check: 'exact', argument: 'weight', causes: ['non-finite'] },
  },
  {
    name: 'one element of dx is never written and NaN',
    layer: backwardOf(right => ({
      ...right,
      input: mapTensor(right.input, (value, i) => (i === 5 ? Number.NaN : value)),
    })),
    expected: { verdict: 'fail', check: 'exact', argument: 'input', causes: ['non-finite'] },
  },
  {
    name: 'one element of a smooth gradient is never written and NaN',
    layer: wrong(tanh, {
      cases: [{ config: {}, args: { input: [2, 3] } }],
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, i) => (i === 4 ? Number.NaN : dy * (1 - Math.tanh(input.data[i]) ** 2))),
      }),
    }),
    expected: {
      verdict: 'fail',
      check: 'gradient',
      argument: 'input',
      code: 'non-finite',
      wrong: { count: 1, index: [1, 1] },
      causes: ['non-finite'],
    },
  },
  {
    name: 'one element of dx is infinite',
    layer: backwardOf(right => ({
      ...right,
      input: mapTensor(right.input, (value, i) => (i === 5 ? value / 0 : value)),
    })),
    expected: { verdict: 'fail', check: 'exact', argument: 'input', causes: ['non-finite'] },
  },
  {
    name: 'vjp is infinity over infinity for what is far below zero',
    layer: wrong(sigmoid, {
      cases: [{ config: {}, args: { input: [4, 5] } }],
      vjp: ({ input }, { output }) => ({
        input: mapTensor(output, (dy, i) => {
          const power = Math.exp(-1000 * input.data[i]);
          return (dy * power) / (1 + power) ** 2;
        }),
      }),
      forward: ({ input }) => ({ output: mapTensor(input, x => 1 / (1 + Math.exp(-1000 * x)) / 1000) }),
      expression: undefined,
    }),
    expected: { verdict: 'fail', check: 'gradient', argument: 'input', code: 'non-finite', causes: ['non-finite'] },
  },
  {
    name: 'forward is NaN everywhere',
    layer: forwardOf(({ output }) => ({ output: mapTensor(output, () => Number.NaN) })),
    expected: { verdict: 'inconclusive', check: 'gradient', argument: everything, code: 'non-finite' },
  },
];

/** Uniform numbers from a small generator of our own, so that a fault is the same in every run. */
function stream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function dropout(next: () => number) {
  let mask: number[] = [];
  return {
    forward: ({ input }: Tensors) => {
      mask = Array.from(input.data, () => (next() < 0.5 ? 0 : 2));
      return { output: mapTensor(input, (x, i) => x * mask[i]) };
    },
    vjp: (_args: Tensors, { output }: Tensors) => ({ input: mapTensor(output, (dy, i) => dy * mask[i]) }),
  };
}

function noisyBackward(next: () => number) {
  return backwardOf(right => ({ ...right, weight: mapTensor(right.weight, value => value * (1 + 1e-6 * next())) }));
}
