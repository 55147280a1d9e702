import { allFinite } from '../numeric/sum.ts';
import { judgeKinks } from './kinks.ts';
import { excused, type Outcome } from './outcome.ts';
import type { Answer, Probe } from './probe.ts';

/** Forward is finite and the vjp is not: wrong, unless the slope itself is infinite there. */
export async function judgeNonFinite(probe: Probe, primal: string, answers: readonly Answer[]): Promise<Outcome> {
  const { point } = probe;
  const stream = probe.stream(`non-finite/${primal}`);
  const comparison = await probe.compare(
    primal,
    probe.tangent(primal, () => stream.component()),
    answers[0],
  );
  const gradient = (answers.find(({ gradients }) => !allFinite(gradients[primal].data)) as Answer).gradients[primal]
    .data;
  const nonFinite = Array.from(gradient.keys()).filter(i => !Number.isFinite(gradient[i]));
  const [index] = nonFinite;
  let edges = 0;
  for (const i of nonFinite.slice(0, 24)) if (await atEdge(probe, primal, i)) edges++;
  if (edges === nonFinite.length) {
    return excused(point, 'domain', `element ${index} of "${primal}" is at the edge of what forward is defined for`);
  }
  if (comparison.slope.status !== 'smooth') {
    const kinks = await judgeKinks(probe, primal, answers[0], [index]);
    if (kinks.vertical) return excused(point, 'kink', `the slope at element ${index} of "${primal}" is infinite`);
  }
  return {
    ...excused(
      point,
      'non-finite',
      `forward is finite, but element ${index} of the gradient of "${primal}" is ${gradient[index]}`,
    ),
    verdict: 'fail',
    relativeError: Infinity,
    compared: gradient.length,
    disagreement: { probe, primal, answer: answers[0], comparison },
  };
}

/** Whether forward is not finite next to an element, or the element cannot move. */
async function atEdge(probe: Probe, primal: string, index: number): Promise<boolean> {
  if (probe.point.frozen[primal]?.[index]) return true;
  const { sizes } = probe.point.steps[primal];
  const line = probe.line(
    primal,
    probe.tangent(primal, i => (i === index ? 1 : 0)),
  );
  const step = sizes[sizes.length - 1];
  return !allFinite(await line(step)) || !allFinite(await line(-step));
}
