/** Rows of a table under their own names, which the title of a test then shows in full. */
export function named<T extends { readonly name: string }>(rows: readonly T[]): [string, T][] {
  return rows.map(row => [row.name, row]);
}
