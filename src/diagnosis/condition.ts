import type { Case } from '../cases.ts';
import type { Layer } from '../layer.ts';
import { axisName } from './axes.ts';
import { settings } from './factor.ts';

/** A case, and whether the fault shows in it. */
export interface Trial {
  readonly kase: Case;
  readonly fails: boolean;
}

/** Something that holds in some cases and not in others. */
export interface Rule {
  readonly text: string;
  readonly holds: (kase: Case) => boolean;
}

/** Rules that are kept to be told apart by fresh cases. */
const KEPT = 64;

/**
 * The rules over config and shapes that hold in every failing case and in no passing one: conditions on one thing first, then two of
 * them together. None where all cases fail or none does.
 */
export function separatingRules(layer: Layer, trials: readonly Trial[]): Rule[] {
  const failing = trials.filter(({ fails }) => fails);
  const passing = trials.filter(({ fails }) => !fails);
  if (failing.length === 0 || passing.length === 0) return [];
  const all = conditions(
    layer,
    trials.map(({ kase }) => kase),
  );
  // A rule, or a part of one, must hold wherever the layer fails.
  const needed = all.filter(({ holds }) => failing.every(({ kase }) => holds(kase)));
  const single = needed.filter(({ holds }) => !passing.some(({ kase }) => holds(kase)));
  const rules = [...single];
  for (let a = 0; a < needed.length && rules.length < KEPT; a++) {
    for (let b = a + 1; b < needed.length && rules.length < KEPT; b++) {
      if (single.includes(needed[a]) || single.includes(needed[b])) continue;
      const both = (kase: Case) => needed[a].holds(kase) && needed[b].holds(kase);
      if (passing.some(({ kase }) => both(kase))) continue;
      rules.push({ text: `${needed[a].text} and ${needed[b].text}`, holds: both });
    }
  }
  return rules.slice(0, KEPT);
}

/** A number of a case, by the name that a rule calls it. */
interface Quantity {
  readonly name: string;
  readonly of: (kase: Case) => number | undefined;
}

/** Conditions that some of the cases meet and others do not, those on settings first. */
function conditions(layer: Layer, cases: readonly Case[]): Rule[] {
  const quantities = [...configQuantities(cases), ...extents(layer, cases)];
  const rules: Rule[] = [];
  const add = (text: string, holds: Rule['holds']) => {
    const met = cases.filter(holds).length;
    if (met > 0 && met < cases.length && !rules.some(rule => rule.text === text)) rules.push({ text, holds });
  };
  for (const [key, value] of choices(cases)) {
    add(`${key} is ${value}`, ({ config }) => JSON.stringify((config as Record<string, unknown>)[key]) === value);
    add(`${key} is not ${value}`, ({ config }) => JSON.stringify((config as Record<string, unknown>)[key]) !== value);
  }
  const when = (quantity: Quantity, test: (value: number) => boolean) => (kase: Case) => {
    const value = quantity.of(kase);
    return value !== undefined && test(value);
  };
  for (const quantity of quantities) {
    add(
      `${quantity.name} > 1`,
      when(quantity, value => value > 1),
    );
    add(
      `${quantity.name} is 1`,
      when(quantity, value => value === 1),
    );
    add(
      `${quantity.name} > 0`,
      when(quantity, value => value > 0),
    );
    add(
      `${quantity.name} is 0`,
      when(quantity, value => value === 0),
    );
    add(
      `${quantity.name} < 0`,
      when(quantity, value => value < 0),
    );
  }
  for (const { name, holds } of remainders()) {
    add(`${name} is not 0`, holds);
    add(`${name} is 0`, kase => !holds(kase));
  }
  for (const quantity of quantities) {
    add(
      `${quantity.name} is even`,
      when(quantity, value => value % 2 === 0),
    );
    add(
      `${quantity.name} is odd`,
      when(quantity, value => Math.abs(value % 2) === 1),
    );
  }
  for (const [at, a] of quantities.entries()) {
    for (const b of quantities.slice(at + 1)) {
      const both = (test: (x: number, y: number) => boolean) => (kase: Case) => {
        const [x, y] = [a.of(kase), b.of(kase)];
        return x !== undefined && y !== undefined && test(x, y);
      };
      add(
        `${a.name} is not ${b.name}`,
        both((x, y) => x !== y),
      );
      add(
        `${a.name} > ${b.name}`,
        both((x, y) => x > y),
      );
      add(
        `${a.name} < ${b.name}`,
        both((x, y) => x < y),
      );
      add(
        `${a.name} is ${b.name}`,
        both((x, y) => x === y),
      );
      add(
        `${a.name} mod ${b.name} is not 0`,
        both((x, y) => y !== 0 && x % y !== 0),
      );
    }
  }
  for (const quantity of quantities) {
    const values = [...new Set(cases.map(quantity.of))].filter(value => value !== undefined);
    for (const value of values.toSorted((a, b) => a - b)) {
      add(
        `${quantity.name} >= ${value}`,
        when(quantity, own => own >= value),
      );
      add(
        `${quantity.name} <= ${value}`,
        when(quantity, own => own <= value),
      );
    }
  }
  return rules;
}

/** The settings that are words or flags, with the values that occur, as JSON. */
function choices(cases: readonly Case[]): [key: string, value: string][] {
  const found = cases.flatMap(({ config }) =>
    Object.entries((config ?? {}) as Record<string, unknown>)
      .filter(([, value]) => typeof value === 'string' || typeof value === 'boolean' || value === null)
      .map(([key, value]) => [key, JSON.stringify(value)] as const),
  );
  const different = new Map(found.map(([key, value]) => [`${key} ${value}`, [key, value] as [string, string]]));
  return [...different.values()];
}

/** The numbers among the settings; of a pair, and of a number that may be a pair, both and their larger one. */
function configQuantities(cases: readonly Case[]): Quantity[] {
  const paths = new Set(cases.flatMap(({ config }) => settings(config).map(([path]) => path)));
  const keys = new Set([...paths].map(path => path.replace(/\[\d+\]$/, '')));
  const largest = [...keys].map(key => ({
    name: key,
    of: ({ config }: Case) => {
      const values = settings(config).filter(([path]) => path === key || path.startsWith(`${key}[`));
      return values.length === 0 ? undefined : Math.max(...values.map(([, value]) => value));
    },
  }));
  const parts = [...paths].filter(path => !keys.has(path));
  const single = parts.map(path => ({
    name: path,
    of: ({ config }: Case) => settings(config).find(([own]) => own === path)?.[1],
  }));
  return [...largest, ...single];
}

function extents(layer: Layer, cases: readonly Case[]): Quantity[] {
  const [{ args }] = cases;
  const found: Quantity[] = [];
  for (const [name, { shape }] of Object.entries(args)) {
    for (const axis of shape.keys()) {
      const own = layer.axes?.[name]?.length === shape.length;
      const word = own ? axisName(layer, name, axis, shape.length) : `extent ${axis} of ${name}`;
      if (found.some(known => known.name === word)) continue;
      found.push({ name: word, of: kase => kase.args[name]?.shape[axis] });
    }
  }
  return found;
}

/** Whether a window of the settings leaves a part of an image uncovered. */
function remainders(): { name: string; holds: (kase: Case) => boolean }[] {
  const pairOf = (value: unknown, otherwise: number): number[] | undefined => {
    const given = value ?? otherwise;
    const pair = Array.isArray(given) ? (given as number[]) : [given as number, given as number];
    return pair.every(Number.isFinite) ? pair : undefined;
  };
  return [
    {
      name: '(extent + 2 padding - kernel) mod stride',
      holds: ({ config, args }) => {
        const given = (config ?? {}) as Record<string, unknown>;
        const kernel = pairOf(given['kernel'], Number.NaN);
        const stride = pairOf(given['stride'], Number.NaN) ?? kernel;
        const [padding, dilation] = [pairOf(given['padding'], 0), pairOf(given['dilation'], 1)];
        const image = Object.values(args)[0].shape.slice(2);
        if (!kernel || !stride || !padding || !dilation) return false;
        return image.some((extent, axis) => {
          const [k, s, p, d] = [kernel, stride, padding, dilation].map(pair => pair[Math.min(axis, pair.length - 1)]);
          return (extent + 2 * p - d * (k - 1) - 1) % s !== 0;
        });
      },
    },
  ];
}
