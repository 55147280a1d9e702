import { isLayer } from '../layer.ts';

/** A change of the settings; the same ones where it has nothing to change. */
export interface Change {
  readonly text: string;
  readonly of: (config: Settings) => Settings;
}

export type Settings = Readonly<Record<string, unknown>>;

/**
 * Settings that are confused with those of a case: one left out or taken for 1, 0 or another that was tried, two of them exchanged, a
 * flag the other way round.
 */
export function otherSettings(config: unknown, configs: readonly unknown[]): Change[] {
  if (typeof config !== 'object' || config === null) return [];
  const own = config as Settings;
  const keys = [...new Set([own, ...configs].flatMap(one => Object.keys((one ?? {}) as Settings)))];
  const found = new Map<string, Change>();
  const add = (text: string, of: Change['of']) => {
    if (!found.has(text)) found.set(text, { text, of });
  };
  for (const key of keys) {
    add(`"${key}" is left out`, ({ [key]: _left, ...rest }) => rest);
    if (typeof own[key] === 'boolean')
      add(`"${key}" is taken the other way round`, other => ({ ...other, [key]: other[key] === false }));
    if (Array.isArray(own[key])) {
      const flat = (change: (values: readonly unknown[]) => unknown) => (other: Settings) =>
        Array.isArray(other[key]) ? { ...other, [key]: change(other[key]) } : other;
      add(
        `"${key}" is taken in reverse order`,
        flat(values => values.toReversed()),
      );
      add(
        `the numbers of "${key}" are exchanged pair by pair`,
        flat(values => values.map((_, at) => values[at ^ 1] ?? values[at])),
      );
      add(
        `the first number of "${key}" is taken for all`,
        flat(values => values.map(() => values[0])),
      );
    }
    for (const value of [1, 0]) if (isNumeric(own[key])) add(`"${key}" is taken for ${value}`, filled(key, value));
    for (const other of keys) {
      if (key === other || !isNumeric(own[key]) || !isNumeric(own[other])) continue;
      add(`"${key}" is taken for "${other}"`, one => ({ ...one, [key]: one[other] }));
      if (key < other)
        add(`"${key}" and "${other}" are exchanged`, one => ({ ...one, [key]: one[other], [other]: one[key] }));
    }
    for (const value of valuesOf(key, configs)) {
      add(`"${key}" is taken for ${JSON.stringify(value)}`, other => ({ ...other, [key]: value }));
    }
  }
  return [...found.values()];
}

/** A setting as a number, or as several of them. */
function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || (Array.isArray(value) && value.every(one => typeof one === 'number'));
}

/** Every number of a setting replaced by one value. */
function filled(key: string, value: number): Change['of'] {
  return config => {
    const own = config[key];
    if (own === undefined) return config;
    return { ...config, [key]: Array.isArray(own) ? own.map(() => value) : value };
  };
}

/** A few of the values that a setting was tried with. */
function valuesOf(key: string, configs: readonly unknown[]): unknown[] {
  const values = configs.map(config => (config as Settings | null)?.[key]).filter(value => isPlain(value));
  return [...new Map(values.map(value => [JSON.stringify(value), value])).values()].slice(0, TRIED);
}

const TRIED = 6;

function isPlain(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || (Array.isArray(value) && !value.some(isLayer)));
}
