import { type Config, type Implementation, type Layer, only } from '../layer.ts';
import { describe, type Tensor, type Tensors, zerosLike } from '../tensor.ts';
import { type Awaitable, after } from './after.ts';

/** A layer with its settings, as one of several in a row. */
export interface Step {
  /** Prefix of its arguments: those of "conv1" are conv1.weight, conv1.bias. Unique, without a dot. */
  readonly name: string;
  readonly layer: Layer;
  readonly config?: Config;
  /** One of the layer's alternatives, by name, in place of its reference. */
  readonly implementation?: string;
  /** The argument that takes what comes from the step before; the layer's first unless said. */
  readonly input?: string;
}

/** What a step was called with and what it gave. */
export interface Visit {
  readonly step: Step;
  readonly args: Tensors;
  readonly outputs: Tensors;
}

/**
 * The forward of all steps, in order: the first output of each is the input of the next. args: `input` and the steps'
 * own arguments, prefixed. A promise only where a step gives one.
 */
export function chainForward(steps: readonly Step[], args: Tensors): Awaitable<Visit[]> {
  checkNames(steps, args);
  const visit = (at: number, input: Tensor, before: Visit[]): Awaitable<Visit[]> => {
    if (at === steps.length) return before;
    const step = steps[at];
    const own = { [inputOf(step)]: input, ...ownArgs(step, args) };
    return after(implementationOf(step).forward(own, step.config ?? {}), outputs =>
      visit(at + 1, only(outputs), [...before, { step, args: own, outputs }]),
    );
  };
  return visit(0, args.input, []);
}

/** The gradients of all arguments, prefixed, from the upstream of the last step's outputs; last step first. */
export function chainBackward(visits: readonly Visit[], upstream: Tensors): Awaitable<Tensors> {
  const back = (at: number, arriving: Tensors, later: Tensors): Awaitable<Tensors> => {
    const { step, args, outputs } = visits[at];
    return after(implementationOf(step).vjp(args, arriving, step.config ?? {}, outputs), own => {
      const { [inputOf(step)]: ofInput, ...rest } = own;
      const gradients = { ...prefixed(step, rest), ...later };
      if (at === 0) return ofInput ? { input: ofInput, ...gradients } : gradients;
      if (!ofInput) {
        throw new TypeError(
          `step "${step.name}" gives no gradient for its argument "${inputOf(step)}", so that nothing before it can have one; let it be the first, or name another argument as its input`,
        );
      }
      return back(at - 1, upstreamOf(visits[at - 1], ofInput), gradients);
    });
  };
  return back(visits.length - 1, upstream, {});
}

/** A step's own tensors under the names that the chain gives them. */
function prefixed(step: Step, own: Tensors): Tensors {
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [`${step.name}.${name}`, value]));
}

/** The argument of a step that takes what comes before: as it says, or the first that its layer is shown with. */
export function inputOf({ input, layer }: Step): string {
  const shown = Array.isArray(layer.cases) ? layer.cases : (layer.examples ?? []);
  return input ?? Object.keys(shown[0]?.args ?? {})[0] ?? 'input';
}

/** What a step is given beside its input. */
function ownArgs(step: Step, args: Tensors): Tensors {
  const prefix = `${step.name}.`;
  const own = Object.entries(args).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** What arrives at the outputs of a step within the chain: only the first is used, the others have no influence. */
function upstreamOf({ step, outputs }: Visit, ofFirst: Tensor): Tensors {
  const [first, ...others] = Object.keys(outputs);
  const unused = others.filter(name => !step.layer.nondifferentiable?.includes(name));
  return { [first]: ofFirst, ...Object.fromEntries(unused.map(name => [name, zerosLike(outputs[name])])) };
}

function implementationOf({ name, layer, implementation }: Step): Implementation {
  if (implementation === undefined) return layer;
  const chosen = layer.alternatives?.[implementation];
  if (chosen) return chosen;
  const known = Object.keys(layer.alternatives ?? {}).join(', ') || 'none';
  throw new RangeError(
    `step "${name}" asks for the implementation "${implementation}" of ${layer.name}; it has ${known}`,
  );
}

function checkNames(steps: readonly Step[], args: Tensors): void {
  if (!Array.isArray(steps) || steps.length === 0) {
    throw new RangeError('a chain of layers needs at least one step { name, layer, config }');
  }
  const names = steps.map(step => step.name);
  for (const [at, name] of names.entries()) {
    if (typeof name !== 'string' || name === '' || name.includes('.') || names.indexOf(name) !== at) {
      throw new RangeError(
        `step ${at} has the name ${describe(name)}; give each step a name of its own, without a dot`,
      );
    }
  }
  for (const name of Object.keys(args)) {
    if (name !== 'input' && !names.includes(name.split('.', 1)[0])) {
      throw new RangeError(
        `argument "${name}" belongs to no step; it must be "input" or begin with ${names.map(step => `${step}.`).join(' or ')}`,
      );
    }
  }
}
