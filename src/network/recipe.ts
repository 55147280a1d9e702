import type { Step } from '../kernels/graph.ts';
import type { SizedNode } from '../kernels/network.ts';
import type { Digits } from './digits.ts';
import type { Initialiser } from './initialisers.ts';
import type { OptimizerSpec } from './optimizers.ts';

/** How a network is trained. */
export interface Settings {
  readonly optimizer: OptimizerSpec;
  /** The learning rate is multiplied by this after every epoch; 1 unless said. */
  readonly rateDecay?: number;
  readonly batch: number;
  /** Whether the gradients of a batch are added, or averaged. */
  readonly reduction: 'sum' | 'mean';
  readonly initialiser: Initialiser;
  /** λ / 2 times the sum of squares of these parameters is added to the loss of every batch. */
  readonly penalty?: { readonly lambda: number; readonly of: readonly string[] };
  /** How grey becomes a number: 0 to 255 as it is, 0 to 1, or with mean 0 and deviation 1 over MNIST. */
  readonly scale: 'raw' | 'unit' | 'standard';
  /** What the outputs of the wrong classes and of the right one are to be, for losses that compare numbers. */
  readonly targets?: readonly [wrong: number, right: number];
  /** Parameters that stay as they begin. */
  readonly frozen?: readonly string[];
}

/** A network for pictures of digits, and how it is trained. */
export interface Recipe {
  readonly name: string;
  /** Of one picture: [1, 32, 32], or [1024] for layers that take rows of numbers. */
  readonly input: readonly number[];
  /** From the input to ten scores, in a row. */
  readonly nodes: readonly SizedNode[];
  /** Takes `input`, the scores, and `target`; a sum over the samples of a batch. */
  readonly loss: Pick<Step, 'layer' | 'config'> & { readonly target: 'label' | 'numbers' };
  readonly settings: Settings;
}

/** Where the pictures come from. */
export interface Data {
  readonly training: Digits;
  readonly test: Digits;
}

/**
 * A value that has the parts of a recipe.
 */
export function isRecipe(value: unknown): value is Recipe {
  if (typeof value !== 'object' || value === null) return false;
  const { name, input, nodes, loss, settings } = value as Partial<Recipe>;
  return (
    typeof name === 'string' &&
    Array.isArray(input) &&
    Array.isArray(nodes) &&
    typeof loss === 'object' &&
    typeof settings === 'object'
  );
}
