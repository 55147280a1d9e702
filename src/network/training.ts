import type { Data, Tensors } from '../tensor.ts';
import { batchOf, orderOf, rightOnes } from './batch.ts';
import type { Digits } from './digits.ts';
import { type Memory, optimizer } from './optimizers.ts';
import { type BatchPass, batchForward, batchPass, beginning } from './pass.ts';
import type { Recipe } from './recipe.ts';

/** Losses are per sample, accuracies from 0 to 1. */
export interface Measured {
  readonly loss: number;
  readonly accuracy: number;
}

export interface Epoch {
  /** From 1. */
  readonly epoch: number;
  readonly training: Measured;
  readonly test: Measured;
}

/** Where a training stands. From the same state it goes on in the same way, bit for bit. */
export interface State {
  /** Epochs that are over, and samples of the one that is not. */
  epoch: number;
  position: number;
  /** Batches so far. */
  step: number;
  readonly parameters: Tensors;
  readonly memories: Record<string, Memory>;
  /** Sums over the samples of this epoch. */
  loss: number;
  right: number;
  /** The loss of a sample at the start. */
  first?: number;
  readonly history: Epoch[];
}

export function begin(recipe: Recipe, seed: string): State {
  const parameters = beginning(recipe, seed);
  return { epoch: 0, position: 0, step: 0, parameters, memories: {}, loss: 0, right: 0, history: [] };
}

/** A loss so many times that of the start has exploded. */
const EXPLODED = 1e6;

/** A training that cannot go on. */
export class Diverged extends Error {
  override readonly name = 'Diverged';
  readonly step: number;
  /** The first tensor, forward and then back, that is not finite: "conv1.weight", "tanh1.output", "gradient of fc1.bias". */
  readonly tensor?: string;

  constructor(reason: string, step: number, tensor?: string) {
    super(reason);
    this.step = step;
    if (tensor !== undefined) this.tensor = tensor;
  }
}

/**
 * One epoch, or what is left of it, a batch at a time; yields after every batch, and may be left there. `state` is changed in place.
 * @throws Diverged when a number is not finite any more, or the loss is a million times that of the start.
 */
export function* epochOf(recipe: Recipe, digits: Digits, state: State, seed: string): Generator<BatchPass> {
  const { settings } = recipe;
  const count = digits.labels.length;
  const order = orderOf(count, seed, state.epoch);
  const update = optimizer(settings.optimizer);
  const rate = settings.optimizer.learningRate * (settings.rateDecay ?? 1) ** state.epoch;
  while (state.position < count) {
    const chosen = order.subarray(state.position, state.position + settings.batch);
    const batch = batchOf(recipe, digits, chosen);
    const pass = batchPass(recipe, { ...state.parameters, ...batch });
    state.step++;
    const perSample = settings.reduction === 'mean' ? pass.loss : pass.loss / chosen.length;
    state.first ??= perSample;
    expectFinite(pass, state, perSample);
    for (const [name, { data }] of Object.entries(state.parameters)) {
      const gradient = pass.gradients[name]?.data;
      if (!gradient || settings.frozen?.includes(name)) continue;
      update(data, gradient, (state.memories[name] ??= {}), state.step, rate);
    }
    state.position += chosen.length;
    state.loss += perSample * chosen.length;
    state.right += rightOnes(pass.scores.data, digits.labels, chosen);
    yield pass;
  }
}

/** Closes an epoch: measures it on pictures that were not trained on, and keeps the result. */
export function closeEpoch(recipe: Recipe, test: Digits, state: State): Epoch {
  const training = { loss: state.loss / state.position, accuracy: state.right / state.position };
  state.epoch++;
  const result = { epoch: state.epoch, training, test: evaluate(recipe, test, state.parameters) };
  state.history.push(result);
  state.position = state.loss = state.right = 0;
  return result;
}

/** Pictures that are gone through at once where nothing is learned. */
const AT_ONCE = 100;

export function evaluate(recipe: Recipe, digits: Digits, parameters: Tensors): Measured {
  const count = digits.labels.length;
  let [loss, right] = [0, 0];
  for (let from = 0; from < count; from += AT_ONCE) {
    const chosen = Uint32Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, n) => from + n);
    const result = batchForward(recipe, { ...parameters, ...batchOf(recipe, digits, chosen) });
    loss += recipe.settings.reduction === 'mean' ? result.loss * chosen.length : result.loss;
    right += rightOnes(result.scores.data, digits.labels, chosen);
  }
  return { loss: loss / count, accuracy: right / count };
}

function expectFinite(pass: BatchPass, { parameters, step, first = 0 }: State, loss: number): void {
  const { values, arriving, gradients } = pass;
  if (Number.isFinite(loss) && Object.values(gradients).every(({ data }) => isFinite_(data))) {
    if (!(Math.abs(loss) <= EXPLODED * Math.max(first, 1e-3))) {
      throw new Diverged(
        `the loss has exploded, from ${first.toPrecision(3)} to ${loss.toPrecision(3)} a sample`,
        step,
      );
    }
    return;
  }
  const backward = Object.entries(arriving).toReversed();
  const inOrder = [
    ...Object.entries(parameters),
    ...Object.entries(values),
    ...[...backward, ...Object.entries(gradients)].map(([name, value]) => [`gradient of ${name}`, value] as const),
  ];
  const [tensor] = inOrder.find(([, { data }]) => !isFinite_(data)) ?? ['the loss'];
  throw new Diverged(`${tensor} is not finite any more`, step, tensor);
}

/** A sum is finite only where all its terms are. */
function isFinite_(data: Data): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  return Number.isFinite(sum);
}
