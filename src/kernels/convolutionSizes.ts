import { sizeOf, type Tensors } from '../tensor.ts';
import { expectShape } from './expectShape.ts';
import { type Padding, padsOf } from './padding.ts';
import { type PerAxis, perAxis } from './perAxis.ts';

/** The settings that convolutions over any number of axes have in common, transposed or not. */
interface Settings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: PerAxis;
  /** Both channel counts are split into as many groups; a filter sees the channels of its own. 1 unless said. */
  readonly groups?: number;
  /** Without a bias there is no argument `bias`; true unless said. */
  readonly hasBias?: boolean;
  readonly stride?: PerAxis;
  readonly dilation?: PerAxis;
}

export interface ConvolutionConfig extends Settings {
  /** 0 unless said. 'same' goes with any stride: output = ceil(input / stride), an odd zero at the end. */
  readonly padding?: Padding;
}

export interface TransposedConvolutionConfig extends Settings {
  /** How much of the output is cut off: as a convolution's padding, but never 'same'. 0 unless said. */
  readonly padding?: PerAxis;
  /** How much is added at the end of each axis of the output; less than its stride or its dilation. 0 unless said. */
  readonly outputPadding?: PerAxis;
}

/**
 * The sizes that the arguments of a convolution over `rank` axes and its config agree on. input [batch, in, extents],
 * where the batch may be missing; weight [out, in / groups, kernel]; bias [out].
 * @throws RangeError when they do not agree; `layer` is the name in the message.
 */
export function convolutionSizes(layer: string, rank: number, args: Tensors, config: ConvolutionConfig) {
  const sizes = sharedSizes(layer, rank, args, config);
  expectShape(layer, 'weight', args.weight, [sizes.outChannels, sizes.groupIn, ...sizes.kernel]);
  return { ...sizes, pads: padsOf(config.padding ?? 0, rank) };
}

/** The same of a transposed convolution, where weight is [in, out / groups, kernel]. */
export function transposedSizes(layer: string, rank: number, args: Tensors, config: TransposedConvolutionConfig) {
  const sizes = sharedSizes(layer, rank, args, config);
  expectShape(layer, 'weight', args.weight, [sizes.inChannels, sizes.groupOut, ...sizes.kernel]);
  const pads = padsOf(config.padding ?? 0, rank);
  if (pads === 'same') throw new RangeError(`${layer} has padding 'same'; give a number, or one for each axis`);
  const outputPadding = perAxis('outputPadding', config.outputPadding ?? 0, rank, 0);
  for (const [axis, added] of outputPadding.entries()) {
    const [stride, dilation] = [sizes.stride[axis], sizes.dilation[axis]];
    if (added < stride || added < dilation) continue;
    throw new RangeError(
      `${layer} has outputPadding ${added} where stride is ${stride} and dilation ${dilation}; give less than one of them`,
    );
  }
  return { ...sizes, pads, outputPadding };
}

function sharedSizes(layer: string, rank: number, { input, bias }: Tensors, config: Settings) {
  const { inChannels, outChannels, groups = 1 } = config;
  if (!Number.isInteger(groups) || groups < 1 || inChannels % groups !== 0 || outChannels % groups !== 0) {
    throw new RangeError(
      `${layer} has ${inChannels} channels, ${outChannels} filters and ${groups} groups; both counts must be multiples of the groups`,
    );
  }
  const leading = input.shape.length > rank + 1 ? ['batch'] : [];
  const anyExtents = Array<string>(rank).fill('extent');
  expectShape(layer, 'input', input, [...leading, inChannels, ...anyExtents]);
  if (bias) expectShape(layer, 'bias', bias, [outChannels]);
  const batchShape = input.shape.slice(0, leading.length);
  return {
    /** [batch], or [] where it is missing. */
    batchShape,
    batch: sizeOf(batchShape),
    inChannels,
    outChannels,
    groups,
    groupIn: inChannels / groups,
    groupOut: outChannels / groups,
    extents: input.shape.slice(-rank),
    kernel: perAxis('kernel', config.kernel, rank),
    stride: perAxis('stride', config.stride ?? 1, rank),
    dilation: perAxis('dilation', config.dilation ?? 1, rank),
  };
}

/**
 * Whether a convolution has an output.
 * @throws RangeError when an extent of it is less than 1.
 */
export function expectOutput(layer: string, input: readonly number[], output: readonly number[]): void {
  if (output.every(extent => extent >= 1)) return;
  throw new RangeError(
    `${layer} makes an output of extents [${output.join(', ')}] from an input of [${input.join(', ')}]; enlarge the input, or change kernel, dilation and padding`,
  );
}
