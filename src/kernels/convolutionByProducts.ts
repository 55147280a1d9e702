import { type Data, sizeOf, type Tensors } from '../tensor.ts';
import { convolve, convolveTransposed, correlate, type Product, scratchOf } from './convolution.ts';
import {
  type ConvolutionConfig,
  convolutionSizes,
  expectOutput,
  type TransposedConvolutionConfig,
  transposedSizes,
} from './convolutionSizes.ts';
import { type Windows, type WindowsAlong, windowsOn } from './im2col.ts';
import { type Engine, type Kernels, plain } from './kernels.ts';
import type { Pads } from './padding.ts';
import { part } from './part.ts';

/** A convolution over `rank` axes by matrix products over the unrolled windows of its input. */
export function convolutionByProducts(layer: string, rank: number, engine = plain) {
  const settingOf = (args: Tensors, config: ConvolutionConfig): Setting => {
    const sizes = convolutionSizes(layer, rank, args, config);
    const { extents, kernel, stride, dilation, pads } = sizes;
    const axes = extents.map((size, axis) =>
      windowsAlong(size, kernel[axis], stride[axis], dilation[axis], pads === 'same' ? pads : pads[axis]),
    );
    const outExtents = axes.map(({ count }) => count);
    expectOutput(layer, extents, outExtents);
    return { ...sizes, outExtents, windows: windowsOn(sizes.groupIn, axes) };
  };
  return byProducts(engine, settingOf, { output: convolve, input: convolveTransposed, weight: correlate });
}

/** A transposed convolution over `rank` axes: the adjoint of the convolution whose windows lie on its output. */
export function transposedByProducts(layer: string, rank: number, engine = plain) {
  const settingOf = (args: Tensors, config: TransposedConvolutionConfig): Setting => {
    const sizes = transposedSizes(layer, rank, args, config);
    const { extents, kernel, stride, dilation } = sizes;
    const axes = extents.map((count, axis): WindowsAlong => {
      const [before, after] = sizes.pads[axis];
      const reach = dilation[axis] * (kernel[axis] - 1);
      // The smallest image that holds so many windows, and what is added to it.
      const size = stride[axis] * (count - 1) + reach + 1 - before - after + sizes.outputPadding[axis];
      return { size, kernel: kernel[axis], stride: stride[axis], dilation: dilation[axis], before, count };
    });
    const outExtents = axes.map(({ size }) => size);
    expectOutput(layer, extents, outExtents);
    return { ...sizes, outExtents, windows: windowsOn(sizes.groupOut, axes) };
  };
  return byProducts(engine, settingOf, {
    output: convolveTransposed,
    input: convolve,
    weight: (kernels, x, dy, ...rest) => correlate(kernels, dy, x, ...rest),
  });
}

/** What a config makes of arguments. */
interface Setting {
  readonly batchShape: readonly number[];
  readonly batch: number;
  readonly outChannels: number;
  readonly outExtents: readonly number[];
  readonly groups: number;
  readonly windows: Windows;
}

interface Products {
  /** (x, W) → y */
  readonly output: Product;
  /** (dy, W) → dx */
  readonly input: Product;
  /** (x, dy) → dW */
  readonly weight: Product;
}

/** The layer whose output is a bias for each channel and a product of weights and input. */
function byProducts<C>(engine: Engine, settingOf: (args: Tensors, config: C) => Setting, products: Products) {
  return {
    forward(args: Tensors, config: C): Tensors {
      const { input, weight, bias } = args;
      const { batchShape, batch, outChannels, outExtents, groups, windows } = settingOf(args, config);
      const shape = [...batchShape, outChannels, ...outExtents];
      const room = scratchOf(batch, windows);
      const [data] = engine([input.data, weight.data], [sizeOf(shape)], room, (kernels, [x, W], [y]) => {
        if (bias) spreadBias(bias.data, sizeOf(outExtents), y);
        products.output(kernels, x, W, y, batch, groups, windows);
      });
      return { output: { shape, data } };
    },

    vjp(args: Tensors, upstream: Tensors, config: C): Tensors {
      const { input, weight, bias } = args;
      const { batch, outExtents, groups, windows } = settingOf(args, config);
      const places = sizeOf(outExtents);
      const [dx, dW, db] = engine(
        [input.data, weight.data, upstream.output.data],
        [input.data.length, weight.data.length, ...(bias ? [bias.data.length] : [])],
        2 * scratchOf(batch, windows) + places,
        (kernels, [x, W, dy], [dx, dW, db]) => {
          products.input(kernels, dy, W, dx, batch, groups, windows);
          products.weight(kernels, x, dy, dW, batch, groups, windows);
          if (bias) sumByChannel(kernels, dy, places, db);
        },
      );
      return {
        input: { shape: input.shape, data: dx },
        weight: { shape: weight.shape, data: dW },
        ...(bias && { bias: { shape: bias.shape, data: db } }),
      };
    },
  };
}

/** Along one axis: how many windows lie within it, the first of them `before` the image. */
function windowsAlong(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  pads: 'same' | Pads,
): WindowsAlong {
  const reach = dilation * (kernel - 1);
  if (pads === 'same') {
    // The last window starts at the last multiple of the stride inside the image, and may reach past its end.
    const lastStart = size - 1 - ((size - 1) % stride);
    const before = Math.floor(Math.max(lastStart + reach + 1 - size, 0) / 2);
    return { size, kernel, stride, dilation, before, count: lastStart / stride + 1 };
  }
  const [before, after] = pads;
  return { size, kernel, stride, dilation, before, count: Math.ceil((before + size + after - reach) / stride) };
}

/** Every place of a channel of y gets its bias. */
function spreadBias(bias: Data, places: number, y: Data): void {
  for (let map = 0; map * places < y.length; map++) y.fill(bias[map % bias.length], map * places, (map + 1) * places);
}

/** Adds the sums of dy [batch, channels, places] over batch and places: its products with ones. */
function sumByChannel({ matmul, scratch }: Kernels, dy: Data, places: number, sums: Data): void {
  const ones = scratch(dy, places).fill(1);
  const size = sums.length * places;
  for (let n = 0; n * size < dy.length; n++) {
    matmul(sums.length, places, 1, part(dy, n, size), 'plain', ones, 'transposed', sums);
  }
}
