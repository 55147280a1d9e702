import type * as FastCheck from 'fast-check';
import type { AnyTensors, Dtype, Tensor, Tensors } from './tensor.ts';

/** Settings that are no tensors: stride, padding, epsilon. */
// biome-ignore lint: a layer's own config type has named keys, which an index signature would refuse.
export type Config = any;

type Awaitable<T> = T | Promise<T>;

/** What there is to know about an argument before it has numbers. */
export interface ArgSpec {
  readonly shape: readonly number[];
  /** Draws and steps stay between these two, inclusive. */
  readonly range?: readonly [number, number];
  /** Whole numbers only: an index, a label, a mask. Never perturbed. */
  readonly integer?: boolean;
  /** The one base point, row-major. */
  readonly values?: ArrayLike<number>;
  /** False for a constant: no gradient is asked of it and it is never perturbed. */
  readonly differentiable?: boolean;
  readonly role?: 'input' | 'parameter';
  /** Names of its axes, for reports. */
  readonly axes?: readonly string[];
}

/** One setting to try a layer in: its config and the shape of every argument. */
export interface CaseSpec<C = Config> {
  readonly config: C;
  readonly args: Readonly<Record<string, ArgSpec | readonly number[]>>;
}

/** Values that are known, forward and backward: worked by hand, or golden from elsewhere. */
export interface Example<C = Config> {
  readonly name: string;
  /** Where the numbers come from: "by hand", or tool and version. */
  readonly source: string;
  readonly config: C;
  readonly args: Tensors;
  /** Arguments without a gradient that the layer does not name itself, such as the target of a network: loss.target. */
  readonly constants?: readonly string[];
  /** NaN marks an element that the source does not state. */
  readonly outputs?: Tensors;
  /** Needed where `gradients` are given. */
  readonly upstream?: Tensors;
  /** Of sum(output * upstream) over all outputs. NaN marks an element that the source does not state. */
  readonly gradients?: Tensors;
  /** |got - want| may be this times the largest magnitude of the tensor; 1e-12 unless said. */
  readonly tolerance?: number;
}

/**
 * An elementwise formula in mathjs's language. Its names are the arguments (aligned element by element, broadcast where
 * their shapes differ) and the numbers of the config. A conditional may stand at its root: 'input > 0 ? input : 0'.
 */
export interface Expression<C = Config> {
  /** The formula under a config; `args` tell which optional arguments there are. */
  of(config: C, args: Tensors): string;
  /** For outputs of shape []: output = scale * (sum of the formula over all elements). 1 unless said. */
  scale?(args: Tensors, config: C): number;
}

/** A pair of pure functions: outputs from arguments, and gradients from what arrives from above. */
export interface Implementation<C = Config> {
  /** args → outputs, both by name. Must not change its arguments or depend on earlier calls. */
  forward(args: Tensors, config: C): Awaitable<Tensors>;
  /**
   * The vector-Jacobian product: upstream (one tensor per differentiable output, of its shape) → one gradient per
   * primal, of its shape. `outputs` are those of `forward` for the same arguments.
   */
  vjp(args: Tensors, upstream: Tensors, config: C, outputs: Tensors): Awaitable<Tensors>;
}

/**
 * A layer and all that it has to say about itself. `args` = primals (differentiable) + `constants`; names are the
 * layer's own. Tensors are row-major, batch first, channels before rows and columns.
 */
export interface Layer<C = Config> extends Implementation<C> {
  readonly name: string;
  readonly formula?: string;
  /** The paper, section or specification that the formula is from. */
  readonly source?: string;
  /** The precision that it computes in; float64 unless said. */
  readonly dtype?: Dtype;
  /** The settings to check it in: a list, or a fast-check arbitrary, whose failing draws shrink. */
  readonly cases?: readonly CaseSpec<C>[] | ((fc: typeof FastCheck) => FastCheck.Arbitrary<CaseSpec<C>>);
  readonly examples?: readonly Example<C>[];
  /** Further implementations by name; each goes through every check and must agree with this one. */
  readonly alternatives?: Readonly<Record<string, Implementation<C>>>;
  /** Names of the axes of arguments, for reports: `{ input: ['batch', 'channel', 'row', 'column'] }`. */
  readonly axes?: Readonly<Record<string, readonly string[]>>;
  /** Arguments without a gradient: targets, indices, masks, running statistics. */
  readonly constants?: readonly string[];
  /** Outputs that get no upstream: they are compared, never projected. */
  readonly nondifferentiable?: readonly string[];
  /** Primals in which the layer is linear (affine) while the others stay: steps may be as large as the values. */
  readonly linear?: readonly string[];
  /**
   * Where a primitive is not differentiable, in words ("input = 0"). Declaring it promises that at such a point every
   * element of the vjp lies between the one-sided slopes; a layer that declares nothing is not held to that.
   */
  readonly kinks?: string;
  /**
   * Whether it is made of layers whose kinks may meet, so that a right backward may lie outside of the one-sided slopes, or beside
   * the only slope there is: relu(x) - relu(-x) at 0.
   */
  readonly composed?: boolean;
  /** The formula of one element in mathjs's language, where the layer is elementwise or a sum of elementwise terms. */
  readonly expression?: string | Expression<C>;
  /** tangents (one per primal) → tangents of the outputs. */
  jvp?(args: Tensors, tangents: Tensors, config: C): Awaitable<Tensors>;
  /** How the layer is closed when its checks are over (a process, a worker). */
  close?(): Awaitable<void>;
}

/** An implementation that may return tensors of either precision. */
interface AnyImplementation<C> {
  forward(args: Tensors, config: C): Awaitable<AnyTensors>;
  vjp(args: Tensors, upstream: Tensors, config: C, outputs: Tensors): Awaitable<AnyTensors>;
}

/** What a layer is made from: `args` gives the shapes to try where one case, under `config`, is enough. */
export interface LayerDefinition<C = Config>
  extends AnyImplementation<C>,
    Omit<Layer<C>, 'forward' | 'vjp' | 'jvp' | 'alternatives'> {
  readonly config?: C;
  readonly args?: CaseSpec<C>['args'];
  readonly alternatives?: Readonly<Record<string, AnyImplementation<C>>>;
  jvp?(args: Tensors, tangents: Tensors, config: C): Awaitable<AnyTensors>;
}

/**
 * A layer from its parts. In JSON it is its name, so that a config that holds layers can be read.
 * @throws TypeError when a part is missing or of the wrong kind; the message names it and says what is expected.
 */
export function defineLayer<C = Config>(definition: LayerDefinition<C>): Layer<C> {
  const { args, config, ...rest } = definition;
  const label = typeof rest.name === 'string' && rest.name !== '' ? `layer "${rest.name}"` : 'a layer';
  if (label === 'a layer') throw new TypeError('a layer needs a name: defineLayer({ name: "…", forward, vjp, args })');
  for (const part of ['forward', 'vjp'] as const) {
    if (typeof rest[part] !== 'function') {
      throw new TypeError(`${label} needs a function ${part}, but ${part} is ${String(rest[part])}`);
    }
  }
  const cases = rest.cases ?? (args ? [{ config: (config ?? {}) as C, args }] : undefined);
  const layer = (cases ? { ...rest, cases } : rest) as Layer<C>;
  Object.defineProperty(layer, 'toJSON', { value: () => layer.name });
  return layer;
}

/** Whether a value has the shape of a layer. */
export function isLayer(value: unknown): value is Layer {
  if (typeof value !== 'object' || value === null) return false;
  const layer = value as Partial<Layer>;
  return typeof layer.name === 'string' && typeof layer.forward === 'function' && typeof layer.vjp === 'function';
}

/** The arguments of a case that have a gradient, in order. */
export function primalNames(layer: Layer, args: Readonly<Record<string, ArgSpec>>): string[] {
  return Object.keys(args).filter(name => !layer.constants?.includes(name) && isDifferentiable(args[name]));
}

/** A case's argument, where a bare shape stands for `{ shape }`. */
export function argSpec(spec: ArgSpec | readonly number[]): ArgSpec {
  return Array.isArray(spec) ? { shape: spec } : (spec as ArgSpec);
}

/** Whether a gradient may be asked for: it is neither said to be a constant nor of whole numbers. */
export function isDifferentiable(spec: ArgSpec | readonly number[]): boolean {
  const { differentiable, integer } = argSpec(spec);
  return differentiable !== false && !integer;
}

/** The one tensor of a record with one entry, for code that reads outputs of simple layers. */
export function only(tensors: Tensors): Tensor {
  return Object.values(tensors)[0];
}
