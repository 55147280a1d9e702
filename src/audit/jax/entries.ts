import type { Specs } from '../../adapters/specs.ts';
import type { ArgSpec } from '../../layer.ts';
import { PAIRS, positive, shape, ties, within } from '../arguments.ts';
import { type Entry, op } from '../entry.ts';

/*
 * Differentiable functions of jax-js 0.1: numpy, lax and nn. An operation uses its arrays up, so that whatever is used twice is used as
 * `.ref` before. NCHW and OIHW as the library has it.
 */

type Spec = ArgSpec | readonly number[];
const indices = (of: readonly number[], most: number): ArgSpec => ({ shape: of, integer: true, range: [0, most] });

const UNARY: Specs = {
  abs: shape,
  acos: within(-0.9, 0.9),
  acosh: within(1.1, 4),
  asin: within(-0.9, 0.9),
  asinh: shape,
  atan: shape,
  atanh: within(-0.9, 0.9),
  cbrt: within(0.3, 3),
  ceil: shape,
  cos: shape,
  cosh: shape,
  deg2rad: shape,
  exp: shape,
  exp2: shape,
  expm1: shape,
  floor: shape,
  log: within(0.1, 4),
  log10: within(0.1, 4),
  log1p: within(-0.5, 4),
  log2: within(0.1, 4),
  nanToNum: shape,
  negative: shape,
  positive: shape,
  rad2deg: shape,
  reciprocal: within(0.3, 3),
  rint: shape,
  sign: shape,
  sin: shape,
  sinc: within(0.2, 2),
  sinh: shape,
  sqrt: within(0.3, 3),
  square: shape,
  tan: within(-1, 1),
  tanh: shape,
  trunc: shape,
};
const unary = [
  ...Object.entries(UNARY).map(([name, x]) => op(`numpy.${name}`, '', `x => np.${name}(x)`, { x })),
  op('numpy.cbrt', 'negative', 'x => np.cbrt(x)', { x: within(-3, -0.3) }),
  op('numpy.sinc', 'negative', 'x => np.sinc(x)', { x: within(-2, -0.2) }),
  op('numpy.sinc', 'at 0', 'x => np.sinc(x)', { x: { shape: [3], values: [0, 0.5, -0.5] } }),
  op('numpy.abs', 'zeros', 'x => np.abs(x)', { x: ties }),
  op('numpy.clip', '-1, 1', 'x => np.clip(x, -1, 1)', { x: within(-3, 3) }),
  op('lax.erf', '', 'x => lax.erf(x)', { x: shape }),
  op('lax.erfc', '', 'x => lax.erfc(x)', { x: shape }),
];

const plain = (of: readonly number[]): Spec => of;
const BINARY: Readonly<Record<string, (of: readonly number[]) => Spec>> = {
  add: plain,
  subtract: plain,
  multiply: plain,
  divide: positive,
  power: positive,
  maximum: plain,
  minimum: plain,
  remainder: positive,
  fmod: positive,
  hypot: positive,
  atan2: positive,
  logaddexp: plain,
  logaddexp2: plain,
  copysign: positive,
  fmax: plain,
  fmin: plain,
  floorDivide: positive,
};
const binary = [
  ...Object.entries(BINARY).flatMap(([name, spec]) =>
    PAIRS.map(([a, b]) =>
      op(`numpy.${name}`, `[${a.join()}], [${b.join()}]`, `(a, b) => np.${name}(a, b)`, { a: spec(a), b: spec(b) }),
    ),
  ),
  op('numpy.maximum', 'ties', '(a, b) => np.maximum(a, b)', { a: ties, b: { shape: [2, 6], values: ties.values } }),
  op('numpy.minimum', 'ties', '(a, b) => np.minimum(a, b)', { a: ties, b: { shape: [2, 6], values: ties.values } }),
  op('numpy.multiply', 'an array by itself', 'x => np.multiply(x.ref, x)', { x: [2, 3] }),
  op('numpy.add', 'an array twice', 'x => np.add(x.ref, x)', { x: [2, 3] }),
  op('numpy.power', 'negative base, exponent 3', 'x => np.power(x, 3)', { x: within(-2, -0.5) }),
  op('numpy.power', 'exponent 2', 'x => np.power(x, 2)', { x: shape }),
  op('numpy.remainder', 'of different signs', '(a, b) => np.remainder(a, b)', {
    a: within(-3, -0.5),
    b: positive(shape),
  }),
  op('numpy.fmod', 'of different signs', '(a, b) => np.fmod(a, b)', { a: within(-3, -0.5), b: positive(shape) }),
  op('numpy.where', '', '(c, a, b) => np.where(np.greater(c, 0), a, b)', {
    c: indices([2, 3], 1),
    a: [2, 3],
    b: [2, 3],
  }),
  op('numpy.where', 'a broadcast', '(c, a, b) => np.where(np.greater(c, 0), a, b)', {
    c: indices([2, 3], 1),
    a: [3],
    b: [2, 1],
  }),
];

const AXES = ['0', '1', '-1', '[0, 2]', 'null'] as const;
const reductions = [
  ...['sum', 'mean', 'max', 'min', 'prod', 'var_', 'std', 'ptp'].flatMap(name =>
    AXES.flatMap(axis =>
      [false, true].map(keepdims =>
        op(
          `numpy.${name}`,
          `axis ${axis}${keepdims ? ', keepdims' : ''}`,
          `x => np.${name}(x, ${axis}${keepdims ? ', { keepdims: true }' : ''})`,
          { x: name === 'prod' ? within(0.5, 2) : shape },
        ),
      ),
    ),
  ),
  ...['max', 'min'].map(name => op(`numpy.${name}`, 'ties', `x => np.${name}(x, 1)`, { x: ties })),
  op('numpy.prod', 'a zero', 'x => np.prod(x, 1)', { x: { shape: [2, 3], values: [1, 0, 2, 3, -1, 2] } }),
  op('numpy.prod', 'two zeros', 'x => np.prod(x, 1)', { x: { shape: [2, 3], values: [1, 0, 0, 3, -1, 2] } }),
  ...['cumsum', 'cumprod'].flatMap(name =>
    [0, 1, -1].map(axis => op(`numpy.${name}`, `axis ${axis}`, `x => np.${name}(x, ${axis})`, { x: within(0.5, 2) })),
  ),
  ...[1, 2].flatMap(n =>
    [0, -1].map(axis => op('numpy.diff', `n ${n}, axis ${axis}`, `x => np.diff(x, ${n}, ${axis})`, { x: [3, 4] })),
  ),
  op('numpy.trapezoid', '', 'y => np.trapezoid(y)', { y: [2, 4] }),
  op('numpy.average', 'axis 1', 'x => np.average(x, 1)', { x: [2, 3] }),
  op('numpy.cov', '', 'x => np.cov(x)', { x: [2, 5] }),
  op('numpy.corrcoef', '', 'x => np.corrcoef(x)', { x: [2, 5] }),
  op('numpy.linalg.norm', '', 'x => np.linalg.norm(x)', { x: [2, 3] }),
  op('numpy.linalg.vectorNorm', '', 'x => np.linalg.vectorNorm(x)', { x: [4] }),
];

const products = [
  op('numpy.matmul', 'matrices', '(a, b) => np.matmul(a, b)', { a: [2, 3], b: [3, 4] }),
  op('numpy.matmul', 'batches', '(a, b) => np.matmul(a, b)', { a: [2, 2, 3], b: [2, 3, 4] }),
  op('numpy.matmul', 'batch of a broadcast', '(a, b) => np.matmul(a, b)', { a: [1, 2, 3], b: [4, 3, 2] }),
  op('numpy.matmul', 'matrix, batches', '(a, b) => np.matmul(a, b)', { a: [2, 3], b: [4, 3, 2] }),
  op('numpy.matmul', 'vector, matrix', '(a, b) => np.matmul(a, b)', { a: [3], b: [3, 4] }),
  op('numpy.matmul', 'matrix, vector', '(a, b) => np.matmul(a, b)', { a: [2, 3], b: [3] }),
  op('numpy.dot', 'vectors', '(a, b) => np.dot(a, b)', { a: [3], b: [3] }),
  op('numpy.dot', 'batches', '(a, b) => np.dot(a, b)', { a: [2, 3], b: [4, 3, 2] }),
  op('numpy.inner', '', '(a, b) => np.inner(a, b)', { a: [2, 3], b: [4, 3] }),
  op('numpy.outer', '', '(a, b) => np.outer(a, b)', { a: [3], b: [4] }),
  op('numpy.vdot', '', '(a, b) => np.vdot(a, b)', { a: [2, 3], b: [2, 3] }),
  op('numpy.vecdot', '', '(a, b) => np.vecdot(a, b)', { a: [2, 3], b: [2, 3] }),
  op('numpy.tensordot', 'axes 1', '(a, b) => np.tensordot(a, b, 1)', { a: [2, 3], b: [3, 4] }),
  op('numpy.tensordot', 'axes 2', '(a, b) => np.tensordot(a, b, 2)', { a: [2, 3, 4], b: [3, 4, 2] }),
  ...['ij,jk->ik', 'ij,jk->ki', 'bij,bjk->bik', 'ij,ij->i', 'ij,kj->'].map(what => {
    const [a, b] = what.split('->')[0].split(',');
    const extents = (letters: string) => Array.from(letters, letter => ({ b: 2, i: 2, j: 3, k: 4 })[letter] ?? 1);
    return op('numpy.einsum', what.replaceAll(',', ' '), `(a, b) => np.einsum('${what}', a, b)`, {
      a: extents(a),
      b: extents(b),
    });
  }),
  op('numpy.einsum', 'trace', "x => np.einsum('ii->', x)", { x: [3, 3] }),
  ...['full', 'same', 'valid'].flatMap(mode =>
    ['convolve', 'correlate'].map(name =>
      op(`numpy.${name}`, mode, `(x, y) => np.${name}(x, y, '${mode}')`, { x: [6], y: [3] }),
    ),
  ),
  op('numpy.linalg.cross', '', '(a, b) => np.linalg.cross(a, b)', { a: [2, 3], b: [2, 3] }),
  op('numpy.polyval', '', '(p, x) => np.polyval(p, x)', { p: [3], x: [4] }),
];

/** 2 on the diagonal and small numbers beside it: far from singular. */
const WELL = { shape: [3, 3], values: [2, 0.3, -0.2, 0.1, 1.5, 0.4, -0.3, 0.2, 2.5] };
const SYMMETRIC = { shape: [3, 3], values: [3, 0.4, -0.2, 0.4, 2, 0.3, -0.2, 0.3, 1] };
const linear = [
  op('numpy.linalg.inv', '', 'x => np.linalg.inv(x)', { x: WELL }),
  op('numpy.linalg.det', '', 'x => np.linalg.det(x)', { x: WELL }),
  op('numpy.linalg.slogdet', '', 'x => np.linalg.slogdet(x)[1]', { x: WELL }),
  op('numpy.linalg.solve', '', '(a, b) => np.linalg.solve(a, b)', { a: WELL, b: [3, 2] }),
  op('numpy.linalg.matrixPower', '3', 'x => np.linalg.matrixPower(x, 3)', { x: [3, 3] }),
  op(
    'lax.linalg.cholesky',
    'of x x^T + 1',
    'x => lax.linalg.cholesky(np.add(np.matmul(x.ref, np.transpose(x)), np.eye(3, 3, { dtype: x.dtype })))',
    {
      x: [3, 3],
    },
  ),
  op('numpy.linalg.eigvalsh', '', 'x => np.linalg.eigvalsh(np.add(x.ref, np.transpose(x)))', { x: SYMMETRIC }),
  op('numpy.linalg.svdvals', '', 'x => np.linalg.svdvals(x)', { x: WELL }),
  ...['', 'transposeA: true', 'unitDiagonal: true', 'leftSide: true, lower: true'].map(how =>
    op('lax.linalg.triangularSolve', how, `(a, b) => lax.linalg.triangularSolve(a, b, { leftSide: true, ${how} })`, {
      a: WELL,
      b: [3, 2],
    }),
  ),
];

const shapes = [
  ...['undefined', '[2, 0, 1]', '[0, 2, 1]', '[1, 2, 0]'].map(perm =>
    op('numpy.transpose', perm, `x => np.transpose(x, ${perm})`, { x: shape }),
  ),
  op('numpy.reshape', '', 'x => np.reshape(x, [4, 6])', { x: shape }),
  op('numpy.ravel', '', 'x => np.ravel(x)', { x: shape }),
  op('numpy.expandDims', '-1', 'x => np.expandDims(x, -1)', { x: [2, 3] }),
  op('numpy.squeeze', '', 'x => np.squeeze(x)', { x: [2, 1, 3] }),
  op('numpy.swapaxes', '0, -1', 'x => np.swapaxes(x, 0, -1)', { x: shape }),
  op('numpy.moveaxis', '0 to -1', 'x => np.moveaxis(x, 0, -1)', { x: shape }),
  op('numpy.broadcastTo', '', 'x => np.broadcastTo(x, [2, 3, 4])', { x: [3, 1] }),
  ...[0, 1, -1].map(axis =>
    op('numpy.concatenate', `axis ${axis}`, `(a, b) => np.concatenate([a, b], ${axis})`, {
      a: [2, 3],
      b: axis === 0 ? [1, 3] : [2, 1],
    }),
  ),
  ...[0, 1, -1].map(axis =>
    op('numpy.stack', `axis ${axis}`, `(a, b) => np.stack([a, b], ${axis})`, { a: [2, 3], b: [2, 3] }),
  ),
  op('numpy.split', '2, axis 1', 'x => np.split(x, 2, 1)', { x: [3, 4] }),
  op('numpy.split', '[1, 3], axis -1', 'x => np.split(x, [1, 3], -1)', { x: [3, 4] }),
  ...['[2, 1]', '3', '[2, 1, 2]'].map(reps => op('numpy.tile', reps, `x => np.tile(x, ${reps})`, { x: [2, 3] })),
  ...['0', '1', '-1', 'undefined'].map(axis =>
    op('numpy.repeat', `2, axis ${axis}`, `x => np.repeat(x, 2, ${axis})`, { x: [2, 3] }),
  ),
  ...['0', '-1', '[0, 1]', 'undefined'].map(axis => op('numpy.flip', axis, `x => np.flip(x, ${axis})`, { x: [2, 3] })),
  ...['1, 0', '-2, 1', '2'].map(how => op('numpy.roll', how, `x => np.roll(x, ${how})`, { x: [3, 4] })),
  ...[1, 2, -1].map(k => op('numpy.rot90', `${k}`, `x => np.rot90(x, ${k})`, { x: [2, 3] })),
  ...['1', '[[1, 0], [2, 1]]'].map(width => op('numpy.pad', width, `x => np.pad(x, ${width})`, { x: [2, 3] })),
  op('numpy.diag', 'of a vector, k 1', 'x => np.diag(x, 1)', { x: [3] }),
  op('numpy.diag', 'of a matrix', 'x => np.diag(x)', { x: [3, 4] }),
  op('numpy.diagonal', 'offset -1', 'x => np.diagonal(x, -1)', { x: [3, 4] }),
  op('numpy.trace', '', 'x => np.trace(x)', { x: [3, 4] }),
  op('numpy.tril', 'k 1', 'x => np.tril(x, 1)', { x: [3, 4] }),
  op('numpy.triu', 'k -1', 'x => np.triu(x, -1)', { x: [3, 4] }),
  ...[0, 1, -1].map(axis =>
    op('numpy.take', `axis ${axis}, one twice`, `x => np.take(x, np.array([1, 0, 1], { dtype: 'int32' }), ${axis})`, {
      x: [3, 4],
    }),
  ),
  op('numpy.takeAlongAxis', 'axis 1', '(x, i) => np.takeAlongAxis(x, i, 1)', { x: [2, 3], i: indices([2, 4], 2) }),
  op('numpy.append', '', '(a, b) => np.append(a, b, 0)', { a: [2, 3], b: [1, 3] }),
  ...['0', '-1'].map(axis => op('numpy.sort', `axis ${axis}`, `x => np.sort(x, ${axis})`, { x: [3, 4] })),
  op('numpy.vander', '', 'x => np.vander(x, 3)', { x: [4] }),
  op('lax.topK', '2', 'x => lax.topK(x, 2)[0]', { x: [2, 4] }),
  op('lax.stopGradient', 'beside x', 'x => np.multiply(lax.stopGradient(np.ones([2, 3], { dtype: x.dtype })), x)', {
    x: [2, 3],
  }),
];

const PADDINGS = ["'SAME'", "'VALID'", '[[1, 0], [0, 2]]'] as const;
const STRIDES = ['[1, 1]', '[2, 1]', '[2, 3]'] as const;
const image = [2, 2, 6, 5];
const filter = [3, 2, 3, 2];
const convolutions = [
  ...PADDINGS.flatMap(padding =>
    STRIDES.map(strides =>
      op(
        'lax.convGeneralDilated',
        `strides ${strides}, padding ${padding}`,
        `(x, w) => lax.convGeneralDilated(x, w, ${strides}, ${padding})`,
        {
          x: image,
          w: filter,
        },
      ),
    ),
  ),
  ...['rhsDilation: [2, 1]', 'lhsDilation: [2, 1]', 'lhsDilation: [2, 2], rhsDilation: [1, 2]'].map(how =>
    op('lax.convGeneralDilated', how, `(x, w) => lax.convGeneralDilated(x, w, [1, 1], [[0, 0], [0, 0]], { ${how} })`, {
      x: image,
      w: [3, 2, 2, 2],
    }),
  ),
  op(
    'lax.convGeneralDilated',
    'strides [2, 2], rhsDilation: [2, 1]',
    "(x, w) => lax.convGeneralDilated(x, w, [2, 2], 'VALID', { rhsDilation: [2, 1] })",
    {
      x: image,
      w: [3, 2, 2, 2],
    },
  ),
  ...['[1, 1]', '[2, 1]'].map(strides =>
    op(
      'lax.convGeneralDilated',
      `featureGroupCount: 2, strides ${strides}`,
      `(x, w) => lax.convGeneralDilated(x, w, ${strides}, 'VALID', { featureGroupCount: 2 })`,
      {
        x: [2, 4, 5, 4],
        w: [6, 2, 2, 3],
      },
    ),
  ),
  op('lax.convGeneralDilated', 'one axis, strides [2]', "(x, w) => lax.convGeneralDilated(x, w, [2], 'VALID')", {
    x: [2, 3, 7],
    w: [2, 3, 3],
  }),
  op('lax.convGeneralDilated', 'three axes', "(x, w) => lax.convGeneralDilated(x, w, [1, 2, 1], 'VALID')", {
    x: [1, 2, 3, 4, 3],
    w: [2, 2, 2, 2, 2],
  }),
  ...["'SAME'", "'VALID'"].flatMap(padding =>
    ['[1, 1]', '[2, 1]', '[2, 2]'].map(strides =>
      op(
        'lax.convTranspose',
        `strides ${strides}, padding ${padding}`,
        `(x, w) => lax.convTranspose(x, w, ${strides}, ${padding})`,
        {
          x: [2, 2, 3, 4],
          w: [3, 2, 3, 2],
        },
      ),
    ),
  ),
  op(
    'lax.convTranspose',
    'transposeKernel',
    "(x, w) => lax.convTranspose(x, w, [2, 1], 'VALID', { transposeKernel: true })",
    { x: [2, 3, 3, 4], w: [3, 2, 3, 2] },
  ),
  ...['max', 'sum', 'min', 'mean'].flatMap(name =>
    ['[2, 2]', '[1, 1]', '[2, 3]'].map(strides =>
      op(
        'lax.reduceWindow',
        `${name}, [3, 2], strides ${strides}`,
        `x => lax.reduceWindow(x, np.${name}, [3, 2], ${strides})`,
        { x: [6, 5] },
      ),
    ),
  ),
];

const NN = [
  'celu',
  'elu',
  'gelu',
  'hardSigmoid',
  'hardSilu',
  'hardTanh',
  'identity',
  'leakyRelu',
  'logSigmoid',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'silu',
  'softSign',
  'softplus',
  'sparsePlus',
  'sparseSigmoid',
  'squareplus',
];
const neural = [
  ...NN.map(name => op(`nn.${name}`, '', `x => nn.${name}(x)`, { x: within(-3, 3) })),
  op('nn.log1mexp', '', 'x => nn.log1mexp(x)', { x: within(0.2, 3) }),
  op('nn.gelu', 'not approximate', 'x => nn.gelu(x, { approximate: false })', { x: within(-3, 3) }),
  op('nn.elu', 'alpha 0.5', 'x => nn.elu(x, 0.5)', { x: within(-3, 3) }),
  op('nn.celu', 'alpha 0.5', 'x => nn.celu(x, 0.5)', { x: within(-3, 3) }),
  op('nn.leakyRelu', '0.2', 'x => nn.leakyRelu(x, 0.2)', { x: within(-3, 3) }),
  op('nn.squareplus', 'b 2', 'x => nn.squareplus(x, 2)', { x: within(-3, 3) }),
  op('nn.relu', 'zeros', 'x => nn.relu(x)', { x: ties }),
  op('nn.relu6', 'zeros', 'x => nn.relu6(x)', { x: ties }),
  ...['0', '1', '-1'].map(axis => op('nn.glu', `axis ${axis}`, `x => nn.glu(x, ${axis})`, { x: [2, 4, 2] })),
  ...['softmax', 'logSoftmax', 'logsumexp', 'logmeanexp', 'standardize'].flatMap(name =>
    ['0', '1', '-1', '[0, 1]'].map(axis =>
      op(`nn.${name}`, `axis ${axis}`, `x => nn.${name}(x, ${axis})`, { x: [2, 3, 4] }),
    ),
  ),
  op('nn.dotProductAttention', '', '(q, k, v) => nn.dotProductAttention(q, k, v)', {
    q: [2, 3, 2, 4],
    k: [2, 5, 2, 4],
    v: [2, 5, 2, 4],
  }),
  op('nn.dotProductAttention', 'isCausal', '(q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true })', {
    q: [1, 3, 2, 4],
    k: [1, 3, 2, 4],
    v: [1, 3, 2, 4],
  }),
];

const engine = [
  op('jax.jit', '', 'x => jax.jit(x => np.multiply(np.sin(x.ref), x))(x)', { x: [2, 3] }),
  op('jax.vmap', '', '(x, w) => jax.vmap(x => np.tanh(np.dot(x, w.ref)))(x)', { x: [3, 2], w: [2] }),
  op('jax.grad', 'of a square', 'x => jax.grad(x => np.sum(np.power(x, 3)))(x)', { x: positive([4]) }),
];

export const ENTRIES: readonly Entry[] = [
  ...unary,
  ...binary,
  ...reductions,
  ...products,
  ...linear,
  ...shapes,
  ...convolutions,
  ...neural,
  ...engine,
];
