import type * as FastCheck from 'fast-check';
import type { CaseSpec } from '../layer.ts';
import { sizeOf } from '../tensor.ts';
import type { ConvolutionConfig, TransposedConvolutionConfig } from './convolutionSizes.ts';
import { type Padding, padsOf } from './padding.ts';
import { numbersPerAxis, type PerAxis, perAxis } from './perAxis.ts';

/** Few enough elements that a forward takes microseconds: batch, then channels a group, then groups give way. */
const MOST_ELEMENTS = 150;

/** A kernel of three axes is not as large along all of them as along one. */
const MOST_WEIGHTS = 12;

/** Cases of a convolution over `rank` axes: its whole config, and inputs from the smallest that hold a window. */
export function convolutionCases(fc: typeof FastCheck, rank: number): FastCheck.Arbitrary<CaseSpec<ConvolutionConfig>> {
  const zeros = fc.nat(2);
  const paddings = fc.oneof<FastCheck.WeightedArbitrary<Padding>[]>(
    { weight: 3, arbitrary: numbersPerAxis(fc, rank, zeros) },
    { weight: 1, arbitrary: fc.constantFrom('same', 'same', 'valid') },
    { weight: 1, arbitrary: fc.array(zeros, { minLength: 2 * rank, maxLength: 2 * rank }) },
  );
  return fc
    .record({ ...draws(fc, rank), padding: paddings })
    .map(drawn => {
      const reaches = reachesOf(drawn, rank);
      const zeros = padsOf(drawn.padding, rank);
      const least = (axis: number) => (zeros === 'same' ? 1 : reaches[axis] + 1 - zeros[axis][0] - zeros[axis][1]);
      return { ...drawn, extents: drawn.spare.map((spare, axis) => Math.max(least(axis), 1) + spare) };
    })
    .filter(({ extents }) => sizeOf(extents) <= MOST_ELEMENTS)
    .map(({ kernel, stride, padding, dilation, hasBias, extents, ...drawn }) => {
      const { batchShape, inChannels, outChannels, groups } = affordable(drawn, sizeOf(extents));
      return {
        config: { inChannels, outChannels, kernel, groups, hasBias, stride, padding, dilation },
        args: {
          input: [...batchShape, inChannels, ...extents],
          weight: [outChannels, inChannels / groups, ...perAxis('kernel', kernel, rank)],
          ...(hasBias && { bias: [outChannels] }),
        },
      };
    });
}

/** Cases of a transposed convolution over `rank` axes: its whole config, and inputs from the smallest with an output. */
export function transposedCases(
  fc: typeof FastCheck,
  rank: number,
): FastCheck.Arbitrary<CaseSpec<TransposedConvolutionConfig>> {
  const upToTwo = numbersPerAxis(fc, rank, fc.nat(2));
  return fc
    .record({ ...draws(fc, rank), padding: upToTwo, outputPadding: upToTwo })
    .map(drawn => {
      const strides = perAxis('stride', drawn.stride, rank);
      const dilations = perAxis('dilation', drawn.dilation, rank);
      const paddings = perAxis('padding', drawn.padding, rank, 0);
      const outputPadding = perAxis('outputPadding', drawn.outputPadding, rank, 0).map((added, axis) =>
        Math.min(added, Math.max(strides[axis], dilations[axis]) - 1),
      );
      // The output of an input of one element may be none; then it takes some strides more.
      const ofOne = reachesOf(drawn, rank).map((reach, axis) => reach + 1 - 2 * paddings[axis] + outputPadding[axis]);
      const steps = ofOne.map(
        (extent, axis) => Math.max(Math.ceil((1 - extent) / strides[axis]), 0) + drawn.spare[axis],
      );
      return {
        ...drawn,
        outputPadding,
        extents: steps.map(step => 1 + step),
        outExtents: ofOne.map((extent, axis) => extent + steps[axis] * strides[axis]),
      };
    })
    .filter(({ outExtents }) => sizeOf(outExtents) <= MOST_ELEMENTS)
    .map(({ kernel, stride, padding, outputPadding, dilation, hasBias, extents, outExtents, ...drawn }) => {
      const { batchShape, inChannels, outChannels, groups } = affordable(drawn, sizeOf(outExtents));
      return {
        config: { inChannels, outChannels, kernel, groups, hasBias, stride, padding, outputPadding, dilation },
        args: {
          input: [...batchShape, inChannels, ...extents],
          weight: [inChannels, outChannels / groups, ...perAxis('kernel', kernel, rank)],
          ...(hasBias && { bias: [outChannels] }),
        },
      };
    });
}

/** What both kinds draw. */
function draws(fc: typeof FastCheck, rank: number) {
  const upToThree = fc.integer({ min: 1, max: 3 });
  return {
    // None for an input without a batch axis.
    batch: fc.option(fc.constantFrom(1, 2, 2, 3, 3), { freq: 7 }),
    groups: upToThree,
    groupIn: upToThree,
    groupOut: upToThree,
    kernel: numbersPerAxis(fc, rank, upToThree).filter(
      kernel => sizeOf(perAxis('kernel', kernel, rank)) <= MOST_WEIGHTS,
    ),
    stride: numbersPerAxis(fc, rank, fc.constantFrom(1, 2, 2, 3)),
    dilation: numbersPerAxis(fc, rank, fc.integer({ min: 1, max: 2 })),
    hasBias: fc.constantFrom(false, true, true),
    /** How much larger than the smallest the input is along each axis. */
    spare: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: rank, maxLength: rank }),
  };
}

/** How far the last element of a window is from its first, along each axis. */
function reachesOf({ kernel, dilation }: { kernel: PerAxis; dilation: PerAxis }, rank: number): number[] {
  const dilations = perAxis('dilation', dilation, rank);
  return perAxis('kernel', kernel, rank).map((extent, axis) => dilations[axis] * (extent - 1));
}

/** Batch and channels of which one map has so many elements: at most four channels on either side. */
function affordable(
  drawn: { batch: number | null; groups: number; groupIn: number; groupOut: number },
  elements: number,
) {
  const maps = Math.max(Math.floor(MOST_ELEMENTS / elements), 1);
  const groups = Math.min(drawn.groups, maps);
  const perGroup = Math.floor(4 / groups);
  const groupIn = Math.min(drawn.groupIn, Math.floor(maps / groups), perGroup);
  const batch = drawn.batch === null ? [] : [Math.min(drawn.batch, Math.floor(maps / (groups * groupIn)))];
  return {
    batchShape: batch,
    inChannels: groups * groupIn,
    outChannels: groups * Math.min(drawn.groupOut, perGroup),
    groups,
  };
}
