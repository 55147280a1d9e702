import type { Cause } from '../hypothesis.ts';

/** Forward mode for backward: g = J u where it should be J'u, inputs and outputs being as many. */
export const jacobianItself: Cause = ({ columns, upstream }) =>
  columns.length === upstream.length && columns.length > 1
    ? [
        {
          cause: 'transposed',
          text: 'it is J u, not J transposed times u: what an output gets from all elements, not what an element gives to all outputs',
          everywhere: true,
          predict: other =>
            other.upstream.map((_, i) =>
              other.columns.reduce((sum, column, k) => sum + (column ? column[i] * other.upstream[k] : Number.NaN), 0),
            ),
        },
      ]
    : [];
