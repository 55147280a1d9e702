import { LayerError } from '../checks/subject.ts';
import { type Config, defineLayer, type Implementation, type Layer } from '../layer.ts';
import { arrayOf, type Tensors } from '../tensor.ts';
import { builtIn } from './builtIn.ts';
import type { Description } from './description.ts';
import { Digits } from './digits.ts';
import { readGradients, readOutputs, writeTensors } from './protocol.ts';
import type { Question, Session } from './session.ts';

/**
 * The layer that a process describes, whose calls are questions to the process. Its own implementation is the first that
 * the process names; the others, and the built-in layer that it refers to, are alternatives.
 */
export function remoteLayer(description: Description, session: Session, more: Partial<Layer> = {}): Layer {
  const { name, cases, dtype, nondifferentiable, linear, axes, implementations, reference } = description;
  const [first, ...others] = implementations;
  const calls = callsOf(description, session);
  return defineLayer({
    name,
    cases,
    dtype,
    nondifferentiable,
    linear,
    axes,
    alternatives: {
      ...Object.fromEntries(others.map(other => [other, calls(other)])),
      ...(reference && builtIn(reference, description)),
    },
    ...more,
    ...calls(first),
    close: () => session.close(),
  });
}

/** The two calls of an implementation; without a name, of the only one. */
function callsOf(description: Description, session: Session): (implementation: string | undefined) => Implementation {
  const { cases, numbered, outputs, encoding, dtype } = description;
  const digits = new Digits(dtype);
  const constants = cases.map(
    ({ args }) => new Set(Object.keys(args).filter(name => args[name].differentiable === false)),
  );

  const questionOf =
    (by: string | undefined) =>
    (method: Question['method'], args: Tensors, upstream: Tensors | undefined, config: Config): Question => {
      const index = numbered ? cases.findIndex(one => one.config === config) : 0;
      if (index < 0) {
        throw new LayerError('process', 'a process knows only the cases that it described, and this config is of none');
      }
      const selected = `${numbered ? `,"case":${index}` : ''}${by === undefined ? '' : `,"implementation":${JSON.stringify(by)}`}`;
      const of = `${numbered ? ` of case ${index}` : ''}${by === undefined ? '' : ` by "${by}"`}`;
      try {
        const tensors = `,"arguments":${writeTensors(args, encoding, constants[index])}`;
        const cotangents = upstream ? `,"cotangents":${writeTensors(upstream, encoding)}` : '';
        return { method, members: selected + tensors + cotangents, of };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        const text = `the request for ${method}${of} is too long for a line; describe smaller shapes, or "encoding":"base64"`;
        throw new LayerError('process', text, undefined, { cause: error });
      }
    };

  const checked = (asked: Tensors, answered: Tensors): Tensors => {
    const rounded = digits.roundedTo(asked, answered);
    if (rounded !== undefined) {
      const text = `all numbers that it has answered so far have at most ${rounded} significant digits, and that rounding hides what is to be checked; write 17 ("%.17g" in C), or use "base64"`;
      throw new LayerError('process', text);
    }
    if (dtype === 'float64') return answered;
    const inDtype = Object.entries(answered).map(([name, { shape, data }]) => [
      name,
      { shape, data: arrayOf(dtype).from(data) },
    ]);
    return Object.fromEntries(inDtype);
  };

  return implementation => {
    const question = questionOf(implementation);
    return {
      forward: (args, config) =>
        session.ask(question('forward', args, undefined, config), result =>
          checked(args, readOutputs(result, outputs)),
        ),
      vjp: (args, upstream, config) =>
        session.ask(question('backward', args, upstream, config), result => checked(args, readGradients(result))),
    };
  };
}
