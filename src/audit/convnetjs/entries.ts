import type { ArgSpec } from '../../layer.ts';
import type { Entry } from '../entry.ts';

/*
 * Every layer of convnetjs 0.3. Input [sy, sx, depth]; a layer's options are told the extents again.
 */

type Extents = readonly [sy: number, sx: number, depth: number];

const layer = (
  operation: string,
  configuration: string,
  input: Extents | (ArgSpec & { readonly shape: Extents }),
  more: Partial<Pick<Entry, 'training' | 'y'>> = {},
): Entry => {
  const [sy, sx, depth] = 'shape' in input ? input.shape : input;
  // A fully connected layer is told how many numbers come in.
  const options = [`in_sx: ${sx}, in_sy: ${sy}, in_depth: ${depth}`, configuration.replace(/ ?\(.*\)$/, '')];
  return {
    operation,
    configuration:
      more.training === undefined
        ? configuration
        : [configuration, `training ${more.training}`].filter(Boolean).join(', '),
    code: `new convnetjs.${operation}({ ${options.filter(Boolean).join(', ')} })`,
    kind: 'layer',
    args: { input },
    ...more,
  };
};

const image: Extents = [5, 4, 3];
const row: Extents = [1, 1, 6];

const convolutions = [
  'sx: 3, filters: 2, stride: 1, pad: 1',
  'sx: 3, filters: 2, stride: 1, pad: 0',
  'sx: 3, filters: 2, stride: 2, pad: 0',
  'sx: 3, filters: 2, stride: 2, pad: 2',
  'sx: 2, sy: 3, filters: 2, stride: 1, pad: 0',
  'sx: 3, sy: 2, filters: 2, stride: 2, pad: 1',
  'sx: 1, filters: 4, stride: 1',
  'sx: 3, filters: 2, stride: 1, pad: 1, bias_pref: 0.1',
].map(how => layer('ConvLayer', how, image));

const pools = [
  'sx: 2, stride: 2',
  'sx: 3, stride: 1',
  'sx: 3, stride: 2',
  'sx: 2, sy: 3, stride: 1',
  'sx: 2, stride: 3',
  'sx: 2, stride: 1, pad: 1',
  'sx: 3, stride: 2, pad: 1',
].map(how => layer('PoolLayer', how, image));
const negative = { shape: image, range: [-3, -0.5] as const };
const ties = { shape: [4, 4, 1] as const, values: [1, 1, 2, 0, 1, 1, 0, 2, 3, 0, 0, 0, 0, 3, 0, 0] };
/** Below the -99999 from which the maximum of a window is looked for. */
const low = { shape: [4, 4, 1] as const, range: [-3e5, -2e5] as const };

export const ENTRIES: readonly Entry[] = [
  ...convolutions,
  layer('FullyConnLayer', 'num_neurons: 3', image),
  layer('FullyConnLayer', 'num_neurons: 5', row),
  layer('FullyConnLayer', 'num_neurons: 1, bias_pref: 0.1', row),
  ...pools,
  layer('PoolLayer', 'sx: 3, stride: 2, pad: 1 (negative)', negative),
  layer('PoolLayer', 'sx: 2, stride: 2 (ties)', ties),
  layer('PoolLayer', 'sx: 2, stride: 2 (below -99999)', low),
  layer('InputLayer', '', image),
  ...[0, 2, 5].map(y => ({ ...layer('SoftmaxLayer', '', row, { y }), configuration: `y ${y}` })),
  { ...layer('RegressionLayer', '', row, { y: [0.5, -1, 2, 0, 1, -0.25] }), configuration: 'y an array' },
  { ...layer('RegressionLayer', '', row, { y: { dim: 2, val: 0.5 } }), configuration: 'y one dimension' },
  ...[0, 2, 5].map(y => ({ ...layer('SVMLayer', '', row, { y }), configuration: `y ${y}` })),
  layer('ReluLayer', '', image),
  layer('ReluLayer', '(zeros)', { shape: [1, 2, 3], values: [0, -1, 2, 0, 1, -2] }),
  layer('SigmoidLayer', '', image),
  layer('TanhLayer', '', image),
  layer('MaxoutLayer', 'group_size: 2', row),
  layer('MaxoutLayer', 'group_size: 3', row),
  layer('MaxoutLayer', 'group_size: 2', [3, 2, 4]),
  layer('MaxoutLayer', 'group_size: 2 (a rest)', [3, 2, 5]),
  layer('DropoutLayer', 'drop_prob: 0.5', image, { training: false }),
  layer('DropoutLayer', 'drop_prob: 0.2', image, { training: false }),
  layer('DropoutLayer', 'drop_prob: 0.5', image, { training: true }),
  layer('LocalResponseNormalizationLayer', 'k: 1, n: 3, alpha: 0.5, beta: 0.75', [2, 3, 5]),
  layer('LocalResponseNormalizationLayer', 'k: 2, n: 5, alpha: 1, beta: 0.5', [1, 2, 6]),
  layer('LocalResponseNormalizationLayer', 'k: 1, n: 1, alpha: 1, beta: 1', [1, 2, 3]),
  layer('QuadTransformLayer', '', row),
  layer('QuadTransformLayer', '', [2, 3, 2]),
].map((entry, at, all) => {
  // Names are told apart by the extents where the options are alike.
  const isAgain =
    all.findIndex(one => one.operation === entry.operation && one.configuration === entry.configuration) < at;
  const [sy, sx, depth] = (entry.args['input'] as ArgSpec).shape ?? (entry.args['input'] as Extents);
  const extents = `input ${sy} by ${sx} by ${depth}`;
  return isAgain ? { ...entry, configuration: [entry.configuration, extents].filter(Boolean).join(', ') } : entry;
});
