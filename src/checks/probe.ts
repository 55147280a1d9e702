import type { Point, PointKind } from '../cases.ts';
import { type Line, measureNoise, type Noise, projectedNoise } from '../numeric/noise.ts';
import { type Random, random } from '../numeric/random.ts';
import { type Slope, slopeAlong } from '../numeric/slope.ts';
import {
  along,
  HALF_ULP,
  precisionOf,
  type Steps,
  scaleOf,
  snapTangent,
  spacingSteps,
  ULP,
} from '../numeric/stencil.ts';
import { allFinite, inner, largest, productNorm } from '../numeric/sum.ts';
import type { Data, Tensor, Tensors } from '../tensor.ts';
import type { Subject } from './subject.ts';

/** A random upstream and what the layer answers to it. */
export interface Answer {
  /** The upstream of all differentiable outputs, one after the other. */
  readonly upstream: Float64Array;
  readonly gradients: Tensors;
  /** The rounding of every gradient element: how far vjp(c u) / c spreads over several c. */
  readonly spread: Readonly<Record<string, Float64Array>>;
  /** Standard deviation of the forward's rounding, projected on the upstream. */
  readonly noise: number;
}

/** A directional derivative by finite differences beside the one that the vjp gives. */
export interface Comparison {
  readonly slope: Slope;
  /** The vjp's gradient along the tangent. */
  readonly analytic: number;
  readonly difference: number;
  /** What the finite difference's error bound and the vjp's own rounding explain. */
  readonly allowed: number;
  /** The part of `allowed` that is the vjp's own rounding. */
  readonly backward: number;
  /** As much of the vjp's own rounding as was seen, however much that is. */
  readonly seen: number;
  /** Whether the vjp is rounded more coarsely than its dtype and the forward's conditioning account for. */
  readonly coarse: boolean;
}

/** How many standard deviations of its own measured rounding a gradient may be off. */
const BACKWARD_FACTOR = 6;

/** Units of rounding that may be lost where a layer saturates. */
const LOST = 256;

/** Kinds of point at which layers seldom saturate. */
export const ORDINARY: ReadonlySet<PointKind> = new Set(['normal', 'small', 'negative']);

/** A subject at a base point: its outputs there, their rounding, and derivatives along any line. */
export class Probe {
  readonly subject: Subject;
  readonly point: Point;
  readonly outputs: Tensors;
  /** All differentiable outputs, one after the other. */
  readonly centre: Data;
  readonly noise: Noise;

  private constructor(subject: Subject, point: Point, outputs: Tensors, centre: Data, noise: Noise) {
    this.subject = subject;
    this.point = point;
    this.outputs = outputs;
    this.centre = centre;
    this.noise = noise;
  }

  /** The probe at a point, or undefined where forward is not finite. */
  static async at(subject: Subject, point: Point): Promise<Probe | undefined> {
    // Zeros, ties and far-off numbers may lie outside of what a layer is defined for; numbers of ordinary size may not.
    const outOfDomain = point.kind === 'large' || point.kind === 'integers';
    const outputs = await (outOfDomain ? subject.forwardOrNaN(point.args) : subject.forward(point.args));
    const centre = subject.flatten(outputs);
    if (!allFinite(centre)) return undefined;
    const noise = await noiseAround(
      subject,
      point,
      async args => subject.flatten(await subject.forwardOrNaN(args)),
      centre,
    );
    // Numbers at the point itself may be far larger than where the noise was measured, a little beside it.
    for (let i = 0; i < centre.length; i++) {
      noise.deviation[i] = Math.max(noise.deviation[i], noise.halfUlp * Math.abs(centre[i]));
    }
    return new Probe(subject, point, outputs, centre, noise);
  }

  stream(name: string): Random {
    return random(`${this.point.seed}/${name}`);
  }

  /** A random upstream, the gradients it gives, and their spread over `factors`. */
  async ask(stream: Random, factors: readonly number[]): Promise<Answer> {
    const upstream = drawUpstream(stream, this.centre.length);
    const vjp = (factor: number) =>
      this.subject.vjp(
        this.point.args,
        this.subject.upstream(
          this.outputs,
          upstream.map(u => factor * u),
        ),
        this.outputs,
      );
    const gradients = await vjp(1);
    const spread: Record<string, Float64Array> = {};
    for (const name of this.subject.primals) spread[name] = new Float64Array(gradients[name].data.length);
    for (const factor of factors) {
      const scaled = await vjp(factor);
      for (const name of this.subject.primals) {
        for (let i = 0; i < spread[name].length; i++) {
          const off = Math.abs(scaled[name].data[i] / factor - gradients[name].data[i]);
          if (!(off <= spread[name][i])) spread[name][i] = off;
        }
      }
    }
    return { upstream, gradients, spread, noise: projectedNoise(upstream, this.noise) };
  }

  /** A tangent of a primal from its components: zero where an element cannot move, and exact on every step. */
  tangent(primal: string, component: (index: number) => number): Float64Array {
    return tangentAt(this.point, primal, component);
  }

  /** The outputs along a tangent of one primal; of the point itself or of other arguments, and of the subject or another. */
  line(primal: string, tangent: Data, args: Tensors = this.point.args, subject: Subject = this.subject): Line {
    const { shape, data } = args[primal];
    return async step => {
      const moved = { ...args, [primal]: { shape, data: along(data, tangent, step) } };
      return subject.flatten(await subject.forwardOrNaN(moved));
    };
  }

  /** The finite difference along a tangent of one primal beside the vjp's; from a level of the ladder downwards. */
  async compare(primal: string, tangent: Data, answer: Answer, start = 0): Promise<Comparison> {
    const steps = this.point.steps[primal];
    const from = Math.max(0, Math.min(start, steps.sizes.length - 4));
    const slope = await slopeAlong(
      this.line(primal, tangent),
      this.centre,
      answer.upstream,
      changed => this.reach(primal, changed, answer),
      steps,
      from,
      this.noise.halfUlp,
    );
    return this.judge(primal, tangent, answer, slope);
  }

  /**
   * The outputs that a primal has been seen to influence, and their noise. All of them at points of other than ordinary size, and
   * where none changes: where a layer saturates, an output may be constant to its last bit and yet have a slope.
   */
  reach(primal: string, changed: Uint8Array, answer: Answer): { reached?: Uint8Array; noise: number } {
    if (!ORDINARY.has(this.point.kind)) return { noise: answer.noise };
    const reached = this.subject.reached(primal, changed);
    if (!reached.includes(0) || !changed.includes(1)) return { noise: answer.noise };
    return { reached, noise: projectedNoise(answer.upstream, this.noise, reached) };
  }

  /** What a measured slope says of the gradient. */
  judge(primal: string, tangent: Data, answer: Answer, slope: Slope): Comparison {
    const gradient = answer.gradients[primal].data;
    const { value: analytic, magnitude } = inner(gradient, tangent);
    const halfUlp = HALF_ULP[this.subject.kase.dtype];
    const spread = productNorm(tangent, answer.spread[primal]);
    const rounding = 4 * halfUlp * productNorm(tangent, gradient) + 2 ** -52 * magnitude;
    // Rounding that dtype and conditioning account for: some thousand units, of the outputs or of the forward's own noise.
    const conditioning = answer.noise / (this.outputScale(answer) || 1);
    const limit = 2 ** 13 * Math.max(halfUlp, conditioning) * slope.magnitude;
    const difference = Math.abs(analytic - slope.value);
    const within = (own: number): Comparison => {
      const backward = rounding + Math.min(BACKWARD_FACTOR * own, limit);
      return {
        slope,
        analytic,
        difference,
        allowed: slope.bound + backward + this.lost(primal),
        backward,
        seen: rounding + BACKWARD_FACTOR * own,
        coarse: BACKWARD_FACTOR * own > limit,
      };
    };
    const comparison = within(spread);
    if (difference <= comparison.allowed) return comparison;
    return within(Math.max(spread, this.roundingAlong(primal, tangent, gradient)));
  }

  /** The rounding of a gradient along a tangent, as measured at an ordinary point; 0 where it was not. */
  roundingAlong(primal: string, tangent: Data, gradient: Data): number {
    const { rounding, kase } = this.subject;
    const unit = ULP[kase.dtype] * largest(gradient);
    return (rounding.get(primal) ?? 0) * unit * productNorm(tangent, tangent.map(Math.sign));
  }

  /**
   * How much of a slope may be lost without a trace at a point of other than ordinary size: where something inside saturates, its
   * rounding hides what is below some units in the last place of the slope at an ordinary point.
   */
  lost(primal: string): number {
    if (ORDINARY.has(this.point.kind)) return 0;
    return LOST * HALF_ULP[this.subject.kase.dtype] * (this.subject.ordinary.get(primal) ?? 0);
  }

  /** Size of the projected outputs: what a change of them is measured against. */
  outputScale(answer: Answer): number {
    return productNorm(answer.upstream, this.centre);
  }

  /** Magnitude over which a primal varies. */
  primalScale(primal: string): number {
    return scaleOf(this.point.args[primal].data);
  }
}

/** A random upstream: of all the bits that a number has, so that one which is cut short on the way shows. */
export function drawUpstream(stream: Random, size: number): Float64Array {
  return components(size, () => stream.component() + 2 ** -20 * (stream.uniform() - 0.5), undefined);
}

/** A tangent of a primal at a point from its components: zero where an element cannot move, and exact on every step. */
export function tangentAt(
  { args, steps, frozen }: Point,
  primal: string,
  component: (index: number) => number,
): Float64Array {
  const { data } = args[primal];
  return snapTangent(components(data.length, component, frozen[primal]), data, steps[primal]);
}

function components(size: number, component: (index: number) => number, frozen: Uint8Array | undefined): Float64Array {
  const all = new Float64Array(size);
  for (let i = 0; i < size; i++) all[i] = frozen?.[i] ? 0 : component(i);
  return all;
}

/** Relative sizes of the steps that noise is measured with; see measureNoise. */
const NOISE_SIZES = { float64: [2 ** -36, 2 ** -28, 2 ** -20], float32: [2 ** -18, 2 ** -14] } as const;

/**
 * The rounding error of a function of a subject's arguments around a point. It is measured a small step away, at numbers of
 * which every bit is used: around short numbers (2, 0.5) many operations are exact, and along the ladder they are not.
 */
export async function noiseAround(
  subject: Subject,
  point: Point,
  f: (args: Tensors) => Promise<Data>,
  centre: Data,
): Promise<Noise> {
  const displaced = moveAll(subject, point, point.args, 'displaced', name => {
    const { sizes } = point.steps[name];
    return { ...point.steps[name], multiple: sizes[Math.min(6, sizes.length - 1)] };
  });
  const there = await f(displaced);
  return allFinite(there)
    ? noiseAt(subject, point, f, displaced, there)
    : noiseAt(subject, point, f, point.args, centre);
}

/** The rounding error of a function of a subject's arguments around exactly these, where it has the value `middle`. */
export function noiseAt(
  subject: Subject,
  point: Point,
  f: (args: Tensors) => Promise<Data>,
  args: Tensors,
  middle: Data,
): Promise<Noise> {
  const { dtype } = subject.kase;
  return measureNoise(
    (sample, multiple, size) =>
      f(
        moveAll(subject, point, args, `noise/${sample}`, name => {
          const steps = spacingSteps(args[name].data, NOISE_SIZES[dtype][size], dtype);
          return { ...steps, multiple: multiple * steps.quantum };
        }),
      ),
    NOISE_SIZES[dtype].length,
    middle,
    HALF_ULP[precisionOf(middle, dtype)],
  );
}

/** Points next to a base point, of which every bit is used: displaced by tiny steps of random directions. */
export function* nearbyPoints(subject: Subject, point: Point, count: number): Generator<Tensors> {
  const { dtype } = subject.kase;
  for (let sample = 0; sample < count; sample++) {
    yield moveAll(subject, point, point.args, `nearby/${sample}`, name => {
      const steps = spacingSteps(point.args[name].data, NOISE_SIZES[dtype][0], dtype);
      return { ...steps, multiple: steps.quantum };
    });
  }
}

/** All primals moved along random tangents. */
function moveAll(
  subject: Subject,
  point: Point,
  from: Tensors,
  seed: string,
  stepOf: (name: string) => Steps & { multiple: number },
): Tensors {
  const moved: Record<string, Tensor> = { ...from };
  for (const name of subject.primals) {
    const { shape, data } = from[name];
    const steps = stepOf(name);
    const stream = random(`${point.seed}/${seed}/${name}`);
    const tangent = components(data.length, () => stream.component(), point.frozen[name]);
    moved[name] = { shape, data: along(data, snapTangent(tangent, data, steps), steps.multiple) };
  }
  return moved;
}
