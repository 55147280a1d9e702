import { defineLayer, type Layer, type Tensor, type Tensors, tensor } from '../../../src/index.ts';
import { type Data, mapTensor, zerosLike } from '../../../src/tensor.ts';
import { all, type FurtherFault, where } from './fault.ts';
import { sigmoid, softmax, softmaxBackward } from './formulas.ts';

/** The gradients of a recurrent layer, and for every step what it read and what arrives behind its tanh. */
interface Unrolled {
  readonly right: Tensors;
  readonly steps: readonly { readonly x: Data; readonly before: Data; readonly dz: Data }[];
}

/** h[t] = tanh(wx x[t] + wh h[t - 1] + bias) from h[-1] = start, of one sequence; gradients that `spoil` replaces are wrong. */
function recurrent(
  name: string,
  time: number,
  size: number,
  units: number,
  spoil: (unrolled: Unrolled) => Tensors,
): Layer {
  return defineLayer({
    name,
    args: { sequence: [time, size], start: [units], wx: [units, size], wh: [units, units], bias: [units] },
    axes: {
      sequence: ['time', 'feature'],
      start: ['unit'],
      wx: ['unit', 'feature'],
      wh: ['unit', 'before'],
      bias: ['unit'],
    },
    forward: args => ({
      states: tensor(
        [time, units],
        states(args)
          .slice(1)
          .flatMap(h => [...h]),
      ),
    }),
    vjp(args, upstream) {
      const { sequence, start, wx, wh, bias } = args;
      const right = {
        sequence: zerosLike(sequence),
        start: zerosLike(start),
        wx: zerosLike(wx),
        wh: zerosLike(wh),
        bias: zerosLike(bias),
      };
      const h = states(args);
      const steps: { x: Data; before: Data; dz: Data }[] = [];
      let carried: Data = new Float64Array(units);
      for (let t = time - 1; t >= 0; t--) {
        const dz = carried.map((dh, o) => (dh + upstream.states.data[t * units + o]) * (1 - h[t + 1][o] ** 2));
        const x = sequence.data.slice(t * size, (t + 1) * size);
        steps.unshift({ x, before: h[t], dz });
        carried = new Float64Array(units);
        for (let o = 0; o < units; o++) {
          for (let i = 0; i < size; i++) {
            right.sequence.data[t * size + i] += dz[o] * wx.data[o * size + i];
            right.wx.data[o * size + i] += dz[o] * x[i];
          }
          for (let i = 0; i < units; i++) {
            carried[i] += dz[o] * wh.data[o * units + i];
            right.wh.data[o * units + i] += dz[o] * h[t][i];
          }
          right.bias.data[o] += dz[o];
        }
      }
      right.start.data.set(carried);
      return { ...right, ...spoil({ right, steps }) };
    },
  });
}

/** The states of a recurrent layer, the one that it starts from first. */
function states({ sequence, start, wx, wh, bias }: Tensors): Data[] {
  const [time, size] = sequence.shape;
  const units = start.data.length;
  const h = [start.data];
  for (let t = 0; t < time; t++) {
    h.push(
      bias.data.map((b, o) => {
        let z = b;
        for (let i = 0; i < size; i++) z += wx.data[o * size + i] * sequence.data[t * size + i];
        for (let i = 0; i < units; i++) z += wh.data[o * units + i] * h[t][i];
        return Math.tanh(z);
      }),
    );
  }
  return h;
}

/** Layers that go through time, and attention, that are wrong. */
export const sequenceFaults: readonly FurtherFault[] = [
  {
    name: 'going back through time assigns the gradient of the input weights, so that the first step remains',
    layer: recurrent('elman', 4, 3, 2, ({ right, steps: [{ x, dz }] }) => ({
      wx: mapTensor(right.wx, (_, i) => dz[Math.floor(i / 3)] * x[i % 3]),
    })),
    argument: 'wx',
    causes: ['overwritten-not-accumulated'],
    wrong: all,
  },
  {
    name: 'the state that a recurrent layer starts from gets no gradient',
    layer: recurrent('elmanFrom', 3, 2, 4, ({ right }) => ({ start: zerosLike(right.start) })),
    argument: 'start',
    causes: ['zero'],
    wrong: all,
  },
  {
    name: 'the recurrent weights get the gradient of the input weights, which are as many',
    layer: recurrent('elmanSquare', 5, 3, 3, ({ right }) => ({ wh: mapTensor(right.wx, value => value) })),
    argument: 'wh',
    causes: ['another-argument'],
    wrong: all,
  },
  {
    name: 'a moving average carries nothing back in time',
    layer: defineLayer({
      name: 'movingAverage',
      config: { keep: 0.75 },
      args: { signal: [3, 12] },
      axes: { signal: ['batch', 'time'] },
      linear: ['signal'],
      // y[t] = keep y[t - 1] + (1 - keep) x[t]
      forward({ signal }, { keep }) {
        const average = zerosLike(signal);
        signal.data.forEach((x, i) => {
          average.data[i] = (1 - keep) * x + (i % 12 === 0 ? 0 : keep * average.data[i - 1]);
        });
        return { average };
      },
      vjp: ({ signal }, { average }, { keep }) => ({
        signal: mapTensor(signal, (_, i) => (1 - keep) * average.data[i]),
      }),
    }),
    argument: 'signal',
    causes: ['diagonal-only'],
    wrong: shape => where(shape, ([, t]) => t < 11),
  },
  {
    name: 'the difference from the step before looks back in backward, too',
    layer: defineLayer({
      name: 'firstDifference',
      args: { signal: [3, 10] },
      axes: { signal: ['batch', 'time'] },
      forward: ({ signal }) => ({
        change: mapTensor(signal, (x, i) => (i % 10 === 0 ? x : x - signal.data[i - 1])),
      }),
      // The right gradient is dy[t] - dy[t + 1].
      vjp: ({ signal }, { change }) => ({
        signal: mapTensor(signal, (_, i) => change.data[i] - (i % 10 === 0 ? 0 : change.data[i - 1])),
      }),
    }),
    argument: 'signal',
    causes: ['transposed', 'shifted'],
    wrong: all,
  },
  {
    name: 'a gate between two values is taken, in its gradient, to let the other one through',
    layer: defineLayer({
      name: 'merge',
      args: { gate: [3, 4], kept: [3, 4], fresh: [3, 4] },
      axes: { gate: ['batch', 'unit'], kept: ['batch', 'unit'], fresh: ['batch', 'unit'] },
      linear: ['kept', 'fresh'],
      // y = s(gate) kept + (1 - s(gate)) fresh
      forward: ({ gate, kept, fresh }) => ({
        output: mapTensor(gate, (g, i) => sigmoid(g) * kept.data[i] + (1 - sigmoid(g)) * fresh.data[i]),
      }),
      vjp: ({ gate, kept, fresh }, { output }) => ({
        gate: mapTensor(gate, (g, i) => {
          const slope = sigmoid(g) * (1 - sigmoid(g));
          return output.data[i] * (fresh.data[i] - kept.data[i]) * slope;
        }),
        kept: mapTensor(gate, (g, i) => output.data[i] * sigmoid(g)),
        fresh: mapTensor(gate, (g, i) => output.data[i] * (1 - sigmoid(g))),
      }),
    }),
    argument: 'gate',
    causes: ['sign-flipped'],
    wrong: all,
  },
  {
    name: 'the length of the step is left out of the gradient of the weight that all steps of a flow share',
    layer: defineLayer({
      name: 'eulerFlow',
      config: { step: 0.25, steps: 3 },
      args: { state: [2, 3], weight: [3, 3] },
      // Three times x := x + step tanh(x W').
      forward: ({ state, weight }, { step, steps }) => ({
        output: flow(state, weight, step, steps)[steps],
      }),
      vjp({ state, weight }, { output }, { step, steps }) {
        const xs = flow(state, weight, step, steps);
        const dWeight = zerosLike(weight);
        let dx = output;
        for (let k = steps - 1; k >= 0; k--) {
          const before = zerosLike(state);
          before.data.set(dx.data);
          for (let n = 0; n < 2; n++) {
            for (let o = 0; o < 3; o++) {
              const dz = dx.data[n * 3 + o] * (1 - Math.tanh(pull(xs[k], weight, n, o)) ** 2);
              for (let i = 0; i < 3; i++) {
                dWeight.data[o * 3 + i] += dz * xs[k].data[n * 3 + i];
                before.data[n * 3 + i] += step * dz * weight.data[o * 3 + i];
              }
            }
          }
          dx = before;
        }
        return { state: dx, weight: dWeight };
      },
    }),
    argument: 'weight',
    causes: ['scaled'],
    factor: 4,
    wrong: all,
  },
  {
    name: 'keys get what arrives at the scores without transposing it, there being as many queries',
    layer: defineLayer({
      name: 'attend',
      args: { query: [5, 4], key: [5, 4], value: [5, 3] },
      axes: { query: ['query', 'feature'], key: ['key', 'feature'], value: ['key', 'value'] },
      forward({ query, key, value }) {
        const output = tensor([5, 3]);
        for (let n = 0; n < 5; n++) {
          softmax(scores(query, key, n)).forEach((p, m) => {
            for (let j = 0; j < 3; j++) output.data[n * 3 + j] += p * value.data[m * 3 + j];
          });
        }
        return { output };
      },
      vjp({ query, key, value }, { output }) {
        const [dQuery, dKey, dValue] = [zerosLike(query), zerosLike(key), zerosLike(value)];
        for (let n = 0; n < 5; n++) {
          const p = softmax(scores(query, key, n));
          const dp = p.map((_, m) => {
            let sum = 0;
            for (let j = 0; j < 3; j++) {
              sum += output.data[n * 3 + j] * value.data[m * 3 + j];
              dValue.data[m * 3 + j] += output.data[n * 3 + j] * p[m];
            }
            return sum;
          });
          softmaxBackward(p, dp).forEach((dLogit, m) => {
            const dScore = dLogit / 2;
            for (let i = 0; i < 4; i++) {
              dQuery.data[n * 4 + i] += dScore * key.data[m * 4 + i];
              dKey.data[n * 4 + i] += dScore * query.data[m * 4 + i];
            }
          });
        }
        return { query: dQuery, key: dKey, value: dValue };
      },
    }),
    argument: 'key',
    causes: ['transposed'],
    wrong: all,
  },
  {
    name: 'the vector that weighs the features of an additive attention has the gradient of its last key',
    layer: defineLayer({
      name: 'additiveScores',
      args: { query: [4], keys: [6, 4], mixing: [4] },
      axes: { query: ['feature'], keys: ['key', 'feature'], mixing: ['feature'] },
      forward: ({ query, keys, mixing }) => ({
        score: mapTensor(tensor([6]), (_, m) =>
          mixing.data.reduce((sum, v, i) => sum + v * Math.tanh(query.data[i] + keys.data[m * 4 + i]), 0),
        ),
      }),
      vjp({ query, keys, mixing }, { score }) {
        const [dQuery, dKeys, dMixing] = [zerosLike(query), zerosLike(keys), zerosLike(mixing)];
        for (let m = 0; m < 6; m++) {
          for (let i = 0; i < 4; i++) {
            const y = Math.tanh(query.data[i] + keys.data[m * 4 + i]);
            const dz = score.data[m] * mixing.data[i] * (1 - y * y);
            dMixing.data[i] = score.data[m] * y;
            dKeys.data[m * 4 + i] = dz;
            dQuery.data[i] += dz;
          }
        }
        return { query: dQuery, keys: dKeys, mixing: dMixing };
      },
    }),
    argument: 'mixing',
    causes: ['overwritten-not-accumulated', 'last-item-only'],
    wrong: all,
  },
  {
    name: 'values that attention pools over time get the upstream as if each had all the weight',
    layer: defineLayer({
      name: 'attentionPool',
      args: { score: [2, 5], value: [2, 5, 3] },
      axes: { score: ['batch', 'time'], value: ['batch', 'time', 'feature'] },
      linear: ['value'],
      forward({ score, value }) {
        const output = tensor([2, 3]);
        value.data.forEach((v, i) => {
          output.data[Math.floor(i / 15) * 3 + (i % 3)] += weights(score)[Math.floor(i / 3)] * v;
        });
        return { output };
      },
      vjp({ score, value }, { output }) {
        const p = weights(score);
        const arrived = (i: number) => output.data[Math.floor(i / 15) * 3 + (i % 3)];
        const dp = new Float64Array(10);
        value.data.forEach((v, i) => {
          dp[Math.floor(i / 3)] += arrived(i) * v;
        });
        const dScore = [0, 5].flatMap(at => [...softmaxBackward(p.slice(at, at + 5), dp.slice(at, at + 5))]);
        return {
          score: tensor([2, 5], dScore),
          value: mapTensor(value, (_, i) => arrived(i)),
        };
      },
    }),
    argument: 'value',
    causes: ['argument-ignored'],
    wrong: all,
  },
  {
    name: 'rotary positions turn the same way in backward',
    layer: defineLayer({
      name: 'rotary',
      args: { query: [6, 4] },
      axes: { query: ['position', 'feature'] },
      linear: ['query'],
      forward: ({ query }) => ({ output: rotated(query) }),
      vjp: (_args, { output }) => ({ query: rotated(output) }),
    }),
    argument: 'query',
    causes: ['transposed'],
    wrong: shape => where(shape, ([position]) => position > 0),
  },
  {
    name: 'a bias by distance is assigned the upstream of the last pair so far apart',
    layer: defineLayer({
      name: 'relativeBias',
      args: { score: [2, 4, 4], bias: [2, 7] },
      axes: { score: ['head', 'query', 'key'], bias: ['head', 'distance'] },
      linear: ['score', 'bias'],
      forward: ({ score, bias }) => ({ output: mapTensor(score, (s, i) => s + bias.data[distanceAt(i)]) }),
      vjp({ score, bias }, { output }) {
        const dBias = zerosLike(bias);
        output.data.forEach((dy, i) => {
          dBias.data[distanceAt(i)] = dy;
        });
        return { score: mapTensor(score, (_, i) => output.data[i]), bias: dBias };
      },
    }),
    argument: 'bias',
    causes: ['overwritten-not-accumulated', 'last-item-only'],
    wrong: shape => where(shape, ([, distance]) => distance > 0 && distance < 6),
  },
];

/** The softmax of scores [2, 5] over time. */
function weights({ data }: Tensor): Data {
  return Float64Array.from([...softmax(data.slice(0, 5)), ...softmax(data.slice(5))]);
}

/** The products of a query with five keys of width 4, over the root of that. */
function scores(query: Tensor, key: Tensor, n: number): Data {
  return new Float64Array(5).map((_, m) => {
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += query.data[n * 4 + i] * key.data[m * 4 + i];
    return sum / 2;
  });
}

/** Turns pairs of features by an angle that grows with the position, the second pair ten times as slowly. */
function rotated(query: Tensor): Tensor {
  return mapTensor(query, (x, i) => {
    const [position, feature] = [Math.floor(i / 4), i % 4];
    const angle = feature < 2 ? position : position / 10;
    return feature % 2 === 0
      ? x * Math.cos(angle) - query.data[i + 1] * Math.sin(angle)
      : x * Math.cos(angle) + query.data[i - 1] * Math.sin(angle);
  });
}

/** Where the bias of an element of [head, query, key] lies. */
function distanceAt(i: number): number {
  const [head, query, key] = [Math.floor(i / 16), Math.floor(i / 4) % 4, i % 4];
  return head * 7 + query - key + 3;
}

/** What pulls unit o of sample n. */
function pull(x: Tensor, weight: Tensor, n: number, o: number): number {
  let sum = 0;
  for (let i = 0; i < 3; i++) sum += x.data[n * 3 + i] * weight.data[o * 3 + i];
  return sum;
}

/** The states of a flow, the first first. */
function flow(state: Tensor, weight: Tensor, step: number, steps: number): Tensor[] {
  const xs = [state];
  for (let k = 0; k < steps; k++) {
    const x = xs[k];
    xs.push(mapTensor(x, (value, i) => value + step * Math.tanh(pull(x, weight, Math.floor(i / 3), i % 3))));
  }
  return xs;
}
