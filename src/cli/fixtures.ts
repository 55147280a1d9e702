import { UsageError } from '../cases.ts';
import { quoted } from '../finding.ts';
import { checkFixtures, type Fixture, FIXTURE_SCHEMA, readFixtures, type Skipped, toleranceText } from '../fixtures.ts';
import { layers } from '../layers/index.ts';
import { columns, plural, printable, wrapped } from '../report/text.ts';
import { report } from '../run.ts';
import { expectLayers, show, uncheckable } from './checkLayers.ts';
import { finish, type Status } from './finish.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';

/** `gradcheck fixtures`: holds every built-in layer and its alternatives against the golden fixtures below some folders. */
export async function runFixtures(paths: readonly string[], options: Options, terminal: Terminal): Promise<Status> {
  const { layer: wanted, case: only, argument, seed } = options;
  expectLayers(
    layers.map(({ name }) => name),
    wanted,
  );
  const failed = [];
  const fixtures = new Map<string, { fixture: Fixture; replay: string }>();
  for (const path of new Set(paths)) {
    const replay = `gradcheck fixtures ${quoted(path)}`;
    try {
      const found = await readFixtures(path);
      for (const fixture of found.fixtures) fixtures.set(fixture.file, { fixture, replay });
      for (const problem of found.problems) failed.push(uncheckable(path, problem, options, replay, terminal));
      if (found.passedOver.length > 0 && !options.quiet) {
        terminal.log(
          `${path}: ${plural(found.passedOver.length, 'file')} of another schema than ${FIXTURE_SCHEMA} passed over`,
        );
      }
    } catch (error) {
      failed.push(uncheckable(path, error, options, replay, terminal));
    }
  }
  if (fixtures.size === 0 && failed.length === 0) {
    throw new UsageError(`there is no fixture of the schema ${FIXTURE_SCHEMA} in ${paths.join(', ')}`);
  }
  const all = [...fixtures.values()].map(({ fixture }) => fixture);
  const chosen = all.filter(
    ({ id, layer }) => (only === undefined || id === only) && (wanted.length === 0 || wanted.includes(layer)),
  );
  if (only !== undefined && chosen.length === 0 && failed.length === 0) {
    throw new UsageError(`there is no fixture "${only}" among the ${fixtures.size} of ${paths.join(', ')}`);
  }
  // All layers, since a config may name others than those that are chosen.
  const run = await checkFixtures(layers, chosen, {
    argument,
    onProgress: show(terminal),
    replay: ({ file, layer, id }) => `${fixtures.get(file)?.replay} --layer ${quoted(layer)} --case ${quoted(id)}`,
  });
  tellSkipped(run.skipped, options, terminal);
  tellTolerances(chosen, options, terminal);
  return finish(report([...run.findings, ...failed], seed, run.skipped), options, terminal);
}

/** The layers that there are not, each with how many fixtures it has; with --verbose every fixture. */
function tellSkipped(skipped: readonly Skipped[], { quiet, verbose }: Options, terminal: Terminal): void {
  if (quiet || skipped.length === 0) return;
  const numbers = new Map<string, number>();
  for (const { layer } of skipped) numbers.set(layer, (numbers.get(layer) ?? 0) + 1);
  const names = [...numbers].map(([layer, number]) => `${printable(layer)} (${number})`).join(', ');
  const text = `${plural(skipped.length, 'fixture')} skipped, of layers that there are not: ${names}`;
  const each = verbose ? columns(skipped.map(({ id, reason }) => [`  ${printable(id)}`, printable(reason)])) : [];
  terminal.out(`${[...wrapped(text, 100), ...each].join('\n')}\n`);
}

/** With --verbose what the sources suggest that values may differ by. It is told, not used: every fixture is held to the same. */
function tellTolerances(fixtures: readonly Fixture[], { quiet, verbose }: Options, terminal: Terminal): void {
  if (quiet || !verbose) return;
  const rows = fixtures.map(({ id, tolerance }) => [printable(id), tolerance ? toleranceText(tolerance) : 'none']);
  const titles = ['fixture', 'tolerance that its source suggests, not used'];
  const [head, ...lines] = columns([titles, ...rows]);
  terminal.out(`${[terminal.paint.dim(head), ...lines].join('\n')}\n`);
}
