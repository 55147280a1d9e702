import { UsageError } from '../cases.ts';
import { worstVerdict } from '../checks/observation.ts';
import type { Finding } from '../finding.ts';
import type { Report, Shard } from '../run.ts';
import { withWords } from './json.ts';
import { keyText } from './key.ts';
import { subjectOf } from './table.ts';
import { printable } from './text.ts';

/** A report, and the file that it is from. */
export interface Source {
  readonly where: string;
  readonly report: Report;
}

/**
 * One report of several, whatever order they come in; of reports that were merged before too. What stands in several of them
 * is there once.
 * @throws UsageError when they are of different versions, a shard is missing, or two of them say different things of one key;
 * the message names the files.
 */
export function mergeReports(sources: readonly Source[]): Report {
  if (sources.length === 0) throw new UsageError('there is no report to merge');
  expectOneVersion(sources);
  expectAllShards(sources);
  const reports = sources.map(({ report }) => report);
  return {
    schema: 1,
    tool: reports[0].tool,
    environment: joinedEnvironment(reports),
    seed: joinedWords(reports.map(({ seed }) => seed)),
    verdict: worstVerdict(reports.filter(({ findings: own }) => own.length > 0).map(({ verdict }) => verdict)),
    skipped: joinedSkipped(reports),
    findings: joined(sources),
  };
}

function expectOneVersion([first, ...others]: readonly Source[]): void {
  for (const { where, report } of others) {
    if (report.tool.version === first.report.tool.version) continue;
    throw new UsageError(
      `${first.where} is of gradcheck ${first.report.tool.version}, but ${where} of ${report.tool.version}; merge reports of one version`,
    );
  }
}

function expectAllShards(sources: readonly Source[]): void {
  const shards = sources.flatMap(({ where, report: { shard } }) => (shard ? [{ where, shard }] : []));
  if (shards.length === 0) return;
  const [first] = shards;
  const other = shards.find(({ shard }) => shard.count !== first.shard.count);
  if (other) {
    throw new UsageError(
      `${first.where} is ${shardText(first.shard)}, but ${other.where} is ${shardText(other.shard)}`,
    );
  }
  const { count } = first.shard;
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter(
    index => !shards.some(({ shard }) => shard.index === index),
  );
  if (missing.length === 0) return;
  throw new UsageError(
    `of ${count} shards ${missing.slice(0, 20).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; there are ${shards.map(({ where, shard }) => `${where} (${shard.index})`).join(', ')}`,
  );
}

function shardText({ index, count }: Shard): string {
  return `shard ${index} of ${count}`;
}

/** Every finding once, in the order of their keys. */
function joined(sources: readonly Source[]): Finding[] {
  const found = new Map<string, { finding: Finding; where: string }>();
  for (const { where, report } of sources) {
    for (const finding of report.findings) {
      const key = keyText(finding);
      const before = found.get(key);
      if (!before) found.set(key, { finding, where });
      else
        expectEqual(
          before.finding,
          finding,
          where === before.where ? `two findings of ${where}` : `${before.where} and ${where}`,
        );
    }
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { finding }]) => finding);
}

function expectEqual(a: Finding, b: Finding, files: string): void {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Finding>;
  for (const field of fields) {
    const [one, other] = [canonical(a[field]), canonical(b[field])];
    if (one === other) continue;
    const who = `${printable(a.layer)} (${printable(a.implementation)}), ${subjectOf(a)}`;
    throw new UsageError(
      `${files} differ in ${who}: ${field} is ${printable(one, 80)} and ${printable(other, 80)}; merge reports of one run`,
    );
  }
}

/** A value as JSON in which the order of keys does not matter. */
function canonical(value: unknown): string {
  const sorted = (_: string, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  return JSON.stringify(withWords(value), sorted) ?? 'not there';
}

/** What the environments have in common, and where they differ all that there is. */
function joinedEnvironment(reports: readonly Report[]): Record<string, string> {
  const names = new Set(reports.flatMap(({ environment }) => Object.keys(environment)));
  return Object.fromEntries(
    [...names]
      .toSorted()
      .map(name => [name, joinedWords(reports.flatMap(({ environment }) => environment[name] ?? []))]),
  );
}

/** Different words, sorted, with commas between them; those that were joined before are taken apart. */
function joinedWords(words: readonly string[]): string {
  return [...new Set(words.flatMap(word => word.split(', ')))].toSorted().join(', ');
}

function joinedSkipped(reports: readonly Report[]): Report['skipped'] {
  const all = reports.flatMap(({ skipped }) =>
    skipped.map(one => [JSON.stringify([one.id, one.reason]), one] as const),
  );
  return [...new Map(all)].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}
