import { drawPoint, type Point, pointKinds } from '../cases.ts';
import { random } from '../numeric/random.ts';
import { HALF_ULP, scaleOf } from '../numeric/stencil.ts';
import { inner, largest } from '../numeric/sum.ts';
import { concatenated, indexOf, type Tensor, type Tensors } from '../tensor.ts';
import type { ForwardObservation } from './mismatch.ts';
import { type Observation, observation, type WrongElement } from './observation.ts';
import { worstParts } from './parts.ts';
import { noiseAround, noiseAt, ORDINARY } from './probe.ts';
import type { Subject } from './subject.ts';

/** How many standard deviations of the rounding of both two implementations may be apart. */
const NOISE_FACTOR = 32;

/** Halves of the largest number's last place within which nothing need be measured: what the order of a few sums changes. */
const ALIKE = 8;

/** Units in the last place that such a derivative may be off. */
const CANCELLED = 16;

/**
 * Whether an alternative implementation gives what the reference gives, forward and backward, to within the rounding
 * of both as measured near each point (no tolerance is chosen); where they are within a few units of the last place, that is not
 * measured. One observation for every output and every gradient.
 *
 * Cannot see: an error that both share; elements at which the reference is not finite.
 */
export async function checkAgreement(subject: Subject, reference: Subject, seed: string): Promise<Observation[]> {
  const best = new Map<string, Observation>();
  for (const kind of pointKinds(subject.kase)) {
    const point = drawPoint(subject.kase, kind, seed);
    for (const seen of await comparePoint(subject, reference, point)) {
      const key = `${seen.output}/${seen.argument}`;
      const before = best.get(key);
      if (before?.verdict === 'fail') continue;
      const more = seen.compared > 0 && seen.relativeError > (before?.relativeError ?? 0);
      const worse = !before || before.compared === 0 || seen.verdict === 'fail' || more;
      const shown = worse ? seen : before;
      best.set(key, {
        ...shown,
        resolution: shown.verdict === 'fail' ? shown.resolution : sharpest(seen.resolution, before?.resolution),
        compared: seen.compared + (before?.compared ?? 0),
        evaluations: seen.evaluations + (before?.evaluations ?? 0),
      });
    }
  }
  return [...best.values()];
}

/** The resolution of the point that sees most; which point shows the largest error is a matter of the last bit. */
function sharpest(a: number, b = Number.NaN): number {
  const known = [a, b].filter(resolution => resolution > 0);
  return known.length === 0 ? a : Math.min(...known);
}

async function comparePoint(subject: Subject, reference: Subject, point: Point): Promise<Observation[]> {
  const stream = random(`${point.seed}/agreement`);
  const wanted = await reference.forward(point.args);
  const got = await subject.forward(point.args);
  const flat = Float64Array.from(reference.flatten(wanted), () => stream.component());
  const upstream = reference.upstream(wanted, flat);
  const all = async (of: Subject, args: Tensors): Promise<Tensors> => {
    const outputs = await of.forward(args);
    const gradients = await of.vjp(args, upstream, outputs);
    const named = (prefix: string, tensors: Tensors, names: readonly string[]) =>
      names.map(name => [`${prefix} ${name}`, tensors[name]] as const);
    return Object.fromEntries([
      ...named('output', outputs, Object.keys(outputs)),
      ...named('argument', gradients, subject.primals),
    ]);
  };
  if (Object.keys(got).join() !== Object.keys(wanted).join()) {
    const reason = `forward returns ${Object.keys(got).join(', ')}, the reference ${Object.keys(wanted).join(', ')}`;
    return [observation({ check: 'agreement', verdict: 'error', code: 'missing', reason })];
  }
  // Where a layer saturates its derivative is what is left of numbers that cancel: of the outputs' own size per change.
  const size = inner(flat.map(Math.abs), reference.flatten(wanted).map(Math.abs)).value;
  const cancelled = (primal: string) =>
    (CANCELLED * HALF_ULP[subject.kase.dtype] * size) / scaleOf(point.args[primal].data);
  const before = subject.forwards;
  const values = { ours: await all(subject, point.args), theirs: await all(reference, point.args) };
  const comparison = (allowedOf: (key: string, kind: string, name: string) => number): Observation[] =>
    Object.keys(values.theirs).map(key => {
      const [kind, name] = key.split(/ (.*)/s);
      const allowed = allowedOf(key, kind, name);
      const compared = compare({ [kind]: name }, name, values.ours[key], values.theirs[key], allowed);
      const seen: ForwardObservation = { ...compared, evaluations: subject.forwards - before, seed: point.seed };
      if (kind !== 'output' || compared.verdict !== 'fail') return seen;
      const [given, { data: wanted }] = [values.theirs[key], values.ours[key]];
      const { args } = point;
      const mismatch = { subject: reference, args, output: name, given, wanted, allowed, isReference: true };
      return { ...seen, mismatch };
    });
  const halfUlp = HALF_ULP[subject.kase.dtype];
  const alike = comparison(key => ALIKE * halfUlp * largest(values.theirs[key].data.filter(Number.isFinite)) + 1e-300);
  if (alike.every(({ verdict }) => verdict === 'pass')) return alike;
  const ours = await deviationOf(subject, point, all, values.ours);
  const theirs = await deviationOf(reference, point, all, values.theirs);
  return comparison((key, kind, name) => {
    const deviation = Math.hypot(ours[key] ?? Number.NaN, theirs[key]);
    // Below 1e-300 float64 has no relative accuracy left to speak of.
    return NOISE_FACTOR * deviation + (kind === 'argument' ? cancelled(name) : 0) + 1e-300;
  });
}

/** The rounding error in results at a point: the largest standard deviation of any element, by tensor. */
async function deviationOf(
  subject: Subject,
  point: Point,
  all: (of: Subject, args: Tensors) => Promise<Tensors>,
  values: Tensors,
): Promise<Readonly<Record<string, number>>> {
  const names = Object.keys(values);
  const flatten = (tensors: Tensors) => concatenated(names.map(name => tensors[name].data));
  const centre = flatten(values);
  const f = async (args: Tensors) => flatten(await all(subject, args));
  const noise = [await noiseAround(subject, point, f, centre)];
  // Among large numbers a sum may cancel here, and be far from it a little beside.
  if (!ORDINARY.has(point.kind)) noise.push(await noiseAt(subject, point, f, point.args, centre));
  const deviation: Record<string, number> = {};
  let at = 0;
  for (const name of names) {
    const { length } = values[name].data;
    deviation[name] = Math.max(
      ...noise.map(of => largest(of.deviation.subarray(at, at + length).filter(Number.isFinite))),
    );
    at += length;
  }
  return deviation;
}

function compare(
  key: Pick<Observation, 'output' | 'argument'>,
  name: string,
  got: Tensor,
  want: Tensor,
  allowed: number,
): Observation {
  const shared = { check: 'agreement' as const, ...key, compared: want.data.filter(Number.isFinite).length };
  const what = key.argument === undefined ? `output "${name}"` : `the gradient of "${name}"`;
  if (got === undefined || got.data.length !== want.data.length) {
    const reason = `${what} has ${got?.data.length ?? 'no'} numbers, the reference's ${want.data.length}`;
    return observation({ ...shared, verdict: 'error', code: 'shape', reason, compared: 0 });
  }
  const known = want.data.filter(Number.isFinite);
  if (known.length === 0 && want.data.length > 0) {
    const reason = `${what} of the reference is not finite`;
    return observation({ ...shared, verdict: 'inconclusive', code: 'non-finite', reason, compared: 0 });
  }
  const scale = largest(known);
  const wrong: WrongElement[] = [];
  let worst = 0;
  for (let i = 0; i < want.data.length; i++) {
    if (!Number.isFinite(want.data[i])) continue;
    const difference = Math.abs(got.data[i] - want.data[i]);
    if (!(difference <= worst)) worst = difference;
    if (!(difference <= allowed)) {
      wrong.push({ index: indexOf(i, want.shape), actual: got.data[i], expected: want.data[i], errorBound: allowed });
    }
  }
  const bound = scale === 0 ? 0 : allowed / scale;
  const numbers = { relativeError: worst === 0 ? 0 : worst / scale, errorBound: bound, resolution: bound };
  if (wrong.length === 0) return observation({ ...shared, ...numbers, verdict: 'pass', code: 'ok', reason: '' });
  wrong.sort((a, b) => Math.abs(b.actual - b.expected) - Math.abs(a.actual - a.expected));
  return observation({
    ...shared,
    ...numbers,
    verdict: 'fail',
    code: 'mismatch',
    reason: `${what} differs from the reference implementation in ${wrong.length} of ${want.data.length} elements`,
    wrong: { count: wrong.length, of: want.data.length, estimated: false, elements: wrong.slice(0, 8) },
    parts: worstParts(got.data, want, allowed),
  });
}
