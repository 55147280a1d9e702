import { UsageError } from '../cases.ts';
import { LayerError } from '../checks/subject.ts';
import { type ArgSpec, argSpec, defineLayer, type Layer } from '../layer.ts';
import { sizeOf, type Tensor, type Tensors } from '../tensor.ts';
import { type Format, formatOf, fromFormat, type Numbers, toFormat, writeInto } from './numbers.ts';

/** Where a parameter and its gradient are: names of properties, which may be paths ("weights.data"). */
export interface ParameterPlace {
  readonly value: string;
  readonly grad: string;
}

export interface ClassOptions {
  /** The layer's name in reports; the class's own unless said. */
  readonly name?: string;
  /** What forward takes, in order; a bare shape for the one input. Constants have `differentiable: false`. */
  readonly inputs: readonly number[] | Readonly<Record<string, ArgSpec | readonly number[]>>;
  /** Names of the methods; `forward` and `backward` unless said. */
  readonly forward?: string;
  readonly backward?: string;
  /** The parameters by name; found by habit (W and dW, weights and deltas, w.data and w.grad, …) unless said. */
  readonly parameters?: Readonly<Record<string, ParameterPlace>>;
  /** Whether backward adds to the gradient buffers ("accumulates") or overwrites them ("assigns"); found out unless said. */
  readonly gradients?: 'accumulates' | 'assigns';
  /** How the layer holds numbers; that of its parameters unless said, a flat array where it has none. */
  readonly format?: Format;
}

type Instance = Record<string, unknown>;

/**
 * A layer from an object of the usual from-scratch style: forward(x) remembers what it needs, backward(dy) returns dx and
 * leaves the gradients of its own parameters in buffers. Every call of the layer sets the parameters, runs forward, and for a
 * gradient runs backward on clean buffers.
 *
 * `create` makes a fresh object; one is made for the whole check, so that what it keeps between calls is seen.
 *
 * @throws UsageError when methods or parameters are not where they are said to be, or none were found.
 */
export function fromClass(create: () => object, options: ClassOptions): Layer {
  const instance = create() as Instance;
  const { forward = 'forward', backward = 'backward' } = options;
  const className = instance.constructor.name;
  const name = options.name ?? className;
  for (const method of [forward, backward]) {
    if (typeof instance[method] !== 'function') {
      throw new UsageError(`${name} has no method ${method}; say which: fromClass(…, { forward: '…', backward: '…' })`);
    }
  }
  const parameters = options.parameters ?? findParameters(instance);
  const inputs: Readonly<Record<string, ArgSpec | readonly number[]>> = Array.isArray(options.inputs)
    ? { input: options.inputs }
    : (options.inputs as Record<string, ArgSpec>);
  const initial: Record<string, Tensor> = {};
  for (const [key, place] of Object.entries(parameters)) {
    for (const path of [place.value, place.grad]) {
      if (read(instance, path) === undefined)
        throw new UsageError(`${name} has no property ${path} for the parameter "${key}"`);
    }
    initial[key] = fromFormat(read(instance, place.value), `${name}.${place.value}`);
  }
  const format = options.format ?? formatOf(read(instance, Object.values(parameters)[0]?.value ?? '')) ?? 'flat';
  let habit = options.gradients;

  const runForward = (args: Tensors): Tensor => {
    for (const [key, { value }] of Object.entries(parameters)) assign(instance, value, args[key]);
    const given = Object.keys(inputs).map(input => toFormat(args[input], format));
    const output = (instance[forward] as (...xs: Numbers[]) => unknown).apply(instance, given);
    return fromFormat(output, `what ${name}.${forward} returns`);
  };
  const runBackward = (upstream: Tensor): Record<string, Tensor> => {
    const returned = (instance[backward] as (dy: Numbers) => unknown).call(instance, toFormat(upstream, format));
    const several = Object.keys(inputs).length > 1;
    const gradients: Record<string, Tensor> = {};
    for (const [i, [input, spec]] of Object.entries(inputs).entries()) {
      const { shape, differentiable } = argSpec(spec);
      const gradient = several && Array.isArray(returned) && formatOf(returned) !== 'flat' ? returned[i] : returned;
      if (differentiable !== false && gradient !== undefined && (!several || i === 0 || Array.isArray(returned))) {
        gradients[input] = fromFormat(gradient, `the gradient of "${input}" that ${name}.${backward} returns`, shape);
      }
    }
    for (const [key, { grad }] of Object.entries(parameters)) {
      gradients[key] = fromFormat(read(instance, grad), `${name}.${grad}`, initial[key].shape);
    }
    return gradients;
  };
  const fill = (value: number): void => {
    for (const [key, { grad }] of Object.entries(parameters)) {
      const { shape } = initial[key];
      assign(instance, grad, { shape, data: new Float64Array(sizeOf(shape)).fill(value) });
    }
  };
  /** Buffers start at 0, then at 1: what is 1 more was added to, what is the same was overwritten. */
  const findHabit = (args: Tensors, upstream: Tensor): 'accumulates' | 'assigns' => {
    const [clean, dirty] = [0, 1].map(value => {
      runForward(args);
      fill(value);
      return runBackward(upstream);
    });
    const keys = Object.keys(parameters);
    const off = keys.flatMap(key => Array.from(dirty[key].data, (value, i) => value - clean[key].data[i]));
    if (off.every(value => value === 0)) return 'assigns';
    if (off.every(value => Math.abs(value - 1) <= 1e-3)) return 'accumulates';
    const key = keys.find(one => dirty[one].data.some((value, i) => value !== clean[one].data[i])) as string;
    const message = `some elements of the gradient buffer of "${key}" are added to by ${backward}, others overwritten or not touched: what it holds from before shows`;
    throw new LayerError('threw', message, key);
  };

  return defineLayer({
    name,
    args: {
      ...inputs,
      ...Object.fromEntries(
        Object.entries(initial).map(([key, { shape }]) => [key, { shape, role: 'parameter' as const }]),
      ),
    },
    forward: args => ({ output: runForward(args) }),
    vjp(args, { output }) {
      habit ??= findHabit(args, output);
      runForward(args);
      // A layer that overwrites its buffers gets dirty ones: an element that it forgets shows.
      fill(habit === 'accumulates' ? 0 : Number.NaN);
      return runBackward(output);
    },
  });
}

function read(from: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Instance | undefined)?.[key], from);
}

/** Into the buffer that is there, since the layer may hold it elsewhere too; else a new one in its place. */
function assign(instance: Instance, path: string, value: Tensor): void {
  const buffer = read(instance, path);
  if (writeInto(buffer, value)) return;
  const keys = path.split('.');
  const last = keys.pop() as string;
  const owner = read(instance, keys.join('.')) ?? instance;
  (keys.length > 0 ? (owner as Instance) : instance)[last] = toFormat(value, formatOf(buffer) ?? 'flat');
}

/** How gradients are commonly named after their parameter. */
const HABITS: readonly ((name: string) => string)[] = [
  name => `d${name}`,
  name => `d${capital(name)}`,
  name => `d_${name}`,
  name => `grad${capital(name)}`,
  name => `grad_${name}`,
  name => `${name}Grad`,
  name => `${name}_grad`,
  name => `${name}Gradient`,
  name => `${name}Deltas`,
];

function findParameters(instance: Instance): Record<string, ParameterPlace> {
  const found: Record<string, ParameterPlace> = {};
  for (const [name, value] of Object.entries(instance)) {
    const inside = value as { data?: unknown; value?: unknown; grad?: unknown; w?: unknown; dw?: unknown } | undefined;
    for (const [own, grad] of [
      ['data', 'grad'],
      ['value', 'grad'],
      ['w', 'dw'],
    ] as const) {
      if (inside?.[own] !== undefined && inside[grad] !== undefined)
        found[name] = { value: `${name}.${own}`, grad: `${name}.${grad}` };
    }
    if (found[name] || formatOf(value) === undefined) continue;
    const grad = HABITS.map(habit => habit(name)).find(candidate => formatOf(instance[candidate]) !== undefined);
    if (grad) found[name] = { value: name, grad };
  }
  if (formatOf(instance['weights']) && formatOf(instance['deltas']))
    found['weights'] ??= { value: 'weights', grad: 'deltas' };
  return found;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
