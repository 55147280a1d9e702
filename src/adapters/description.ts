import { UsageError } from '../cases.ts';
import type { ArgSpec, CaseSpec } from '../layer.ts';
import { describe, type Dtype, shapeProblem, sizeOf } from '../tensor.ts';
import { type Encoding, isRecord, list, readNumber } from './protocol.ts';

/** What a process says of its layer. */
export interface Description {
  readonly name: string;
  /** At least one; every case has its own config object. */
  readonly cases: readonly (CaseSpec & { readonly args: Readonly<Record<string, ArgSpec>> })[];
  /** Whether requests say which case they are about. */
  readonly numbered: boolean;
  readonly outputs: readonly string[];
  readonly nondifferentiable: readonly string[];
  readonly dtype: Dtype;
  readonly encoding: Encoding;
  /** Arguments that are declared linear in every case that has them. */
  readonly linear: readonly string[];
  /** The axes of arguments in the first case that names them. */
  readonly axes: Readonly<Record<string, readonly string[]>>;
  /** Empty where there is only one. */
  readonly implementations: readonly string[];
  readonly reference?: Reference;
}

/** A built-in layer to compare with: its name, and its names for arguments and outputs that are called otherwise. */
export interface Reference {
  readonly layer: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The version of the protocol that is spoken here. */
const PROTOCOL = 1;

/**
 * What the answer to `describe` says.
 * @throws UsageError when a key is missing or malformed; the message has the key, what came and what to write.
 */
export function readDescription(told: unknown): Description {
  const root = recordAt(told, 'the result of describe', '{"protocol":1,"name":…,"arguments":{…},"outputs":[…]}');
  expect(root.protocol === PROTOCOL, '"protocol"', root.protocol, `it should be ${PROTOCOL}, which is spoken here`);
  expect(isName(root.name), '"name"', root.name, 'it should be a text for reports, such as "conv2d"');
  const outputs = namesAt(root.outputs, '"outputs"', 'the names of the outputs in order, such as ["y"]');
  expect(outputs.length > 0, '"outputs"', root.outputs, 'it should have at least one name');
  const nondifferentiable = namesAt(root.nondifferentiable ?? [], '"nondifferentiable"', 'a list of names of outputs');
  for (const name of nondifferentiable) {
    expect(outputs.includes(name), '"nondifferentiable"', name, `the outputs are ${list(outputs)}`);
  }
  const { dtype = 'float64', encoding } = root;
  expect(dtype === 'float64' || dtype === 'float32', '"dtype"', dtype, 'it should be "float64" or "float32"');
  expect(encoding === undefined || encoding === 'base64', '"encoding"', encoding, 'it should be "base64" or left out');
  const cases = casesOf(root);
  const implementations = namesAt(
    root.implementations ?? [],
    '"implementations"',
    'a list of names, the first compared with',
  );
  expect(
    !implementations.slice(1).includes('reference'),
    '"implementations"',
    'reference',
    'the name is taken: reports call the first implementation so',
  );
  const reference = root.reference === undefined ? undefined : referenceOf(root.reference, cases, outputs);
  return {
    name: root.name as string,
    cases: cases.map(({ config, args }) => ({
      config,
      args: Object.fromEntries(Object.entries(args).map(([name, { spec }]) => [name, spec])),
    })),
    numbered: root.cases !== undefined,
    outputs,
    nondifferentiable,
    dtype: dtype as Dtype,
    encoding: encoding === 'base64' ? 'base64' : 'numbers',
    linear: linearIn(cases),
    axes: axesIn(cases),
    implementations,
    ...(reference && { reference }),
  };
}

interface Told {
  readonly config: Record<string, unknown>;
  readonly args: Readonly<Record<string, { readonly spec: ArgSpec; readonly linear: boolean }>>;
}

/** The cases, or the one case of `arguments` and `config`. A case that has no config or arguments has those of the layer. */
function casesOf(root: Record<string, unknown>): Told[] {
  if (root.cases === undefined) return [caseAt(root, root, '')];
  const { cases } = root;
  if (!Array.isArray(cases) || cases.length === 0) {
    throw wrong('"cases"', cases, 'it should be [{"config":{…},"arguments":{…}},…]');
  }
  return cases.map((one, index) => {
    const where = `"cases"[${index}]`;
    return caseAt(recordAt(one, where, '{"config":{…},"arguments":{…}}'), root, `${where}.`);
  });
}

function caseAt(own: Record<string, unknown>, root: Record<string, unknown>, where: string): Told {
  const config = recordAt(own.config ?? root.config ?? {}, `${where}"config"`, 'an object of settings');
  const shapes = 'every argument\'s shape, such as {"x":{"shape":[2,3]}}';
  const given = recordAt(own.arguments ?? root.arguments, `${where}"arguments"`, shapes);
  expect(Object.keys(given).length > 0, `${where}"arguments"`, given, `it should have ${shapes}`);
  const args = Object.entries(given).map(([name, spec]) => [name, argumentAt(spec, `${where}"arguments".${name}`)]);
  return { config: { ...config }, args: Object.fromEntries(args) };
}

function argumentAt(given: unknown, where: string): { spec: ArgSpec; linear: boolean } {
  const { shape, differentiable = true, integer = false, ...rest } = recordAt(given, where, '{"shape":[2,3]}');
  const problem = shapeProblem(shape);
  if (problem) throw new UsageError(`${where}: ${problem}`);
  const extents = shape as number[];
  expect(typeof differentiable === 'boolean', `${where}.differentiable`, differentiable, 'it should be true or false');
  expect(typeof integer === 'boolean', `${where}.integer`, integer, 'it should be true or false');
  const { linear = false, role = 'input', axes } = rest;
  expect(typeof linear === 'boolean', `${where}.linear`, linear, 'it should be true or false');
  expect(role === 'input' || role === 'parameter', `${where}.role`, role, 'it should be "input" or "parameter"');
  const range = rest.range === undefined ? undefined : rangeAt(rest.range, integer === true, `${where}.range`);
  const values = rest.values === undefined ? undefined : valuesAt(rest.values, extents, `${where}.values`);
  const constant = differentiable === false || integer === true;
  expect(
    !constant || values !== undefined || (range !== undefined && integer === true),
    `${where}.values`,
    rest.values,
    'an argument that is not differentiable needs "values", or "range" with "integer":true',
  );
  const named = axes === undefined ? undefined : namesAt(axes, `${where}.axes`, 'a name for every axis');
  expect(!named || named.length === extents.length, `${where}.axes`, axes, `the shape has ${extents.length} axes`);
  const spec: ArgSpec = {
    shape: extents,
    role: role as ArgSpec['role'],
    ...(constant && { differentiable: false }),
    ...(integer === true && { integer: true }),
    ...(range && { range }),
    ...(values && { values }),
    ...(named && { axes: named }),
  };
  return { spec, linear: linear === true };
}

function rangeAt(given: unknown, integer: boolean, where: string): readonly [number, number] {
  const numbers = Array.isArray(given) && given.length === 2 ? given.map(readNumber) : [];
  const [low, high] = numbers as number[];
  const holds = integer ? Math.ceil(low) <= Math.floor(high) : low <= high;
  if (!holds) throw wrong(where, given, `it should be [low, high]${integer ? ' with an integer between' : ''}`);
  return [low, high];
}

function valuesAt(given: unknown, shape: readonly number[], where: string): Float64Array {
  const size = sizeOf(shape);
  const numbers = Array.isArray(given) ? given.map(readNumber) : [];
  if (!Array.isArray(given) || given.length !== size || numbers.includes(undefined)) {
    const came = Array.isArray(given) && given.length === size ? given[numbers.indexOf(undefined)] : given;
    throw wrong(where, came, `shape [${shape.join(', ')}] takes ${size} numbers, one after the other`);
  }
  return Float64Array.from(numbers as number[]);
}

function referenceOf(given: unknown, cases: readonly Told[], outputs: readonly string[]): Reference {
  if (isName(given)) return { layer: given, arguments: {}, outputs: {} };
  const should =
    'the name of a built-in layer, or {"layer":"conv2d","arguments":{"x":"input"},"outputs":{"y":"output"}}';
  const { layer, ...names } = recordAt(given, '"reference"', should);
  expect(isName(layer), '"reference".layer', layer, 'it should be the name of a built-in layer');
  const known = { arguments: [...new Set(cases.flatMap(({ args }) => Object.keys(args)))], outputs };
  const read = (key: 'arguments' | 'outputs') => {
    const mapping = recordAt(names[key] ?? {}, `"reference".${key}`, 'names, yours to its');
    for (const [yours, its] of Object.entries(mapping)) {
      expect(isName(its), `"reference".${key}.${yours}`, its, "it should be the built-in layer's name for it");
      expect(known[key].includes(yours), `"reference".${key}`, yours, `yours are ${list(known[key])}`);
    }
    return mapping as Record<string, string>;
  };
  return { layer: layer as string, arguments: read('arguments'), outputs: read('outputs') };
}

function linearIn(cases: readonly Told[]): string[] {
  const names = new Set(cases.flatMap(({ args }) => Object.keys(args)));
  return [...names].filter(name => cases.every(({ args }) => args[name]?.linear ?? true));
}

function axesIn(cases: readonly Told[]): Record<string, readonly string[]> {
  const axes: Record<string, readonly string[]> = {};
  for (const { args } of cases) {
    for (const [name, { spec }] of Object.entries(args)) if (spec.axes) axes[name] ??= spec.axes;
  }
  return axes;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function namesAt(value: unknown, where: string, should: string): string[] {
  if (!Array.isArray(value) || !value.every(isName)) throw wrong(where, value, `it should be ${should}`);
  expect(new Set(value).size === value.length, where, value.join(', '), 'no name may come twice');
  return value;
}

function recordAt(value: unknown, where: string, should: string): Record<string, unknown> {
  if (!isRecord(value)) throw wrong(where, value, `it should be ${should}`);
  return value;
}

function expect(holds: boolean, where: string, came: unknown, should: string): void {
  if (!holds) throw wrong(where, came, should);
}

function wrong(where: string, came: unknown, should: string): UsageError {
  return new UsageError(
    came === undefined ? `${where} is missing; ${should}` : `${where} is ${describe(came)}; ${should}`,
  );
}
