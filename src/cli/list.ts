import type { Fixture } from '../fixtures.ts';
import type { Layer } from '../layer.ts';
import { layers } from '../layers/index.ts';
import { columns, plural, printable } from '../report/text.ts';
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
  /** The primals in which it says that differences are exact. */
  readonly exact: readonly string[];
  readonly missing: readonly string[];
}

/** `gradcheck list`: the built-in layers and which oracles each has. */
export async function list(options: Options, terminal: Terminal): Promise<Status> {
  const chosen = chooseLayers(
    layers.map(layer => ({ layer })),
    options.layer,
  );
  const golden = await ownFixtures();
  const all = chosen.map(({ layer }) => oraclesOf(layer, golden));
  const tool = { name: 'gradcheck', version: VERSION };
  const json = `${JSON.stringify({ schema: 1, tool, layers: all }, null, 2)}\n`;
  if (!options.quiet) terminal.out(listText(all, terminal));
  if (options.json === '-') terminal.json(json);
  else if (options.json !== undefined) await writeWhole(options.json, json);
  return 0;
}

function oraclesOf(layer: Layer, golden: ReadonlyMap<string, readonly Fixture[]>): Oracles {
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
    exact: linear,
  };
  const missing = Object.entries(has).filter(([, of]) => (typeof of === 'object' ? Object.keys(of).length === 0 : !of));
  return { layer: name, reference: REFERENCE, ...has, missing: missing.map(([oracle]) => oracle) };
}

function listText(all: readonly Oracles[], terminal: Terminal): string {
  const titles = ['layer', 'alternatives', 'examples', 'golden', 'symbolic', 'adjoint', 'exact', 'missing'];
  const words = (given: readonly string[]) => printable(given.join(', '), 40) || '–';
  const rows = all.map(one => [
    printable(one.layer, 32),
    words(one.alternatives),
    one.examples === 0 ? '–' : String(one.examples),
    words(Object.entries(one.golden).map(([folder, number]) => `${folder} ${number}`)),
    one.symbolic ? 'yes' : '–',
    words(one.adjoint),
    words(one.exact),
    printable(one.missing.join(', '), 80) || '–',
  ]);
  const [head, ...lines] = columns([titles, ...rows]);
  return [
    terminal.paint.dim(head),
    ...lines,
    '',
    `${plural(all.length, 'layer')}; the reference of each is differenced`,
  ].join('\n');
}
