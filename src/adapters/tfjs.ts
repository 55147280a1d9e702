import { type ArgSpec, argSpec, defineLayer, isDifferentiable, type Layer } from '../layer.ts';
import type { Dtype, Tensor, Tensors } from '../tensor.ts';
import { namedOutputs, readTensor } from './outputs.ts';
import { primalsOf, type Specs } from './specs.ts';

/*
 * Layers of TensorFlow.js 4. The library is handed in, so that this package needs none, and only as much of it is described here
 * as is used.
 */

/** A tensor of the library. */
export interface TfTensor {
  readonly shape: number[];
  data(): Promise<ArrayLike<number>>;
  dataSync(): ArrayLike<number>;
  dispose(): void;
}

/** The library, by what it must have: `import * as tf from '@tensorflow/tfjs'`. */
export interface Tf {
  readonly tensor: unknown;
  readonly tidy: unknown;
  readonly grads: unknown;
  readonly variableGrads: unknown;
}

/** The same without its types, which differ between versions. */
// biome-ignore lint: see above.
type Untyped = any;

type Returned = TfTensor | readonly TfTensor[];

export interface TfOptions {
  readonly name?: string;
  /** What the function takes, in order. Integers arrive as int32. */
  readonly args: Specs;
  /** Found out unless said: float64 where the library was loaded after `globalThis.Float32Array = Float64Array`. */
  readonly dtype?: Dtype;
}

/**
 * A layer from a function of TensorFlow.js tensors, or an operation made by `tf.customGrad`; its backward is that of `tf.grads`. An
 * argument that the library finds unconnected has no gradient, and is reported as missing.
 */
export function fromTf(tf: Tf, f: (...tensors: never[]) => Returned, options: TfOptions): Layer {
  const { args: specs, name = f.name || 'tf function', dtype = precisionOf(tf) } = options;
  const names = Object.keys(specs);
  const run = f as (...tensors: TfTensor[]) => Returned;
  const differentiable = primalsOf(specs);

  const gradientsOf = (given: readonly TfTensor[], upstream: readonly TfTensor[], wanted: readonly string[]) => {
    const of = (...some: TfTensor[]) => {
      const all = names.map((key, at) => some[wanted.indexOf(key)] ?? given[at]);
      return weighted(tf, listOf(run(...all)), upstream);
    };
    return (tf as Untyped).grads(of)(wanted.map(key => given[names.indexOf(key)])) as TfTensor[];
  };

  return defineLayer({
    name,
    dtype,
    args: specs,
    async forward(args) {
      const outputs: readonly TfTensor[] = (tf as Untyped).tidy(() =>
        listOf(run(...names.map(key => toTf(tf, args[key], specs[key])))),
      );
      return namedOutputs(await Promise.all(outputs.map(output => fromTensor(output, dtype))));
    },
    async vjp(args, upstream) {
      const gradients: readonly (readonly [string, TfTensor])[] = (tf as Untyped).tidy(() => {
        const given = names.map(key => toTf(tf, args[key], specs[key]));
        const above = Object.values(upstream).map(value => toTf(tf, value));
        const found = unlessUnconnected(() => gradientsOf(given, above, differentiable));
        if (found) return found.map((gradient, at) => [differentiable[at], gradient] as const);
        return differentiable.flatMap(key =>
          (unlessUnconnected(() => gradientsOf(given, above, [key])) ?? []).map(gradient => [key, gradient] as const),
        );
      });
      return fromTensors(gradients, dtype);
    },
  });
}

export interface TfLayerOptions {
  readonly name?: string;
  /** Of one input, the batch among the rest; or its spec. */
  readonly input: ArgSpec | readonly number[];
  /** Handed to `layer.apply`. */
  readonly training?: boolean;
  readonly dtype?: Dtype;
}

/** As much of a weight of a TensorFlow.js Layer as is used. */
interface Weight {
  readonly name: string;
  readonly originalName: string;
  readonly shape: number[];
  read(): TfTensor;
  write(value: TfTensor): unknown;
}

/**
 * A layer from a TensorFlow.js Layer, built or not. All its weights are drawn at random, since the zeros and ones that they begin
 * with hide faults; what it does not train (moving statistics) is written back before every call.
 */
export function fromTfLayer(tf: Tf, layer: object, options: TfLayerOptions): Layer {
  const { input, training, dtype = precisionOf(tf) } = options;
  const own = layer as Untyped;
  const { shape } = argSpec(input);
  if (!own.built) own.apply((tf as Untyped).zeros([...shape]));
  const weights = own.weights as readonly Weight[];
  const trained = new Set((own.trainableWeights as readonly Weight[]).map(({ name }) => name));
  const keyOf = ({ originalName, name }: Weight) => (originalName ?? name).split('/').slice(1).join('.') || name;
  const specs: Record<string, ArgSpec> = { input: argSpec(input) };
  for (const weight of weights) {
    const positive = /variance/.test(weight.name) && { range: [0.5, 2] as const };
    specs[keyOf(weight)] = trained.has(weight.name)
      ? { shape: weight.shape, role: 'parameter' }
      : { shape: weight.shape, differentiable: false, ...(positive || { range: [-1, 1] }) };
  }
  const apply = (args: Tensors, x: TfTensor): TfTensor => {
    for (const weight of weights) weight.write(toTf(tf, args[keyOf(weight)]));
    const returned = own.apply(x, training === undefined ? {} : { training }) as Returned;
    return listOf(returned)[0];
  };

  return defineLayer({
    name: options.name ?? String(own.getClassName?.() ?? own.name),
    dtype,
    args: specs,
    async forward(args) {
      return {
        output: await fromTensor(
          (tf as Untyped).tidy(() => apply(args, toTf(tf, args['input'], specs['input']))),
          dtype,
        ),
      };
    },
    async vjp(args, { output: upstream }) {
      const gradients: readonly (readonly [string, TfTensor])[] = (tf as Untyped).tidy(() => {
        const dy = toTf(tf, upstream);
        const x = toTf(tf, args['input'], specs['input']);
        const loss = (some: TfTensor) => weighted(tf, [apply(args, some)], [dy]);
        const found: [string, TfTensor][] = [];
        if (isDifferentiable(specs['input'])) {
          for (const gradient of unlessUnconnected(() => (tf as Untyped).grads(loss)([x]) as TfTensor[]) ?? []) {
            found.push(['input', gradient]);
          }
        }
        for (const weight of weights.filter(({ name }) => trained.has(name))) {
          const variable = (weight as Untyped).val as { name: string };
          const result = unlessUnconnected(
            () => (tf as Untyped).variableGrads(() => loss(x), [variable]) as { grads: Record<string, TfTensor> },
          );
          const gradient = result?.grads[variable.name];
          if (gradient) found.push([keyOf(weight), gradient]);
        }
        return found;
      });
      return fromTensors(gradients, dtype);
    },
  });
}

/** Whether the library keeps float64 numbers as they are. */
function precisionOf(tf: Tf): Dtype {
  const kept: ArrayLike<number> = (tf as Untyped).tidy(() => (tf as Untyped).tensor([0.1]).dataSync());
  return kept[0] === 0.1 ? 'float64' : 'float32';
}

function toTf(tf: Tf, { shape, data }: Tensor, spec?: ArgSpec | readonly number[]): TfTensor {
  const dtype = spec && argSpec(spec).integer ? 'int32' : 'float32';
  return (tf as Untyped).tensor(Array.from(data), [...shape], dtype) as TfTensor;
}

async function fromTensor(from: TfTensor, dtype: Dtype): Promise<Tensor> {
  const values = await from.data();
  from.dispose();
  return readTensor(values, from.shape, dtype);
}

async function fromTensors(pairs: readonly (readonly [string, TfTensor])[], dtype: Dtype): Promise<Tensors> {
  return Object.fromEntries(
    await Promise.all(pairs.map(async ([key, value]) => [key, await fromTensor(value, dtype)] as const)),
  );
}

function listOf(returned: Returned): readonly TfTensor[] {
  return Array.isArray(returned) ? (returned as readonly TfTensor[]) : [returned as TfTensor];
}

/** sum over the outputs of sum(output * upstream), whose gradient is the vjp. */
function weighted(tf: Tf, outputs: readonly TfTensor[], upstream: readonly TfTensor[]): TfTensor {
  const any = tf as Untyped;
  return outputs
    .map((output, at) => any.sum(any.mul(output, upstream[at])) as TfTensor)
    .reduce((total, term) => any.add(total, term) as TfTensor);
}

/** What `f` returns; undefined where the library has no gradient: nothing connects an argument with the result, or an operation has none. */
function unlessUnconnected<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch (error) {
    if (/Cannot compute gradient|Cannot find a connection/.test(String(error))) return undefined;
    throw error;
  }
}
