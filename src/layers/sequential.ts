import type * as FastCheck from 'fast-check';
import { shapes } from '../arbitraries.ts';
import { graphImplementation, type Step } from '../kernels/graph.ts';
import { networkCase, type SizedStep } from '../kernels/network.ts';
import { type CaseSpec, defineLayer } from '../layer.ts';
import { tensor } from '../tensor.ts';
import { conv2d } from './conv2d.ts';
import { flatten } from './flatten.ts';
import { linear } from './linear.ts';
import { maxPool2d } from './maxPool2d.ts';
import { relu } from './relu.ts';
import { sigmoid } from './sigmoid.ts';
import { sumSquaredError } from './sumSquaredError.ts';
import { tanh } from './tanh.ts';

export interface SequentialConfig {
  readonly layers: readonly Step[];
}

/**
 * Layers in a row: the first output of each is the first argument of the next. Its arguments are `input`, which is the
 * first argument of the first layer whatever that calls it, and those of the steps as `<step>.<argument>`
 * (conv1.weight, loss.target); its outputs are those of the last step. Further outputs of the steps before are not used.
 *
 * Nothing is kept between calls: the vjp goes forward once more and then back. It is synchronous if all its layers are.
 */
export const sequential = defineLayer<SequentialConfig>({
  name: 'sequential',
  composed: true,
  formula: 'y = f_n(… f_2(f_1(x; θ_1); θ_2) …; θ_n)',
  source: 'torch.nn.Sequential; the chain rule',
  cases: fc => fc.oneof(perceptrons(fc), convolutionalNetworks(fc), sigmoidChains(fc)),

  ...graphImplementation,

  examples: [
    {
      name: 'two linear layers, relu between',
      source: 'by hand',
      config: {
        layers: [
          { name: 'fc1', layer: linear, config: { inFeatures: 2, outFeatures: 2 } },
          { name: 'act', layer: relu },
          { name: 'fc2', layer: linear, config: { inFeatures: 2, outFeatures: 1 } },
        ],
      },
      args: {
        input: tensor([1, 2], [1, 2]),
        'fc1.weight': tensor([2, 2], [1, 1, 1, -1]),
        'fc1.bias': tensor([2], [0, 0.5]),
        'fc2.weight': tensor([1, 2], [2, 4]),
        'fc2.bias': tensor([1], [1]),
      },
      outputs: { output: tensor([1, 1], [7]) },
      upstream: { output: tensor([1, 1], [2]) },
      gradients: {
        input: tensor([1, 2], [4, 4]),
        'fc1.weight': tensor([2, 2], [4, 8, 0, 0]),
        'fc1.bias': tensor([2], [4, 0]),
        'fc2.weight': tensor([1, 2], [6, 0]),
        'fc2.bias': tensor([1], [2]),
      },
    },
    {
      name: 'one layer, by its other implementation',
      source: 'by hand',
      config: {
        layers: [
          {
            name: 'conv',
            layer: conv2d,
            config: { inChannels: 1, outChannels: 1, kernel: 1, hasBias: false },
            implementation: 'im2col',
          },
        ],
      },
      args: { input: tensor([1, 1, 1, 2], [1, 3]), 'conv.weight': tensor([1, 1, 1, 1], [2]) },
      outputs: { output: tensor([1, 1, 1, 2], [2, 6]) },
      upstream: { output: tensor([1, 1, 1, 2], [1, -1]) },
      gradients: { input: tensor([1, 1, 1, 2], [2, -2]), 'conv.weight': tensor([1, 1, 1, 1], [-2]) },
    },
  ],
});

type Networks = FastCheck.Arbitrary<CaseSpec<SequentialConfig>>;

function perceptrons(fc: typeof FastCheck): Networks {
  const extent = fc.integer({ min: 1, max: 4 });
  return fc
    .record({ batch: extent, inFeatures: extent, hidden: extent, outFeatures: extent, hasBias: fc.boolean() })
    .map(({ batch, inFeatures, hidden, outFeatures, hasBias }) =>
      networkCase(
        [
          linearStep('fc1', inFeatures, hidden, hasBias),
          { name: 'act', layer: tanh },
          linearStep('fc2', hidden, outFeatures),
          { name: 'loss', layer: sumSquaredError, config: { half: true }, args: { target: [batch, outFeatures] } },
        ],
        [batch, inFeatures],
      ),
    );
}

function convolutionalNetworks(fc: typeof FastCheck): Networks {
  const few = fc.integer({ min: 1, max: 2 });
  const some = fc.integer({ min: 4, max: 6 });
  return fc
    .record({
      batch: few,
      channels: few,
      filters: few,
      kernel: fc.integer({ min: 1, max: 3 }),
      rows: some,
      columns: some,
      implementation: fc.constantFrom(undefined, 'im2col'),
    })
    .map(({ batch, channels, filters, kernel, rows, columns, implementation }) => {
      const conv = { inChannels: channels, outChannels: filters, kernel };
      const weight = [filters, channels, kernel, kernel];
      const pooled = Math.floor((rows - kernel + 1) / 2) * Math.floor((columns - kernel + 1) / 2);
      return networkCase(
        [
          {
            name: 'conv',
            layer: conv2d,
            config: conv,
            args: { weight, bias: [filters] },
            ...(implementation && { implementation }),
          },
          { name: 'act', layer: relu },
          { name: 'pool', layer: maxPool2d, config: { kernel: 2 } },
          { name: 'flat', layer: flatten },
          linearStep('fc', filters * pooled, 2),
        ],
        [batch, channels, rows, columns],
      );
    });
}

function sigmoidChains(fc: typeof FastCheck): Networks {
  return fc
    .record({ shape: shapes(fc, { maxRank: 3, maxExtent: 3 }), length: fc.integer({ min: 1, max: 3 }) })
    .map(({ shape, length }) =>
      networkCase(
        Array.from({ length }, (_, at) => ({ name: `sigmoid${at + 1}`, layer: sigmoid })),
        shape,
      ),
    );
}

/** A linear layer as a step. */
export function linearStep(name: string, inFeatures: number, outFeatures: number, hasBias = true): SizedStep {
  return {
    name,
    layer: linear,
    config: { inFeatures, outFeatures, hasBias },
    args: { weight: [outFeatures, inFeatures], ...(hasBias && { bias: [outFeatures] }) },
  };
}
