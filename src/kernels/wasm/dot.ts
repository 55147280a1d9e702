import {
  add,
  type Code,
  type Func,
  func,
  get,
  increase,
  int,
  type Lanes,
  type Local,
  mul,
  set,
  turned,
  whileLeft,
  ZEROS,
} from './assembler.ts';

/** Rows of A, and rows of B, that are taken together. */
const ROWS = [[0, 1], [0]];
const COLUMNS = [[0, 1, 2, 3], [0]];

/**
 * dot(rows, columns, width, a, b, c): C += A B' for the rows of A and B, of `width` bytes. Two rows of A by four of B: eight
 * sums in registers, and six loads for eight products.
 */
export function dot(lanes: Lanes): Func {
  return func('dot', 6, ([rows, columns, width, a, b, c], locals) => {
    const [left, bytes, fromB, cell] = locals.ints(4);
    const atA = locals.ints(2);
    const atB = locals.ints(4);
    const x = locals.vectors(2);
    const [y] = locals.vectors(1);
    const sums = [locals.vectors(4), locals.vectors(4)];

    /** C[r, k] += sum over j of A[r, j] B[k, j] */
    const block = (R: readonly number[], K: readonly number[]): Code => [
      R.map(r => [set(atA[r], add(get(a), mul(int(r), get(width)))), K.map(k => set(sums[r][k], ZEROS))]),
      K.map(k => set(atB[k], add(get(fromB), mul(int(k), get(width))))),
      set(bytes, get(width)),
      lanes.accesses.map(({ size, load }) =>
        whileLeft(bytes, size, [
          R.map(r => set(x[r], load(get(atA[r])))),
          K.map(k => [
            set(y, load(get(atB[k]))),
            R.map(r => set(sums[r][k], lanes.add(get(sums[r][k]), lanes.mul(get(x[r]), get(y))))),
          ]),
          [...R.map(r => atA[r]), ...K.map(k => atB[k])].map(at => increase(at, int(size))),
        ]),
      ),
      R.map(r => [
        set(cell, add(get(c), mul(int(r * lanes.size), get(columns)))),
        K.map(k => [addTotal(sums[r][k]), increase(cell, int(lanes.size))]),
      ]),
    ];

    /** C[cell] += the sum of all lanes, by halves. */
    const addTotal = (sum: Local): Code => {
      const halves = [8, 4].filter(half => half >= lanes.size);
      const { load, store } = lanes.accesses[1];
      return [
        halves.map(half => set(sum, lanes.add(get(sum), turned(sum, half)))),
        store(get(cell), lanes.add(load(get(cell)), get(sum))),
      ];
    };

    return ROWS.map(R => [
      whileLeft(rows, R.length, [
        set(left, get(columns)),
        set(fromB, get(b)),
        COLUMNS.map(K =>
          whileLeft(left, K.length, [
            block(R, K),
            increase(fromB, mul(int(K.length), get(width))),
            increase(c, int(K.length * lanes.size)),
          ]),
        ),
        increase(a, mul(int(R.length), get(width))),
        increase(c, mul(int((R.length - 1) * lanes.size), get(columns))),
      ]),
    ]);
  });
}
