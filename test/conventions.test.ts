import { describe, expect, test } from 'vitest';
import { type ArgSpec, type Config, check, type Layer, layers, type Tensors, tensor } from '../src/index.ts';

const layerOf = (name: string): Layer => layers.find(layer => layer.name === name) as Layer;

type Args = Readonly<Record<string, ArgSpec | readonly number[]>>;

const labels = (shape: readonly number[], classes: number): ArgSpec => ({
  shape,
  integer: true,
  range: [0, classes - 1],
});
const positive = (shape: readonly number[]): ArgSpec => ({ shape, range: [0.5, 2] });
const share = (shape: readonly number[]): ArgSpec => ({ shape, range: [0, 1] });
const image = [0, 2, 4, 4];
const row = [0, 3];
const losses: Config = { reduction: 'sum' };

/** Where a batch is empty: layer, config and arguments. */
const EMPTY: readonly [layer: string, config: Config, args: Args][] = [
  ['conv1d', { inChannels: 2, outChannels: 3, kernel: 2 }, { input: [0, 2, 4], weight: [3, 2, 2], bias: [3] }],
  ['conv2d', { inChannels: 2, outChannels: 3, kernel: 2 }, { input: image, weight: [3, 2, 2, 2], bias: [3] }],
  [
    'conv3d',
    { inChannels: 1, outChannels: 1, kernel: 1 },
    { input: [0, 1, 2, 2, 2], weight: [1, 1, 1, 1, 1], bias: [1] },
  ],
  ['convTranspose1d', { inChannels: 2, outChannels: 3, kernel: 2 }, { input: [0, 2, 4], weight: [2, 3, 2], bias: [3] }],
  ['convTranspose2d', { inChannels: 2, outChannels: 3, kernel: 2 }, { input: image, weight: [2, 3, 2, 2], bias: [3] }],
  ['maxPool1d', { kernel: 2 }, { input: [0, 2, 4] }],
  ['maxPool2d', { kernel: 2 }, { input: image }],
  ['avgPool1d', { kernel: 2 }, { input: [0, 2, 4] }],
  ['avgPool2d', { kernel: 2 }, { input: image }],
  ['globalAvgPool2d', {}, { input: image }],
  ['adaptiveAvgPool2d', { outputSize: 3 }, { input: image }],
  ['adaptiveMaxPool2d', { outputSize: 3 }, { input: image }],
  ['lpPool2d', { norm: 2, kernel: 2 }, { input: image }],
  ['subsample2d', { kernel: 2 }, { input: image, weight: [2], bias: [2] }],
  ['avgUnpool2d', { kernel: 2 }, { input: image, weight: [2], bias: [2] }],
  ['maxUnpool2d', { outputSize: 5 }, { input: image, index: labels(image, 25) }],
  ['linear', { inFeatures: 3, outFeatures: 2 }, { input: row, weight: [2, 3], bias: [2] }],
  ['bilinear', { in1: 2, in2: 3, out: 2 }, { a: [0, 2], b: row, weight: [2, 2, 3], bias: [2] }],
  ['matmul', {}, { a: [0, 2, 3], b: [3, 2] }],
  ['addBroadcast', {}, { a: row, b: [3] }],
  ['mulBroadcast', {}, { a: row, b: [3] }],
  ['embedding', { numEmbeddings: 3, embeddingDim: 2 }, { weight: [3, 2], index: labels([0], 3) }],
  ['prelu', { parameters: 3 }, { input: row, weight: [3] }],
  ['glu', { axis: 1 }, { input: [0, 4] }],
  ['mean', { axes: 1 }, { input: row }],
  ['cosineSimilarity', { axis: 1 }, { a: row, b: row }],
  ...['softmax', 'softmin', 'logSoftmax', 'max', 'logSumExp'].map<(typeof EMPTY)[number]>(name => [
    name,
    { axis: 1 },
    { input: row },
  ]),
  ...layers
    .filter(isElementwise)
    .map<(typeof EMPTY)[number]>(({ name, examples = [] }) => [name, examples[0].config, { input: row }]),
  [
    'batchNorm',
    { mode: 'train' },
    {
      input: row,
      weight: [3],
      bias: [3],
      runningMean: { shape: [3], differentiable: false },
      runningVar: { ...positive([3]), differentiable: false },
    },
  ],
  ['layerNorm', { normalizedShape: 3 }, { input: row, weight: [3], bias: [3] }],
  ['groupNorm', { groups: 2 }, { input: [0, 4], weight: [4], bias: [4] }],
  ['instanceNorm', { affine: true }, { input: [0, 2, 3], weight: [2], bias: [2] }],
  ['rmsNorm', {}, { input: row, weight: [3] }],
  ['localResponseNorm', { size: 3 }, { input: image }],
  ['l2Normalize', {}, { input: row }],
  ['dropout', { seed: 3 }, { input: row }],
  ['flatten', {}, { input: image }],
  ['slice', { axis: 1, start: 1 }, { input: row }],
  ['concat', { axis: 1 }, { a: [0, 2], b: row }],
  ['pad', { pad: [1, 1], value: 2 }, { input: [0, 2, 3] }],
  ['zeroPad2d', { top: 1 }, { input: image }],
  ['upsample', { scale: 2 }, { input: image }],
  ['pixelShuffle', { factor: 2 }, { input: [0, 4, 2, 2] }],
  ['rnnCell', { inputSize: 2, hiddenSize: 3 }, recurrent(1, { input: [0, 2], h0: row })],
  ['gruCell', { inputSize: 2, hiddenSize: 3 }, recurrent(3, { input: [0, 2], h0: row })],
  ['lstmCell', { inputSize: 2, hiddenSize: 3 }, recurrent(4, { input: [0, 2], h0: row, c0: row })],
  ['rnnSequence', { inputSize: 2, hiddenSize: 3 }, recurrent(1, { input: [4, 0, 2], h0: [1, 0, 3] }, '_l0')],
  ['gruSequence', { inputSize: 2, hiddenSize: 3 }, recurrent(3, { input: [4, 0, 2], h0: [1, 0, 3] }, '_l0')],
  [
    'lstmSequence',
    { inputSize: 2, hiddenSize: 3 },
    recurrent(4, { input: [4, 0, 2], h0: [1, 0, 3], c0: [1, 0, 3] }, '_l0'),
  ],
  ['scaledDotProductAttention', {}, { query: [0, 2, 3], key: [0, 4, 3], value: [0, 4, 2] }],
  [
    'multiHeadAttention',
    { embedDim: 4, heads: 2, hasBias: false },
    { query: [2, 0, 4], key: [3, 0, 4], value: [3, 0, 4], in_proj_weight: [12, 4], out_proj_weight: [4, 4] },
  ],
  ...['mse', 'l1', 'smoothL1', 'huber', 'absoluteError', 'bceWithLogits', 'klDiv', 'poissonNll', 'hingeEmbedding'].map<
    (typeof EMPTY)[number]
  >(name => [name, losses, { input: row, target: row }]),
  ['bce', losses, { input: share(row), target: share(row) }],
  ['gaussianNll', losses, { input: row, var: positive(row), target: row }],
  ['crossEntropy', losses, { input: row, target: labels([0], 3) }],
  ['nll', losses, { input: row, target: labels([0], 3) }],
  ['cosineEmbedding', losses, { a: row, b: row, target: { shape: [0], values: [] } }],
  ['multiMargin', losses, { input: row, target: labels([0], 3) }],
  ['tripletMargin', losses, { anchor: row, positive: row, negative: row }],
  ['sumSquaredError', {}, { input: row, target: row }],
  ['logisticError', {}, { input: share(row), target: share(row) }],
  ['l2Penalty', {}, { weight: row }],
];

/** Whether a layer maps one tensor `input` by a formula. */
function isElementwise({ expression, examples = [] }: Layer): boolean {
  return expression !== undefined && Object.keys(examples[0].args).join() === 'input';
}

/** The arguments of a recurrent layer of so many gates, from 2 features to 3. */
function recurrent(gates: number, states: Args, layer = ''): Args {
  return {
    ...states,
    [`weight_ih${layer}`]: [3 * gates, 2],
    [`weight_hh${layer}`]: [3 * gates, 3],
    [`bias_ih${layer}`]: [3 * gates],
    [`bias_hh${layer}`]: [3 * gates],
  };
}

/** What is decided where mathematics leaves a choice, and the worked example that shows it. */
const SHOWN: readonly [convention: string, layer: string, example: string][] = [
  ['relu at 0', 'relu', 'both sides of zero, and zero'],
  ['relu at 0 in a recurrent cell', 'rnnCell', 'relu at 0 passes nothing back'],
  ['a tie in max-pooling', 'maxPool2d', 'overlapping windows; of equal maxima the first wins'],
  ['a tie in max', 'max', 'along the rows; of equal maxima the first wins'],
  ['a tie in max over everything', 'max', 'of all elements: equal maxima share'],
  [
    'the padding row of an embedding',
    'embedding',
    'the padding row, counted from the end, is read but gets gradient 0; indices of rank 2',
  ],
  ['an ignored target', 'crossEntropy', 'weights, smoothing, and a target ignored'],
  ['no target but ignored ones', 'crossEntropy', 'all targets ignored: no gradient'],
  ['no target but ignored ones', 'nll', 'all targets ignored: no gradient'],
  [
    'a query that sees no key',
    'scaledDotProductAttention',
    'a boolean mask: a query that sees no key gives 0 and passes nothing back',
  ],
  [
    'a query that sees no key',
    'multiHeadAttention',
    'both masks: the first query sees the first key, the second none and gives out_proj_bias',
  ],
  ['zero variance', 'batchNorm', 'equal values become the bias'],
  ['zero variance', 'layerNorm', 'a sample of one element is its bias, whatever it was'],
  ['zero variance', 'groupNorm', 'a group of one element is its bias, whatever it was'],
  ['zero variance', 'instanceNorm', 'deviations of 4 and of 0 from the mean, with epsilon 9'],
  ['a norm of zero', 'rmsNorm', 'zeros, and epsilon inside the root'],
  ['a norm of zero', 'l2Normalize', 'a vector of length 5, and one of zeros'],
  ['a probability of 0 or 1', 'bce', 'certain: right costs nothing, wrong 100, half right 50'],
  ['a probability of 0 or 1', 'logisticError', 'certain and right costs nothing'],
  ['a target of 0', 'klDiv', 'two distributions, per sample; 0 log 0 = 0'],
  ['dropout with a mask', 'dropout', 'kept elements are scaled up, forward and backward'],
  ['dropout of everything', 'dropout', 'rate 1 drops all, whatever the mask'],
  ['training', 'batchNorm', 'training: two samples with a deviation of 1 from the mean, with epsilon 3'],
  ['evaluation', 'batchNorm', 'evaluation: the running statistics are used, and stay'],
];

test.each(SHOWN)('%s is a worked example of %s', (_convention, name, example) => {
  const shown = layerOf(name).examples?.find(one => one.name === example);
  expect(shown?.gradients).toBeDefined();
});

test.each(['crossEntropy', 'nll'])('%s of ignored targets alone is the mean of nothing', async name => {
  const args = { input: tensor([2, 2], [-1, -2, -3, -4]), target: tensor([2], [-100, -100]) };
  const { loss } = await layerOf(name).forward(args, {});
  expect(loss.data).toEqual(Float64Array.of(Number.NaN));
});

describe('an empty batch', () => {
  test.each(EMPTY)('goes through %s and back', async (name, config, args) => {
    const { examples: _examples, ...layer } = layerOf(name);
    const { findings, verdict } = await check({ ...layer, cases: [{ config, args }] }, { explain: false });
    expect(findings.filter(one => one.verdict !== 'pass')).toEqual([]);
    expect(verdict).toBe('pass');
  });

  test('is looked at in every layer but those that are made of layers', () => {
    const known = new Set(EMPTY.map(([name]) => name));
    expect(layers.map(({ name }) => name).filter(name => !known.has(name))).toEqual(['sequential', 'graph']);
  });

  test.each(['mse', 'bceWithLogits', 'klDiv'])('has no mean %s, and no gradient either', async name => {
    const layer = layerOf(name);
    const args = { input: tensor([0, 2], []), target: tensor([0, 2], []) };
    const outputs = await layer.forward(args, {});
    expect(outputs['loss'].data).toEqual(Float64Array.of(Number.NaN));
    const gradients = await layer.vjp(args, { loss: tensor([], [1]) }, {}, outputs);
    expect(gradients['input']).toEqual(tensor([0, 2], []));
  });
});

describe('a probability of exactly 0 or 1', () => {
  test('that is wrong has an infinite logistic error', async () => {
    const layer = layerOf('logisticError');
    const args = { input: tensor([2], [0, 1]), target: tensor([2], [1, 0]) };
    const outputs = await layer.forward(args, {});
    expect(outputs['loss'].data).toEqual(Float64Array.of(Infinity));
    const { input } = await layer.vjp(args, { loss: tensor([], [1]) }, {}, outputs);
    expect(input.data).toEqual(Float64Array.of(-Infinity, Infinity));
  });
});

describe('dropout with a seed', () => {
  const layer = layerOf('dropout');
  const input = tensor(
    [40, 50],
    Array.from({ length: 2000 }, () => 1),
  );
  const output = async (config: Config, mask?: Tensors) => (await layer.forward({ input, ...mask }, config))['output'];

  test('drops the same elements for the same seed, and others for another', async () => {
    const [first, again, other] = await Promise.all([7, 7, 8].map(seed => output({ rate: 0.25, seed })));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test('drops the share that its rate says, and scales the rest', async () => {
    const { data } = await output({ rate: 0.25, seed: 7 });
    expect(new Set(data)).toEqual(new Set([0, 4 / 3]));
    const dropped = data.filter(y => y === 0).length;
    // Five standard deviations of 2000 draws.
    expect(Math.abs(dropped - 500)).toBeLessThanOrEqual(97);
  });

  test('passes back what it let through', async () => {
    const config = { rate: 0.25, seed: 7 };
    const outputs = await layer.forward({ input }, config);
    const gradients = await layer.vjp({ input }, { output: input }, config, outputs);
    expect(gradients['input'].data).toEqual(outputs['output'].data);
  });

  test('does what it does with the mask that it drew', async () => {
    const drawn = await output({ rate: 0.25, seed: 7 });
    const mask = tensor(input.shape, drawn.data.map(Math.sign));
    expect(await output({ rate: 0.25 }, { mask })).toEqual(drawn);
  });
});
