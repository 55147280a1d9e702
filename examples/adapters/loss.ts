/**
 * A loss as optimisers take it, with its own gradient: Rosenbrock's valley.
 *
 *     npx gradcheck check examples/adapters/loss.ts
 */
import { fromLoss } from 'gradcheck';

export const valley = fromLoss(
  (x: number[]) => ({
    value: (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2,
    grad: [-2 * (1 - x[0]) - 400 * x[0] * (x[1] - x[0] ** 2), 200 * (x[1] - x[0] ** 2)],
  }),
  { name: 'valley', args: [2] },
);
