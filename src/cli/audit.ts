import { join } from 'node:path';
import process from 'node:process';
import { type Audit, audited, auditToMarkdown, byOperation, inOwnPrecision } from '../audit/audit.ts';
import type { Audited } from '../audit/audited.ts';
import { type Entry, idOf } from '../audit/entry.ts';
import { libraries } from '../audit/index.ts';
import type { Library } from '../audit/library.ts';
import { UsageError } from '../cases.ts';
import type { Layer } from '../layer.ts';
import { plain } from '../plain.ts';
import { check } from '../run.ts';
import type { Dtype } from '../tensor.ts';
import type { Loaded } from './auditWorker.ts';
import type { Status } from './finish.ts';
import type { Options } from './options.ts';
import { Site } from './site.ts';
import type { Terminal } from './terminal.ts';
import { makeFolder, REPORTS, writeWhole } from './write.ts';

/** Seconds that a call may take. */
const TIMEOUT = 10;

/** `gradcheck audit LIBRARY`: checks the operations and layers of a library, each call in a worker with a time limit. */
export async function audit(
  name: string,
  words: readonly string[],
  options: Options,
  terminal: Terminal,
): Promise<Status> {
  const library = libraries.find(one => one.name === name);
  if (!library) {
    const names = libraries.map(one => one.name).join(', ');
    throw new UsageError(`there is no catalogue of "${name}"; there are those of ${names}`);
  }
  const chosen = library.entries.filter(entry => words.length === 0 || words.some(word => idOf(entry).includes(word)));
  if (chosen.length === 0) throw new UsageError(`no operation has ${words.join(' or ')} in its name`);
  const entries: Audited[] = [];
  const loaded: Loaded[] = [];
  for (const dtype of library.dtypes) {
    const site = new Site({ library: name, dtype }, options.timeout ?? TIMEOUT);
    try {
      await expectInstalled(site, library);
      for (const [at, entry] of chosen.entries()) {
        terminal.progress(`${dtype} ${at + 1}/${chosen.length} ${idOf(entry)}`);
        entries.push(await auditOne(entry, dtype, library, site, options.seed));
        // What has been run is asked for before a worker may be ended.
        await site.library();
      }
      loaded.push(await site.library());
    } finally {
      await site.close();
    }
  }
  const { version, registered } = loaded[0];
  const ran = new Set(loaded.flatMap(one => one.ran));
  const found = inOwnPrecision(entries);
  const result: Audit = {
    schema: 'gradcheck-audit/1',
    library: name,
    version,
    seed: options.seed,
    environment: `Node ${process.versions.node}, ${library.backend}`,
    entries: found,
    gradients: { registered: registered.length, notRun: registered.filter(one => !ran.has(one)) },
    notDifferentiable: library.notDifferentiable,
    operations: byOperation(chosen, found),
  };
  const text = auditToMarkdown(result, library);
  const json = `${JSON.stringify(result, withoutInfinity, 1)}\n`;
  if (words.length === 0) {
    const folder = join(REPORTS, 'audits');
    await makeFolder(REPORTS);
    await makeFolder(folder);
    const file = join(folder, `${library.file ?? name}-${version}`);
    await writeWhole(`${file}.json`, json);
    await writeWhole(`${file}.md`, text);
  }
  if (options.json === '-') terminal.json(json);
  else if (options.json !== undefined) await writeWhole(options.json, json);
  terminal.out(text);
  return found.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
}

/** JSON has no infinite numbers: they are strings, as in a report. */
const withoutInfinity = (_key: string, value: unknown): unknown => (typeof value === 'number' ? plain(value) : value);

async function expectInstalled(site: Site, library: Library): Promise<void> {
  try {
    await site.library();
  } catch (error) {
    const { message } = error as Error;
    const hint = /Cannot find module/.test(message) ? `it is not installed; npm install ${library.package}` : message;
    throw new UsageError(`${library.title} cannot be loaded: ${hint.split('\n', 1)[0]}`, { cause: error });
  }
}

async function auditOne(entry: Entry, dtype: Dtype, library: Library, site: Site, seed: string): Promise<Audited> {
  let layer: Layer;
  try {
    layer = await site.layer(entry);
  } catch (error) {
    const { operation, configuration, code } = entry;
    const reason = (error as Error).message;
    const verdict = /did not answer within/.test(reason) ? 'hangs' : 'throws';
    return { operation, configuration, code, dtype, verdict, arguments: [], reason };
  }
  const { findings } = await check(layer, { seed });
  const result = audited(entry, dtype, findings);
  return result.verdict === 'wrong' ? { ...result, reproduction: library.reproduction(entry, result) } : result;
}
