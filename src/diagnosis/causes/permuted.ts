import { type Data, indexOf, stridesOf } from '../../tensor.ts';
import { axisName, axisNames, axisSets } from '../axes.ts';
import type { Evidence } from '../evidence.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/** The right numbers in the wrong places: axes exchanged, reversed or shifted. */
export const permuted: Cause = evidence => [...transposed(evidence), ...reversed(evidence), ...shifted(evidence)];

/** The element of the truth that is found at each index; NaN where `from` gives none. */
function moved({ truth, shape }: Evidence, from: (index: readonly number[]) => readonly number[] | undefined): Data {
  const strides = stridesOf(shape);
  return truth.map((_, i) => {
    const source = from(indexOf(i, shape));
    return source === undefined ? 0 : truth[source.reduce((sum, at, axis) => sum + at * strides[axis], 0)];
  });
}

function transposed({ shape }: Evidence): Hypothesis[] {
  const found: Hypothesis[] = [];
  for (let a = 0; a < shape.length; a++) {
    for (let b = a + 1; b < shape.length; b++) {
      if (shape[a] === 1 || shape[b] === 1) continue;
      found.push({
        cause: 'transposed',
        text: `axes ${a} and ${b} are exchanged`,
        everywhere: true,
        predict: evidence => {
          const { truth, shape: own } = evidence;
          // In the memory of the exchanged axes, whatever the shape is said to be.
          const order = own.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
          const other = order.map(axis => own[axis]);
          const strides = stridesOf(own);
          return truth.map(
            (_, i) => truth[indexOf(i, other).reduce((sum, at, axis) => sum + at * strides[order[axis]], 0)],
          );
        },
      });
    }
  }
  return found;
}

function reversed({ layer, primal, shape }: Evidence): Hypothesis[] {
  return axisSets(shape.length)
    .filter(set => set.every(axis => shape[axis] > 1))
    .map(set => ({
      cause: 'flipped-kernel',
      text: `it is reversed along ${axisNames(layer, primal, set, shape.length)}`,
      everywhere: true,
      predict: evidence =>
        moved(evidence, index => index.map((at, axis) => (set.includes(axis) ? evidence.shape[axis] - 1 - at : at))),
    }));
}

function shifted({ layer, primal, shape }: Evidence): Hypothesis[] {
  const found: Hypothesis[] = [];
  for (const [axis, extent] of shape.entries()) {
    if (extent === 1) continue;
    for (const by of [1, -1]) {
      for (const around of [false, true]) {
        found.push({
          cause: 'shifted',
          text: `it is shifted by ${by} along ${axisName(layer, primal, axis, shape.length)}`,
          everywhere: true,
          predict: evidence =>
            moved(evidence, index => {
              const at = index[axis] - by;
              const size = evidence.shape[axis];
              if (!around && (at < 0 || at >= size)) return undefined;
              return index.with(axis, (at + size) % size);
            }),
        });
      }
    }
  }
  return found;
}
