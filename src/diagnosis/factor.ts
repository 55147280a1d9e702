import { isLayer } from '../layer.ts';
import { axisName } from './axes.ts';
import type { Evidence } from './evidence.ts';

/** A number that the shapes and settings of a case know, by its name. */
export interface Named {
  readonly name: string;
  readonly of: (evidence: Evidence) => number | undefined;
}

/** What may be made of a known number by a forgotten or a superfluous factor. */
const FORMS: readonly [form: (name: string) => string, of: (value: number) => number][] = [
  [name => name, value => value],
  [name => `1/${name}`, value => 1 / value],
  [name => `sqrt(${name})`, Math.sqrt],
  [name => `1/sqrt(${name})`, value => 1 / Math.sqrt(value)],
  [name => `${name}^2`, value => value ** 2],
  [name => `1/${name}^2`, value => 1 / value ** 2],
  [name => `(1 - ${name})`, value => 1 - value],
  [name => `1/(1 - ${name})`, value => 1 / (1 - value)],
  [name => `(${name} - 1)/${name}`, value => (value - 1) / value],
  [name => `${name}/(${name} - 1)`, value => value / (value - 1)],
  [name => `-${name}`, value => -value],
  [name => `-1/${name}`, value => -1 / value],
];

/** The names under which a factor is known in a case: "1/batch", "stride". */
export function namesOf(factor: number, evidence: Evidence): Named[] {
  const found: Named[] = [];
  for (const { name, of } of numbersOf(evidence)) {
    for (const [form, made] of FORMS) {
      const value = of(evidence);
      if (value === undefined || value === 1 || !isClose(made(value), factor)) continue;
      found.push({
        name: form(name),
        of: other => {
          const there = of(other);
          return there === undefined ? undefined : made(there);
        },
      });
    }
  }
  return found;
}

export function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-4 * Math.abs(b);
}

/** A number as a short fraction where it is one; what is nearly 1, by how much it is not. */
export function fraction(value: number): string {
  const off = value - 1;
  if (Math.abs(off) < 1e-3 && off !== 0) return `1 ${off < 0 ? '-' : '+'} ${Number(Math.abs(off).toPrecision(2))}`;
  for (let denominator = 1; denominator <= 64; denominator++) {
    const numerator = Math.round(value * denominator);
    if (numerator !== 0 && isClose(numerator / denominator, value)) {
      return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
    }
  }
  return value.toPrecision(5);
}

/** The extents of arguments and outputs, their products, and the numbers of the config. */
function numbersOf({ layer, args, outputs, primal, config }: Evidence): Named[] {
  const numbers: Named[] = [];
  const add = (name: string, of: Named['of']) => {
    if (!numbers.some(known => known.name === name)) numbers.push({ name, of });
  };
  for (const [kind, tensors] of [['args', args] as const, ['outputs', outputs] as const]) {
    for (const [tensor, { shape }] of Object.entries(tensors)) {
      for (const axis of shape.keys()) {
        const own = axisName(layer, tensor, axis, shape.length);
        const known = layer.axes?.[tensor]?.length === shape.length;
        add(
          known && kind === 'args' ? own : `the ${own} extent of ${tensor}`,
          other => other[kind][tensor]?.shape[axis],
        );
      }
    }
  }
  for (const [tensor, { shape }] of Object.entries(outputs)) {
    const product = (from: number) => (other: Evidence) =>
      other.outputs[tensor]?.shape.slice(from).reduce((size, extent) => size * extent, 1);
    if (shape.length > 1) add(`the size of ${tensor}`, product(0));
    if (shape.length > 2) add(`the places of ${tensor}`, product(2));
  }
  for (const tensor of Object.keys(args)) add(`the size of ${tensor}`, other => other.args[tensor]?.data.length);
  if (args[primal].shape.length > 2) {
    add(`the places of ${primal}`, other =>
      other.args[primal]?.shape.slice(2).reduce((size, extent) => size * extent, 1),
    );
  }
  for (const [path, value] of settings(config)) {
    if (value > 0) add(path, other => settings(other.config).find(([name]) => name === path)?.[1]);
  }
  const area = (other: Evidence) => {
    const sides = settings(other.config).filter(([name]) => /^(kernel|scale|factor)/.test(name));
    return sides.length === 0 ? undefined : sides.length === 1 ? sides[0][1] ** 2 : sides[0][1] * sides[1][1];
  };
  add('the area of the kernel', area);
  return numbers;
}

/** The numbers of a config, by their paths; not those inside of layers that it holds. */
export function settings(config: unknown, path = ''): [path: string, value: number][] {
  if (typeof config === 'number') return Number.isFinite(config) ? [[path, config]] : [];
  if (typeof config !== 'object' || config === null || isLayer(config)) return [];
  return Object.entries(config).flatMap(([key, value]) =>
    settings(value, path === '' ? key : Array.isArray(config) ? `${path}[${key}]` : `${path}.${key}`),
  );
}
