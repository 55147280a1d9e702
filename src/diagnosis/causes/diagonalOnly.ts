import { axisName } from '../axes.ts';
import { indexOf } from '../../tensor.ts';
import type { Cause, Hypothesis } from '../hypothesis.ts';

/**
 * Only the influence of each element on its own output, g_i = u_i J_ii, where inputs and outputs are as many; or only that on outputs
 * of the same index along an axis, such as the same step in time.
 */
export const diagonalOnly: Cause = ({ columns, upstream, outputs, shape, layer, primal }) => {
  const diagonal: Hypothesis = {
    cause: 'diagonal-only',
    text: 'the influence of an element on the other outputs is left out',
    everywhere: true,
    predict: other =>
      Float64Array.from(other.columns, (column, i) => (column ? column[i] * other.upstream[i] : Number.NaN)),
  };
  const [[name, output], ...others] = Object.entries(outputs);
  const within = shape.flatMap((extent, axis): Hypothesis[] =>
    others.length === 0 && extent > 1 && shape.length > 1 && output.shape[axis] === extent
      ? [
          {
            cause: 'diagonal-only',
            text: `the influence on other places along ${axisName(layer, primal, axis, shape.length)} is left out`,
            everywhere: true,
            predict: other => {
              const own = other.outputs[name].shape;
              const at = Array.from(other.upstream, (_, m) => indexOf(m, own)[axis]);
              return Float64Array.from(other.columns, (column, i) => {
                const place = indexOf(i, other.shape)[axis];
                return column
                  ? column.reduce((sum, slope, m) => (at[m] === place ? sum + slope * other.upstream[m] : sum), 0)
                  : Number.NaN;
              });
            },
          },
        ]
      : [],
  );
  return [...(columns.length === upstream.length && columns.length > 1 ? [diagonal] : []), ...within];
};
