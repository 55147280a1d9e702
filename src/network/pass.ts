import { type GraphConfig, pass as throughGraph, valuesIn } from '../kernels/graph.ts';
import { networkCase } from '../kernels/network.ts';
import { argSpec, defineLayer, type Layer } from '../layer.ts';
import { random } from '../numeric/random.ts';
import { scalar, sizeOf, type Tensor, type Tensors, tensor } from '../tensor.ts';
import { INITIALISERS } from './initialisers.ts';
import type { Recipe } from './recipe.ts';

/** What a batch gives, forward and back. */
export interface BatchPass {
  /** Of the batch as a whole: the sum or the mean of the losses of its samples, and the penalty. */
  readonly loss: number;
  /** The scores, [batch, 10]. */
  readonly scores: Tensor;
  readonly gradients: Tensors;
  /** What the layers give, as "layer.output", in order; and the gradients of the loss with respect to it. */
  readonly values: Tensors;
  readonly arriving: Tensors;
}

const LOSS = 'loss';

function graphOf({ nodes, loss: { layer, config } }: Recipe): GraphConfig {
  return {
    layers: [...nodes.map(({ args: _shapes, ...node }) => node), { name: LOSS, layer, config, input: 'input' }],
    outputs: { [LOSS]: LOSS },
  };
}

/** Goes through a network with a batch. args: parameters, `input`, `loss.target`. @throws TypeError where a layer answers later. */
export function batchPass(recipe: Recipe, args: Tensors, upstream = 1): BatchPass {
  const { penalty } = recipe.settings;
  const share = shareOf(recipe, args);
  const result = throughGraph(args, { [LOSS]: scalar(upstream * share) }, graphOf(recipe));
  if (result instanceof Promise) throw asynchronous(recipe);
  for (const name of penalty?.of ?? []) {
    const [weights, gradient] = [args[name].data, result.gradients[name].data];
    for (let i = 0; i < weights.length; i++) gradient[i] += upstream * (penalty?.lambda ?? 0) * weights[i];
  }
  const { values, gradients, arriving, outputs } = result;
  return {
    loss: share * outputs[LOSS].data[0] + penaltyOf(recipe, args),
    scores: scoresIn(recipe, values),
    gradients,
    values,
    arriving,
  };
}

/** The same, forward only. */
export function batchForward(recipe: Recipe, args: Tensors): Pick<BatchPass, 'loss' | 'scores' | 'values'> {
  const values = valuesIn(args, graphOf(recipe));
  if (values instanceof Promise) throw asynchronous(recipe);
  const [loss] = Object.entries(values).filter(([name]) => name.startsWith(`${LOSS}.`));
  return {
    loss: shareOf(recipe, args) * loss[1].data[0] + penaltyOf(recipe, args),
    scores: scoresIn(recipe, values),
    values,
  };
}

/** The loss of a batch as a layer, so that what trains is what is checked. */
export function lossLayer(recipe: Recipe, batch: number): Layer {
  const { config, args } = caseOf(recipe, batch);
  return defineLayer({
    name: recipe.name,
    formula: `${recipe.nodes.map(({ layer }) => layer.name).join(' → ')} → ${recipe.loss.layer.name}`,
    composed: true,
    constants: Object.keys(args).filter(name => argSpec(args[name]).differentiable === false),
    config,
    args,
    forward: all => ({ loss: scalar(batchForward(recipe, all).loss) }),
    vjp: (all, { loss }) => batchPass(recipe, all, loss.data[0]).gradients,
  });
}

/** Parameters as a network begins: weights drawn, biases 0, what has values given by them. Equal seeds give equal ones. */
export function beginning(recipe: Recipe, seed: string): Tensors {
  const draw = INITIALISERS[recipe.settings.initialiser];
  const { args } = caseOf(recipe, 1);
  const parameters = Object.entries(args).filter(([name]) => name !== 'input' && !name.startsWith(`${LOSS}.`));
  return Object.fromEntries(
    parameters.map(([name, spec]) => {
      const { shape, values } = argSpec(spec);
      const stream = random(`${seed}/${recipe.name}/${name}`);
      const begins =
        values ?? Array.from({ length: sizeOf(shape) }, () => (shape.length > 1 ? draw(shape, stream) : 0));
      return [name, tensor(shape, begins)];
    }),
  );
}

function caseOf({ nodes, input, loss }: Recipe, batch: number) {
  const classes = 10;
  const target =
    loss.target === 'label'
      ? { shape: [batch], integer: true, range: [0, classes - 1] as const }
      : { shape: [batch, classes], range: [0, 1] as const };
  const last = { name: LOSS, layer: loss.layer, config: loss.config, input: 'input', args: { target } };
  const { args, config } = networkCase([...nodes, last], [batch, ...input]);
  return { config, args: scaled(args) };
}

/** How far biases and pictures that are drawn go from 0. */
const BIAS = 0.5;
const PICTURE = 3;

/** Weights are drawn as small as they are when a network begins, biases and pictures not far from it, or its activations would be saturated. */
function scaled(args: ReturnType<typeof networkCase>['args']): typeof args {
  return Object.fromEntries(
    Object.entries(args).map(([name, given]) => {
      const spec = argSpec(given);
      const isParameter = spec.role === 'parameter';
      if (spec.range || spec.values || !(isParameter || name === 'input')) return [name, spec];
      const weights = sizeOf(spec.shape.slice(1));
      const limit = !isParameter ? PICTURE : spec.shape.length < 2 ? BIAS : Math.sqrt(3 / weights);
      return [name, { ...spec, range: [-limit, limit] as const }];
    }),
  );
}

function shareOf({ settings }: Recipe, { input }: Tensors): number {
  return settings.reduction === 'mean' ? 1 / input.shape[0] : 1;
}

function penaltyOf({ settings: { penalty } }: Recipe, args: Tensors): number {
  let sum = 0;
  for (const name of penalty?.of ?? []) for (const w of args[name].data) sum += w ** 2;
  return ((penalty?.lambda ?? 0) / 2) * sum;
}

function scoresIn({ nodes }: Recipe, values: Tensors): Tensor {
  const { name } = nodes[nodes.length - 1];
  return Object.entries(values).filter(([value]) => value.startsWith(`${name}.`))[0][1];
}

function asynchronous({ name }: Recipe): TypeError {
  return new TypeError(`a layer of ${name} returns a promise; training needs layers that answer at once`);
}
