/** Pivots of less than this of their column leave the unknowns undecided. */
const SINGULAR = 1e-9;

/** The x for which |A x - b| is least, by the normal equations; undefined where A does not tell the unknowns apart. */
export function leastSquares(rows: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const size = rows[0].length;
  const product = (a: number, b: number) => rows.reduce((sum, row) => sum + row[a] * row[b], 0);
  const system = Array.from({ length: size }, (_, a) => [
    ...Array.from({ length: size }, (_column, b) => product(a, b)),
    rows.reduce((sum, row, i) => sum + row[a] * right[i], 0),
  ]);
  const scale = system.map((row, k) => Math.abs(row[k]));
  for (let k = 0; k < size; k++) {
    const pivot = system.slice(k).reduce((best, row) => (Math.abs(row[k]) > Math.abs(best[k]) ? row : best));
    const at = system.indexOf(pivot);
    if (!(Math.abs(pivot[k]) > SINGULAR * Math.max(...scale))) return undefined;
    [system[k], system[at]] = [system[at], system[k]];
    for (const row of system) {
      if (row === system[k]) continue;
      const factor = row[k] / system[k][k];
      for (let column = k; column <= size; column++) row[column] -= factor * system[k][column];
    }
  }
  return system.map((row, k) => row[size] / row[k]);
}
