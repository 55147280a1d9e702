import type * as FastCheck from 'fast-check';
import { shapes } from '../arbitraries.ts';
import { after } from '../kernels/after.ts';
import { chainBackward, chainForward, inputOf, type Step } from '../kernels/chain.ts';
import { type ArgSpec, argSpec, type CaseSpec, defineLayer, type Layer } from '../layer.ts';
import { tensor } from '../tensor.ts';
import { conv2d } from './conv2d.ts';
import { flatten } from './flatten.ts';
import { linear } from './linear.ts';
import { maxPool2d } from './maxPool2d.ts';
import { relu } from './relu.ts';
import { sigmoid } from './sigmoid.ts';
import { sumSquaredError } from './sumSquaredError.ts';
import { tanh } from './tanh.ts';

export type { Step };

export interface SequentialConfig {
  readonly layers: readonly Step[];
}

/** A step and the shapes of its own arguments: all but the one that takes what comes from the step before. */
export interface SizedStep extends Step {
  readonly args?: Readonly<Record<string, ArgSpec | readonly number[]>>;
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

  forward: (args, { layers }) => after(chainForward(layers, args), visits => visits[visits.length - 1].outputs),
  vjp: (args, upstream, { layers }) => after(chainForward(layers, args), visits => chainBackward(visits, upstream)),

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

/**
 * A network as a layer of its own: the steps bound (whatever config a call brings), its one case worked out from the
 * shapes that they give, its constants and axes those of the steps, prefixed. `input` is what the first step is given.
 * What else a layer may declare can be given in `declared`.
 */
export function network(
  name: string,
  steps: readonly SizedStep[],
  input: ArgSpec | readonly number[],
  declared: Partial<Omit<Layer, 'name' | 'forward' | 'vjp' | 'cases'>> = {},
): Layer {
  const { config, args } = caseOf(steps, input);
  const { nondifferentiable } = steps[steps.length - 1].layer;
  return defineLayer({
    name,
    formula: steps.map(step => `${step.name}: ${step.layer.name}`).join(' → '),
    constants: Object.keys(args).filter(argument => argSpec(args[argument]).differentiable === false),
    axes: axesOf(steps),
    composed: true,
    ...(nondifferentiable && { nondifferentiable }),
    ...(steps.some(step => step.layer.dtype === 'float32') && { dtype: 'float32' }),
    ...declared,
    config,
    args,
    forward: given => sequential.forward(given, config),
    vjp: (given, upstream, _config, outputs) => sequential.vjp(given, upstream, config, outputs),
  });
}

/** The case of a network: its config, and every argument under the name that the chain gives it. */
function caseOf(steps: readonly SizedStep[], input: ArgSpec | readonly number[]): CaseSpec<SequentialConfig> {
  const spec = (step: Step, name: string, given: ArgSpec | readonly number[], role: ArgSpec['role']): ArgSpec => ({
    ...(step.layer.constants?.includes(name) ? { differentiable: false } : { role }),
    ...argSpec(given),
  });
  const args: Record<string, ArgSpec> = { input: spec(steps[0], inputOf(steps[0]), input, 'input') };
  for (const step of steps) {
    for (const [name, given] of Object.entries(step.args ?? {})) {
      args[`${step.name}.${name}`] = spec(step, name, given, 'parameter');
    }
  }
  return { config: { layers: steps.map(({ args: _shapes, ...step }) => step) }, args };
}

/** Axes of the input, of the steps' own arguments and of the outputs, where the layers name them. */
function axesOf(steps: readonly SizedStep[]): NonNullable<Layer['axes']> {
  const named: Record<string, readonly string[]> = {};
  for (const [at, step] of steps.entries()) {
    for (const [name, axes] of Object.entries(step.layer.axes ?? {})) {
      if (name in (step.args ?? {})) named[`${step.name}.${name}`] = axes;
      else if (name === inputOf(step) && at === 0) named.input = axes;
      else if (name !== inputOf(step) && at === steps.length - 1) named[name] = axes;
    }
  }
  return named;
}

type Networks = FastCheck.Arbitrary<CaseSpec<SequentialConfig>>;

function perceptrons(fc: typeof FastCheck): Networks {
  const extent = fc.integer({ min: 1, max: 4 });
  return fc
    .record({ batch: extent, inFeatures: extent, hidden: extent, outFeatures: extent, hasBias: fc.boolean() })
    .map(({ batch, inFeatures, hidden, outFeatures, hasBias }) =>
      caseOf(
        [
          linearStep('fc1', inFeatures, hidden, hasBias),
          { name: 'act', layer: tanh },
          linearStep('fc2', hidden, outFeatures, true),
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
      return caseOf(
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
          linearStep('fc', filters * pooled, 2, true),
        ],
        [batch, channels, rows, columns],
      );
    });
}

function sigmoidChains(fc: typeof FastCheck): Networks {
  return fc
    .record({ shape: shapes(fc, { maxRank: 3, maxExtent: 3 }), length: fc.integer({ min: 1, max: 3 }) })
    .map(({ shape, length }) =>
      caseOf(
        Array.from({ length }, (_, at) => ({ name: `sigmoid${at + 1}`, layer: sigmoid })),
        shape,
      ),
    );
}

function linearStep(name: string, inFeatures: number, outFeatures: number, hasBias: boolean): SizedStep {
  return {
    name,
    layer: linear,
    config: { inFeatures, outFeatures, hasBias },
    args: { weight: [outFeatures, inFeatures], ...(hasBias && { bias: [outFeatures] }) },
  };
}
