import alea from 'seedrandom/lib/alea.js';
import { type Tensor, zerosLike } from '../tensor.ts';

/** 1 with probability 1 - rate and else 0, in the shape and dtype of `like`; equal seeds give equal masks on every machine. */
export function maskOf(like: Tensor, rate: number, seed: number | string): Tensor {
  const generator = alea(String(seed));
  const mask = zerosLike(like);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = generator.double() < rate ? 0 : 1;
  return mask;
}
