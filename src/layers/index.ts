import type { Layer } from '../layer.ts';
import { adaptiveAvgPool2d } from './adaptiveAvgPool2d.ts';
import { adaptiveMaxPool2d } from './adaptiveMaxPool2d.ts';
import { addBroadcast } from './addBroadcast.ts';
import { asinh } from './asinh.ts';
import { atan } from './atan.ts';
import { avgPool1d } from './avgPool1d.ts';
import { avgPool2d } from './avgPool2d.ts';
import { avgUnpool2d } from './avgUnpool2d.ts';
import { bilinear } from './bilinear.ts';
import { celu } from './celu.ts';
import { clip } from './clip.ts';
import { conv2d } from './conv2d.ts';
import { cosineSimilarity } from './cosineSimilarity.ts';
import { elu } from './elu.ts';
import { embedding } from './embedding.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { flatten } from './flatten.ts';
import { gelu } from './gelu.ts';
import { globalAvgPool2d } from './globalAvgPool2d.ts';
import { glu } from './glu.ts';
import { hardshrink } from './hardshrink.ts';
import { hardsigmoid } from './hardsigmoid.ts';
import { hardswish } from './hardswish.ts';
import { hardtanh } from './hardtanh.ts';
import { leakyRelu } from './leakyRelu.ts';
import { linear } from './linear.ts';
import { linearScale } from './linearScale.ts';
import { logisticError } from './logisticError.ts';
import { logSigmoid } from './logSigmoid.ts';
import { logSoftmax } from './logSoftmax.ts';
import { logSumExp } from './logSumExp.ts';
import { lpPool2d } from './lpPool2d.ts';
import { matmul } from './matmul.ts';
import { max } from './max.ts';
import { maxPool1d } from './maxPool1d.ts';
import { maxPool2d } from './maxPool2d.ts';
import { maxUnpool2d } from './maxUnpool2d.ts';
import { mean } from './mean.ts';
import { mish } from './mish.ts';
import { mulBroadcast } from './mulBroadcast.ts';
import { power } from './power.ts';
import { prelu } from './prelu.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { selu } from './selu.ts';
import { sequential } from './sequential.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { softmax } from './softmax.ts';
import { softmin } from './softmin.ts';
import { softplus } from './softplus.ts';
import { softshrink } from './softshrink.ts';
import { softsign } from './softsign.ts';
import { subsample2d } from './subsample2d.ts';
import { sumSquaredError } from './sumSquaredError.ts';
import { tanh } from './tanh.ts';
import { tanhP1M2 } from './tanhP1M2.ts';
import { tanhshrink } from './tanhshrink.ts';
import { threshold } from './threshold.ts';

export {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  addBroadcast,
  asinh,
  atan,
  avgPool1d,
  avgPool2d,
  avgUnpool2d,
  bilinear,
  celu,
  clip,
  conv2d,
  cosineSimilarity,
  elu,
  embedding,
  erf,
  exp,
  flatten,
  gelu,
  globalAvgPool2d,
  glu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  linear,
  linearScale,
  logisticError,
  logSigmoid,
  logSoftmax,
  logSumExp,
  lpPool2d,
  matmul,
  max,
  maxPool1d,
  maxPool2d,
  maxUnpool2d,
  mean,
  mish,
  mulBroadcast,
  power,
  prelu,
  relu,
  relu6,
  selu,
  sequential,
  sigmoid,
  silu,
  softmax,
  softmin,
  softplus,
  softshrink,
  softsign,
  subsample2d,
  sumSquaredError,
  tanh,
  tanhP1M2,
  tanhshrink,
  threshold,
};

/** Every built-in layer, in the order of reports. */
export const layers: readonly Layer[] = [
  conv2d,
  linear,
  bilinear,
  matmul,
  addBroadcast,
  mulBroadcast,
  embedding,
  maxPool2d,
  maxPool1d,
  avgPool1d,
  avgPool2d,
  globalAvgPool2d,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  lpPool2d,
  subsample2d,
  avgUnpool2d,
  maxUnpool2d,
  flatten,
  tanh,
  sigmoid,
  relu,
  relu6,
  leakyRelu,
  prelu,
  elu,
  celu,
  selu,
  gelu,
  silu,
  mish,
  logSigmoid,
  hardsigmoid,
  hardtanh,
  tanhshrink,
  hardshrink,
  softshrink,
  hardswish,
  softplus,
  softsign,
  threshold,
  glu,
  softmax,
  softmin,
  logSoftmax,
  exp,
  erf,
  atan,
  asinh,
  power,
  clip,
  mean,
  max,
  logSumExp,
  cosineSimilarity,
  linearScale,
  tanhP1M2,
  sumSquaredError,
  logisticError,
  sequential,
];
