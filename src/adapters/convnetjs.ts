import { UsageError } from '../cases.ts';
import { defineLayer, type Layer } from '../layer.ts';
import { mapTensor, scalar } from '../tensor.ts';
import { fromMutable } from './mutable.ts';
import type { Specs } from './pair.ts';

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
  readonly input: readonly [number, number, number];
  /** What the backward of a loss is given: a class, or numbers. Then the output is the loss. */
  readonly y?: unknown;
  readonly training?: boolean;
}

/**
 * A layer of convnetjs, made by `create`: input [sy, sx, depth], output [sy, sx, depth] or the loss, and its parameters in the order of
 * getParamsAndGrads, `params0`, `params1`, …, each as one row.
 *
 * @throws UsageError when `create` makes no such layer.
 */
export function fromConvnetjs(convnetjs: Convnetjs, create: () => object, options: ConvnetjsOptions): Layer {
  const { input: shape, y, training = false } = options;
  const layer = create() as ConvnetLayer;
  if (typeof layer.forward !== 'function' || typeof layer.getParamsAndGrads !== 'function')
    throw new UsageError('fromConvnetjs takes a function that makes a layer: () => new convnetjs.ReluLayer({ … })');
  const [sy, sx, depth] = shape;
  const x = new (convnetjs.Vol as new (sx: number, sy: number, depth: number, fill: number) => Vol)(sx, sy, depth, 0);
  const own = layer.getParamsAndGrads();
  const name = options.name ?? layer.layer_type ?? 'layer';
  const args: Specs = {
    input: [...shape],
    ...Object.fromEntries(
      own.map(({ params }, k) => [`params${k}`, { shape: [params.length], role: 'parameter' as const }]),
    ),
  };
  let out = x;
  const mutable = fromMutable({
    name,
    args,
    load(values) {
      x.w.set(values['input']);
      // A layer need not have seen this one before.
      x.dw.fill(0);
      for (const [k, { params }] of own.entries()) params.set(values[`params${k}`]);
    },
    forward() {
      out = layer.forward(x, training);
      return { shape: [out.sy, out.sx, out.depth], data: out.w };
    },
    zeroGradients() {
      for (const { grads } of own) grads.fill(0);
    },
    backward(upstream) {
      out.dw.set(upstream);
      layer.backward(y);
    },
    gradients: () => ({
      input: x.dw,
      ...Object.fromEntries(own.map(({ grads }, k) => [`params${k}`, grads])),
    }),
  });
  if (y === undefined) return mutable;
  return defineLayer({
    name,
    args,
    forward(all) {
      void mutable.forward(all, {});
      return { loss: scalar(layer.backward(y) as number) };
    },
    vjp(all, { loss }) {
      void mutable.forward(all, {});
      for (const { grads } of own) grads.fill(0);
      layer.backward(y);
      const tensors = {
        input: { shape: [...shape], data: x.dw },
        ...Object.fromEntries(own.map(({ grads }, k) => [`params${k}`, { shape: [grads.length], data: grads }])),
      };
      return Object.fromEntries(
        Object.entries(tensors).map(([key, gradient]) => [key, mapTensor(gradient, value => value * loss.data[0])]),
      );
    },
  });
}
