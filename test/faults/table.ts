import { activations } from './activations.ts';
import { adversary } from './adversary.ts';
import { attention } from './attention.ts';
import { compositions } from './compositions.ts';
import { contract } from './contract.ts';
import { convolution } from './convolution.ts';
import { convolutions } from './convolutions.ts';
import { dense } from './dense.ts';
import type { Fault } from './fault.ts';
import { graphs } from './graphs.ts';
import { lossFunctions } from './lossFunctions.ts';
import { losses } from './losses.ts';
import { normalisation } from './normalisation.ts';
import { pointwise } from './pointwise.ts';
import { pooling } from './pooling.ts';
import { pools } from './pools.ts';
import { products } from './products.ts';
import { recurrent } from './recurrent.ts';
import { reductions } from './reductions.ts';
import { shapes } from './shapes.ts';
import { vectors } from './vectors.ts';

/** Every deliberately wrong layer, by topic: what it is a fault in. */
export const table: readonly [topic: string, faults: readonly Fault[]][] = [
  ['a convolution', convolution],
  ['a convolution of another kind', convolutions],
  ['a pooling', pooling],
  ['another pooling', pools],
  ['a dense layer', dense],
  ['a product or a look-up', products],
  ['a reduction or a softmax', reductions],
  ['an activation', activations],
  ['an elementwise layer', pointwise],
  ['a layer of shapes', shapes],
  ['a normalisation', normalisation],
  ['a loss', losses],
  ['a built-in loss', lossFunctions],
  ['the contract', contract],
  ['a recurrent layer', recurrent],
  ['an attention', attention],
  ['a composition', compositions],
  ['a graph', graphs],
  ['kernels with vectors', vectors],
  ['a dark corner', adversary],
];
