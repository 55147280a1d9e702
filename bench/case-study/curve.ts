import type { Data, Recipe } from '../../src/network/recipe.ts';
import { begin, closeEpoch, Diverged, epochOf } from '../../src/network/training.ts';

/** A stretch of a training. Errors are sums of squares over 50 images; accuracies are from 0 to 1. */
interface Point {
  /** Seen so far. */
  readonly images: number;
  readonly error: number;
  readonly accuracy: number;
}

/** What is kept of a training. */
export interface Run {
  readonly name: string;
  readonly network: string;
  readonly rate: number;
  readonly batch: number;
  readonly reduction: string;
  readonly initialiser: string;
  readonly scale: string;
  /** Of an epoch, and those that were tested on. */
  readonly pictures: { readonly training: number; readonly test: number };
  /** Stretches of equal length: twenty an epoch. */
  readonly curve: readonly Point[];
  /** The lowest and the highest accuracy of a batch in the second half. */
  readonly batches: readonly [lowest: number, highest: number];
  /** After every epoch, on the test images. */
  readonly test: readonly { readonly error: number; readonly accuracy: number }[];
  /** The images after which it could not go on, and why. */
  readonly diverged?: { readonly images: number; readonly reason: string };
}

const STRETCHES = 20;

/** Half a sum of squares is what a sample's loss is; the person's error is taken for a sum of squares over 50. */
export const errorOf = (loss: number) => 50 * 2 * loss;

/** Trains a network from the start, and keeps its curves. Equal arguments give equal runs. */
export function trained(name: string, recipe: Recipe, { training, test }: Data, epochs: number, seed = '42'): Run {
  const { settings } = recipe;
  const count = training.labels.length;
  const state = begin(recipe, seed);
  const curve: Point[] = [];
  let batches: [number, number] = [1, 0];
  let diverged: Run['diverged'];
  for (let epoch = 0; epoch < epochs && !diverged; epoch++) {
    let [images, loss, right] = [0, 0, 0];
    const keep = () => {
      const [of, seen] = [state.position - images, epoch * count + state.position];
      if (of > 0)
        curve.push({ images: seen, error: errorOf((state.loss - loss) / of), accuracy: (state.right - right) / of });
      [images, loss, right] = [state.position, state.loss, state.right];
    };
    let before = { position: 0, right: 0 };
    try {
      for (const _ of epochOf(recipe, training, state, seed)) {
        const accuracy = (state.right - before.right) / (state.position - before.position);
        before = { position: state.position, right: state.right };
        if (2 * (epoch * count + state.position) > epochs * count) {
          batches = [Math.min(batches[0], accuracy), Math.max(batches[1], accuracy)];
        }
        if (state.position - images >= count / STRETCHES) keep();
      }
      keep();
      closeEpoch(recipe, test, state);
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      keep();
      diverged = { images: epoch * count + state.position, reason: error.message };
    }
  }
  return {
    name,
    network: recipe.name,
    rate: settings.optimizer.learningRate,
    batch: settings.batch,
    reduction: settings.reduction,
    initialiser: settings.initialiser,
    scale: settings.scale,
    pictures: { training: count, test: test.labels.length },
    curve,
    batches,
    test: state.history.map(({ test: { loss, accuracy } }) => ({ error: errorOf(loss), accuracy })),
    ...(diverged && { diverged }),
  };
}
