import type { Layer } from '../layer.ts';
import { absoluteError } from './absoluteError.ts';
import { adaptiveAvgPool2d } from './adaptiveAvgPool2d.ts';
import { adaptiveMaxPool2d } from './adaptiveMaxPool2d.ts';
import { addBroadcast } from './addBroadcast.ts';
import { asinh } from './asinh.ts';
import { atan } from './atan.ts';
import { avgPool1d } from './avgPool1d.ts';
import { avgPool2d } from './avgPool2d.ts';
import { avgUnpool2d } from './avgUnpool2d.ts';
import { batchNorm } from './batchNorm.ts';
import { bce } from './bce.ts';
import { bceWithLogits } from './bceWithLogits.ts';
import { bilinear } from './bilinear.ts';
import { celu } from './celu.ts';
import { clip } from './clip.ts';
import { concat } from './concat.ts';
import { conv1d } from './conv1d.ts';
import { conv2d } from './conv2d.ts';
import { conv3d } from './conv3d.ts';
import { convTranspose1d } from './convTranspose1d.ts';
import { convTranspose2d } from './convTranspose2d.ts';
import { cosineEmbedding } from './cosineEmbedding.ts';
import { cosineSimilarity } from './cosineSimilarity.ts';
import { crossEntropy } from './crossEntropy.ts';
import { dropout } from './dropout.ts';
import { elu } from './elu.ts';
import { embedding } from './embedding.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { flatten } from './flatten.ts';
import { gaussianNll } from './gaussianNll.ts';
import { gelu } from './gelu.ts';
import { globalAvgPool2d } from './globalAvgPool2d.ts';
import { glu } from './glu.ts';
import { graph } from './graph.ts';
import { groupNorm } from './groupNorm.ts';
import { gruCell } from './gruCell.ts';
import { gruSequence } from './gruSequence.ts';
import { hardshrink } from './hardshrink.ts';
import { hardsigmoid } from './hardsigmoid.ts';
import { hardswish } from './hardswish.ts';
import { hardtanh } from './hardtanh.ts';
import { hingeEmbedding } from './hingeEmbedding.ts';
import { huber } from './huber.ts';
import { instanceNorm } from './instanceNorm.ts';
import { klDiv } from './klDiv.ts';
import { l1 } from './l1.ts';
import { l2Normalize } from './l2Normalize.ts';
import { l2Penalty } from './l2Penalty.ts';
import { layerNorm } from './layerNorm.ts';
import { leakyRelu } from './leakyRelu.ts';
import { linear } from './linear.ts';
import { linearScale } from './linearScale.ts';
import { localResponseNorm } from './localResponseNorm.ts';
import { logisticError } from './logisticError.ts';
import { logSigmoid } from './logSigmoid.ts';
import { logSoftmax } from './logSoftmax.ts';
import { logSumExp } from './logSumExp.ts';
import { lpPool2d } from './lpPool2d.ts';
import { lstmCell } from './lstmCell.ts';
import { lstmSequence } from './lstmSequence.ts';
import { matmul } from './matmul.ts';
import { max } from './max.ts';
import { maxPool1d } from './maxPool1d.ts';
import { maxPool2d } from './maxPool2d.ts';
import { maxUnpool2d } from './maxUnpool2d.ts';
import { mean } from './mean.ts';
import { mish } from './mish.ts';
import { mse } from './mse.ts';
import { mulBroadcast } from './mulBroadcast.ts';
import { multiHeadAttention } from './multiHeadAttention.ts';
import { multiMargin } from './multiMargin.ts';
import { nll } from './nll.ts';
import { pad } from './pad.ts';
import { pixelShuffle } from './pixelShuffle.ts';
import { poissonNll } from './poissonNll.ts';
import { power } from './power.ts';
import { prelu } from './prelu.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { rmsNorm } from './rmsNorm.ts';
import { rnnCell } from './rnnCell.ts';
import { rnnSequence } from './rnnSequence.ts';
import { scaledDotProductAttention } from './scaledDotProductAttention.ts';
import { selu } from './selu.ts';
import { sequential } from './sequential.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { slice } from './slice.ts';
import { smoothL1 } from './smoothL1.ts';
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
import { tripletMargin } from './tripletMargin.ts';
import { upsample } from './upsample.ts';
import { zeroPad2d } from './zeroPad2d.ts';

export {
  absoluteError,
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  addBroadcast,
  asinh,
  atan,
  avgPool1d,
  avgPool2d,
  avgUnpool2d,
  batchNorm,
  bce,
  bceWithLogits,
  bilinear,
  celu,
  clip,
  concat,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  cosineEmbedding,
  cosineSimilarity,
  crossEntropy,
  dropout,
  elu,
  embedding,
  erf,
  exp,
  flatten,
  gaussianNll,
  gelu,
  globalAvgPool2d,
  glu,
  graph,
  groupNorm,
  gruCell,
  gruSequence,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  hingeEmbedding,
  huber,
  instanceNorm,
  klDiv,
  l1,
  l2Normalize,
  l2Penalty,
  layerNorm,
  leakyRelu,
  linear,
  linearScale,
  localResponseNorm,
  logisticError,
  logSigmoid,
  logSoftmax,
  logSumExp,
  lpPool2d,
  lstmCell,
  lstmSequence,
  matmul,
  max,
  maxPool1d,
  maxPool2d,
  maxUnpool2d,
  mean,
  mish,
  mse,
  mulBroadcast,
  multiHeadAttention,
  multiMargin,
  nll,
  pad,
  pixelShuffle,
  poissonNll,
  power,
  prelu,
  relu,
  relu6,
  rmsNorm,
  rnnCell,
  rnnSequence,
  scaledDotProductAttention,
  selu,
  sequential,
  sigmoid,
  silu,
  slice,
  smoothL1,
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
  tripletMargin,
  upsample,
  zeroPad2d,
};

/** Every built-in layer, in the order of reports. */
export const layers: readonly Layer[] = [
  conv2d,
  conv1d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
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
  batchNorm,
  layerNorm,
  groupNorm,
  instanceNorm,
  rmsNorm,
  localResponseNorm,
  l2Normalize,
  dropout,
  flatten,
  slice,
  concat,
  pad,
  zeroPad2d,
  upsample,
  pixelShuffle,
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
  rnnCell,
  gruCell,
  lstmCell,
  rnnSequence,
  gruSequence,
  lstmSequence,
  scaledDotProductAttention,
  multiHeadAttention,
  linearScale,
  tanhP1M2,
  mse,
  l1,
  smoothL1,
  huber,
  crossEntropy,
  nll,
  bce,
  bceWithLogits,
  klDiv,
  poissonNll,
  gaussianNll,
  cosineEmbedding,
  hingeEmbedding,
  multiMargin,
  tripletMargin,
  absoluteError,
  l2Penalty,
  sumSquaredError,
  logisticError,
  sequential,
  graph,
];
