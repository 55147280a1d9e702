import { pair } from '../kernels/pair.ts';
import { imageAxes, type PoolAxis, type PoolSettings } from '../kernels/poolAxis.ts';
import { poolCases } from '../kernels/poolCases.ts';
import { everyWindow, overImages, type Pooling } from '../kernels/pooling.ts';
import { type PoolRange, poolRanges } from '../kernels/poolRanges.ts';
import { type PoolWindow, poolWindows } from '../kernels/poolWindows.ts';
import { spreadOverWindows, windowSums } from '../kernels/windowSums.ts';
import { defineLayer, type Implementation } from '../layer.ts';
import { emptyLike, mapTensor, sizeOf, type Tensor, tensor, zerosLike } from '../tensor.ts';

export interface LpPool2dConfig extends Pick<PoolSettings, 'kernel' | 'stride' | 'ceilMode'> {
  /** The p of the p-norm: not 0. With 1 it is the sum of the window. */
  readonly norm: number;
}

/**
 * The p-norm of every window, without absolute values: an odd p keeps signs, and a window whose powers have a negative
 * sum has no root (NaN), as has a negative number no fractional power. input [..., rows, columns], output [..., rows,
 * columns], usually with batch and channel before. A window that ceil mode clips counts as the mean of what it covers,
 * times a whole window. Where the sum of powers is 0 the gradient is 0, which is a choice among its slopes for p > 1; for
 * p = 1 the layer is linear and its gradient right there too (PyTorch's is 0).
 */
export const lpPool2d = defineLayer<LpPool2dConfig>({
  name: 'lpPool2d',
  formula: 'y[n, c, r, s] = (sum over p, q of x[n, c, r stride + p, s stride + q]^norm)^(1 / norm)',
  source: 'torch.nn.LPPool2d',
  kinks: 'a window of zeros',
  axes: { input: ['batch', 'channel', 'row', 'column'], output: ['batch', 'channel', 'row', 'column'] },
  cases: fc =>
    fc
      .record({ pool: poolCases(fc, 2, ['ceilMode']), norm: fc.constantFrom(1, 1.5, 2, 3, 4) })
      .map(({ pool: { settings, input }, norm }) => ({
        config: { norm, ...settings },
        args: { input: norm === 1 || norm % 2 === 0 ? input : { shape: input, range: [0, Infinity] as const } },
      })),

  forward({ input }, config) {
    const pooling = poolingOf(input, config, poolWindows);
    const { rows, columns } = pooling;
    const y = emptyLike(input.data, sizeOf(pooling.shape));
    everyWindow(pooling, (at, n, high, wide) => {
      let sum = 0;
      for (const row of high.covered) {
        for (const column of wide.covered) sum += input.data[(n * rows + row) * columns + column] ** config.norm;
      }
      y[at] = (sum * wholeness(high, wide, config)) ** (1 / config.norm);
    });
    return { output: { shape: pooling.shape, data: y } };
  },

  vjp({ input }, { output }, config) {
    const { norm } = config;
    const pooling = poolingOf(input, config, poolWindows);
    const { rows, columns } = pooling;
    const dx = zerosLike(input);
    everyWindow(pooling, (at, n, high, wide) => {
      const places = high.covered.flatMap(row => wide.covered.map(column => (n * rows + row) * columns + column));
      const whole = wholeness(high, wide, config);
      let sum = 0;
      for (const place of places) sum += input.data[place] ** norm;
      if (sum === 0 && norm !== 1) return;
      // dy/dx = (whole * sum)^(1/p - 1) / p * whole * p x^(p - 1)
      const slope = (whole * sum) ** (1 / norm - 1) * whole;
      for (const place of places) dx.data[place] += output.data[at] * slope * input.data[place] ** (norm - 1);
    });
    return { input: dx };
  },

  alternatives: { sums: bySums() },

  examples: [
    {
      name: 'norm 2: hypotenuses; the gradient of a window of zeros is zero',
      source: 'by hand',
      config: { norm: 2, kernel: [1, 2] },
      args: { input: tensor([1, 1, 2, 4], [3, -4, 0, 0, 12, 5, 0, -8]) },
      outputs: { output: tensor([1, 1, 2, 2], [5, 0, 13, 8]) },
      upstream: { output: tensor([1, 1, 2, 2], [10, 7, 26, 3]) },
      gradients: { input: tensor([1, 1, 2, 4], [6, -8, 0, 0, 24, 10, 0, -3]) },
    },
    {
      name: 'norm 1: the sum, signs and all; ceilMode: the clipped window counts twice',
      source: 'by hand',
      config: { norm: 1, kernel: [1, 2], ceilMode: true },
      args: { input: tensor([1, 1, 1, 5], [1, -3, 2, -2, 4]) },
      outputs: { output: tensor([1, 1, 1, 3], [-2, 0, 8]) },
      upstream: { output: tensor([1, 1, 1, 3], [1, 2, 3]) },
      gradients: { input: tensor([1, 1, 1, 5], [1, 1, 2, 2, 6]) },
    },
    {
      name: 'norm 3: the cubes 1 - 1 + 8 + 0 keep their signs',
      source: 'by hand',
      config: { norm: 3, kernel: 2, stride: 1 },
      args: { input: tensor([1, 1, 2, 2], [1, -1, 2, 0]) },
      outputs: { output: tensor([1, 1, 1, 1], [2]) },
      upstream: { output: tensor([1, 1, 1, 1], [8]) },
      gradients: { input: tensor([1, 1, 2, 2], [2, 2, 8, 0]) },
    },
  ],
});

function poolingOf<Window>(
  input: Tensor,
  config: LpPool2dConfig,
  windows: (axis: PoolAxis, size: number) => readonly Window[],
): Pooling<Window> {
  const { norm, kernel, stride, ceilMode } = config;
  if (!Number.isFinite(norm) || norm === 0) {
    throw new RangeError(`norm of lpPool2d is ${norm}; give a number other than 0`);
  }
  return overImages('lpPool2d', input, imageAxes('lpPool2d', { kernel, stride, ceilMode }), windows);
}

/** How many times what a window covers makes a whole one: 1 but where ceil mode clips it. */
function wholeness(high: PoolWindow, wide: PoolWindow, { kernel }: LpPool2dConfig): number {
  return sizeOf(pair('kernel', kernel)) / (high.covered.length * wide.covered.length);
}

/** The same by sums of the powers, axis by axis; in float64 throughout, since powers and their roots lose digits. */
function bySums(): Implementation<LpPool2dConfig> {
  const powerSums = (input: Tensor, pooling: Pooling<PoolRange>, { norm, kernel }: LpPool2dConfig) => {
    const area = sizeOf(pair('kernel', kernel));
    const wholes = pooling.height.flatMap(high => pooling.width.map(wide => area / (high.padded * wide.padded)));
    const powers = Float64Array.from(input.data, x => x ** norm);
    const sums = windowSums(powers, pooling).map((sum, at) => sum * wholes[at % wholes.length]);
    return { wholes, sums };
  };
  return {
    forward({ input }, config) {
      const pooling = poolingOf(input, config, poolRanges);
      const { sums } = powerSums(input, pooling, config);
      const y = emptyLike(input.data, sums.length);
      for (let at = 0; at < y.length; at++) y[at] = sums[at] ** (1 / config.norm);
      return { output: { shape: pooling.shape, data: y } };
    },
    vjp({ input }, { output }, config) {
      const { norm } = config;
      const pooling = poolingOf(input, config, poolRanges);
      const { sums, wholes } = powerSums(input, pooling, config);
      const ofSums = sums.map((sum, at) => {
        if (sum === 0 && norm !== 1) return 0;
        return output.data[at] * sum ** (1 / norm - 1) * wholes[at % wholes.length];
      });
      const spread = spreadOverWindows(ofSums, pooling);
      return { input: mapTensor(input, (x, at) => (spread[at] === 0 ? 0 : spread[at] * x ** (norm - 1))) };
    },
  };
}
