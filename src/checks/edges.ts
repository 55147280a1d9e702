import { oneSidedSlope } from '../numeric/onesided.ts';
import { along } from '../numeric/stencil.ts';
import { rootMeanSquare } from '../numeric/sum.ts';
import type { Answer, Probe } from './probe.ts';

/** At most this many elements are looked at. */
const ELEMENTS = 24;

/** How the gradient fits the slopes from inside, at elements that sit at an end of their range. */
export interface Edges {
  readonly compared: number;
  /** Whether every such element was compared, and fits. */
  readonly agree: boolean;
  /** The largest difference and its bound, relative to the gradient. */
  readonly relativeError: number;
  readonly errorBound: number;
  readonly text: string;
}

/**
 * Elements at an end of their range cannot be moved both ways; their slope is that from inside.
 *
 * Cannot see: whether one that differs is wrong, or another choice at a kink that lies just there.
 */
export async function judgeEdges(probe: Probe, primal: string, answer: Answer): Promise<Edges> {
  const { point, subject } = probe;
  const { shape, data } = point.args[primal];
  const [low, high] = subject.kase.args[primal].range ?? [-Infinity, Infinity];
  const { frozen } = point;
  const edges = Array.from(data.keys()).filter(i => frozen[primal]?.[i]);
  const sizes = point.steps[primal].sizes.filter(size => size <= (high - low) / 2);
  const gradient = answer.gradients[primal].data;
  const scale = rootMeanSquare(gradient) || 1;
  let compared = 0;
  let worst = 0;
  let bound = 0;
  let text = '';
  for (const index of edges.slice(0, ELEMENTS)) {
    const side = data[index] - low <= high - data[index] ? 1 : -1;
    const one = Float64Array.from(data, (_, i) => (i === index ? 1 : 0));
    const line = async (step: number) => {
      const moved = { ...point.args, [primal]: { shape, data: along(data, one, step) } };
      return subject.flatten(await subject.forwardOrNaN(moved));
    };
    const slope = await oneSidedSlope(
      line,
      probe.centre,
      answer.upstream,
      answer.noise,
      { ...point.steps[primal], sizes },
      side,
    );
    if (!slope || !Number.isFinite(slope.value)) continue;
    compared++;
    const error = Math.abs(gradient[index] - slope.value);
    worst = Math.max(worst, error);
    bound = Math.max(bound, slope.bound);
    if (error <= slope.bound || text !== '') continue;
    text = `element ${index} of "${primal}" is at the end of its range; the slope from inside is ${slope.value.toPrecision(6)}, yours is ${gradient[index].toPrecision(6)}`;
  }
  const agree = compared === edges.length && text === '';
  const relative = (value: number) => value / scale;
  if (text === '' && !agree)
    text = `${edges.length - compared} of ${edges.length} elements at an end of the range of "${primal}" have no slope from inside`;
  return { compared, agree, relativeError: relative(worst), errorBound: relative(bound), text };
}
