import * as v from 'valibot';
import type { Finding } from '../finding.ts';
import { plain } from '../plain.ts';
import type { Report } from '../run.ts';
import { type Key, keyOf, sortedByKey } from './key.ts';
import { type Measured, measuredOf, rounded } from './measured.ts';
import { KEY, MAGNITUDE, VERDICT } from './schema.ts';

/** A run of the past. */
export interface PastRun {
  /** ISO 8601. */
  readonly date: string;
  readonly commit?: string;
  readonly findings: readonly PastFinding[];
}

/** What a finding was in a run of the past. */
export interface PastFinding extends Pick<Measured, 'verdict' | 'error' | 'inBounds'> {
  readonly key: Key;
}

/** When a run was made, and of which commit. */
export type Made = Pick<PastRun, 'date' | 'commit'>;

/** The name of the schema of a history's lines. */
const HISTORY_SCHEMA = 'gradcheck-run/1';

/** A run as one line of a history, line break and all. */
export function historyLine({ tool, environment, seed, verdict, findings }: Report, made: Made): string {
  const run = { schema: HISTORY_SCHEMA, ...made, version: tool.version, node: environment['node'], seed, verdict };
  const kept = findings.filter(({ cases }) => cases > 0);
  return `${JSON.stringify({ ...run, findings: sortedByKey(kept, keyOf).map(row) })}\n`;
}

function row(finding: Finding): unknown {
  const { verdict, error, inBounds } = measuredOf(finding);
  return plain({ ...keyOf(finding), verdict, error: rounded(error), inBounds: rounded(inBounds) });
}

const RUN = v.object({
  schema: v.literal(HISTORY_SCHEMA),
  date: v.pipe(v.string(), v.isoTimestamp()),
  commit: v.optional(v.string()),
  findings: v.array(v.object({ ...KEY, verdict: VERDICT, error: MAGNITUDE, inBounds: MAGNITUDE })),
});

/**
 * The runs in the text of a history, the oldest first, and how many lines are none: a line that was torn when a machine
 * stopped costs its run and no other.
 */
export function historyFromText(text: string): { runs: PastRun[]; torn: number } {
  const lines = text.split('\n').filter(line => line.trim() !== '');
  const runs = lines.flatMap(line => runOf(line) ?? []);
  return { runs: runs.toSorted((a, b) => Date.parse(a.date) - Date.parse(b.date)), torn: lines.length - runs.length };
}

function runOf(line: string): PastRun | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { success, output } = v.safeParse(RUN, json);
  if (!success) return undefined;
  const { date, commit, findings } = output;
  const read = ({ verdict, error, inBounds, ...key }: (typeof findings)[number]) => ({ key, verdict, error, inBounds });
  return { date, ...(commit !== undefined && { commit }), findings: findings.map(read) };
}
