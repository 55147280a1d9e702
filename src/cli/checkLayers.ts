import { UsageError } from '../cases.ts';
import { LayerError } from '../checks/subject.ts';
import type { Finding } from '../finding.ts';
import type { Layer } from '../layer.ts';
import { plural } from '../report/text.ts';
import { check, NotThereError, type Progress, REFERENCE, type Shard } from '../run.ts';
import { closest } from './closest.ts';
import type { Source } from './layerWorker.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';

/** A layer, and the command that checks it. */
export interface Chosen {
  readonly layer: Layer;
  readonly command: string;
  /** Where a worker finds it; none can where it is unsaid. */
  readonly source?: Source;
}

/**
 * The layers that --layer names; all where it names none.
 * @throws UsageError when it names one that there is not.
 */
export function chooseLayers<T extends { readonly layer: Layer }>(all: readonly T[], wanted: readonly string[]): T[] {
  expectLayers(
    all.map(({ layer }) => layer.name),
    wanted,
  );
  return wanted.length === 0 ? [...all] : all.filter(({ layer }) => wanted.includes(layer.name));
}

/**
 * The layers of one shard: they are dealt out in their order, one to each in turn.
 * @throws UsageError when there are not enough for all shards.
 */
export function dealOut<T>(chosen: readonly T[], shard: Shard | undefined): readonly T[] {
  if (!shard) return chosen;
  const { index, count } = shard;
  if (count > chosen.length) {
    throw new UsageError(
      `${plural(chosen.length, 'layer')} cannot be dealt out to ${plural(count, 'shard')}; take fewer`,
    );
  }
  return chosen.filter((_, at) => at % count === index - 1);
}

/** @throws UsageError when one of the wanted layers is not among those that there are. */
export function expectLayers(names: readonly string[], wanted: readonly string[]): void {
  for (const name of wanted) {
    if (names.includes(name)) continue;
    const similar = closest(name, names);
    const hint = similar ? `did you mean "${similar}"?` : `there are: ${names.slice(0, 100).join(', ') || 'none'}`;
    throw new UsageError(`there is no layer "${name}"; ${hint}`);
  }
}

/**
 * Checks layers: in workers where there are several which workers can find, or one with a timeout, and their findings are in the order of the layers all the
 * same. One that cannot be checked is a finding, and the others go on. A layer that lacks the argument or case which the options
 * name is left out, and so is in `lacking`.
 */
export async function checkLayers(
  chosen: readonly Chosen[],
  options: Options,
  terminal: Terminal,
): Promise<{ findings: Finding[]; lacking: NotThereError[] }> {
  const findings: Finding[] = [];
  const lacking: NotThereError[] = [];
  const note = ({ layer, command }: Chosen, result: readonly Finding[] | Failure) => {
    if (!('error' in result)) findings.push(...result);
    else if (result.error instanceof NotThereError) lacking.push(result.error);
    else findings.push(uncheckable(layer.name, result.error, options, command, terminal));
  };
  const { seed, cases, case: only, argument, workers, timeout, float64 = false } = options;
  const settings = ({ command }: Chosen) => ({ seed, cases, case: only, argument, command });
  // One by itself is done sooner here, unless it may hang, or needs a world of its own.
  const isAlone = chosen.length < 2 && timeout === undefined && !float64;
  if (float64 && (workers === 0 || chosen.some(({ source }) => source?.file === undefined))) {
    throw new UsageError(
      '--float64 is for the layers of files, in worker threads: gradcheck check my-layer.ts --float64',
    );
  }
  if (isAlone || workers === 0 || chosen.length === 0 || chosen.some(({ source }) => !source)) {
    for (const one of chosen) {
      const checked = async () => (await check(one.layer, { ...settings(one), onProgress: show(terminal) })).findings;
      note(one, await attempt(checked));
    }
    return { findings, lacking };
  }
  const { Pool } = await import('./pool.ts');
  const pool = new Pool(chosen.length, workers, timeout);
  try {
    const results = chosen.map(one =>
      attempt(() => pool.check({ source: one.source as Source, options: settings(one), float64 }, show(terminal))),
    );
    for (const [at, result] of results.entries()) note(chosen[at], await result);
  } finally {
    await pool.close();
    for (const { layer } of chosen) await layer.close?.();
  }
  return { findings, lacking };
}

interface Failure {
  readonly error: unknown;
}

async function attempt<T>(f: () => Promise<T>): Promise<T | Failure> {
  try {
    return await f();
  } catch (error) {
    return { error };
  }
}

/** What is done at the moment, as a line. */
export function show(terminal: Terminal): (progress: Progress) => void {
  return ({ layer, implementation, case: id, check: name }) =>
    terminal.progress(`${layer} (${implementation}), case ${id}: ${name}`);
}

/** The finding for a layer, file or process of which nothing could be checked; said at once, too. */
export function uncheckable(
  name: string,
  error: unknown,
  { seed, verbose }: Options,
  replay: string,
  terminal: Terminal,
): Finding {
  const expected = error instanceof UsageError || error instanceof LayerError;
  const { message, name: kind } = error instanceof Error ? error : { message: String(error), name: 'Error' };
  const reason = expected ? message : `${kind}: ${message}`;
  terminal.problem(reason.includes(name) ? reason : `${name}: ${reason}`, verbose ? error : undefined);
  return {
    layer: name,
    implementation: REFERENCE,
    check: 'contract',
    verdict: 'error',
    code: error instanceof LayerError ? error.code : expected ? 'usage' : 'threw',
    reason,
    case: '',
    cases: 0,
    config: {},
    shapes: {},
    seed,
    compared: 0,
    evaluations: 0,
    relativeError: 0,
    errorBound: 0,
    resolution: Number.NaN,
    notes: [],
    diagnoses: [],
    replay,
  };
}
