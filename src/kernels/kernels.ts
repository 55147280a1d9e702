import { type Data, emptyLike } from '../tensor.ts';
import { col2im, im2col } from './im2col.ts';
import { matmul } from './matmul.ts';

/** What products of matrices and convolutions are made of. */
export interface Kernels {
  /** Takes as much scratch as A has numbers where both operands are transposed, and none otherwise. */
  readonly matmul: typeof matmul;
  readonly im2col: typeof im2col;
  readonly col2im: typeof col2im;
  /** Room for numbers of the kind of `like`, whatever numbers are in it. */
  readonly scratch: (like: Data, length: number) => Data;
}

/**
 * Runs work with some set of kernels, on arrays that these can use: the numbers of `inputs`, and new arrays of `sizes`, zeros to
 * which the work adds; returns the latter. Work may ask for `scratch` numbers of room.
 */
export type Engine = (
  inputs: readonly Data[],
  sizes: readonly number[],
  scratch: number,
  work: (kernels: Kernels, inputs: readonly Data[], results: readonly Data[]) => void,
) => readonly Data[];

const kernels: Kernels = { matmul, im2col, col2im, scratch: emptyLike };

/** The kernels in TypeScript, on the arrays themselves. */
export const plain: Engine = (inputs, sizes, _scratch, work) => {
  const results = sizes.map(size => emptyLike(inputs[0], size));
  work(kernels, inputs, results);
  return results;
};
