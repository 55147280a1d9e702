import { type Data, indexOf, stridesOf } from '../../tensor.ts';
import { axisName } from '../axes.ts';
import { type Evidence, pulledBack } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/** The right backward of the wrong upstream: g = J'(altered u). */
export const alteredUpstream: Cause = ({ outputs, layer }) => {
  const names = Object.keys(outputs);
  const found: Hypothesis[] = [
    {
      cause: 'upstream-ignored',
      text: 'the upstream is left out, as if it were 1',
      predict: evidence => altered(evidence, () => 1),
    },
    {
      cause: 'upstream-ignored',
      text: 'of the upstream only the sign counts',
      predict: evidence => altered(evidence, Math.sign),
    },
    {
      cause: 'upstream-twice',
      text: 'the upstream is squared',
      predict: evidence => altered(evidence, u => u * u),
    },
  ];
  if (names.length > 1) {
    for (const name of names) {
      found.push({
        cause: 'output-ignored',
        text: `the upstream of the output "${name}" is left out`,
        predict: evidence => {
          const of = Object.entries(evidence.outputs).flatMap(([own, { data }]) => [...data].map(() => own));
          return altered(evidence, (u, m) => (of[m] === name ? 0 : u));
        },
      });
    }
    return found;
  }
  const [name] = names;
  const { shape } = outputs[name];
  for (const [axis, extent] of shape.entries()) {
    if (extent === 1) continue;
    found.push({
      cause: 'wrong-channel',
      text: `the upstream is taken reversed along ${axisName(layer, name, axis, shape.length)}`,
      predict: evidence => rearranged(evidence, index => index.with(axis, extentOf(evidence, axis) - 1 - index[axis])),
    });
    for (const by of [1, -1]) {
      found.push({
        cause: 'shifted',
        text: `the upstream is shifted by ${by} along ${axisName(layer, name, axis, shape.length)}`,
        predict: evidence => rearranged(evidence, index => index.with(axis, index[axis] - by)),
      });
    }
  }
  return found;
};

function extentOf({ outputs }: Evidence, axis: number): number {
  return Object.values(outputs)[0].shape[axis];
}

function altered({ columns, upstream }: Evidence, of: (u: number, m: number) => number): Data {
  return pulledBack(columns, upstream.map(of));
}

/** The upstream of each output is that of another; 0 where there is none. */
function rearranged(evidence: Evidence, from: (index: readonly number[]) => readonly number[]): Data {
  const [{ shape }] = Object.values(evidence.outputs);
  const strides = stridesOf(shape);
  return altered(evidence, (_, m) => {
    const source = from(indexOf(m, shape));
    if (source.some((at, axis) => at < 0 || at >= shape[axis])) return 0;
    return evidence.upstream[source.reduce((sum, at, axis) => sum + at * strides[axis], 0)];
  });
}
