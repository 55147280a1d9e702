import type { Layer } from '../layer.ts';
import { conv2d } from './conv2d.ts';
import { flatten } from './flatten.ts';
import { linear } from './linear.ts';
import { logisticError } from './logisticError.ts';
import { maxPool2d } from './maxPool2d.ts';
import { relu } from './relu.ts';
import { sequential } from './sequential.ts';
import { sigmoid } from './sigmoid.ts';
import { sumSquaredError } from './sumSquaredError.ts';
import { tanh } from './tanh.ts';

export { conv2d, flatten, linear, logisticError, maxPool2d, relu, sequential, sigmoid, sumSquaredError, tanh };

/** Every built-in layer, in the order of reports. */
export const layers: readonly Layer[] = [
  conv2d,
  linear,
  maxPool2d,
  flatten,
  tanh,
  sigmoid,
  relu,
  sumSquaredError,
  logisticError,
  sequential,
];
