import { emptyLike, sizeOf, type Tensors, zerosLike } from '../tensor.ts';
import {
  type ConvolutionConfig,
  convolutionSizes,
  expectOutput,
  type TransposedConvolutionConfig,
  transposedSizes,
} from './convolutionSizes.ts';
import { everyProduct, type WindowAxis } from './everyProduct.ts';
import type { Pads } from './padding.ts';

/**
 * The reference of a convolution over `rank` axes, product by product:
 *
 *     y[n, o, r] = b[o] + sum over i, k of W[o, i, k] x[n, group(o) + i, r * stride + k * dilation - padding]
 *
 * where r and k have a component for each axis.
 */
export function directConvolution(layer: string, rank: number) {
  return sumOfProducts<ConvolutionConfig>(rank, (args, config) => {
    const { batchShape, inChannels, outChannels, ...sizes } = convolutionSizes(layer, rank, args, config);
    const axes = sizes.extents.map((cells, axis) => {
      const along = { cells, kernel: sizes.kernel[axis], stride: sizes.stride[axis], dilation: sizes.dilation[axis] };
      return sizes.pads === 'same' ? paddedToSame(along) : padded(along, sizes.pads[axis]);
    });
    const extents = axes.map(({ places }) => places);
    expectOutput(layer, sizes.extents, extents);
    return {
      shape: [...batchShape, outChannels, ...extents],
      every: use => everyProduct({ ...sizes, placeChannels: outChannels, cellChannels: inChannels, axes }, use),
    };
  });
}

/**
 * The reference of a transposed convolution over `rank` axes, product by product: every input spreads over its window,
 *
 *     y[n, group(i) + o, r * stride + k * dilation - padding] += W[i, o, k] x[n, i, r]
 *
 * on the bias of the channel. The output ends with the last window, less the padding, plus outputPadding.
 */
export function directTransposedConvolution(layer: string, rank: number) {
  return sumOfProducts<TransposedConvolutionConfig>(rank, (args, config) => {
    const { batchShape, inChannels, outChannels, ...sizes } = transposedSizes(layer, rank, args, config);
    const axes = sizes.extents.map((places, axis) => {
      const [kernel, stride, dilation] = [sizes.kernel[axis], sizes.stride[axis], sizes.dilation[axis]];
      const [before, after] = sizes.pads[axis];
      const end = (places - 1) * stride + dilation * (kernel - 1) + 1;
      return { places, cells: end - before - after + sizes.outputPadding[axis], kernel, stride, dilation, before };
    });
    const extents = axes.map(({ cells }) => cells);
    expectOutput(layer, sizes.extents, extents);
    return {
      shape: [...batchShape, outChannels, ...extents],
      every: use =>
        everyProduct({ ...sizes, placeChannels: inChannels, cellChannels: outChannels, axes }, (place, weight, cell) =>
          use(cell, weight, place),
        ),
    };
  });
}

/** What a config makes of arguments: the shape of the output, and every product W[w] x[x] that is a part of y[y]. */
interface Sum {
  readonly shape: readonly number[];
  readonly every: (use: (y: number, w: number, x: number) => void) => void;
}

/** The layer whose output [..., channels, extents] is a bias for each channel and a sum of products. */
function sumOfProducts<C>(rank: number, sumOf: (args: Tensors, config: C) => Sum) {
  return {
    forward(args: Tensors, config: C): Tensors {
      const { input, weight, bias } = args;
      const { shape, every } = sumOf(args, config);
      const y = emptyLike(input.data, sizeOf(shape));
      if (bias) for (let at = 0; at < y.length; at++) y[at] = bias.data[channelOf(at, shape, rank)];
      every((at, w, x) => {
        y[at] += weight.data[w] * input.data[x];
      });
      return { output: { shape, data: y } };
    },

    vjp(args: Tensors, upstream: Tensors, config: C): Tensors {
      const { input, weight, bias } = args;
      const { shape, every } = sumOf(args, config);
      const dy = upstream.output.data;
      const dx = zerosLike(input);
      const dW = zerosLike(weight);
      const db = bias && zerosLike(bias);
      every((at, w, x) => {
        dx.data[x] += dy[at] * weight.data[w];
        dW.data[w] += dy[at] * input.data[x];
      });
      if (db) for (let at = 0; at < dy.length; at++) db.data[channelOf(at, shape, rank)] += dy[at];
      return { input: dx, weight: dW, ...(db && { bias: db }) };
    },
  };
}

/** The channel of a position in a shape whose last `rank` axes are in space. */
function channelOf(position: number, shape: readonly number[], rank: number): number {
  return Math.floor(position / sizeOf(shape.slice(-rank))) % shape[shape.length - rank - 1];
}

type Along = Omit<WindowAxis, 'places' | 'before'>;

/** As many places as there are windows that end within the padded image. */
function padded(along: Along, [before, after]: Pads): WindowAxis {
  const { cells, kernel, stride, dilation } = along;
  let places = 0;
  while (places * stride + dilation * (kernel - 1) < before + cells + after) places++;
  return { ...along, places, before };
}

/** ceil(cells / stride) places, and half of the zeros that they need before the image, rounded down. */
function paddedToSame(along: Along): WindowAxis {
  const { cells, kernel, stride, dilation } = along;
  const places = Math.ceil(cells / stride);
  const zeros = Math.max((places - 1) * stride + dilation * (kernel - 1) + 1 - cells, 0);
  return { ...along, places, before: Math.floor(zeros / 2) };
}
