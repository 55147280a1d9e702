import type { Layer } from '../layer.ts';
import { linear } from './linear.ts';
import { relu } from './relu.ts';

export { linear, relu };

/** Every built-in layer, in the order of reports. */
export const layers: readonly Layer[] = [linear, relu];
