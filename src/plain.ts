/** Arrays of a config that are longer than this are cut. */
const LONGEST_ARRAY = 64;

/** Objects of a config that are nested deeper than this are left out. */
const DEEPEST = 12;

/**
 * A value as JSON can hold it, whatever it is: numbers that JSON lacks are the strings "NaN", "Infinity" and "-Infinity";
 * typed arrays are arrays; what has a toJSON is what that gives; functions and what lies too deep or in a circle are words in
 * brackets.
 */
export function plain(value: unknown, above: readonly unknown[] = []): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'symbol':
      return String(value);
    case 'function':
      return `[function ${value.name || 'without a name'}]`;
    case 'object':
      return value === null ? null : plainObject(value, above);
    default:
      return value;
  }
}

function plainObject(value: object, above: readonly unknown[]): unknown {
  if (above.includes(value)) return '[circular]';
  if (above.length >= DEEPEST) return '[deep]';
  const within = [...above, value];
  try {
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return plain(toJSON.call(value), within);
    if (value instanceof Map) return plain(Object.fromEntries(value), within);
    if (value instanceof Set) return plain([...value], within);
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      const items = value as ArrayLike<unknown>;
      // One that was cut, and has the mark, is not cut again.
      const cut = items.length > LONGEST_ARRAY + 1;
      const shown = Array.from({ length: cut ? LONGEST_ARRAY : items.length }, (_, i) => plain(items[i], within));
      return cut ? [...shown, `[${items.length} in all]`] : shown;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, within)]));
  } catch (error) {
    return `[unreadable: ${error instanceof Error ? error.message : String(error)}]`;
  }
}
