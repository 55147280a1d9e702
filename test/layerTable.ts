/** The layers that there are to be: name | config | primals | constants | outputs. {k} is a number, * any name. */
const TABLE = `
  conv1d | inChannels, outChannels, kernel, groups, hasBias, stride, padding, dilation | input, weight, bias | | output
  conv2d | inChannels, outChannels, kernel, groups, hasBias, stride, padding, dilation | input, weight, bias | connections | output
  conv3d | inChannels, outChannels, kernel, groups, hasBias, stride, padding, dilation | input, weight, bias | | output
  convTranspose1d | inChannels, outChannels, kernel, groups, hasBias, stride, padding, outputPadding, dilation | input, weight, bias | | output
  convTranspose2d | inChannels, outChannels, kernel, groups, hasBias, stride, padding, outputPadding, dilation | input, weight, bias | | output
  maxPool1d | kernel, stride | input | | output
  maxPool2d | kernel, stride, padding, ceilMode, dilation | input | | output
  avgPool1d | kernel, stride, padding | input | | output
  avgPool2d | kernel, stride, ceilMode, divisorOverride, padding, countIncludePad | input | | output
  globalAvgPool2d | | input | | output
  adaptiveAvgPool2d | outputSize | input | | output
  adaptiveMaxPool2d | outputSize | input | | output
  lpPool2d | norm, kernel, stride | input | | output
  linear | inFeatures, outFeatures, hasBias | input, weight, bias | | output
  bilinear | in1, in2, out | a, b, weight, bias | | output
  matmul | | a, b | | output
  addBroadcast | | a, b | | output
  mulBroadcast | | a, b | | output
  embedding | numEmbeddings, paddingIndex, embeddingDim | weight | index | output
  relu | | input | | output
  relu6 | | input | | output
  leakyRelu | slope | input | | output
  prelu | parameters | input, weight | | output
  elu | alpha | input | | output
  celu | alpha | input | | output
  selu | alpha, scale | input | | output
  gelu | approximate | input | | output
  silu | | input | | output
  mish | | input | | output
  sigmoid | | input | | output
  logSigmoid | | input | | output
  hardsigmoid | | input | | output
  tanh | | input | | output
  hardtanh | min, max | input | | output
  tanhshrink | | input | | output
  hardshrink | lambda | input | | output
  softshrink | lambda | input | | output
  hardswish | | input | | output
  softplus | beta, threshold | input | | output
  softsign | | input | | output
  threshold | threshold, value | input | | output
  glu | axis | input | | output
  softmax | axis | input | | output
  softmin | axis | input | | output
  logSoftmax | axis | input | | output
  exp | | input | | output
  erf | | input | | output
  atan | | input | | output
  asinh | | input | | output
  power | exponent | input | | output
  clip | min, max | input | | output
  mean | axes, keepdims | input | | output
  max | axis | input | | output
  logSumExp | axis | input | | output
  cosineSimilarity | axis, epsilon | a, b | | output
  batchNorm | mode, affine, epsilon, momentum | input, weight, bias | runningMean, runningVar | output, runningMeanAfter, runningVarAfter
  layerNorm | normalizedShape, affine, epsilon | input, weight, bias | | output
  groupNorm | groups, affine, epsilon | input, weight, bias | | output
  instanceNorm | affine, epsilon | input, weight, bias | | output
  rmsNorm | epsilon | input, weight | | output
  localResponseNorm | size, alpha, beta, k | input | | output
  l2Normalize | axis, p, epsilon | input | | output
  dropout | rate | input | mask | output
  flatten | startAxis | input | | output
  slice | axis, start, end, step | input | | output
  concat | axis | a, b | | output
  pad | pad, value, mode | input | | output
  upsample | scale, mode, alignCorners | input | | output
  pixelShuffle | factor | input | | output
  rnnCell | inputSize, hiddenSize, activation | input, h0, weight_ih, weight_hh, bias_ih, bias_hh | | h
  gruCell | inputSize, hiddenSize | input, h0, weight_ih, weight_hh, bias_ih, bias_hh | | h
  lstmCell | inputSize, hiddenSize | input, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh | | h, c
  rnnSequence | inputSize, hiddenSize, layers, bidirectional, batchFirst | input, h0, weight_ih_l{k}[_reverse], weight_hh_l{k}[_reverse], bias_ih_l{k}[_reverse], bias_hh_l{k}[_reverse] | | output, hn
  gruSequence | inputSize, hiddenSize, layers, bidirectional, batchFirst | input, h0, weight_ih_l{k}[_reverse], weight_hh_l{k}[_reverse], bias_ih_l{k}[_reverse], bias_hh_l{k}[_reverse] | | output, hn
  lstmSequence | inputSize, hiddenSize, layers, bidirectional, batchFirst | input, h0, c0, weight_ih_l{k}[_reverse], weight_hh_l{k}[_reverse], bias_ih_l{k}[_reverse], bias_hh_l{k}[_reverse] | | output, hn, cn
  scaledDotProductAttention | causal | query, key, value | mask | output
  multiHeadAttention | embedDim, heads, hasBias | query, key, value, in_proj_weight, out_proj_weight, in_proj_bias, out_proj_bias | key_padding_mask, attn_mask | output, attentionWeights
  mse | reduction | input, target | | loss
  l1 | reduction | input, target | | loss
  smoothL1 | reduction, beta | input, target | | loss
  huber | reduction, delta | input, target | | loss
  crossEntropy | reduction, ignoreIndex, labelSmoothing | input | target, weight | loss
  nll | reduction | input | target, weight | loss
  bce | reduction | input | target | loss
  bceWithLogits | reduction | input | target, posWeight | loss
  klDiv | reduction | input | target | loss
  poissonNll | logInput | input | target | loss
  gaussianNll | full, epsilon | input, var | target | loss
  cosineEmbedding | margin | a, b | target | loss
  hingeEmbedding | margin | input | target | loss
  multiMargin | margin, p | input | target | loss
  tripletMargin | margin, p | anchor, positive, negative | | loss
  subsample2d | kernel, stride | input, weight, bias | | output
  avgUnpool2d | kernel, stride | input, weight, bias | | output
  maxUnpool2d | outputSize | input | index | output
  zeroPad2d | top, bottom, left, right | input | | output
  sumSquaredError | half, reduction | input | target | loss
  logisticError | reduction | input | target | loss
  absoluteError | band | input | target | loss
  l2Penalty | lambda | * | | loss
  linearScale | scale, bias | input | | output
  tanhP1M2 | | input | | output
  sequential | layers | * | * | output
  graph | layers | * | * | *
`;

/** A layer that there is to be: the keys of its config, and the names of its arguments and outputs. */
export interface LayerRow {
  readonly name: string;
  readonly config: string;
  readonly primals: string;
  readonly constants: string;
  readonly outputs: string;
}

export const layerTable: readonly LayerRow[] = TABLE.trim()
  .split('\n')
  .map(line => {
    const [name, config, primals, constants, outputs] = line.split('|').map(cell => cell.trim());
    return { name, config, primals, constants, outputs };
  });
