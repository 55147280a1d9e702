import { type Data, indexOf, sameShape, sizeOf, stridesOf } from '../../tensor.ts';
import { axisName } from '../axes.ts';
import { type Evidence, pulledBack } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/** The right backward of the wrong upstream: g = J'(altered u). */
export const alteredUpstream: Cause = evidence => hypotheses(evidence).map(one => ({ ...one, everywhere: true }));

function hypotheses({ outputs, layer }: Evidence): Hypothesis[] {
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
    return [...found, ...exchanged(outputs)];
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
    found.push({
      cause: 'wrong-channel',
      text: `the upstream is that of the first ${axisName(layer, name, axis, shape.length)} throughout`,
      predict: evidence => rearranged(evidence, index => index.with(axis, 0)),
    });
    for (const [other, extentOfOther] of shape.entries()) {
      if (other <= axis || extentOfOther === 1) continue;
      found.push({
        cause: 'transposed',
        text: `the upstream is read with ${axisName(layer, name, axis, shape.length)} and ${axisName(layer, name, other, shape.length)} exchanged`,
        predict: evidence => inMemory(evidence, axis, other),
      });
    }
    for (const by of [1, -1]) {
      found.push({
        cause: 'shifted',
        text: `the upstream is shifted by ${by} along ${axisName(layer, name, axis, shape.length)}`,
        predict: evidence => rearranged(evidence, index => index.with(axis, index[axis] - by)),
      });
    }
  }
  return found;
}

/** The upstream of one output in place of that of another of the same shape, and the other way round. */
function exchanged(outputs: Evidence['outputs']): Hypothesis[] {
  const names = Object.keys(outputs);
  return names.flatMap((a, at) =>
    names.slice(at + 1).flatMap((b): Hypothesis[] =>
      sameShape(outputs[a].shape, outputs[b].shape)
        ? [
            {
              cause: 'another-output',
              text: `the upstreams of "${a}" and "${b}" are exchanged`,
              predict: evidence => {
                const parts = partsOf(evidence);
                const other = names.flatMap(name => [...parts[name === a ? b : name === b ? a : name]]);
                return altered(evidence, (_, m) => other[m]);
              },
            },
          ]
        : [],
    ),
  );
}

/** The upstream of every output. */
function partsOf({ outputs, upstream }: Evidence): Record<string, Data> {
  let start = 0;
  const parts: Record<string, Data> = {};
  for (const [name, { shape }] of Object.entries(outputs)) {
    parts[name] = upstream.slice(start, start + sizeOf(shape));
    start += sizeOf(shape);
  }
  return parts;
}

/** The upstream as it is in memory, taken for one whose axes a and b are exchanged. */
function inMemory(evidence: Evidence, a: number, b: number): Data {
  const [{ shape }] = Object.values(evidence.outputs);
  const other = shape.with(a, shape[b]).with(b, shape[a]);
  const strides = stridesOf(other);
  return altered(evidence, (_, m) => {
    const index = indexOf(m, shape);
    const at = index.with(a, index[b]).with(b, index[a]);
    return evidence.upstream[at.reduce((sum, place, axis) => sum + place * strides[axis], 0)];
  });
}

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
