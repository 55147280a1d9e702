import process from 'node:process';
import { UsageError } from '../cases.ts';
import { type Finding, quoted } from '../finding.ts';
import type { Layer } from '../layer.ts';
import { type Report, report } from '../run.ts';
import { type Chosen, checkLayers, chooseLayers, dealOut, uncheckable } from './checkLayers.ts';
import { finish, type Status } from './finish.ts';
import { loadLayers } from './load.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';

/** `gradcheck check`: checks the layers that files export, or one in another process. */
export async function checkGiven(
  files: readonly string[],
  command: string | undefined,
  options: Options,
  terminal: Terminal,
): Promise<Status> {
  if (files.length === 0 && command === undefined) {
    throw new UsageError(
      'there is nothing to check; name a file (gradcheck check my-layer.ts) or a command (gradcheck check --process "python3 my_layer.py")',
    );
  }
  return finish(await reportOnGiven(files, command, options, terminal), options, terminal);
}

/**
 * A report on the layers that files export, or on one in another process. A file that cannot be read or run does not stop the
 * others.
 */
export async function reportOnGiven(
  files: readonly string[],
  command: string | undefined,
  options: Options,
  terminal: Terminal,
): Promise<Report> {
  const { seed, layer: wanted, shard } = options;
  const failed: Finding[] = [];
  const found: Chosen[] = [];
  for (const file of new Set(files)) {
    const replay = `gradcheck check ${quoted(file)}${options.float64 ? ' --float64' : ''}`;
    try {
      for (const [at, layer] of (await loadLayers(file)).entries()) {
        found.push({ layer, command: replay, source: { file, at } });
      }
    } catch (error) {
      failed.push(uncheckable(file, error, options, replay, terminal));
    }
  }
  if (command !== undefined) {
    const replay = `gradcheck check --process ${quoted(command)}`;
    try {
      found.push({ layer: await startProcess(command, options, terminal), command: replay });
    } catch (error) {
      failed.push(uncheckable(command, error, options, replay, terminal));
    }
  }
  let chosen: readonly Chosen[] = [];
  try {
    warnOfNamesakes(found, terminal);
    chosen = failed.length > 0 && found.length === 0 ? [] : dealOut(chooseLayers(found, wanted), shard);
    const { findings, lacking } = await checkLayers(chosen, options, terminal);
    if (findings.length === 0 && lacking.length > 0) throw lacking[0];
    return { ...report([...findings, ...failed], seed), ...(shard && { shard }) };
  } finally {
    // The chosen ones are closed by their check.
    for (const one of found) if (!chosen.includes(one)) await one.layer.close?.();
  }
}

async function startProcess(command: string, { timeout, verbose }: Options, terminal: Terminal): Promise<Layer> {
  const { processLayer } = await import('../adapters/process.ts');
  // Without a handler this process would end before it could end the other.
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => process.exit(status));
  }
  return processLayer(command, { timeout, ...(verbose && { onLog: line => terminal.log(line) }) });
}

function warnOfNamesakes(found: readonly Chosen[], terminal: Terminal): void {
  const names = found.map(({ layer }) => layer.name);
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  for (const name of twice) {
    terminal.problem(
      `several layers are called "${name}"; only the replay command says which of them a finding is about`,
    );
  }
}
