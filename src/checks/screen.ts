import { isHeavy, type Point } from '../cases.ts';
import { glanceAlong } from '../numeric/glance.ts';
import { random } from '../numeric/random.ts';
import { along, HALF_ULP, precisionOf } from '../numeric/stencil.ts';
import { allFinite, inner, productNorm } from '../numeric/sum.ts';
import type { Data, Tensor, Tensors } from '../tensor.ts';
import { ELEMENTWISE } from './draws.ts';
import type { Outcome } from './outcome.ts';
import { type Part, partsOf } from './parts.ts';
import { drawUpstream, tangentAt } from './probe.ts';
import type { Subject } from './subject.ts';

/**
 * An error of so many times the bound is missed once in a thousand by one draw, by two, three and four: P(|N| < 2 / factor)^draws, N as
 * for the gradient check's MISS_FACTOR, which is the last.
 */
const MISS_FACTORS = [1600, 50, 16, 9];

/** As many draws as this are made for the sake of fewer steps in each. */
const DRAWS = 2;

/**
 * A look is enough where it sees errors of this size, relative to the gradient: at the first point, and at others. Of a heavy case,
 * whose forward adds up many numbers, half of what a pass needs must do.
 */
const ENOUGH = { first: 1e-9, other: 1e-7, heavy: 5e-7 };

/** How far a single element may be off, relative to the root mean square of all. */
const ELEMENT = 1e-9;

/**
 * What a look at a point is enough for: the gradients that agree with a few finite differences to so many digits that neither rounding
 * nor a kink needs to be measured. The first point is looked at primal by primal, others along one tangent of all primals together
 * where that will do. Those of which anything does not agree, for whatever reason, are left out: it denies nothing. float64 only.
 *
 * Cannot see: an error of less than the resolution; a kink at which the gradient is the mean of both slopes.
 */
export async function screen(
  subject: Subject,
  point: Point,
  primals: readonly string[],
  isFirst: boolean,
): Promise<ReadonlyMap<string, Outcome>> {
  if (subject.kase.dtype !== 'float64' || point.kind === 'given') return new Map();
  if (primals.some(name => point.frozen[name]?.includes(1))) return new Map();
  const outputs = await subject.forwardOrNaN(point.args);
  const centre = subject.flatten(outputs);
  if (!allFinite(centre) || precisionOf(centre, 'float64') !== 'float64') return new Map();
  const look = new Look(subject, point, outputs, centre);
  const together = isFirst ? undefined : await look.together(primals);
  if (together) return together;
  const outcomes = new Map<string, Outcome>();
  for (const name of primals) {
    const outcome = await look.alone(name, isFirst);
    if (outcome) outcomes.set(name, outcome);
  }
  return outcomes;
}

/** A random upstream and the gradients that it gives. */
interface Pulled {
  readonly upstream: Float64Array;
  readonly gradients: Tensors;
}

/** A derivative along tangents of some primals, each in units of its largest step, and the part of each in it. */
interface Agreement {
  readonly value: number;
  readonly error: number;
  readonly bound: number;
  readonly sizes: Readonly<Record<string, number>>;
}

/** The worst of some draws. */
interface Drawn extends Agreement {
  readonly factor: number;
  readonly draws: number;
}

function worse(a: Agreement, b: Agreement): Agreement {
  return {
    value: b.value,
    error: Math.max(a.error, b.error),
    bound: Math.max(a.bound, b.bound),
    sizes: Object.fromEntries(Object.entries(a.sizes).map(([name, size]) => [name, Math.min(size, b.sizes[name])])),
  };
}

class Look {
  readonly #subject: Subject;
  readonly #point: Point;
  readonly #outputs: Tensors;
  readonly #centre: Data;
  readonly #pulled: Pulled[] = [];

  constructor(subject: Subject, point: Point, outputs: Tensors, centre: Data) {
    this.#subject = subject;
    this.#point = point;
    this.#outputs = outputs;
    this.#centre = centre;
  }

  /** All primals along the same tangents. */
  async together(primals: readonly string[]): Promise<ReadonlyMap<string, Outcome> | undefined> {
    const seen = await this.#drawn(primals, ENOUGH.other);
    return seen && new Map(primals.map(name => [name, this.#passed(seen, name)]));
  }

  /** One primal, and the elements of a small one at the first point. */
  async alone(primal: string, isFirst: boolean): Promise<Outcome | undefined> {
    const seen = await this.#drawn([primal], isFirst ? ENOUGH.first : ENOUGH.other);
    if (!seen) return undefined;
    if (this.#point.kind === 'normal') this.#subject.ordinary.set(primal, seen.sizes[primal] / this.#step(primal));
    return isFirst ? this.#withElements(this.#passed(seen, primal), primal) : this.#passed(seen, primal);
  }

  /** As many draws as it takes to see errors of a size in each of some primals. */
  async #drawn(primals: readonly string[], usual: number): Promise<Drawn | undefined> {
    const size = isHeavy(this.#subject.kase) ? ENOUGH.heavy : usual;
    let all: Agreement | undefined;
    for (const [draw, factor] of MISS_FACTORS.entries()) {
      const tangents = Object.fromEntries(primals.map(name => [name, this.#tangent(name, draw)]));
      const seen = await this.#agree(tangents, draw, sizes => {
        const [most, enough] = [MISS_FACTORS.length, DRAWS].map(draws => size / MISS_FACTORS[draws - 1]);
        return { most: most * Math.min(...sizes), enough: enough * Math.min(...sizes) };
      });
      if (!seen) return undefined;
      all = all ? worse(all, seen) : seen;
      if (factor * all.bound <= size * Math.min(...Object.values(all.sizes)))
        return { ...all, factor, draws: draw + 1 };
    }
    return undefined;
  }

  #passed({ error, bound, sizes, factor, draws }: Drawn, primal: string): Outcome {
    const { kind, seed } = this.#point;
    const size = sizes[primal];
    const numbers = { relativeError: error / size, errorBound: bound / size, resolution: (factor * bound) / size };
    return { verdict: 'pass', code: 'ok', reason: '', kind, seed, compared: draws, ...numbers };
  }

  /** The elements of a small primal, one by one; undefined where one does not agree. */
  async #withElements(outcome: Outcome, primal: string): Promise<Outcome | undefined> {
    const { shape, data } = this.#point.args[primal];
    if (data.length === 1 || data.length > ELEMENTWISE) return outcome;
    const { gradients } = await this.#pull(0);
    const mean =
      productNorm(
        gradients[primal].data,
        data.map(() => 1),
      ) / Math.sqrt(data.length);
    const parts: Part[] = [];
    let unresolved = 0;
    for (const [position, actual] of gradients[primal].data.entries()) {
      const tangent = tangentAt(this.#point, primal, i => (i === position ? 1 : 0));
      const unit = this.#step(primal) * tangent[position];
      const most = ELEMENT * mean * unit;
      const seen = await this.#agree({ [primal]: tangent }, 0, () => ({ most, enough: most }), true);
      if (!seen) return undefined;
      const errorBound = seen.bound / unit;
      parts.push({ position, actual, expected: seen.value / unit, errorBound });
      if (!(errorBound <= Math.abs(actual) / 2)) unresolved++;
    }
    return { ...outcome, compared: outcome.compared + parts.length, unresolved, parts: partsOf(shape, parts) };
  }

  /** Whether the gradients agree with finite differences along tangents, to within a bound of at most `most`, or less if it is not `enough`. */
  async #agree(
    tangents: Readonly<Record<string, Float64Array>>,
    draw: number,
    needed: (sizes: readonly number[]) => { readonly most: number; readonly enough: number },
    single = false,
  ): Promise<Agreement | undefined> {
    const { args, steps } = this.#point;
    const names = Object.keys(tangents);
    const { upstream, gradients } = await this.#pull(draw);
    const halfUlp = HALF_ULP.float64;
    let [analytic, rounding] = [0, 0];
    const sizes: Record<string, number> = {};
    for (const name of names) {
      const unit = this.#step(name);
      const { value, magnitude } = inner(gradients[name].data, tangents[name]);
      sizes[name] = unit * productNorm(gradients[name].data, tangents[name]);
      analytic += unit * value;
      rounding += 4 * halfUlp * sizes[name] + 2 ** -52 * unit * magnitude;
    }
    const { most, enough } = needed(Object.values(sizes));
    if (!(most > 0) || !Number.isFinite(analytic)) return undefined;
    const line = async (level: number, sign: 1 | -1) => {
      const moved: Record<string, Tensor> = { ...args };
      for (const name of names) {
        const { shape, data } = args[name];
        moved[name] = { shape, data: along(data, tangents[name], sign * steps[name].sizes[level]) };
      }
      return this.#subject.flatten(await this.#subject.forwardOrNaN(moved));
    };
    // The steps of all primals are the same multiples of their first.
    const [shortest] = names.map(name => steps[name].sizes).toSorted((a, b) => a.length - b.length);
    const relative = shortest.map(size => size / shortest[0]);
    const expected = single ? analytic : undefined;
    const found = await glanceAlong(line, this.#centre, upstream, relative, halfUlp, enough - rounding, expected);
    if (!found) return undefined;
    const [error, bound] = [Math.abs(found.value - analytic), found.bound + rounding];
    return error <= bound && bound <= most ? { value: found.value, error, bound, sizes } : undefined;
  }

  async #pull(draw: number): Promise<Pulled> {
    // Two upstreams, in turn.
    const at = draw % 2;
    const known = this.#pulled[at];
    if (known) return known;
    const upstream = drawUpstream(random(`${this.#point.seed}/screen/${at}`), this.#centre.length);
    const gradients = await this.#subject.vjp(
      this.#point.args,
      this.#subject.upstream(this.#outputs, upstream),
      this.#outputs,
    );
    this.#pulled[at] = { upstream, gradients };
    return this.#pulled[at];
  }

  #tangent(primal: string, draw: number): Float64Array {
    const stream = random(`${this.#point.seed}/screen/${draw}/${primal}`);
    return tangentAt(this.#point, primal, () => stream.component());
  }

  #step(primal: string): number {
    return this.#point.steps[primal].sizes[0];
  }
}
