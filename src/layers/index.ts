import type { Layer } from '../layer.ts';
import { asinh } from './asinh.ts';
import { atan } from './atan.ts';
import { celu } from './celu.ts';
import { clip } from './clip.ts';
import { conv2d } from './conv2d.ts';
import { elu } from './elu.ts';
import { erf } from './erf.ts';
import { exp } from './exp.ts';
import { flatten } from './flatten.ts';
import { gelu } from './gelu.ts';
import { hardshrink } from './hardshrink.ts';
import { hardsigmoid } from './hardsigmoid.ts';
import { hardswish } from './hardswish.ts';
import { hardtanh } from './hardtanh.ts';
import { leakyRelu } from './leakyRelu.ts';
import { linear } from './linear.ts';
import { linearScale } from './linearScale.ts';
import { logSigmoid } from './logSigmoid.ts';
import { logisticError } from './logisticError.ts';
import { maxPool2d } from './maxPool2d.ts';
import { mish } from './mish.ts';
import { power } from './power.ts';
import { prelu } from './prelu.ts';
import { relu } from './relu.ts';
import { relu6 } from './relu6.ts';
import { selu } from './selu.ts';
import { sequential } from './sequential.ts';
import { sigmoid } from './sigmoid.ts';
import { silu } from './silu.ts';
import { softplus } from './softplus.ts';
import { softshrink } from './softshrink.ts';
import { softsign } from './softsign.ts';
import { sumSquaredError } from './sumSquaredError.ts';
import { tanh } from './tanh.ts';
import { tanhP1M2 } from './tanhP1M2.ts';
import { tanhshrink } from './tanhshrink.ts';
import { threshold } from './threshold.ts';

export {
  asinh,
  atan,
  celu,
  clip,
  conv2d,
  elu,
  erf,
  exp,
  flatten,
  gelu,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  linear,
  linearScale,
  logSigmoid,
  logisticError,
  maxPool2d,
  mish,
  power,
  prelu,
  relu,
  relu6,
  selu,
  sequential,
  sigmoid,
  silu,
  softplus,
  softshrink,
  softsign,
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
  maxPool2d,
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
  exp,
  erf,
  atan,
  asinh,
  power,
  clip,
  linearScale,
  tanhP1M2,
  sumSquaredError,
  logisticError,
  sequential,
];
