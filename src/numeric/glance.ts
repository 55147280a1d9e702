import type { Data } from '../tensor.ts';

/** A derivative by finite differences at a few steps, and how far it may be off where no rounding but that of the last bit is. */
export interface Glance {
  readonly value: number;
  readonly bound: number;
  /** Evaluations: two a step. */
  readonly levels: number;
}

/** How many units of rounding of the projected outputs the bound allows. */
const ROUNDING = 8;

/** A bend at step 0 of more than this of the slope may be a kink. */
const BEND = 1e-6;

/** Steps after which a glance is given up. */
const LEVELS = 7;

/**
 * The derivative of u'f at 0 by as few central differences as show it: D_k over steps t_k, and Richardson's R_k of neighbouring ones.
 * Two that agree are good to what they differ by, and to the rounding of the outputs' last bit over the step. The first whose bound is
 * at most `enough`; else the best. None counts while the slopes from both sides do not meet at 0. Where one is `expected`, the first
 * difference alone will do if it is that.
 *
 * It serves to see agreement, not to deny it: the rounding of f is not measured, so that a value may be further off than the bound.
 * That a wrong derivative is within such a bound of it is as unlikely as that rounding hits it: bound / rounding. Which of the values
 * is taken does not depend on whether it agrees, or else one that does would be found.
 */
export async function glanceAlong(
  line: (level: number, sign: 1 | -1) => Promise<Data>,
  centre: Data,
  upstream: Data,
  steps: readonly number[],
  halfUlp: number,
  enough: number,
  expected?: number,
): Promise<Glance | undefined> {
  const seen: Level[] = [];
  let best: Glance | undefined;
  for (const [k, step] of steps.slice(0, LEVELS).entries()) {
    const now = levelOf(await line(k, 1), centre, await line(k, -1), upstream, step, halfUlp);
    if (!Number.isFinite(now.central) || !Number.isFinite(now.bend)) continue;
    seen.push(now);
    const levels = seen.length;
    const [before, last] = levels > 1 ? seen.slice(-2) : [now, now];
    const found = [];
    if (levels === 1 && expected !== undefined && Math.abs(now.central - expected) <= 2 * now.noise) {
      found.push({ value: now.central, bound: 2 * now.noise });
    }
    if (levels > 1 && meets(before, last))
      found.push({ value: before.central, bound: 1.1 * Math.abs(last.central - before.central) + before.noise });
    if (levels > 2 && meets(before, last)) {
      const [first] = seen.slice(-3);
      const [rough, fine] = [richardson(first, before), richardson(before, last)];
      found.push({ value: fine, bound: Math.abs(fine - rough) / 16 + 1.1 * last.noise });
    }
    for (const { value, bound } of found) {
      if (!(best && best.bound <= bound)) best = { value, bound, levels };
    }
    // From here on rounding only grows.
    if (best && (best.bound <= enough || now.noise >= best.bound)) break;
  }
  return best;
}

interface Level {
  readonly step: number;
  readonly central: number;
  /** Half the difference of the slopes from both sides. */
  readonly bend: number;
  readonly noise: number;
  readonly magnitude: number;
}

function levelOf(above: Data, centre: Data, below: Data, upstream: Data, step: number, halfUlp: number): Level {
  let central = 0;
  let bend = 0;
  let magnitude = 0;
  let outputs = 0;
  for (let m = 0; m < centre.length; m++) {
    const term = upstream[m] * (above[m] - below[m]);
    central += term;
    bend += upstream[m] * (above[m] - centre[m] - (centre[m] - below[m]));
    magnitude += Math.abs(term);
    outputs += (upstream[m] * Math.max(Math.abs(above[m]), Math.abs(below[m]))) ** 2;
  }
  return {
    step,
    central: central / (2 * step),
    bend: bend / (2 * step),
    noise: (ROUNDING * halfUlp * Math.sqrt(outputs) + 2 ** -52 * magnitude) / step,
    magnitude: magnitude / (2 * step),
  };
}

/** Whether the slopes from both sides meet at step 0: the line through their difference at two steps does. */
function meets(coarse: Level, fine: Level): boolean {
  const atZero = fine.bend + ((fine.bend - coarse.bend) * fine.step) / (coarse.step - fine.step);
  return Math.abs(atZero) <= BEND * fine.magnitude + 3 * fine.noise;
}

function richardson(coarse: Level, fine: Level): number {
  return fine.central + (fine.central - coarse.central) / ((coarse.step / fine.step) ** 2 - 1);
}
