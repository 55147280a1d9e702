import { UsageError } from '../cases.ts';
import { type ArgSpec, argSpec, defineLayer, type Layer } from '../layer.ts';
import { type Data, scalar, type Tensors } from '../tensor.ts';

/** The library, by what it must have: `import convnetjs from 'convnetjs'`. */
export interface Convnetjs {
  readonly Vol: unknown;
}

/** A block of numbers: index ((sx y) + x) depth + d. */
interface Vol {
  readonly sx: number;
  readonly sy: number;
  readonly depth: number;
  w: Float64Array;
  dw: Float64Array;
}

/** As much of one of its layers as is used. */
interface ConvnetLayer {
  readonly layer_type?: string;
  forward(x: Vol, isTraining?: boolean): Vol;
  /** A loss takes what is right, and returns the loss. */
  backward(y?: unknown): unknown;
  getParamsAndGrads(): readonly { readonly params: Float64Array; readonly grads: Float64Array }[];
}

export interface ConvnetjsOptions {
  /** The layer's name in reports; its layer_type unless said. */
  readonly name?: string;
  /** [sy, sx, depth] of the one example that it takes. */
  readonly input: Extents | (ArgSpec & { readonly shape: Extents });
  /** What the backward of a loss is given: a class, or numbers. Then the output is the loss. */
  readonly y?: unknown;
  readonly training?: boolean;
}

type Extents = readonly [sy: number, sx: number, depth: number];

/**
 * A layer of convnetjs, made by `create`: input [sy, sx, depth], output [sy, sx, depth] or the loss, and its parameters in the order of
 * getParamsAndGrads, `params0`, `params1`, …, each as one row.
 *
 * @throws UsageError when `create` makes no such layer.
 */
export function fromConvnetjs(convnetjs: Convnetjs, create: () => object, options: ConvnetjsOptions): Layer {
  const { y, training = false } = options;
  const layer = create() as ConvnetLayer;
  if (typeof layer.forward !== 'function' || typeof layer.getParamsAndGrads !== 'function')
    throw new UsageError('fromConvnetjs takes a function that makes a layer: () => new convnetjs.ReluLayer({ … })');
  const input: ArgSpec = argSpec(options.input);
  const [sy, sx, depth] = input.shape;
  const x = new (convnetjs.Vol as new (sx: number, sy: number, depth: number, fill: number) => Vol)(sx, sy, depth, 0);
  const own = layer.getParamsAndGrads();
  const run = (args: Tensors): Vol => {
    x.w.set(args['input'].data);
    // A layer need not have seen this one before.
    x.dw.fill(0);
    for (const [k, { params }] of own.entries()) params.set(args[`params${k}`].data);
    return layer.forward(x, training);
  };
  const isLoss = y !== undefined;
  return defineLayer({
    name: options.name ?? layer.layer_type ?? 'layer',
    args: {
      input,
      ...Object.fromEntries(
        own.map(({ params }, k) => [`params${k}`, { shape: [params.length], role: 'parameter' as const }]),
      ),
    },
    forward(args): Tensors {
      const out = run(args);
      if (isLoss) return { loss: scalar(layer.backward(y) as number) };
      return { output: { shape: [out.sy, out.sx, out.depth], data: out.w } };
    },
    vjp(args, upstream): Tensors {
      const out = run(args);
      for (const { grads } of own) grads.fill(0);
      if (!isLoss) out.dw.set(upstream['output'].data);
      layer.backward(y);
      // A loss is not told of an upstream.
      const factor = isLoss ? upstream['loss'].data[0] : 1;
      const read = (shape: readonly number[], data: Data) => ({ shape, data: data.map(value => value * factor) });
      return {
        input: read(input.shape, x.dw),
        ...Object.fromEntries(own.map(({ grads }, k) => [`params${k}`, read([grads.length], grads)])),
      };
    },
  });
}
