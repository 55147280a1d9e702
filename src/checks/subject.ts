import type { Case } from '../cases.ts';
import type { Implementation, Layer } from '../layer.ts';
import {
  arrayOf,
  concatenated,
  type Data,
  describe,
  sameShape,
  shapeProblem,
  sizeOf,
  type Tensor,
  type Tensors,
} from '../tensor.ts';

/** What makes a layer impossible to check: it threw, or what it returned is not what a layer returns. */
export class LayerError extends Error {
  override name = 'LayerError';
  readonly code: 'threw' | 'not-a-tensor' | 'shape' | 'dtype' | 'missing' | 'extra' | 'timeout' | 'process';
  readonly argument: string | undefined;

  constructor(code: LayerError['code'], message: string, argument?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.argument = argument;
  }
}

/** Lets pass, as nothing, what a layer throws for arguments outside of its domain. */
export function notDefined(error: unknown): undefined {
  if (error instanceof LayerError && error.code === 'threw') return undefined;
  throw error;
}

/** One implementation of a layer in one case, whose answers are looked at before anybody uses them. */
export class Subject {
  readonly layer: Layer;
  readonly implementation: string;
  readonly kase: Case;
  /** The primals whose gradients are asked for: all of them, but for those that turned out to have none. */
  primals: readonly string[];
  /** The size of the slope in each primal, as seen at an ordinary point. */
  readonly ordinary = new Map<string, number>();
  /** How each gradient rounds, where that was measured, in units in the last place of its largest number. */
  readonly rounding = new Map<string, number>();
  forwards = 0;
  /** What forward threw where NaN was taken in its place. */
  thrown: string | undefined;
  vjps = 0;
  readonly #functions: Implementation;
  readonly #reached = new Map<string, Uint8Array>();
  #outputs: Readonly<Record<string, readonly number[]>> | undefined;

  constructor(layer: Layer, implementation: string, functions: Implementation, kase: Case) {
    this.layer = layer;
    this.implementation = implementation;
    this.kase = kase;
    this.primals = kase.primals;
    this.#functions = functions;
  }

  /** The same implementation in another case. */
  in(kase: Case): Subject {
    return new Subject(this.layer, this.implementation, this.#functions, kase);
  }

  /**
   * The outputs for these arguments.
   * @throws LayerError when the layer throws, or returns something other than tensors of fixed names and shapes.
   */
  async forward(args: Tensors): Promise<Tensors> {
    this.forwards++;
    const outputs = await this.#call('forward', () => this.#functions.forward(args, this.kase.config));
    if (typeof outputs !== 'object' || outputs === null) {
      throw new LayerError(
        'not-a-tensor',
        `forward returned ${describe(outputs)}, not its outputs by name: { output: { shape, data } }`,
      );
    }
    if (Object.keys(outputs).length === 0) throw new LayerError('missing', 'forward returned no output');
    for (const [name, value] of Object.entries(outputs)) this.#expectTensor(`output "${name}"`, value);
    const shapes = Object.fromEntries(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
    this.#outputs ??= shapes;
    for (const name of new Set([...Object.keys(this.#outputs), ...Object.keys(shapes)])) {
      if (!shapes[name] || !this.#outputs[name] || !sameShape(shapes[name], this.#outputs[name])) {
        throw new LayerError(
          'shape',
          `output "${name}" had ${shapeText(this.#outputs[name])} in one call and ${shapeText(shapes[name])} in another of the same case`,
        );
      }
    }
    return outputs;
  }

  /** Which outputs a primal has been seen to influence, `changed` among them. */
  reached(primal: string, changed: Uint8Array): Uint8Array {
    const before = this.#reached.get(primal);
    const reached = before ? changed.map((one, i) => one | before[i]) : changed;
    this.#reached.set(primal, reached);
    return reached;
  }

  /** The outputs for these arguments; NaN where forward throws, as for numbers that are outside of its domain. */
  async forwardOrNaN(args: Tensors): Promise<Tensors> {
    try {
      return await this.forward(args);
    } catch (error) {
      if (!(error instanceof LayerError) || error.code !== 'threw' || !this.#outputs) throw error;
      this.thrown ??= error.message;
      const nowhere = (shape: readonly number[]) =>
        arrayOf(this.kase.dtype).from({ length: sizeOf(shape) }, () => Number.NaN);
      return Object.fromEntries(
        Object.entries(this.#outputs).map(([name, shape]) => [name, { shape, data: nowhere(shape) }]),
      );
    }
  }

  /**
   * The gradients for these arguments, upstream and outputs.
   * @throws LayerError when the layer throws, or a gradient that is asked for is missing or no tensor of its primal's shape.
   */
  async vjp(args: Tensors, upstream: Tensors, outputs: Tensors): Promise<Tensors> {
    const gradients = await this.vjpUnchecked(args, upstream, outputs);
    const problem = this.gradientProblems(gradients).find(({ argument }) => this.primals.includes(argument ?? ''));
    if (problem) throw problem;
    return gradients;
  }

  /** What vjp returns, whatever it is. */
  async vjpUnchecked(args: Tensors, upstream: Tensors, outputs: Tensors): Promise<Tensors> {
    this.vjps++;
    const gradients = await this.#call('vjp', () => this.#functions.vjp(args, upstream, this.kase.config, outputs));
    if (typeof gradients !== 'object' || gradients === null) {
      throw new LayerError(
        'not-a-tensor',
        `vjp returned ${describe(gradients)}, not its gradients by name: { input: { shape, data } }`,
      );
    }
    return gradients;
  }

  /**
   * The tangents of the outputs for tangents of the primals, by the layer's own forward mode.
   * @throws LayerError when it throws.
   */
  async jvp(args: Tensors, tangents: Tensors): Promise<Tensors> {
    const { layer, kase } = this;
    return this.#call('jvp', () => layer.jvp?.(args, tangents, kase.config) ?? {});
  }

  /** What is wrong with the names and shapes of gradients, one error a name. */
  gradientProblems(gradients: Tensors): LayerError[] {
    const problems: LayerError[] = [];
    const expected = this.kase.primals;
    for (const name of expected) {
      if (gradients[name] !== undefined && gradients[name] !== null) continue;
      const similar = Object.keys(gradients).filter(key => !expected.includes(key));
      const hint = similar.length > 0 ? `; it returned ${similar.map(key => `"${key}"`).join(', ')}` : '';
      problems.push(new LayerError('missing', `vjp returned no gradient for "${name}"${hint}`, name));
    }
    for (const [name, gradient] of Object.entries(gradients)) {
      if (!expected.includes(name)) {
        const why = this.kase.args[name] ? 'which has none: it is a constant' : 'which is no argument of this layer';
        problems.push(new LayerError('extra', `vjp returned a gradient for "${name}", ${why}`, name));
        continue;
      }
      if (gradient === undefined || gradient === null) continue;
      try {
        this.#expectTensor(`the gradient of "${name}"`, gradient);
        const { shape } = this.kase.args[name];
        if (!sameShape(gradient.shape, shape)) {
          problems.push(
            new LayerError(
              'shape',
              `the gradient of "${name}" has ${shapeText(gradient.shape)}, "${name}" itself ${shapeText(shape)}`,
              name,
            ),
          );
        }
      } catch (error) {
        problems.push(
          error instanceof LayerError ? new LayerError(error.code, error.message, name) : (error as LayerError),
        );
      }
    }
    return problems;
  }

  /** The outputs that get an upstream, in order. */
  differentiable(outputs: Tensors): string[] {
    return Object.keys(outputs).filter(name => !this.layer.nondifferentiable?.includes(name));
  }

  /** The numbers of all differentiable outputs, one after the other. */
  flatten(outputs: Tensors): Data {
    const names = this.differentiable(outputs);
    if (names.length === 1) return outputs[names[0]].data;
    return concatenated(names.map(name => outputs[name].data));
  }

  /** An upstream for these outputs from numbers one after the other, in the layer's dtype. */
  upstream(outputs: Tensors, flat: Data): Tensors {
    const upstream: Record<string, Tensor> = {};
    let at = 0;
    for (const name of this.differentiable(outputs)) {
      const { shape } = outputs[name];
      const part = flat.subarray(at, at + sizeOf(shape));
      upstream[name] = {
        shape,
        data: arrayOf(this.kase.dtype).from(part),
      };
      at += part.length;
    }
    return upstream;
  }

  async #call<T>(what: string, f: () => T | Promise<T>): Promise<T> {
    try {
      return await f();
    } catch (error) {
      if (error instanceof LayerError) throw error;
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      throw new LayerError('threw', `${what} threw ${message}`, undefined, { cause: error });
    }
  }

  #expectTensor(what: string, value: unknown): void {
    const { shape, data } = (value ?? {}) as Partial<Tensor>;
    const kind = ArrayBuffer.isView(data) ? ((data as Data)[Symbol.toStringTag] as string) : undefined;
    if (kind !== 'Float64Array' && kind !== 'Float32Array') {
      const came =
        shape === undefined || data === undefined ? describe(value) : `a tensor whose data is ${describe(data)}`;
      throw new LayerError('not-a-tensor', `${what} is ${came}; a tensor is { shape: [2, 3], data: Float64Array }`);
    }
    const problem = shapeProblem(shape);
    if (problem) throw new LayerError('shape', `${what}: ${problem}`);
    if (sizeOf(shape as number[]) !== (data as Data).length) {
      throw new LayerError('shape', `${what} has ${shapeText(shape)} but ${(data as Data).length} numbers`);
    }
    if (kind === 'Float32Array' && this.kase.dtype === 'float64') {
      throw new LayerError(
        'dtype',
        `${what} is a Float32Array, but the layer is float64; declare dtype: 'float32' or return a Float64Array`,
      );
    }
  }
}

function shapeText(shape: readonly number[] | undefined): string {
  return shape ? `shape [${shape.join(', ')}]` : 'nothing';
}
