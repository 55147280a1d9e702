import { defineLayer, type Implementation } from '../layer.ts';
import { type Data, emptyLike, mapTensor, sizeOf, type Tensor, tensor } from '../tensor.ts';

export interface LocalResponseNormConfig {
  /** How many neighbouring channels a window has: floor(size / 2) before, floor((size - 1) / 2) after. */
  readonly size: number;
  /** 1e-4 unless said. It is divided by the size, also where the window reaches past the first or last channel. */
  readonly alpha?: number;
  /** 0.75 unless said. */
  readonly beta?: number;
  /** 1 unless said. */
  readonly k?: number;
}

/**
 * Every element divided by a power of the squares around it, across channels. input [batch, channel, ...positions], output
 * as the input. Channels that are not there count as 0. With k = 0 a window of zeros gives NaN.
 */
export const localResponseNorm = defineLayer<LocalResponseNormConfig>({
  name: 'localResponseNorm',
  formula:
    'y[n, c, i] = x[n, c, i] / s[n, c, i]^beta, s[n, c, i] = k + alpha / size * sum over j of x[n, j, i]^2, j from c - floor(size / 2) to c + floor((size - 1) / 2)',
  source: 'torch.nn.LocalResponseNorm; Krizhevsky, Sutskever and Hinton 2012, section 3.3 (alpha not divided there)',

  cases: fc =>
    fc
      .record({
        batch: fc.integer({ min: 1, max: 2 }),
        channels: fc.integer({ min: 1, max: 6 }),
        positions: fc.constantFrom([1], [3], [2, 3], [3, 1], [1, 2, 2]),
        size: fc.integer({ min: 1, max: 7 }),
        alpha: fc.constantFrom(undefined, 0.5, 3),
        beta: fc.constantFrom(undefined, 0.5, 1, 2),
        k: fc.constantFrom(undefined, 0.5, 2),
      })
      .map(({ batch, channels, positions, size, alpha, beta, k }) => ({
        config: { size, alpha, beta, k },
        args: { input: [batch, channels, ...positions] },
      })),

  forward({ input }, config) {
    const { beta } = settings(input, config);
    const s = squaresAround(input, config);
    const y = emptyLike(input.data);
    for (let at = 0; at < y.length; at++) y[at] = input.data[at] / s[at] ** beta;
    return { output: { shape: input.shape, data: y } };
  },

  /** dx[j] = dy[j] / s[j]^beta - 2 alpha beta / size * x[j] * sum of dy[c] x[c] / s[c]^(beta + 1), over all c around which j is. */
  vjp({ input }, { output }, config) {
    const { channels, positions, size, alpha, beta, before, after } = settings(input, config);
    const x = input.data;
    const dy = output.data;
    const s = squaresAround(input, config);
    const dx = emptyLike(x);
    for (let at = 0; at < x.length; at++) {
      const c = Math.floor(at / positions) % channels;
      const ds = (-beta * dy[at] * x[at]) / s[at] ** (beta + 1);
      dx[at] += dy[at] / s[at] ** beta;
      for (let j = Math.max(c - before, 0); j <= Math.min(c + after, channels - 1); j++) {
        const neighbour = at + (j - c) * positions;
        dx[neighbour] += ((ds * alpha) / size) * 2 * x[neighbour];
      }
    }
    return { input: { shape: input.shape, data: dx } };
  },

  /** With a dot for a tangent: s. = alpha / size * sum of 2 x x., y. = (x. - beta x s. / s) / s^beta. */
  jvp({ input }, tangents, config) {
    const { channels, positions, size, alpha, beta, before, after } = settings(input, config);
    const x = input.data;
    const dotX = tangents.input.data;
    const s = squaresAround(input, config);
    const dotY = emptyLike(x);
    for (let at = 0; at < x.length; at++) {
      const c = Math.floor(at / positions) % channels;
      let dotS = 0;
      for (let j = Math.max(c - before, 0); j <= Math.min(c + after, channels - 1); j++) {
        const neighbour = at + (j - c) * positions;
        dotS += (alpha / size) * 2 * x[neighbour] * dotX[neighbour];
      }
      dotY[at] = (dotX[at] - (beta * x[at] * dotS) / s[at]) / s[at] ** beta;
    }
    return { output: { shape: input.shape, data: dotY } };
  },

  alternatives: { runningTotals: byRunningTotals() },

  examples: [
    {
      name: 'an even size reaches one channel further before',
      source: 'by hand: s = 2, 6, 5 from windows of channels (0), (0, 1), (1, 2)',
      config: { size: 2, alpha: 2, beta: 1, k: 1 },
      args: { input: tensor([1, 3, 1], [1, 2, 0]) },
      outputs: { output: tensor([1, 3, 1], [1 / 2, 1 / 3, 0]) },
      upstream: { output: tensor([1, 3, 1], [4, 9, 5]) },
      gradients: { input: tensor([1, 3, 1], [-1, -0.5, 1]) },
    },
    {
      name: 'alpha is divided by the size even where the window is cut off',
      source: 'by hand: s = 3 + 6 / 3 * 3 = 9',
      config: { size: 3, alpha: 6, beta: 0.5, k: 3 },
      args: { input: tensor([1, 1, 2], [Math.sqrt(3), 0]) },
      outputs: { output: tensor([1, 1, 2], [Math.sqrt(3) / 3, 0]) },
      upstream: { output: tensor([1, 1, 2], [9, 3]) },
      gradients: { input: tensor([1, 1, 2], [1, Math.sqrt(3)]) },
    },
  ],
});

/** The extents, all positions as one, and the window. */
function settings({ shape }: Tensor, { size, alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormConfig) {
  if (shape.length < 3) {
    throw new RangeError(
      `localResponseNorm has an input of shape [${shape.join(', ')}]; it needs [batch, channel, ...positions], three axes or more`,
    );
  }
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`localResponseNorm has size ${String(size)}; give an integer of 1 or more`);
  }
  const [, channels, ...positions] = shape;
  const before = Math.floor(size / 2);
  const after = Math.floor((size - 1) / 2);
  return { channels, positions: sizeOf(positions), size, alpha, beta, k, before, after };
}

/** s of the formula. */
function squaresAround(input: Tensor, config: LocalResponseNormConfig): Data {
  const { channels, positions, size, alpha, k, before, after } = settings(input, config);
  const s = emptyLike(input.data);
  for (let at = 0; at < s.length; at++) {
    const c = Math.floor(at / positions) % channels;
    let sum = 0;
    for (let j = Math.max(c - before, 0); j <= Math.min(c + after, channels - 1); j++) {
      sum += input.data[at + (j - c) * positions] ** 2;
    }
    s[at] = k + (alpha / size) * sum;
  }
  return s;
}

/**
 * The same with window sums as differences of running totals along the channels. In backward each element gathers from the
 * windows that it is in, whose reach before and after is swapped.
 */
function byRunningTotals(): Implementation<LocalResponseNormConfig> {
  const scalesOf = (input: Tensor, config: LocalResponseNormConfig) => {
    const { size, alpha, k, before, after } = settings(input, config);
    const squares = input.data.map(x => x * x);
    return channelSums(squares, input.shape, before, after).map(sum => k + (alpha * sum) / size);
  };
  return {
    forward({ input }, config) {
      const { beta } = settings(input, config);
      const scales = scalesOf(input, config);
      return { output: mapTensor(input, (x, at) => x * scales[at] ** -beta) };
    },
    vjp({ input }, { output }, config) {
      const { size, alpha, beta, before, after } = settings(input, config);
      const scales = scalesOf(input, config);
      const terms = input.data.map((x, at) => output.data[at] * x * scales[at] ** (-beta - 1));
      const around = channelSums(terms, input.shape, after, before);
      const factor = (2 * alpha * beta) / size;
      return { input: mapTensor(output, (dy, at) => dy * scales[at] ** -beta - factor * input.data[at] * around[at]) };
    },
  };
}

/** For every element the sum over the channels from `before` to `after` its own, cut off at the first and the last. */
function channelSums(values: Data, [batch, channels, ...rest]: readonly number[], before: number, after: number): Data {
  const positions = sizeOf(rest);
  const sums = emptyLike(values);
  const totals = new Float64Array(channels + 1);
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < positions; i++) {
      const start = n * channels * positions + i;
      for (let c = 0; c < channels; c++) totals[c + 1] = totals[c] + values[start + c * positions];
      for (let c = 0; c < channels; c++) {
        const end = Math.min(c + after + 1, channels);
        sums[start + c * positions] = totals[end] - totals[Math.max(c - before, 0)];
      }
    }
  }
  return sums;
}
