/**
 * A pair of plain functions on nested arrays: y = x W.
 *
 *     npx gradcheck check examples/adapters/pair.ts
 */
import { fromPair } from 'gradcheck';

const product = (x: number[][], w: number[][]) =>
  x.map(row => w[0].map((_, o) => row.reduce((sum, value, i) => sum + value * w[i][o], 0)));
const turned = (m: number[][]) => m[0].map((_, column) => m.map(row => row[column]));

export const dense = fromPair(
  product,
  (x: number[][], w: number[][], dy: number[][]) => [product(dy, turned(w)), product(turned(x), dy)],
  { name: 'dense', args: { x: [2, 3], w: [3, 4] } },
);
