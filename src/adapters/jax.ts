import { type ArgSpec, argSpec, defineLayer, isDifferentiable, type Layer } from '../layer.ts';
import type { Dtype, Tensor } from '../tensor.ts';
import { namedOutputs, readTensor } from './outputs.ts';
import { primalsOf, type Specs } from './specs.ts';

/*
 * Functions of jax-js 0.1. The library is handed in, so that this package needs none. On Node 20 it needs a global Float16Array to be
 * loaded: any class will do, `globalThis.Float16Array ??= class extends Uint16Array {}`.
 */

/** The library, by what it must have: `import * as jax from '@jax-js/jax'`. */
export interface Jax {
  readonly vjp: unknown;
  readonly numpy: unknown;
}

/** An array of the library: it is gone once an operation has taken it. */
interface JaxArray {
  readonly shape: number[];
  data(): Promise<ArrayLike<number>>;
}

// biome-ignore lint: the library's types differ between versions.
type Untyped = any;

export interface JaxOptions {
  readonly name?: string;
  /** What the function takes, in order. Integers arrive as int32. */
  readonly args: Specs;
  /** float64 unless said, which its cpu and wasm devices have: `await jax.init('cpu')` and `jax.defaultDevice('cpu')` choose one. */
  readonly dtype?: Dtype;
}

/**
 * A layer from a function of jax-js arrays; its backward is that of `jax.vjp`. Integers and constants are closed over. Arrays are made
 * anew for every call, since the library uses them up.
 */
export function fromJax(jax: Jax, f: (...arrays: never[]) => unknown, options: JaxOptions): Layer {
  const { args: specs, name = f.name || 'jax function', dtype = 'float64' } = options;
  const names = Object.keys(specs);
  const run = f as (...arrays: unknown[]) => unknown;
  const primals = primalsOf(specs);
  const array = ({ shape, data }: Tensor, spec?: ArgSpec | readonly number[]): JaxArray => {
    const integer = spec !== undefined && argSpec(spec).integer === true;
    const numbers = integer ? Int32Array.from(data) : Float64Array.from(data);
    const flat = (jax as Untyped).numpy.array(dtype === 'float64' || integer ? numbers : Float32Array.from(data), {
      dtype: integer ? 'int32' : dtype,
    });
    return flat.reshape([...shape]) as JaxArray;
  };

  return defineLayer({
    name,
    dtype,
    args: specs,
    async forward(args) {
      const outputs = listOf(run(...names.map(key => array(args[key], specs[key]))));
      return namedOutputs(await Promise.all(outputs.map(output => read(output, dtype))));
    },
    async vjp(args, upstream) {
      const of = (...some: unknown[]) =>
        run(
          ...names.map(key =>
            isDifferentiable(specs[key]) ? some[primals.indexOf(key)] : array(args[key], specs[key]),
          ),
        );
      const [outputs, pull] = (jax as Untyped).vjp(
        of,
        primals.map(key => array(args[key])),
      ) as [unknown, (cotangents: unknown) => JaxArray[]];
      const above = Object.values(upstream).map(one => array(one));
      const gradients = pull(Array.isArray(outputs) ? above : above[0]);
      const tensors = await Promise.all(gradients.map(one => read(one, dtype)));
      return Object.fromEntries(primals.map((key, at) => [key, tensors[at]]));
    },
  });
}

const read = async (from: JaxArray, dtype: Dtype): Promise<Tensor> => readTensor(await from.data(), from.shape, dtype);

function listOf(returned: unknown): readonly JaxArray[] {
  return (Array.isArray(returned) ? returned : [returned]) as readonly JaxArray[];
}
