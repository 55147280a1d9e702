import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { caseOf, UsageError } from './cases.ts';
import { checkExample, exampleSpec } from './checks/examples.ts';
import { type Observation, observation } from './checks/observation.ts';
import { LayerError, Subject } from './checks/subject.ts';
import { type Finding, findingKey, hashOfCases, joinFinding, type Seen } from './finding.ts';
import type { Config, Example, Layer } from './layer.ts';
import { implementationsOf, type Progress } from './run.ts';
import { describe, sameShape, shapeProblem, sizeOf, type Tensor, type Tensors, tensor } from './tensor.ts';

/** Golden values of a layer, forward and backward, that were computed elsewhere. */
export interface Fixture {
  readonly id: string;
  readonly file: string;
  /** The name of a built-in layer. */
  readonly layer: string;
  /** Its values. Where its config holds layers, they are names still: see `resolved`. */
  readonly example: Example;
  /** False where the gradient is a convention, as at a kink or a tie. */
  readonly finiteDifferences: boolean;
  /** What the source suggests; for reading only. */
  readonly tolerance?: { readonly relative?: number; readonly absolute?: number };
}

/** What was found in some folders. */
export interface Fixtures {
  readonly fixtures: readonly Fixture[];
  /** Files of another schema. */
  readonly passedOver: readonly { readonly file: string; readonly schema: string }[];
  /** Files that should be fixtures and are none. */
  readonly problems: readonly UsageError[];
}

/** The name of the schema that is read. */
export const FIXTURE_SCHEMA = 'gradcheck-fixture/1';

/**
 * All fixtures of a folder and the folders below it, or of one file, in the order of their paths. Folders called
 * node_modules and those whose name begins with a point are left out.
 * @throws UsageError when there is no such path.
 */
export async function readFixtures(path: string): Promise<Fixtures> {
  const fixtures: Fixture[] = [];
  const passedOver: { file: string; schema: string }[] = [];
  const problems: UsageError[] = [];
  for (const file of await jsonFiles(path)) {
    try {
      const fixture = parseFixture(await readFile(file, 'utf8'), file);
      if ('example' in fixture) fixtures.push(fixture);
      else passedOver.push({ file, schema: fixture.schema });
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error);
    }
  }
  return { fixtures, passedOver, problems };
}

async function jsonFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new UsageError(`${path}: there is no such folder or file`);
    throw new UsageError(`${path}: ${error.message}`);
  });
  if (!found.isDirectory()) return [path];
  const entries = (await readdir(path, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
    if (entry.isDirectory()) files.push(...(await jsonFiles(join(path, entry.name))));
    else if (entry.name.endsWith('.json')) files.push(join(path, entry.name));
  }
  return files;
}

const TENSOR = v.object({ shape: v.array(v.number()), data: v.array(v.unknown()) });
const TENSORS = v.record(v.string(), TENSOR);

const FIXTURE = v.object({
  schema: v.string(),
  id: v.pipe(v.string(), v.nonEmpty()),
  source: v.optional(v.string(), 'the fixture'),
  layer: v.pipe(v.string(), v.nonEmpty()),
  config: v.optional(v.record(v.string(), v.unknown()), {}),
  primals: TENSORS,
  constants: v.optional(TENSORS, {}),
  outputs: v.optional(TENSORS),
  upstream: v.optional(TENSORS),
  gradients: v.optional(TENSORS),
  tolerance: v.optional(v.object({ relative: v.optional(v.number()), absolute: v.optional(v.number()) })),
  finiteDifferences: v.optional(v.boolean(), true),
});

/**
 * The fixture in a text, or the name of the schema if that is another.
 * @throws UsageError when it is none; the message names the file and the key.
 */
export function parseFixture(text: string, file: string): Fixture | { schema: string } {
  const problem = (message: string) => new UsageError(`${file}: ${message}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw problem(`this is not JSON: ${(error as Error).message}`);
  }
  const schema = (json as { schema?: unknown } | null)?.schema;
  if (typeof schema === 'string' && schema !== FIXTURE_SCHEMA) return { schema };
  const { output, issues } = v.safeParse(FIXTURE, json);
  if (issues) {
    const [issue] = issues;
    throw problem(`${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
  }
  const read = (key: 'primals' | 'constants' | 'outputs' | 'upstream' | 'gradients'): Tensors => {
    const given = Object.entries(output[key] ?? {});
    const nullable = key === 'outputs' || key === 'gradients';
    return Object.fromEntries(given.map(([name, raw]) => [name, readTensor(raw, `${key}.${name}`, nullable, problem)]));
  };
  const { id, source, layer, config, finiteDifferences, tolerance } = output;
  const [primals, constants, outputs, upstream, gradients] = [
    read('primals'),
    read('constants'),
    read('outputs'),
    read('upstream'),
    read('gradients'),
  ];
  const twice = Object.keys(constants).find(name => Object.hasOwn(primals, name));
  if (twice !== undefined) throw problem(`constants.${twice}: there is an argument of this name in primals too`);
  if (output.outputs === undefined && output.gradients === undefined) {
    throw problem('it has neither outputs nor gradients, so that there is nothing to compare');
  }
  if (output.gradients !== undefined && output.upstream === undefined) {
    throw problem('upstream: gradients are given, but not for which upstream');
  }
  expectShapes('upstream', upstream, output.outputs && outputs, 'outputs', problem);
  expectShapes('gradients', gradients, primals, 'primals', problem);
  const example: Example = {
    name: id,
    source,
    config: config as Config,
    args: { ...primals, ...constants },
    constants: Object.keys(constants),
    ...(output.outputs && { outputs }),
    ...(output.gradients && { upstream, gradients }),
  };
  return { id, file, layer, example, finiteDifferences, ...(tolerance && { tolerance }) };
}

type Problem = (message: string) => UsageError;

/** Numbers that JSON lacks. */
const WORDS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function readTensor(
  { shape, data }: v.InferOutput<typeof TENSOR>,
  key: string,
  nullable: boolean,
  problem: Problem,
): Tensor {
  const wrong = shapeProblem(shape);
  if (wrong) throw problem(`${key}: ${wrong}`);
  if (data.length !== sizeOf(shape)) {
    throw problem(`${key}: shape [${shape.join(', ')}] holds ${sizeOf(shape)} numbers, but data has ${data.length}`);
  }
  const values = new Float64Array(data.length);
  for (const [i, value] of data.entries()) {
    if (typeof value === 'number') values[i] = value;
    else if (typeof value === 'boolean') values[i] = value ? 1 : 0;
    else if (typeof value === 'string' && Object.hasOwn(WORDS, value)) values[i] = WORDS[value];
    else if (value === null && nullable) values[i] = Number.NaN;
    else if (value === null) throw problem(`${key}.data[${i}] is null; only outputs and gradients may be left open`);
    else {
      throw problem(
        `${key}.data[${i}] is ${describe(value)}; expected a number, true, false, or one of ${Object.keys(WORDS)
          .map(word => `"${word}"`)
          .join(', ')}`,
      );
    }
  }
  return tensor(shape, values);
}

/** Every tensor has a namesake of its shape among others, where those are known. */
function expectShapes(key: string, tensors: Tensors, others: Tensors | undefined, otherKey: string, problem: Problem) {
  if (!others) return;
  for (const [name, { shape }] of Object.entries(tensors)) {
    if (!Object.hasOwn(others, name)) throw problem(`${key}.${name}: there is no "${name}" in ${otherKey}`);
    if (sameShape(shape, others[name].shape)) continue;
    throw problem(
      `${key}.${name} has shape [${shape.join(', ')}], but ${otherKey}.${name} [${others[name].shape.join(', ')}]`,
    );
  }
}

/**
 * A config in which layers stand by name (as `layer: 'relu'`, at any depth) with the layers themselves; or the name of one
 * that there is not.
 */
export function resolveLayers(config: Config, layers: readonly Layer[]): { config: Config } | { unknown: string } {
  let unknown: string | undefined;
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key !== 'layer' || typeof inner !== 'string') return [key, resolve(inner)];
        const layer = layers.find(({ name }) => name === inner);
        unknown ??= layer ? undefined : inner;
        return [key, layer];
      }),
    );
  };
  const resolved = resolve(config) as Config;
  return unknown === undefined ? { config: resolved } : { unknown };
}

/** How fixtures are run. */
export interface FixtureOptions {
  /** Only this argument's gradient. */
  readonly argument?: string;
  /** The command that compares one fixture again. */
  readonly replay?: (fixture: Fixture) => string;
  readonly onProgress?: (progress: Progress) => void;
}

/** A fixture that was not run for want of a layer. */
export interface Skipped {
  readonly id: string;
  readonly layer: string;
  readonly reason: string;
}

/**
 * Holds every layer and all its alternatives against the fixtures that name it: |got - want| at most 1e-12 of the
 * tensor's largest magnitude, whatever tolerance a fixture suggests. A layer that throws on one of them is a finding.
 * Fixtures of a layer that is not in `layers` are in `skipped`.
 */
export async function checkFixtures(
  layers: readonly Layer[],
  fixtures: readonly Fixture[],
  options: FixtureOptions = {},
): Promise<{ findings: Finding[]; skipped: Skipped[] }> {
  const skipped: Skipped[] = [];
  const runnable: Fixture[] = [];
  for (const fixture of fixtures) {
    const { id, layer, example } = fixture;
    const resolved = resolveLayers(example.config, layers);
    const unknown = !layers.some(({ name }) => name === layer) ? layer : 'unknown' in resolved && resolved.unknown;
    if (unknown !== false) skipped.push({ id, layer: unknown, reason: `there is no layer "${unknown}"` });
    else runnable.push({ ...fixture, example: { ...example, ...resolved } });
  }
  const findings: Finding[] = [];
  for (const layer of layers) {
    const own = runnable.filter(fixture => fixture.layer === layer.name);
    if (own.length > 0) findings.push(...(await checkOwn(layer, own, options)));
  }
  return { findings, skipped };
}

async function checkOwn(layer: Layer, fixtures: readonly Fixture[], options: FixtureOptions): Promise<Finding[]> {
  const { argument, replay, onProgress } = options;
  const findings: Finding[] = [];
  const cases = fixtures.map(({ id, example }) => caseOf(layer, exampleSpec(example), id));
  const hash = hashOfCases(cases, '');
  for (const [implementation, functions] of implementationsOf(layer)) {
    const seen = new Map<string, Seen[]>();
    for (const [at, { id, example, ...fixture }] of fixtures.entries()) {
      onProgress?.({ layer: layer.name, implementation, case: id, check: 'fixtures' });
      const kase = cases[at];
      for (const one of await compare(new Subject(layer, implementation, functions, kase), example)) {
        if (argument !== undefined && one.argument !== argument && one.verdict !== 'error') continue;
        const noted = { ...one, notes: [...one.notes, ...notesOn(fixture, one)] };
        const key = findingKey(one);
        seen.set(key, [...(seen.get(key) ?? []), { kase, observation: noted }]);
      }
    }
    const byId = new Map(fixtures.map(fixture => [fixture.id, fixture]));
    for (const one of seen.values()) {
      findings.push(
        joinFinding(
          layer,
          implementation,
          { seen: one, hash, diagnoses: [] },
          ({ id }) => replay?.(byId.get(id) as Fixture) ?? '',
        ),
      );
    }
  }
  return findings;
}

async function compare(subject: Subject, example: Example): Promise<Observation[]> {
  try {
    return await checkExample(subject, example, 'fixtures');
  } catch (error) {
    if (!(error instanceof LayerError)) throw error;
    const { code, message, argument } = error;
    return [observation({ check: 'fixtures', verdict: 'error', code, reason: message, argument })];
  }
}

/** What a reader should know beside the comparison of a fixture. */
function notesOn(
  { finiteDifferences, tolerance }: Pick<Fixture, 'finiteDifferences' | 'tolerance'>,
  { argument, verdict }: Observation,
): string[] {
  const notes: string[] = [];
  if (!finiteDifferences && argument !== undefined) notes.push('some gradients here are conventions of the source');
  if (verdict === 'fail' && tolerance) {
    notes.push(`the source suggests a tolerance of ${toleranceText(tolerance)}, which is not used`);
  }
  return notes;
}

/** A tolerance in words: "1e-9 relative + 0 absolute". */
export function toleranceText({ relative = 0, absolute = 0 }: NonNullable<Fixture['tolerance']>): string {
  return `${relative} relative + ${absolute} absolute`;
}
