import { casesOf } from '../cases.ts';
import { checkExact } from '../checks/exact.ts';
import { Subject } from '../checks/subject.ts';
import type { Fixture } from '../fixtures.ts';
import type { Layer } from '../layer.ts';
import { layers } from '../layers/index.ts';
import { columns, plural, printable, wrapped } from '../report/text.ts';
import { REFERENCE } from '../run.ts';
import { VERSION } from '../version.ts';
import { chooseLayers } from './checkLayers.ts';
import type { Status } from './finish.ts';
import { ownFixtures } from './golden.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write.ts';

/** What a layer can be held against. */
interface Oracles {
  readonly layer: string;
  /** The implementation whose forward is differenced. */
  readonly reference: string;
  readonly alternatives: readonly string[];
  /** How many worked examples. */
  readonly examples: number;
  /** How many golden fixtures, by the folder that they are in. */
  readonly golden: Readonly<Record<string, number>>;
  /** Whether it has a formula to differentiate. */
  readonly symbolic: boolean;
  /** What its vjp is the adjoint of: its jvp, or itself in the primals in which it is linear. */
  readonly adjoint: readonly string[];
  /** The primals in which differences are exact, as the exact check finds out. */
  readonly exact: readonly string[];
  readonly missing: readonly Missing[];
}

/** What every layer should have, and what is said of those that do not. */
const WITHOUT = {
  examples: 'without a worked example',
  golden: 'without golden numbers',
  second: 'without a second oracle of derivatives (symbolic, adjoint or exact)',
} as const;

type Missing = keyof typeof WITHOUT;

/** In how many cases the exact check looks for primals in which a layer is exact. */
const EXACT_CASES = 4;

/** `gradcheck list`: the built-in layers and which oracles each has. */
export async function list(options: Options, terminal: Terminal): Promise<Status> {
  const chosen = chooseLayers(
    layers.map(layer => ({ layer })),
    options.layer,
  );
  const golden = await ownFixtures();
  const all: Oracles[] = [];
  for (const { layer } of chosen) {
    terminal.progress(layer.name);
    all.push(await oraclesOf(layer, golden, options.seed));
  }
  const tool = { name: 'gradcheck', version: VERSION };
  const json = `${JSON.stringify({ schema: 1, tool, layers: all }, null, 2)}\n`;
  if (!options.quiet) terminal.out(listText(all, [...golden.keys()], terminal));
  if (options.json === '-') terminal.json(json);
  else if (options.json !== undefined) await writeWhole(options.json, json);
  return 0;
}

async function oraclesOf(
  layer: Layer,
  golden: ReadonlyMap<string, readonly Fixture[]>,
  seed: string,
): Promise<Oracles> {
  const { name, alternatives = {}, examples = [], linear = [], expression } = layer;
  const numbers = [...golden].map(
    ([folder, fixtures]) => [folder, fixtures.filter(fixture => fixture.layer === name).length] as const,
  );
  const has = {
    alternatives: Object.keys(alternatives),
    examples: examples.length,
    golden: Object.fromEntries(numbers.filter(([, number]) => number > 0)),
    symbolic: expression !== undefined,
    adjoint: [...(layer.jvp ? ['jvp'] : []), ...linear],
    exact: await foundExact(layer, seed),
  };
  const lacks: Record<Missing, boolean> = {
    examples: has.examples === 0,
    golden: Object.keys(has.golden).length === 0,
    second: !has.symbolic && has.adjoint.length === 0 && has.exact.length === 0,
  };
  return { layer: name, reference: REFERENCE, ...has, missing: missingAmong(lacks) };
}

function missingAmong(lacks: Readonly<Record<Missing, boolean>>): Missing[] {
  return (Object.keys(lacks) as Missing[]).filter(oracle => lacks[oracle]);
}

/** The primals in which differences of the reference are exact, in some of its cases. */
async function foundExact(layer: Layer, seed: string): Promise<string[]> {
  const found = new Set<string>();
  for (const kase of await casesOf(layer, seed, EXACT_CASES)) {
    const subject = new Subject(layer, REFERENCE, layer, kase);
    subject.primals = subject.primals.filter(primal => !found.has(primal));
    for (const { verdict, argument } of await checkExact(subject, `${seed}/${layer.name}/${kase.id}`)) {
      if (verdict === 'pass' && argument !== undefined) found.add(argument);
    }
  }
  return [...found];
}

function listText(all: readonly Oracles[], folders: readonly string[], terminal: Terminal): string {
  const titles = ['layer', 'hand', ...folders, 'symbolic', 'adjoint', 'exact', 'alternatives'];
  const number = (of = 0) => (of === 0 ? '–' : String(of));
  const rows = all.map(one => [
    printable(one.layer, 32),
    number(one.examples),
    ...folders.map(folder => number(one.golden[folder])),
    one.symbolic ? 'yes' : '–',
    one.adjoint.length === 0 ? '–' : one.adjoint[0] === 'jvp' ? 'jvp' : 'linear',
    number(one.exact.length),
    printable(one.alternatives.join(', '), 14) || '–',
  ]);
  const [head, ...lines] = columns([titles, ...rows]);
  const missing = (Object.keys(WITHOUT) as Missing[]).flatMap(oracle => {
    const names = all.filter(one => one.missing.includes(oracle)).map(one => printable(one.layer, 32));
    return names.length === 0 ? [] : wrapped(`${WITHOUT[oracle]}: ${names.join(', ')}`, 100);
  });
  const legend =
    'Each has a reference, whose forward is differenced. hand: worked examples; then golden numbers by source; adjoint: of its jvp, or of itself where it is linear; exact: arguments in which differences of whole numbers are exact.';
  return [
    terminal.paint.dim(head),
    ...lines,
    '',
    ...wrapped(legend, 100),
    ...missing,
    plural(all.length, 'layer'),
  ].join('\n');
}
