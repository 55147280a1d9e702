import type { CaseSpec, Example } from '../layer.ts';
import { largest } from '../numeric/sum.ts';
import { indexOf, sameShape, type Tensor, type Tensors } from '../tensor.ts';
import { type CheckName, type Observation, observation, type WrongElement } from './observation.ts';
import type { ForwardObservation } from './mismatch.ts';
import { worstParts } from './parts.ts';
import type { Subject } from './subject.ts';

/** |got - want| may be this times the largest magnitude of the tensor, unless the example says otherwise. */
const TOLERANCE = 1e-12;

/**
 * Whether the layer gives values that are known: outputs, and gradients for a given upstream. NaN in the wanted numbers
 * marks what the source does not state. One observation for the outputs and one for every gradient.
 *
 * Cannot see: anything away from the examples.
 */
export async function checkExample(
  subject: Subject,
  example: Example,
  check: CheckName = 'examples',
): Promise<Observation[]> {
  const seen: Observation[] = [];
  const mismatched = (one: Observation, output: string, given: Tensor, want: Tensor): ForwardObservation => {
    const allowed = one.errorBound * largest(want.data.filter(Number.isFinite));
    const { args } = example;
    return { ...one, mismatch: { subject, args, output, given, wanted: want.data, allowed, isReference: false } };
  };
  const outputs = await subject.forward(example.args);
  for (const [name, want] of stated(example.outputs)) {
    const one = compare(check, { output: name }, `output "${name}"`, outputs[name], want, example);
    seen.push(one.verdict === 'fail' ? mismatched(one, name, outputs[name], want) : one);
  }
  if (example.gradients && Object.keys(example.gradients).length > 0) {
    const gradients = await subject.vjp(example.args, example.upstream ?? {}, outputs);
    for (const [name, want] of stated(example.gradients)) {
      seen.push(compare(check, { argument: name }, `the gradient of "${name}"`, gradients[name], want, example));
    }
  }
  return seen;
}

/** The tensors of which anything is stated. */
function stated(tensors: Tensors = {}): [string, Tensor][] {
  return Object.entries(tensors).filter(
    ([, { data }]) => data.length === 0 || data.some(value => !Number.isNaN(value)),
  );
}

/** The observation of one tensor against the one that is wanted. */
function compare(
  check: CheckName,
  key: Pick<Observation, 'output' | 'argument'>,
  what: string,
  got: Tensor | undefined,
  want: Tensor,
  { name, source, tolerance = TOLERANCE }: Example,
): Observation {
  const known = want.data.filter(value => !Number.isNaN(value));
  const scale = largest(known);
  const allowed = tolerance * (Number.isFinite(scale) ? scale : 0);
  const shared = {
    check,
    ...key,
    evaluations: 1,
    errorBound: tolerance,
    resolution: tolerance,
    compared: known.length,
  };
  if (got === undefined || !sameShape(got.shape, want.shape)) {
    const shape = got ? `shape [${got.shape.join(', ')}]` : 'nothing';
    const reason = `${what} is ${shape}, ${source} has shape [${want.shape.join(', ')}] (example "${name}")`;
    return observation({ ...shared, verdict: 'error', code: 'shape', reason, compared: 0 });
  }
  const wrong: WrongElement[] = [];
  let worst = 0;
  for (let i = 0; i < want.data.length; i++) {
    const expected = want.data[i];
    const actual = got.data[i];
    if (Number.isNaN(expected) || actual === expected) continue;
    const difference = Math.abs(actual - expected);
    if (!(difference <= worst)) worst = difference;
    if (!(difference <= allowed)) wrong.push({ index: indexOf(i, want.shape), actual, expected, errorBound: allowed });
  }
  const relativeError = worst === 0 ? 0 : worst / scale;
  if (wrong.length === 0) {
    return observation({ ...shared, verdict: 'pass', code: 'ok', reason: '', relativeError });
  }
  wrong.sort((a, b) => Math.abs(b.actual - b.expected) - Math.abs(a.actual - a.expected));
  return observation({
    ...shared,
    verdict: 'fail',
    code: 'mismatch',
    reason: `${what} differs from ${source} (example "${name}") in ${wrong.length} of ${known.length} elements`,
    relativeError,
    wrong: { count: wrong.length, of: known.length, estimated: false, elements: wrong.slice(0, 8) },
    parts: worstParts(got.data, want, allowed),
  });
}

/** The shapes that an example gives every argument, as a case has them. */
export function exampleSpec({ config, args, constants = [] }: Example): CaseSpec {
  return {
    config,
    args: Object.fromEntries(
      Object.entries(args).map(([name, { shape, data }]) => [
        name,
        { shape, values: data, ...(constants.includes(name) && { differentiable: false }) },
      ]),
    ),
  };
}
