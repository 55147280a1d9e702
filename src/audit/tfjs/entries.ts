import type { Specs } from '../../adapters/specs.ts';
import type { ArgSpec } from '../../layer.ts';
import { PAIRS, positive, shape, ties, within } from '../arguments.ts';
import { type Entry, op } from '../entry.ts';

/*
 * The differentiable operations and Layers of TensorFlow.js 4, each in the configurations that expose: paddings, strides, dilations,
 * roundings, axes from either end, broadcasting in each position, batches and channels above 1, other heights than widths, ties and
 * zeros, exclusive and reverse, each reduction. NHWC as the library has it.
 */

const UNARY: Specs = {
  abs: shape,
  acos: within(-0.9, 0.9),
  acosh: within(1.1, 4),
  asin: within(-0.9, 0.9),
  asinh: shape,
  atan: shape,
  atanh: within(-0.9, 0.9),
  ceil: shape,
  cos: shape,
  cosh: shape,
  elu: shape,
  erf: shape,
  exp: shape,
  expm1: shape,
  floor: shape,
  leakyRelu: shape,
  log: within(0.1, 4),
  log1p: within(-0.5, 4),
  logSigmoid: shape,
  neg: shape,
  onesLike: shape,
  reciprocal: within(0.3, 3),
  relu: shape,
  relu6: within(-2, 8),
  round: shape,
  rsqrt: within(0.3, 3),
  selu: shape,
  sigmoid: shape,
  sign: shape,
  sin: shape,
  sinh: shape,
  softplus: shape,
  sqrt: within(0.3, 3),
  square: shape,
  step: shape,
  tan: within(-1, 1),
  tanh: shape,
  zerosLike: shape,
};

const unary = Object.entries(UNARY).map(([name, x]) => op(name, '', `x => tf.${name}(x)`, { x }));

const BINARY: Readonly<Record<string, (of: readonly number[]) => ArgSpec | readonly number[]>> = {
  add: of => of,
  sub: of => of,
  mul: of => of,
  div: positive,
  divNoNan: positive,
  floorDiv: positive,
  mod: positive,
  pow: positive,
  maximum: of => of,
  minimum: of => of,
  squaredDifference: of => of,
  atan2: positive,
};
const binary = Object.entries(BINARY).flatMap(([name, spec]) =>
  PAIRS.map(([a, b]) =>
    op(name, `[${a.join()}], [${b.join()}]`, `(a, b) => tf.${name}(a, b)`, { a: spec(a), b: spec(b) }),
  ),
);

const elementwise = [
  op('leakyRelu', 'alpha 0.05', 'x => tf.leakyRelu(x, 0.05)', { x: shape }),
  op('prelu', 'alpha by channel', '(x, alpha) => tf.prelu(x, alpha)', { x: [2, 3, 4], alpha: [4] }),
  op('prelu', 'alpha of the shape', '(x, alpha) => tf.prelu(x, alpha)', { x: [3, 4], alpha: [3, 4] }),
  op('prelu', 'alpha of a middle axis', '(x, alpha) => tf.prelu(x, alpha)', { x: [2, 3, 4], alpha: [3, 1] }),
  op('step', 'alpha 0.5', 'x => tf.step(x, 0.5)', { x: shape }),
  op('clipByValue', '-1, 1', 'x => tf.clipByValue(x, -1, 1)', { x: within(-3, 3) }),
  op('cast', 'to float32', "x => tf.cast(x, 'float32')", { x: shape }),
  op('clone', '', 'x => tf.clone(x)', { x: shape }),
  op('pow', 'negative base, exponent 3', 'x => tf.pow(x, 3)', { x: within(-2, -0.5) }),
  op('pow', 'exponent 2', 'x => tf.pow(x, 2)', { x: shape }),
  op('where', '', '(c, a, b) => tf.where(tf.cast(c, "bool"), a, b)', {
    c: { shape: [2, 3], integer: true, range: [0, 1] },
    a: [2, 3],
    b: [2, 3],
  }),
  op('addN', 'one tensor twice', '(a, b) => tf.addN([a, b, a])', { a: [2, 3], b: [2, 3] }),
  op('mul', 'a tensor by itself', 'x => tf.mul(x, x)', { x: [2, 3] }),
  op('maximum', 'ties', '(a, b) => tf.maximum(a, b)', { a: ties, b: { shape: [2, 6], values: ties.values } }),
  op('minimum', 'ties', '(a, b) => tf.minimum(a, b)', { a: ties, b: { shape: [2, 6], values: ties.values } }),
  op('relu', 'zeros', 'x => tf.relu(x)', { x: ties }),
  op('abs', 'zeros', 'x => tf.abs(x)', { x: ties }),
];

const AXES = ['0', '1', '-1', '[0, 2]', 'null'] as const;
const REDUCTIONS = ['sum', 'mean', 'max', 'min', 'prod', 'logSumExp'];
const reductions = [
  ...REDUCTIONS.flatMap(name =>
    AXES.flatMap(axis =>
      [false, true].map(keepDims =>
        op(name, `axis ${axis}${keepDims ? ', keepDims' : ''}`, `x => tf.${name}(x, ${axis}, ${keepDims})`, {
          x: name === 'prod' ? within(0.5, 2) : shape,
        }),
      ),
    ),
  ),
  ...['max', 'min'].map(name => op(name, 'ties', `x => tf.${name}(x, 1)`, { x: ties })),
  op('prod', 'a zero', 'x => tf.prod(x, 1)', { x: { shape: [2, 3], values: [1, 0, 2, 3, -1, 2] } }),
  ...["'euclidean'", '1', 'Infinity', '-Infinity'].flatMap(ord =>
    ['null', '1'].map(axis => op('norm', `${ord}, axis ${axis}`, `x => tf.norm(x, ${ord}, ${axis})`, { x: [3, 4] })),
  ),
  ...['0', '-1', '[0, 1]'].map(axis =>
    op('moments', `axis ${axis}`, `x => { const m = tf.moments(x, ${axis}); return [m.mean, m.variance]; }`, {
      x: shape,
    }),
  ),
  ...['softmax', 'logSoftmax'].map(name => op(name, '', `x => tf.${name}(x)`, { x: [3, 4] })),
  ...['cumsum', 'cumprod'].flatMap(name =>
    [0, 1, -1].flatMap(axis =>
      [false, true].flatMap(exclusive =>
        [false, true].map(reverse =>
          op(
            name,
            `axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`,
            `x => tf.${name}(x, ${axis}, ${exclusive}, ${reverse})`,
            { x: within(0.5, 2, [3, 4]) },
          ),
        ),
      ),
    ),
  ),
];

const flags = [false, true];
const products = [
  ...flags.flatMap(a =>
    flags.map(b =>
      op('matMul', `${a ? "a'" : 'a'}, ${b ? "b'" : 'b'}`, `(a, b) => tf.matMul(a, b, ${a}, ${b})`, {
        a: a ? [4, 2] : [2, 4],
        b: b ? [3, 4] : [4, 3],
      }),
    ),
  ),
  ...flags.flatMap(a =>
    flags.map(b =>
      op('matMul', `batches, ${a ? "a'" : 'a'}, ${b ? "b'" : 'b'}`, `(a, b) => tf.matMul(a, b, ${a}, ${b})`, {
        a: a ? [2, 4, 2] : [2, 2, 4],
        b: b ? [2, 3, 4] : [2, 4, 3],
      }),
    ),
  ),
  op('matMul', 'batch of a broadcast', '(a, b) => tf.matMul(a, b)', { a: [1, 2, 4], b: [3, 4, 2] }),
  op('matMul', 'batch of b broadcast', '(a, b) => tf.matMul(a, b)', { a: [3, 2, 4], b: [1, 4, 2] }),
  op('dot', 'vector, vector', '(a, b) => tf.dot(a, b)', { a: [4], b: [4] }),
  op('dot', 'matrix, vector', '(a, b) => tf.dot(a, b)', { a: [3, 4], b: [4] }),
  op('outerProduct', '', '(a, b) => tf.outerProduct(a, b)', { a: [3], b: [4] }),
  op('einsum', 'ij,jk->ik', "(a, b) => tf.einsum('ij,jk->ik', a, b)", { a: [2, 3], b: [3, 4] }),
  ...['linear', 'relu', 'sigmoid', 'elu'].map(activation =>
    op('fused.matMul', activation, `(a, b, bias) => tf.fused.matMul({ a, b, bias, activation: '${activation}' })`, {
      a: [2, 3],
      b: [3, 4],
      bias: [4],
    }),
  ),
];

const PADS = ["'same'", "'valid'", '1'] as const;
const STRIDES = ['1', '[2, 1]', '[1, 2]', '2'] as const;
const image = [2, 6, 5, 2];
const convolutions = [
  ...PADS.flatMap(pad =>
    ['1', '2', '3'].map(stride =>
      op(
        'conv1d',
        `stride ${stride}, pad ${pad}`,
        `(x, w) => tf.conv1d(x, w, ${stride}, ${pad}${pad === '1' ? ", 'NWC', 1, 'floor'" : ''})`,
        {
          x: [2, 7, 2],
          w: [3, 2, 4],
        },
      ),
    ),
  ),
  op('conv1d', 'dilation 2', "(x, w) => tf.conv1d(x, w, 1, 'valid', 'NWC', 2)", { x: [2, 8, 2], w: [3, 2, 4] }),
  ...PADS.flatMap(pad =>
    STRIDES.map(stride =>
      op(
        'conv2d',
        `strides ${stride}, pad ${pad}`,
        `(x, w) => tf.conv2d(x, w, ${stride}, ${pad}${pad === '1' ? ", 'NHWC', 1, 'floor'" : ''})`,
        {
          x: image,
          w: [3, 2, 2, 3],
        },
      ),
    ),
  ),
  ...["'same'", "'valid'"].map(pad =>
    op('conv2d', `dilations [2, 1], pad ${pad}`, `(x, w) => tf.conv2d(x, w, 1, ${pad}, 'NHWC', [2, 1])`, {
      x: image,
      w: [2, 2, 2, 3],
    }),
  ),
  op('conv2d', 'pad by side', '(x, w) => tf.conv2d(x, w, 1, [[0, 0], [1, 0], [0, 2], [0, 0]])', {
    x: image,
    w: [3, 2, 2, 3],
  }),
  op('conv2d', 'NCHW', "(x, w) => tf.conv2d(x, w, 1, 'valid', 'NCHW')", { x: [2, 2, 6, 5], w: [3, 2, 2, 3] }),
  op('conv2d', 'one image', "(x, w) => tf.conv2d(x, w, 2, 'same')", { x: [6, 5, 2], w: [3, 2, 2, 3] }),
  ...["'floor'", "'ceil'", "'round'"].map(mode =>
    op('conv2d', `strides 2, pad 1, ${mode}`, `(x, w) => tf.conv2d(x, w, 2, 1, 'NHWC', 1, ${mode})`, {
      x: image,
      w: [3, 2, 2, 3],
    }),
  ),
  ...['linear', 'relu', 'relu6', 'elu'].map(activation =>
    op(
      'fused.conv2d',
      activation,
      `(x, filter, bias) => tf.fused.conv2d({ x, filter, strides: [2, 1], pad: 'same', bias, activation: '${activation}' })`,
      { x: image, filter: [3, 2, 2, 3], bias: [3] },
    ),
  ),
  ...['linear', 'relu'].map(activation =>
    op(
      'fused.depthwiseConv2d',
      activation,
      `(x, filter, bias) => tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: 'same', bias, activation: '${activation}' })`,
      { x: image, filter: [3, 2, 2, 2], bias: [4] },
    ),
  ),
  ...["'same'", "'valid'"].flatMap(pad =>
    ['1', '2', '[2, 1]'].map(stride =>
      op('conv2dTranspose', `strides ${stride}, pad ${pad}`, transposed(stride, pad), {
        x: [2, 3, 2, 3],
        w: [3, 2, 2, 3],
      }),
    ),
  ),
  ...["'same'", "'valid'"].flatMap(pad =>
    ['1', '2'].map(stride =>
      op('depthwiseConv2d', `strides ${stride}, pad ${pad}`, `(x, w) => tf.depthwiseConv2d(x, w, ${stride}, ${pad})`, {
        x: image,
        w: [3, 2, 2, 3],
      }),
    ),
  ),
  op('depthwiseConv2d', 'dilations 2', "(x, w) => tf.depthwiseConv2d(x, w, 1, 'valid', 'NHWC', 2)", {
    x: image,
    w: [2, 2, 2, 2],
  }),
  op('depthwiseConv2d', 'dilations [2, 1]', "(x, w) => tf.depthwiseConv2d(x, w, 1, 'valid', 'NHWC', [2, 1])", {
    x: image,
    w: [2, 2, 2, 2],
  }),
  ...["'same'", "'valid'"].map(pad =>
    op('separableConv2d', `pad ${pad}`, `(x, d, p) => tf.separableConv2d(x, d, p, 1, ${pad})`, {
      x: image,
      d: [3, 2, 2, 2],
      p: [1, 1, 4, 3],
    }),
  ),
  ...["'same'", "'valid'"].flatMap(pad =>
    ['1', '2', '[1, 2, 1]'].map(stride =>
      op('conv3d', `strides ${stride}, pad ${pad}`, `(x, w) => tf.conv3d(x, w, ${stride}, ${pad})`, {
        x: [1, 4, 3, 5, 2],
        w: [2, 2, 3, 2, 2],
      }),
    ),
  ),
  op('conv3dTranspose', 'strides 1', "(x, w) => tf.conv3dTranspose(x, w, [1, 4, 3, 4, 2], 1, 'same')", {
    x: [1, 4, 3, 4, 3],
    w: [2, 2, 3, 2, 3],
  }),
  op('conv3dTranspose', 'strides 2', "(x, w) => tf.conv3dTranspose(x, w, [1, 4, 4, 6, 2], 2, 'same')", {
    x: [1, 2, 2, 3, 3],
    w: [2, 2, 3, 2, 3],
  }),
];

/** With as large an output as the convolution from there would take to come here. */
function transposed(stride: string, pad: string): string {
  const [rows, columns] = stride === '1' ? [1, 1] : stride === '2' ? [2, 2] : [2, 1];
  const out = pad === "'same'" ? [3 * rows, 2 * columns] : [2 * rows + 3, columns + 2];
  return `(x, w) => tf.conv2dTranspose(x, w, [2, ${out[0]}, ${out[1]}, 2], ${stride}, ${pad})`;
}

const negative: ArgSpec = { shape: image, range: [-3, -0.5] };
const pools = [
  ...['maxPool', 'avgPool'].flatMap(name => [
    ...PADS.flatMap(pad =>
      ['1', '2', '[2, 1]', '3'].map(stride =>
        op(
          name,
          `[3, 2], strides ${stride}, pad ${pad}`,
          `x => tf.${name}(x, [3, 2], ${stride}, ${pad}${pad === '1' ? ", 'floor'" : ''})`,
          { x: image },
        ),
      ),
    ),
    op(name, 'negative windows, same', `x => tf.${name}(x, 3, 2, 'same')`, { x: negative }),
    ...["'floor'", "'ceil'", "'round'"].map(mode =>
      op(name, `3, strides 2, pad 1, ${mode}`, `x => tf.${name}(x, 3, 2, 1, ${mode})`, { x: image }),
    ),
    op(name, 'one image', `x => tf.${name}(x, 2, 2, 'valid')`, { x: [6, 5, 2] }),
  ]),
  op('maxPool', 'ties', "x => tf.maxPool(x, 2, 2, 'valid')", {
    x: { shape: [1, 4, 4, 1], values: [1, 1, 2, 0, 1, 1, 0, 2, 3, 0, 0, 0, 0, 3, 0, 0] },
  }),
  ...['maxPool3d', 'avgPool3d'].flatMap(name =>
    ["'same'", "'valid'"].flatMap(pad =>
      ['1', '2', '[2, 1, 1]'].map(stride =>
        op(name, `[2, 3, 2], strides ${stride}, pad ${pad}`, `x => tf.${name}(x, [2, 3, 2], ${stride}, ${pad})`, {
          x: [1, 4, 5, 3, 2],
        }),
      ),
    ),
  ),
  ...['max', 'avg'].map(kind =>
    op('pool', `${kind}, dilations 2`, `x => tf.pool(x, 2, '${kind}', 'valid', 2)`, { x: image }),
  ),
];

const normalisations = [
  ...[2, 3, 4].map(rank =>
    op(
      `batchNorm${rank}d`,
      '',
      `(x, mean, variance, offset, scale) => tf.batchNorm${rank}d(x, mean, variance, offset, scale, 0.01)`,
      {
        x: [3, 2, 2, 2]
          .slice(4 - rank)
          .concat()
          .fill(2, 0, rank - 1),
        mean: [2],
        variance: within(0.5, 2, [2]),
        offset: [2],
        scale: [2],
      },
    ),
  ),
  op('batchNorm', 'no offset, no scale', '(x, mean, variance) => tf.batchNorm(x, mean, variance)', {
    x: [3, 4],
    mean: [4],
    variance: within(0.5, 2, [4]),
  }),
  op(
    'batchNorm',
    'mean and variance of the shape',
    '(x, mean, variance, offset, scale) => tf.batchNorm(x, mean, variance, offset, scale)',
    { x: [3, 4], mean: [3, 4], variance: within(0.5, 2, [3, 4]), offset: [3, 4], scale: [3, 4] },
  ),
  ...['1', '2', '5'].flatMap(radius =>
    ['0.5', '0.75', '1'].map(beta =>
      op(
        'localResponseNormalization',
        `radius ${radius}, beta ${beta}`,
        `x => tf.localResponseNormalization(x, ${radius}, 1, 0.5, ${beta})`,
        { x: [1, 2, 3, 5] },
      ),
    ),
  ),
];

const shapes = [
  ...['undefined', '[2, 0, 1]', '[0, 2, 1]', '[1, 2, 0]'].map(perm =>
    op('transpose', perm, `x => tf.transpose(x, ${perm})`, { x: shape }),
  ),
  op('reshape', '', 'x => tf.reshape(x, [4, 6])', { x: shape }),
  op('expandDims', '-1', 'x => tf.expandDims(x, -1)', { x: [2, 3] }),
  op('squeeze', '', 'x => tf.squeeze(x)', { x: [2, 1, 3] }),
  ...[0, 1, -1].map(axis =>
    op('concat', `axis ${axis}`, `(a, b, c) => tf.concat([a, b, c], ${axis})`, {
      a: [2, 3],
      b: [axis === 0 ? 1 : 2, axis === 0 ? 3 : 1],
      c: [2, 3],
    }),
  ),
  ...[0, 1, -1].map(axis =>
    op('stack', `axis ${axis}`, `(a, b) => tf.stack([a, b], ${axis})`, { a: [2, 3], b: [2, 3] }),
  ),
  ...[0, 1, -1].map(axis => op('unstack', `axis ${axis}`, `x => tf.unstack(x, ${axis})`, { x: [2, 3] })),
  op('split', 'sizes, axis 1', 'x => tf.split(x, [1, 3], 1)', { x: [2, 4] }),
  op('split', 'a number, axis -1', 'x => tf.split(x, 2, -1)', { x: [2, 4] }),
  op('slice', '', 'x => tf.slice(x, [0, 1, 1], [2, 1, 2])', { x: shape }),
  op('slice', 'size -1', 'x => tf.slice(x, [1, 0, 1], [-1, 2, -1])', { x: shape }),
  op('stridedSlice', 'strides 2', 'x => tf.stridedSlice(x, [0, 0], [3, 4], [2, 1])', { x: [3, 4] }),
  op('stridedSlice', 'a negative stride', 'x => tf.stridedSlice(x, [2, 0], [0, 4], [-1, 1])', { x: [3, 4] }),
  op('pad', '', 'x => tf.pad(x, [[1, 0], [2, 1]])', { x: [2, 3] }),
  op('mirrorPad', 'reflect', "x => tf.mirrorPad(x, [[1, 0], [2, 1]], 'reflect')", { x: [3, 4] }),
  op('mirrorPad', 'symmetric', "x => tf.mirrorPad(x, [[1, 0], [2, 1]], 'symmetric')", { x: [3, 4] }),
  ...['[2]', '[3, 2]', '[2, 1, 2]', '[1, 2, 1, 2]'].map(reps => {
    const rank = reps.split(',').length;
    return op('tile', reps, `x => tf.tile(x, ${reps})`, { x: [2, 3, 2, 2].slice(0, rank) });
  }),
  ...['0', '-1', '[0, 1]', 'undefined'].map(axis => op('reverse', axis, `x => tf.reverse(x, ${axis})`, { x: [2, 3] })),
  ...[0, 1, -1].map(axis =>
    op('gather', `axis ${axis}`, `(x, i) => tf.gather(x, tf.cast(i, 'int32'), ${axis})`, {
      x: [3, 3, 2],
      i: { shape: [4], integer: true, range: [0, axis === -1 ? 1 : 2] },
    }),
  ),
  op('gather', 'batchDims 1', "(x, i) => tf.gather(x, tf.cast(i, 'int32'), 1, 1)", {
    x: [2, 3, 2],
    i: { shape: [2, 2], integer: true, range: [0, 2] },
  }),
  op('gatherND', '', "(x, i) => tf.gatherND(x, tf.cast(i, 'int32'))", {
    x: [3, 2],
    i: { shape: [4, 1], integer: true, range: [0, 2] },
  }),
  op('broadcastTo', '', 'x => tf.broadcastTo(x, [2, 3, 4])', { x: [3, 1] }),
  op('broadcastTo', 'of the same rank', 'x => tf.broadcastTo(x, [2, 3])', { x: [1, 3] }),
  op('batchToSpaceND', '', 'x => tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]])', { x: [4, 2, 3, 2] }),
  op('spaceToBatchND', '', 'x => tf.spaceToBatchND(x, [2, 2], [[0, 1], [1, 0]])', { x: [1, 3, 3, 2] }),
  op('depthToSpace', '', 'x => tf.depthToSpace(x, 2)', { x: [1, 2, 3, 4] }),
  op('unsortedSegmentSum', '', "(x, i) => tf.unsortedSegmentSum(x, tf.cast(i, 'int32'), 3)", {
    x: [4, 2],
    i: { shape: [4], integer: true, range: [0, 2] },
  }),
  op('topk', '', 'x => tf.topk(x, 2).values', { x: [2, 4] }),
  op('diag', '', 'x => tf.diag(x)', { x: [3] }),
  op('dilation2d', '', "(x, filter) => tf.dilation2d(x, filter, 1, 'valid')", { x: [1, 4, 5, 2], filter: [2, 3, 2] }),
  op('dilation2d', 'strides 2, same', "(x, filter) => tf.dilation2d(x, filter, 2, 'same')", {
    x: [1, 5, 6, 2],
    filter: [2, 3, 2],
  }),
];

const images = ['resizeBilinear', 'resizeNearestNeighbor'].flatMap(name =>
  [
    [7, 9],
    [2, 3],
    [4, 5],
    [1, 1],
  ].flatMap(([rows, columns]) =>
    (['false, false', 'true, false', 'false, true'] as const).map(how =>
      op(
        `image.${name}`,
        `[4, 5] to [${rows}, ${columns}], alignCorners, halfPixelCenters: ${how}`,
        `x => tf.image.${name}(x, [${rows}, ${columns}], ${how})`,
        { x: [2, 4, 5, 2] },
      ),
    ),
  ),
);

const LOSSES: Readonly<Record<string, Specs>> = {
  meanSquaredError: { labels: [3, 2], predictions: [3, 2] },
  absoluteDifference: { labels: [3, 2], predictions: [3, 2] },
  huberLoss: { labels: [3, 2], predictions: [3, 2] },
  hingeLoss: { labels: within(0, 1, [3, 2]), predictions: [3, 2] },
  logLoss: { labels: within(0, 1, [3, 2]), predictions: within(0.1, 0.9, [3, 2]) },
  sigmoidCrossEntropy: { labels: within(0, 1, [3, 2]), predictions: [3, 2] },
  softmaxCrossEntropy: { labels: { shape: [3, 4], values: [0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0] }, predictions: [3, 4] },
};
const losses = Object.entries(LOSSES).flatMap(([name, args]) =>
  ['SUM_BY_NONZERO_WEIGHTS', 'MEAN', 'SUM', 'NONE'].map(reduction =>
    op(
      `losses.${name}`,
      reduction,
      `(labels, predictions) => tf.losses.${name}(labels, predictions, undefined, ${name === 'softmaxCrossEntropy' ? '0' : name === 'huberLoss' ? '1' : name === 'logLoss' ? '1e-7' : name === 'sigmoidCrossEntropy' ? '0' : `tf.Reduction.${reduction}`}${['softmaxCrossEntropy', 'huberLoss', 'logLoss', 'sigmoidCrossEntropy'].includes(name) ? `, tf.Reduction.${reduction}` : ''})`,
      args,
    ),
  ),
);

const recurrent = [
  op(
    'basicLSTMCell',
    '',
    '(bias, kernel, lstmBias, data, c, h) => tf.basicLSTMCell(bias, kernel, lstmBias, data, c, h)',
    { bias: [], kernel: [5, 8], lstmBias: [8], data: [3, 3], c: [3, 2], h: [3, 2] },
  ),
];

const layer = (operation: string, options: string, input: ArgSpec | readonly number[], training?: boolean): Entry => ({
  operation: `layers.${operation}`,
  configuration: training === undefined ? options : `${options === '' ? '' : `${options}, `}training ${training}`,
  code: `tf.layers.${operation}(${options === '' ? '{}' : `{ ${options} }`})`,
  kind: 'layer',
  args: { input },
  ...(training !== undefined && { training }),
});

const ACTIVATIONS = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
];
const layers = [
  ...ACTIVATIONS.map(name => layer('activation', `activation: '${name}'`, [3, 4])),
  ...['elu', 'leakyReLU', 'prelu', 'reLU', 'softmax', 'thresholdedReLU'].map(name => layer(name, '', [3, 4])),
  layer('dense', "units: 3, activation: 'tanh'", [2, 4]),
  layer('dense', 'units: 3, useBias: false', [2, 3, 4]),
  layer('embedding', 'inputDim: 4, outputDim: 3', { shape: [2, 3], integer: true, range: [0, 3] }),
  ...["padding: 'same'", "padding: 'valid', strides: 2", 'dilationRate: 2'].map(how =>
    layer('conv1d', `filters: 3, kernelSize: 2, ${how}`, [2, 6, 2]),
  ),
  layer('conv1d', "filters: 3, kernelSize: 2, padding: 'causal'", [2, 6, 2]),
  ...["padding: 'same'", "padding: 'valid', strides: [2, 1]", 'dilationRate: 2', "dataFormat: 'channelsFirst'"].map(
    how =>
      layer('conv2d', `filters: 3, kernelSize: [2, 3], ${how}`, how.includes('First') ? [2, 2, 4, 5] : [2, 6, 7, 2]),
  ),
  layer('conv3d', 'filters: 2, kernelSize: 2', [1, 3, 3, 4, 2]),
  layer('conv2dTranspose', "filters: 2, kernelSize: 3, strides: 2, padding: 'same'", [1, 3, 2, 3]),
  layer('conv2dTranspose', "filters: 2, kernelSize: 3, strides: 2, padding: 'valid'", [1, 3, 2, 3]),
  layer('conv3dTranspose', 'filters: 2, kernelSize: 2', [1, 2, 2, 3, 2]),
  layer('separableConv2d', 'filters: 3, kernelSize: 2, depthMultiplier: 2', [2, 4, 5, 2]),
  layer('depthwiseConv2d', 'kernelSize: 2, depthMultiplier: 2', [2, 4, 5, 2]),
  layer('batchNormalization', '', [4, 3], true),
  layer('batchNormalization', 'axis: -1', [2, 3, 4, 2], true),
  layer('batchNormalization', '', [4, 3], false),
  layer('batchNormalization', 'axis: 1', [4, 3, 2], true),
  layer('layerNormalization', '', [4, 3]),
  layer('layerNormalization', 'axis: [1, 2]', [2, 3, 4]),
  ...['maxPooling1d', 'averagePooling1d'].map(name => layer(name, 'poolSize: 2, strides: 2', [2, 6, 3])),
  ...['maxPooling2d', 'averagePooling2d'].map(name =>
    layer(name, "poolSize: [3, 2], strides: 2, padding: 'same'", [2, 5, 6, 2]),
  ),
  ...['maxPooling3d', 'averagePooling3d'].map(name => layer(name, 'poolSize: 2', [1, 4, 4, 2, 2])),
  ...['globalMaxPooling1d', 'globalAveragePooling1d'].map(name => layer(name, '', [2, 4, 3])),
  ...['globalMaxPooling2d', 'globalAveragePooling2d'].map(name => layer(name, '{}'.slice(2), [2, 3, 4, 2])),
  layer('flatten', '', [2, 3, 4]),
  layer('permute', 'dims: [2, 1]', [2, 3, 4]),
  layer('reshape', 'targetShape: [4, 3]', [2, 3, 4]),
  layer('repeatVector', 'n: 3', [2, 4]),
  layer('upSampling2d', 'size: [2, 3]', [2, 3, 2, 2]),
  layer('upSampling2d', "size: [2, 3], interpolation: 'bilinear'", [2, 3, 2, 2]),
  layer('zeroPadding2d', 'padding: [[1, 0], [2, 1]]', [2, 3, 2, 2]),
  layer('cropping2D', 'cropping: [[1, 0], [0, 1]]', [2, 4, 3, 2]),
  layer('convLstm2d', 'filters: 2, kernelSize: 2', [1, 2, 3, 4, 2]),
  layer(
    'rnn',
    'cell: tf.layers.stackedRNNCells({ cells: [tf.layers.gruCell({ units: 2 }), tf.layers.lstmCell({ units: 2 })] })',
    [2, 3, 2],
  ),
  layer('rnn', 'cell: tf.layers.simpleRNNCell({ units: 2 })', [2, 3, 2]),
  layer('rescaling', 'scale: 0.5, offset: 1', [2, 3]),
  layer('resizing', 'height: 5, width: 3', [2, 3, 4, 2]),
  layer('centerCrop', 'height: 2, width: 3', [2, 4, 5, 2]),
  layer('masking', '', [2, 3, 2]),
  layer('alphaDropout', 'rate: 0.5', [4, 3], false),
  layer('gaussianDropout', 'rate: 0.5', [4, 3], false),
  layer('spatialDropout1d', 'rate: 0.5, seed: 1', [2, 4, 3], false),
  layer('dropout', 'rate: 0.5, seed: 1', [4, 3], true),
  layer('dropout', 'rate: 0.5, seed: 1', [4, 3], false),
  layer('gaussianNoise', 'stddev: 1', [4, 3], false),
  ...['simpleRNN', 'gru', 'lstm'].flatMap(name =>
    ['units: 3', 'units: 3, returnSequences: true', 'units: 3, goBackwards: true'].map(how =>
      layer(name, how, [2, 4, 2]),
    ),
  ),
  layer('bidirectional', 'layer: tf.layers.lstm({ units: 2, returnSequences: true })', [2, 3, 2]),
  layer('timeDistributed', 'layer: tf.layers.dense({ units: 3 })', [2, 3, 4]),
];

const merge = (operation: string, options: string, args: Specs): Entry => {
  const names = Object.keys(args).join(', ');
  const made = `tf.layers.${operation}(${options === '' ? '{}' : `{ ${options} }`})`;
  return op(`layers.${operation}`, options, `(${names}) => ${made}.apply([${names}])`, args);
};
const merges = [
  ...['add', 'average', 'multiply', 'maximum', 'minimum'].map(name =>
    merge(name, '', { a: [2, 3], b: [2, 3], c: [2, 3] }),
  ),
  merge('concatenate', 'axis: -1', { a: [2, 3], b: [2, 1] }),
  merge('concatenate', 'axis: 1', { a: [2, 1, 3], b: [2, 2, 3] }),
  merge('dot', 'axes: 1', { a: [2, 3], b: [2, 3] }),
  merge('dot', 'axes: -1, normalize: true', { a: [2, 3], b: [2, 3] }),
];

/** Of operations whose kernel the cpu backend lacks: the gradient that is registered, under the same forward by another kernel. */
const registered = [
  op(
    'LogSoftmax',
    'the registered gradient',
    "x => tf.customGrad((x, save) => { const value = tf.logSoftmax(x); save([value]); return { value, gradFunc: (dy, saved) => tf.getGradient('LogSoftmax').gradFunc(dy, saved, { axis: -1 }).logits() }; })(x)",
    { x: [3, 4] },
  ),
  ...[
    { from: [3, 1], to: [2, 3, 4] },
    { from: [1, 3], to: [2, 3] },
    { from: [3], to: [2, 3] },
  ].map(({ from, to }) =>
    op(
      'BroadcastTo',
      `the registered gradient, [${from.join()}] to [${to.join()}]`,
      `x => tf.customGrad(x => ({ value: tf.broadcastTo(x, [${to.join()}]), gradFunc: dy => tf.getGradient('BroadcastTo').gradFunc(dy, [], { inputShape: [${from.join()}], shape: [${to.join()}] }).x() }))(x)`,
      { x: from },
    ),
  ),
  op('abs', 'of complex numbers', '(re, im) => tf.abs(tf.complex(re, im))', { re: [2, 3], im: [2, 3] }),
];

export const ENTRIES: readonly Entry[] = [
  ...unary,
  ...binary,
  ...elementwise,
  ...reductions,
  ...products,
  ...convolutions,
  ...pools,
  ...normalisations,
  ...shapes,
  ...images,
  ...losses,
  ...recurrent,
  ...registered,
  ...layers,
  ...merges,
];
