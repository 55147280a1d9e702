import { random } from '../numeric/random.ts';
import { sizeOf, type Tensors, tensor } from '../tensor.ts';
import type { Digits } from './digits.ts';
import type { Recipe } from './recipe.ts';

/** Grey levels as numbers. Mean and deviation are those of MNIST's training images on the scale 0 to 1. */
const SCALES: Readonly<Record<Recipe['settings']['scale'], (grey: number) => number>> = {
  raw: grey => grey,
  unit: grey => grey / 255,
  standard: grey => (grey / 255 - 0.1307) / 0.3081,
};

/**
 * Pictures as a network takes them, with ground around them to its size: `input` [batch, …recipe.input] and `loss.target`.
 * @throws RangeError where the network's input is not square, or smaller than the pictures.
 */
export function batchOf(recipe: Recipe, digits: Digits, chosen: ArrayLike<number>): Tensors {
  const { rows, columns, images, labels } = digits;
  const size = sizeOf(recipe.input);
  const side = Math.sqrt(size);
  if (!Number.isInteger(side) || side < Math.max(rows, columns)) {
    throw new RangeError(
      `${recipe.name} takes inputs [${recipe.input.join(', ')}]; pictures are ${rows} by ${columns}`,
    );
  }
  const scale = SCALES[recipe.settings.scale];
  const levels = Float64Array.from({ length: 256 }, (_, grey) => scale(grey));
  const [top, left] = [Math.floor((side - rows) / 2), Math.floor((side - columns) / 2)];
  const data = new Float64Array(chosen.length * size).fill(levels[0]);
  for (let n = 0; n < chosen.length; n++) {
    const from = chosen[n] * rows * columns;
    for (let y = 0; y < rows; y++) {
      const to = n * size + (top + y) * side + left;
      for (let x = 0; x < columns; x++) data[to + x] = levels[images[from + y * columns + x]];
    }
  }
  const right = Array.from(chosen, n => labels[n]);
  return { input: tensor([chosen.length, ...recipe.input], data), 'loss.target': targetOf(recipe, right) };
}

function targetOf({ loss, settings: { targets: [wrong, right] = [0, 1] } }: Recipe, labels: readonly number[]) {
  if (loss.target === 'label') return tensor([labels.length], labels);
  const numbers = labels.flatMap(label => Array.from({ length: 10 }, (_, k) => (k === label ? right : wrong)));
  return tensor([labels.length, 10], numbers);
}

/** In which order the pictures come in an epoch. */
export function orderOf(count: number, seed: string, epoch: number): Uint32Array {
  const stream = random(`${seed}/order/${epoch}`);
  const order = Uint32Array.from({ length: count }, (_, n) => n);
  for (let n = count - 1; n > 0; n--) {
    const other = stream.integer(0, n);
    [order[n], order[other]] = [order[other], order[n]];
  }
  return order;
}

/** How many of a batch have their largest score at the label. */
export function rightOnes(scores: ArrayLike<number>, labels: Uint8Array, chosen: ArrayLike<number>): number {
  let right = 0;
  for (let n = 0; n < chosen.length; n++) {
    let best = 0;
    for (let k = 1; k < 10; k++) if (scores[10 * n + k] > scores[10 * n + best]) best = k;
    if (best === labels[chosen[n]]) right++;
  }
  return right;
}
