import { add, type Code, type Func, func, get, increase, int, type Lanes, mul, set, whileLeft } from './assembler.ts';

/** Rows of C, and steps of the sum, that are taken together. */
const ROWS = [[0, 1], [0]];
const STEPS = [[0, 1, 2, 3], [0, 1], [0]];

/**
 * sweep(rows, inner, width, a, aRow, aStep, b, c): C += A B, where A[i, k] is at a + i aRow + k aStep, so that A may be stored
 * either way, and `width` are the bytes of a row of B and of C.
 *
 * Two rows of C by four steps of the sum: a pass over four rows of B serves two rows of C, and its eight factors, spread over
 * vectors, stay in registers beside four numbers of B and two of C: 14 of the 16 that there are. Every pass goes along rows, so
 * that the speed hardly depends on how large the matrices are.
 */
export function sweep(lanes: Lanes): Func {
  return func('sweep', 8, ([rows, inner, width, a, aRow, aStep, b, c], locals) => {
    const [steps, bytes, fromA, fromB, factorAt] = locals.ints(5);
    const atB = locals.ints(4);
    const atC = locals.ints(2);
    const x = locals.vectors(4);
    const factors = [locals.vectors(4), locals.vectors(4)];

    /** C[r] += sum over k of A[r, k] B[k] */
    const pass = (R: readonly number[], K: readonly number[]): Code => [
      R.map(r => [
        set(atC[r], add(get(c), mul(int(r), get(width)))),
        set(factorAt, add(get(fromA), mul(int(r), get(aRow)))),
        K.map(k => [set(factors[r][k], lanes.spread(get(factorAt))), increase(factorAt, get(aStep))]),
      ]),
      K.map(k => set(atB[k], add(get(fromB), mul(int(k), get(width))))),
      set(bytes, get(width)),
      lanes.accesses.map(({ size, load, store }) =>
        whileLeft(bytes, size, [
          K.map(k => set(x[k], load(get(atB[k])))),
          R.map(r => {
            const products = K.map(k => lanes.mul(get(factors[r][k]), get(x[k])));
            return store(get(atC[r]), products.reduce(lanes.add, load(get(atC[r]))));
          }),
          [...R.map(r => atC[r]), ...K.map(k => atB[k])].map(at => increase(at, int(size))),
        ]),
      ),
    ];

    return ROWS.map(R =>
      whileLeft(rows, R.length, [
        [set(steps, get(inner)), set(fromA, get(a)), set(fromB, get(b))],
        STEPS.map(K =>
          whileLeft(steps, K.length, [
            pass(R, K),
            increase(fromA, mul(int(K.length), get(aStep))),
            increase(fromB, mul(int(K.length), get(width))),
          ]),
        ),
        increase(a, mul(int(R.length), get(aRow))),
        increase(c, mul(int(R.length), get(width))),
      ]),
    );
  });
}
