import { type PerAxis, perAxis } from './perAxis.ts';

/** The settings that pools share. */
export interface PoolSettings {
  readonly kernel: PerAxis;
  /** As the kernel unless said: windows side by side. */
  readonly stride?: PerAxis;
  /** 0 unless said; at most half a window. 'same': output = ceil(input / stride), an odd place at the end. */
  readonly padding?: PerAxis | 'same';
  /** Also windows that reach past the end, as long as they start in the input or in the padding before it. */
  readonly ceilMode?: boolean;
  readonly dilation?: PerAxis;
}

/** How the windows of a pool lie along one axis. */
export interface PoolAxis {
  readonly stride: number;
  readonly dilation: number;
  /** From the first place of a window to its last, both included: dilation * (kernel - 1) + 1. */
  readonly extent: number;
  readonly padding: number | 'same';
  readonly ceilMode: boolean;
  /** What a window is called in messages, up to its extent: 'maxPool2d window of height'. */
  readonly window: string;
}

/** The settings of a pool over images, along rows and along columns; throws as `poolAxes`. */
export function imageAxes(layer: string, config: PoolSettings): readonly [PoolAxis, PoolAxis] {
  const [high, wide] = poolAxes(layer, config, ['height', 'width']);
  return [high, wide];
}

/** The settings of a pool over sequences, which are images of one row; throws as `poolAxes`. */
export function sequenceAxes(layer: string, config: PoolSettings): readonly [PoolAxis, PoolAxis] {
  const [row] = poolAxes(layer, { kernel: 1 }, ['height']);
  const [along] = poolAxes(layer, config, ['length']);
  return [row, along];
}

/**
 * The settings of a pool along each of its axes.
 * @throws RangeError when one is no positive integer or the padding exceeds half a window; `layer` is its name in the message.
 */
function poolAxes(layer: string, config: PoolSettings, names: readonly string[]): PoolAxis[] {
  const rank = names.length;
  const kernel = perAxis('kernel', config.kernel, rank);
  const stride = perAxis('stride', config.stride ?? kernel, rank);
  const dilation = perAxis('dilation', config.dilation ?? 1, rank);
  const padding = config.padding === 'same' ? undefined : perAxis('padding', config.padding ?? 0, rank, 0);
  return names.map((name, axis) => {
    const extent = dilation[axis] * (kernel[axis] - 1) + 1;
    const window = `${layer} window of ${name}`;
    if (padding && padding[axis] > extent / 2) {
      throw new RangeError(`the ${window} ${extent} has padding ${padding[axis]}; give at most half of it`);
    }
    return {
      stride: stride[axis],
      dilation: dilation[axis],
      extent,
      padding: padding?.[axis] ?? 'same',
      ceilMode: config.ceilMode ?? false,
      window,
    };
  });
}

/** What is said where an axis has no window at all. */
export function noWindow({ window, extent }: PoolAxis, size: number): RangeError {
  return new RangeError(`no ${window} ${extent} fits in an input of ${size}; enlarge the input or its padding`);
}
