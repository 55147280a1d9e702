import type { Finding } from '../finding.ts';

/** What tells one finding from another, in every run. */
export type Key = Pick<Finding, 'test' | 'layer' | 'implementation' | 'check' | 'argument' | 'output'>;

/** A key by itself. */
export function keyOf({ test, layer, implementation, check, argument, output }: Key): Key {
  return {
    ...(test !== undefined && { test }),
    layer,
    implementation,
    check,
    ...(argument !== undefined && { argument }),
    ...(output !== undefined && { output }),
  };
}

/** A key as text: the same for equal keys, and what files are sorted by. */
export function keyText({ test, layer, implementation, check, argument, output }: Key): string {
  return JSON.stringify([layer, implementation, check, argument ?? null, output ?? null, test ?? null]);
}

/** Items in the order of their keys. */
export function sortedByKey<T>(items: readonly T[], keyOf: (item: T) => Key): T[] {
  return items
    .map(item => ({ item, text: keyText(keyOf(item)) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ item }) => item);
}
