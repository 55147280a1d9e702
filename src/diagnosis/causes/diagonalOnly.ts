import type { Cause } from '../hypothesis.ts';

/** Only the influence of each element on its own output: g_i = u_i J_ii, where inputs and outputs are as many. */
export const diagonalOnly: Cause = ({ columns, upstream }) =>
  columns.length === upstream.length && columns.length > 1
    ? [
        {
          cause: 'diagonal-only',
          text: 'the influence of an element on the other outputs is left out',
          predict: other =>
            Float64Array.from(other.columns, (column, i) => (column ? column[i] * other.upstream[i] : Number.NaN)),
        },
      ]
    : [];
