import { arrayOf, type Dtype, sizeOf, type Tensor, type Tensors } from '../tensor.ts';

/** A tensor of a dtype from the numbers of another library's. */
export function readTensor(values: ArrayLike<number>, shape: readonly number[], dtype: Dtype): Tensor {
  const data = new (arrayOf(dtype))(sizeOf(shape));
  data.set(values);
  return { shape: [...shape], data };
}

/** What a function without names for its results returns: `output`, or `output1`, `output2`, … */
export function namedOutputs(outputs: readonly Tensor[]): Tensors {
  return Object.fromEntries(outputs.map((output, at) => [outputs.length === 1 ? 'output' : `output${at + 1}`, output]));
}
