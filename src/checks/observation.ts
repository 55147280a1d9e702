export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

export type CheckName =
  | 'contract'
  | 'examples'
  | 'fixtures'
  | 'agreement'
  | 'exact'
  | 'gradient'
  | 'symbolic'
  | 'adjoint';

/** One element that disagrees. */
export interface WrongElement {
  readonly index: readonly number[];
  /** What the layer says. */
  readonly actual: number;
  /** What the check found. */
  readonly expected: number;
  /** How far `expected` may be off; absolute. */
  readonly errorBound: number;
  /** The argument's own number there, where it matters: at a kink, in a tie. */
  readonly value?: number;
  /** The slopes from the left and from the right, where they were looked at one by one. */
  readonly left?: number;
  readonly right?: number;
}

/** Equal elements, and what they get together beside the slope along the direction that moves them alike. */
export interface Tie {
  readonly value: number;
  readonly indices: readonly (readonly number[])[];
  readonly actual: number;
  readonly expected: number;
  readonly errorBound: number;
}

/** Which of the slopes at a kink a gradient takes. */
export type Selection = 'left' | 'right' | 'mean' | 'zero' | 'other' | 'various';

/** What was seen of the elements on a kink. */
export interface KinkSeen {
  /** How many elements are on a kink, and of how many that were looked at. */
  readonly count: number;
  readonly of: number;
  /** Whether the gradient lies between the slopes from both sides at every one of them. */
  readonly between: boolean;
  readonly takes: Selection;
}

/** The elements that disagree. */
export interface Wrong {
  readonly count: number;
  readonly of: number;
  /** Whether `count` is extrapolated from a sample. */
  readonly estimated: boolean;
  /** What the wrong elements have in common. */
  readonly pattern?: string;
  /** All of them, by flat position, where they are known one by one. */
  readonly positions?: readonly number[];
  /** The worst of them. */
  readonly elements: readonly WrongElement[];
  /** The ties among them. */
  readonly ties?: readonly Tie[];
  /** The case that the pattern is from, where it is a larger one than that of the elements. */
  readonly larger?: LargerCase;
}

/** How many elements of an argument are wrong in another case, and which, where they are known one by one. */
export interface LargerCase extends Pick<Wrong, 'count' | 'of' | 'estimated' | 'positions'> {
  readonly case: string;
  readonly shape: readonly number[];
  /** Names of its axes, where the layer gives one for each. */
  readonly axes?: readonly string[];
}

/**
 * The numbers of a tensor beside those that they are held against, part by part: at most 256 parts, each of `length` elements
 * that follow each other in row-major order (the last may have fewer).
 */
export interface Parts {
  readonly shape: readonly number[];
  readonly length: number;
  /** Whether each part was moved as a whole in a random direction; else its numbers are those of its worst element. */
  readonly joint: boolean;
  /** The flat position of an element of every part: its worst, or of a joint one its first. */
  readonly positions: readonly number[];
  readonly actual: readonly number[];
  readonly expected: readonly number[];
  readonly errorBound: readonly number[];
}

/** What came of one base point. */
export interface PointSeen {
  readonly kind: string;
  readonly verdict: 'pass' | 'fail' | 'excused';
  readonly code: string;
  readonly resolution: number;
}

/** What one check saw of one implementation in one case; of one argument where it is about a gradient. */
export interface Observation {
  readonly check: CheckName;
  /** The argument whose gradient was judged, or that was misused. */
  readonly argument?: string;
  /** The output whose value was judged. */
  readonly output?: string;
  readonly verdict: Verdict;
  /** An enumerated reason. */
  readonly code: string;
  /** The reason in words. */
  readonly reason: string;
  /** How many numbers were compared. */
  readonly compared: number;
  /** How often forward was called. */
  readonly evaluations: number;
  /** The largest difference and its bound, relative to the gradient. */
  readonly relativeError: number;
  readonly errorBound: number;
  /**
   * The smallest error that would have been caught, relative to the gradient, of a fault that shows at every base point: that
   * of the sharpest point. `points` has each point's own, for faults that show at one only.
   */
  readonly resolution: number;
  readonly points?: readonly PointSeen[];
  /** Elements of which the bound exceeds half of their value, where they were compared one by one. */
  readonly unresolved?: number;
  readonly notes: readonly string[];
  readonly wrong?: Wrong;
  readonly kink?: KinkSeen;
  /**
   * The rounding of the gradient where it passes, or the largest error of one that fails by its precision, in units in the last
   * place of its largest number.
   */
  readonly ulps?: number;
  /** What was measured part by part, wrong or not. */
  readonly parts?: Parts;
  /** The seed of the point where it was seen. */
  readonly seed?: string;
}

/** An observation with the fields that most checks leave at nothing. */
export function observation(
  seen: Pick<Observation, 'check' | 'verdict' | 'code' | 'reason'> & Partial<Observation>,
): Observation {
  return { compared: 0, evaluations: 0, relativeError: 0, errorBound: 0, resolution: Number.NaN, notes: [], ...seen };
}

/** From best to worst, as exit statuses rank them. */
const RANK: readonly Verdict[] = ['pass', 'inconclusive', 'error', 'fail'];

/** The verdict that outweighs the others; inconclusive where there is none. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'inconclusive';
  return RANK[Math.max(...verdicts.map(verdict => RANK.indexOf(verdict)))];
}
