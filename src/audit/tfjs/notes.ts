/**
 * Why an operation of TensorFlow.js 4.22.0 that is called wrong is wrong, derived from its definition and without the harness. By
 * operation; Layers are built on them.
 */
export const NOTES: Readonly<Record<string, string>> = {
  floorDiv:
    'floor(a / b) is constant between its steps, so that both gradients are 0 wherever they exist; the library gives those of a / b.',
  max: 'Where k elements share the maximum, moving them all by t moves it by t, so that their slopes add up to 1; the library gives each of them 1, which adds up to k.',
  min: 'Where k elements share the minimum, moving them all by t moves it by t, so that their slopes add up to 1; the library gives each of them 1, which adds up to k.',
  conv2d:
    "With 'ceil' or 'round' the forward has one more window than with 'floor'; its backward is given the padding as a number without the rounding mode, and so leaves out the last window.",
  maxPool:
    "With 'ceil' or 'round' the forward has one more window than with 'floor'; its backward is not given the rounding mode, and so leaves out the last window.",
  avgPool:
    'A window at the border averages the c < kh kw elements that it has inside, so that each gets 1/c; the library gives 1 / (kh kw).',
  avgPool3d:
    'A window at the border averages the c < kd kh kw elements that it has inside, so that each gets 1/c; the library gives 1 / (kd kh kw).',
  maxPool3d:
    'The slope of a window is 1 at its largest element and 0 elsewhere; the library puts it elsewhere in windows that are no cubes, where it takes the place of the winner apart by other extents than those that put it together.',
  mirrorPad:
    'An element of which the padding holds copies gets the sum over all of them; the library cuts the middle out of the upstream and leaves the copies out.',
  'image.resizeNearestNeighbor':
    'An output is one input, so that an input gets the sum over the outputs that were taken from it; the library scatters by an inverse scale that is none where the output is smaller, or the rounding another.',
  'losses.softmaxCrossEntropy':
    'The loss is - sum of t[k] log p[k], so that its slope by the label t[k] is -log p[k]; the library gives t[k] - p[k], that by the logit with the sign turned.',
  'layers.averagePooling2d':
    'It is avgPool with the windows of the padding: an element of a window that is cut short gets 1 / (kh kw) in place of 1 over the number of elements in it.',
  'layers.globalMaxPooling1d':
    'It is max over the steps: where k of them share the maximum, their slopes add up to 1, and the library gives each of them 1.',
  'layers.globalMaxPooling2d':
    'It is max over rows and columns: where k elements share the maximum, their slopes add up to 1, and the library gives each of them 1.',
  'layers.upSampling2d':
    'Every element is copied to a block of size[0] by size[1] outputs, and gets the sum of what arrives there; it is built on resizeNearestNeighbor, whose inverse scale sends some of it to neighbours.',
};
