import { type ArgSpec, argSpec } from '../../src/layer.ts';
import { random } from '../../src/numeric/random.ts';
import { type Dtype, sizeOf, type Tensor, type Tensors, tensor } from '../../src/tensor.ts';

type Specs = Readonly<Record<string, ArgSpec | readonly number[]>>;

/** Arguments drawn evenly from their ranges, -1 to 1 unless said. */
export function argsOf(specs: Specs, dtype: Dtype): Tensors {
  const stream = random('bench');
  const draw = (spec: ArgSpec | readonly number[]): Tensor => {
    const { shape, integer, range: [low, high] = [-1, 1] } = argSpec(spec);
    const number = () => (integer ? stream.integer(low, high) : low + (high - low) * stream.uniform());
    return tensor(shape, Array.from({ length: sizeOf(shape) }, number), dtype);
  };
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, draw(spec)]));
}

/** An upstream for the outputs of a layer, all of which are differentiable. */
export function upstreamOf(outputs: Tensors, dtype: Dtype): Tensors {
  return argsOf(Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape])), dtype);
}
