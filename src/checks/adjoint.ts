import { drawPoint, type Point, pointKinds } from '../cases.ts';
import { random } from '../numeric/random.ts';
import { scaleOf } from '../numeric/stencil.ts';
import { inner } from '../numeric/sum.ts';
import { type Data, type Tensor, type Tensors, zerosLike } from '../tensor.ts';
import { type Observation, observation } from './observation.ts';
import { nearbyPoints } from './probe.ts';
import type { Subject } from './subject.ts';

/** How many standard deviations of the rounding, as seen around the point, the two sides may be apart. */
const NOISE_FACTOR = 16;

/** What either side may be off by whatever the spread, of the size of its terms: 16 units in the last place. */
const ROUNDING = { float64: 2 ** -48, float32: 2 ** -19 } as const;

/** Both sides are linear in u and v: multiples by these give the same values but for rounding. */
const FACTORS = [1, 3, 5, 7, 9, 11, 13, 15];

/**
 * Whether <u, J v> = <J'u, v> for random u and v, where J v is had without differencing: from the layer's `jvp`, or, for a
 * primal in which it is linear, from forward itself: J v = f(v) - f(0). Both sides are evaluated at several points next to
 * each other, each with another multiple of u and v; how their difference spreads is rounding, and the bound. Where they agree to
 * 16 units in the last place at the first, it is enough. One observation a primal.
 *
 * Cannot see: an error that jvp and vjp share; for linear primals, an error in forward that the vjp follows.
 */
export async function checkAdjoint(subject: Subject, seed: string): Promise<Observation[]> {
  const { layer, kase } = subject;
  const seen: Observation[] = [];
  const kinds = pointKinds(kase).slice(0, 3);
  for (const primal of subject.primals) {
    const { shape, range } = kase.args[primal];
    if (shape.includes(0)) continue;
    const linear = layer.linear?.includes(primal) && !range;
    if (!layer.jvp && !linear) continue;
    const before = subject.forwards;
    const results: Comparison[] = [];
    for (const kind of kinds) {
      const result = await compare(subject, primal, drawPoint(kase, kind, `${seed}/adjoint`), !layer.jvp);
      if (result) results.push(result);
    }
    if (results.length === 0) continue;
    const wrong = results.some(({ error, bound }) => !(error <= bound));
    const excess = ({ error, bound, scale }: Comparison) => (wrong ? error / bound : error / (scale || 1));
    const worst = results.reduce((a, b) => (excess(b) > excess(a) ? b : a));
    const reason = wrong
      ? `<u, J v> = ${worst.forward.toPrecision(9)} from ${layer.jvp ? 'jvp' : 'forward, which is linear here'}, <J'u, v> = ${worst.backward.toPrecision(9)} from vjp`
      : '';
    const telling = results.filter(({ scale, bound }) => scale > bound);
    const isZero = telling.length === 0;
    const relative = (value: number) => (value === 0 || worst.scale === 0 ? 0 : value / worst.scale);
    seen.push(
      observation({
        check: 'adjoint',
        argument: primal,
        verdict: wrong ? 'fail' : 'pass',
        code: wrong ? 'mismatch' : isZero ? 'zero' : 'ok',
        reason,
        compared: results.length,
        evaluations: subject.forwards - before,
        relativeError: relative(worst.error),
        errorBound: relative(worst.bound),
        resolution: isZero ? Number.NaN : Math.min(...telling.map(({ bound, scale }) => (2 * bound) / scale)),
      }),
    );
  }
  return seen;
}

interface Comparison {
  readonly forward: number;
  readonly backward: number;
  readonly error: number;
  readonly bound: number;
  readonly scale: number;
}

async function compare(
  subject: Subject,
  primal: string,
  point: Point,
  fromForward: boolean,
): Promise<Comparison | undefined> {
  const stream = random(`${point.seed}/adjoint/${primal}`);
  const outputs = await subject.forward(point.args);
  const flat = Float64Array.from(subject.flatten(outputs), () => stream.component());
  const { shape } = point.args[primal];
  const direction = point.args[primal].data.map(() => stream.component());
  // Where a layer saturates its derivative is what is left of numbers that cancel: of the outputs' own size per change.
  const cancelled =
    inner(flat.map(Math.abs), subject.flatten(outputs).map(Math.abs)).value / scaleOf(point.args[primal].data);
  const least = (size: number) => ROUNDING[subject.kase.dtype] * (size + cancelled) + Number.MIN_VALUE;
  const sides: { forward: number; backward: number; size: number }[] = [];
  for (const args of nearbyPoints(subject, point, FACTORS.length)) {
    const factor = FACTORS[sides.length];
    const here = await subject.forward(args);
    const tangent = { shape, data: direction.map(component => factor * component) };
    const pushed = fromForward
      ? await throughForward(subject, args, primal, tangent)
      : await throughJvp(subject, args, primal, tangent);
    const upstream = subject.upstream(
      outputs,
      flat.map(component => factor * component),
    );
    const gradient = (await subject.vjp(args, upstream, here))[primal].data;
    const forward = inner(flat, pushed);
    const backward = inner(gradient, direction);
    sides.push({
      forward: forward.value / factor,
      backward: backward.value / factor,
      size: (forward.magnitude + backward.magnitude) / factor,
    });
    const [first] = sides;
    if (Math.abs(first.forward - first.backward) <= least(first.size)) break;
  }
  const differences = sides.map(side => side.forward - side.backward);
  if (!differences.every(Number.isFinite)) return undefined;
  const mean = differences.reduce((sum, value) => sum + value, 0) / sides.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, sides.length - 1));
  const scale = sides[0].size;
  return {
    ...sides[0],
    error: Math.abs(mean),
    bound: NOISE_FACTOR * deviation + least(scale),
    scale: scale / 2,
  };
}

/** J v where f is affine in the primal: f at v less f at 0. */
async function throughForward(subject: Subject, args: Tensors, primal: string, tangent: Tensor): Promise<Data> {
  const at = async (value: Tensor) => subject.flatten(await subject.forward({ ...args, [primal]: value }));
  const [moved, origin] = [await at(tangent), await at(zerosLike(tangent))];
  return Float64Array.from(moved, (value, i) => value - origin[i]);
}

/** J v by the layer's own forward mode, all other primals at rest. */
async function throughJvp(subject: Subject, args: Tensors, primal: string, tangent: Tensor): Promise<Data> {
  const tangents = Object.fromEntries(
    subject.kase.primals.map(name => [name, name === primal ? tangent : zerosLike(args[name])]),
  );
  return subject.flatten(await subject.jvp(args, tangents));
}
