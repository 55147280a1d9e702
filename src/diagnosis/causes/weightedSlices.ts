import { type Data, indexOf } from '../../tensor.ts';
import { axisName } from '../axes.ts';
import type { Evidence } from '../evidence.ts';
import { type Cause, type Hypothesis, wrongOf } from '../hypothesis.ts';

/** Axes of more slices than this have too many weights to be found from one gradient. */
const SLICES = 12;

/** The contributions along one axis of the output count other than once each: g = sum over k of c_k g_k, with c found from yours. */
export const weightedSlices: Cause = evidence => {
  const { layer, outputs } = evidence;
  const [[name, { shape }], ...others] = Object.entries(outputs);
  if (others.length > 0) return [];
  return shape.flatMap((extent, axis): Hypothesis[] => {
    if (extent < 2 || extent > SLICES || wrongOf(evidence).length <= extent) return [];
    const weights = leastSquares(slices(evidence, axis), evidence.claimed)?.map(
      weight => Math.round(1e6 * weight) / 1e6,
    );
    if (!weights || weights.every(weight => weight === 1)) return [];
    const lost = weights.flatMap((weight, k) => (weight === 0 ? [k] : []));
    const words = axisName(layer, name, axis, shape.length);
    const text =
      lost.length > 0 && weights.every(weight => weight === 0 || weight === 1)
        ? `what comes from ${words} ${lost.join(', ')} of ${name} is left out`
        : `what comes from the slices along ${words} of ${name} counts ${weights.join(', ')} times`;
    return [
      {
        cause: lost.length > 0 ? 'border' : 'wrongly-reduced',
        text,
        predict: other => {
          const parts = slices(other, axis);
          if (parts.length !== weights.length) return undefined;
          return other.truth.map((_, i) => parts.reduce((sum, part, k) => sum + weights[k] * part[i], 0));
        },
      },
    ];
  });
};

/** The parts of J'u that come from each slice of the outputs along an axis. */
function slices({ columns, upstream, outputs }: Evidence, axis: number): Data[] {
  const [{ shape }] = Object.values(outputs);
  const parts = Array.from({ length: shape[axis] }, () => new Float64Array(columns.length));
  const sliceOf = Array.from(upstream, (_, m) => indexOf(m, shape)[axis]);
  for (const [i, column] of columns.entries()) {
    for (const part of parts) part[i] = column ? 0 : Number.NaN;
    column?.forEach((slope, m) => {
      parts[sliceOf[m]][i] += slope * upstream[m];
    });
  }
  return parts;
}

/** The weights with which the parts come nearest to a vector, by the normal equations; undefined where they are not told apart. */
function leastSquares(parts: readonly Data[], to: Data): number[] | undefined {
  const measured = Array.from(to.keys()).filter(i => !Number.isNaN(parts[0][i]));
  const dot = (a: Data, b: Data) => measured.reduce((sum, i) => sum + a[i] * b[i], 0);
  const rows = parts.map(part => [...parts.map(other => dot(part, other)), dot(part, to)]);
  const size = parts.length;
  for (let k = 0; k < size; k++) {
    const pivot = rows.slice(k).reduce((best, row) => (Math.abs(row[k]) > Math.abs(best[k]) ? row : best));
    const at = rows.indexOf(pivot);
    if (!(Math.abs(pivot[k]) > 1e-9 * Math.abs(dot(parts[k], parts[k])))) return undefined;
    [rows[k], rows[at]] = [rows[at], rows[k]];
    for (const row of rows) {
      if (row === rows[k]) continue;
      const factor = row[k] / rows[k][k];
      for (let column = k; column <= size; column++) row[column] -= factor * rows[k][column];
    }
  }
  return rows.map((row, k) => row[size] / row[k]);
}
