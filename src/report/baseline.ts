import * as v from 'valibot';
import { UsageError } from '../cases.ts';
import { plain } from '../plain.ts';
import { readJson } from '../readJson.ts';
import type { Report } from '../run.ts';
import { type Key, keyOf, keyText, sortedByKey } from './key.ts';
import { type Measured, measuredOf, rounded } from './measured.ts';
import { COUNT, KEY, MAGNITUDE, VERDICT } from './schema.ts';

/** What a run measured, kept to compare later runs with. */
export interface Baseline {
  readonly tool: { readonly name: 'gradcheck'; readonly version: string };
  readonly node: string;
  readonly seed: string;
  readonly checks: readonly BaselineCheck[];
}

/** What one finding measured, and the hash of the cases that it did so in. */
export interface BaselineCheck {
  readonly key: Key;
  readonly hash: string;
  readonly measured: Measured;
}

/** The name of the schema of a baseline's file. */
export const BASELINE_SCHEMA = 'gradcheck-baseline/1';

/** A baseline of all that a report measured. */
export function baselineOf({ tool, environment, seed, findings }: Report): Baseline {
  const checks = findings
    // A finding without a case is about what could not even be begun.
    .filter(({ cases }) => cases > 0)
    .map(finding => ({ key: keyOf(finding), hash: finding.hash ?? '', measured: measuredOf(finding) }));
  return { tool, node: environment['node'] ?? 'unknown', seed, checks };
}

/** A baseline as JSON, a check a line, sorted by key and rounded, so that little differs where little changed. */
export function baselineToJson({ tool, node, seed, checks }: Baseline): string {
  const head = Object.entries({ schema: BASELINE_SCHEMA, tool, node, seed });
  const fields = head.map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  const lines = sortedByKey(checks, ({ key }) => key).map(check => `\n    ${JSON.stringify(plain(row(check)))}`);
  return `{\n${fields.join('')}  "checks": [${lines.join(',')}${lines.length > 0 ? '\n  ' : ''}]\n}\n`;
}

function row({ key, hash, measured: { verdict, error, inBounds, resolution, compared } }: BaselineCheck): object {
  const numbers = { error: rounded(error), inBounds: rounded(inBounds), resolution: rounded(resolution), compared };
  return { ...key, verdict, ...numbers, hash };
}

const BASELINE = v.object({
  schema: v.literal(BASELINE_SCHEMA),
  tool: v.object({ name: v.literal('gradcheck'), version: v.string() }),
  node: v.string(),
  seed: v.string(),
  checks: v.array(
    v.strictObject({
      ...KEY,
      verdict: VERDICT,
      error: MAGNITUDE,
      inBounds: MAGNITUDE,
      resolution: MAGNITUDE,
      compared: COUNT,
      hash: v.string(),
    }),
  ),
});

/**
 * The baseline in a JSON text.
 * @throws UsageError when it is none; the message names `where` and the line or key.
 */
export function baselineFromJson(text: string, where: string): Baseline {
  const { tool, node, seed, checks } = readJson(text, where, BASELINE);
  const seen = new Set<string>();
  for (const check of checks) {
    const key = keyText(check);
    if (seen.has(key)) throw new UsageError(`${where}: there are two checks of the key ${key}`);
    seen.add(key);
  }
  const read = ({ verdict, error, inBounds, resolution, compared, hash, ...key }: (typeof checks)[number]) => ({
    key,
    hash,
    measured: { verdict, error, inBounds, resolution, compared },
  });
  return { tool, node, seed, checks: checks.map(read) };
}
