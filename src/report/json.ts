import * as v from 'valibot';
import { plain } from '../plain.ts';
import { readJson } from '../readJson.ts';
import type { Report } from '../run.ts';
import type { Change } from './compare.ts';
import { COUNT, KEY, MAGNITUDE, MAGNITUDES, NUMBER, NUMBERS, VERDICT } from './schema.ts';

/** A report as JSON of schema 1, a finding a line; with what changed since a baseline, where that is known. Numbers that JSON lacks are "NaN", "Infinity", "-Infinity". */
export function reportToJson(report: Report, changes?: readonly Change[]): string {
  const { skipped, findings, ...head } = report;
  const fields = Object.entries(head).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(plain(value))}`,
  );
  const list = (items: readonly object[]) => {
    const lines = items.map(item => `\n    ${textOf(item)}`);
    return lines.length === 0 ? '[]' : `[${lines.join(',')}\n  ]`;
  };
  const changed = changes && { changes: changes.filter(({ state }) => state !== 'same') };
  const lists = Object.entries({ ...changed, skipped, findings });
  return `{\n${[...fields, ...lists.map(([key, items]) => `  "${key}": ${list(items)}`)].join(',\n')}\n}\n`;
}

/** Where a finding that was read keeps its text, so that thousands can be written as they were. A copy of it has none. */
const TEXT = Symbol('text');

/** An item as JSON, on one line. */
function textOf(item: { readonly [TEXT]?: string }): string {
  return item[TEXT] ?? JSON.stringify(plainFields(item));
}

/** Only a config may hold what JSON cannot, so only that is cut and marked; the rest of a finding is data as it is. */
function plainFields(item: object): object {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [key, key === 'config' ? plain(value) : withWords(value)]),
  );
}

/** Data with words for numbers that JSON lacks. */
export function withWords(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.every(Number.isFinite) ? value : value.map(withWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withWords(inner)]));
}

const SHAPE = v.array(COUNT);

const WRONG = v.looseObject({
  count: MAGNITUDE,
  of: MAGNITUDE,
  estimated: v.boolean(),
  pattern: v.optional(v.string()),
  elements: v.array(v.looseObject({ index: SHAPE, actual: NUMBER, expected: NUMBER, errorBound: MAGNITUDE })),
});

const PARTS = v.looseObject({
  shape: SHAPE,
  length: COUNT,
  joint: v.boolean(),
  positions: v.array(COUNT),
  actual: NUMBERS,
  expected: NUMBERS,
  errorBound: MAGNITUDES,
});

const FINDING = v.looseObject({
  ...KEY,
  verdict: VERDICT,
  code: v.string(),
  reason: v.string(),
  case: v.string(),
  cases: COUNT,
  config: v.unknown(),
  shapes: v.record(v.string(), SHAPE),
  seed: v.string(),
  dtype: v.optional(v.picklist(['float64', 'float32'])),
  hash: v.optional(v.string()),
  compared: COUNT,
  evaluations: COUNT,
  relativeError: MAGNITUDE,
  errorBound: MAGNITUDE,
  resolution: MAGNITUDE,
  unresolved: v.optional(COUNT),
  points: v.optional(
    v.array(v.looseObject({ kind: v.string(), verdict: v.string(), code: v.string(), resolution: MAGNITUDE })),
  ),
  notes: v.optional(v.array(v.string()), []),
  wrong: v.optional(WRONG),
  parts: v.optional(PARTS),
  axes: v.optional(v.array(v.string())),
  diagnoses: v.optional(
    v.array(
      v.looseObject({
        cause: v.string(),
        factor: v.optional(NUMBER),
        text: v.string(),
        likely: v.optional(v.boolean()),
      }),
    ),
    [],
  ),
  condition: v.optional(v.string()),
  replay: v.string(),
  known: v.optional(v.string()),
});

const POSITION = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000));
const SHARD = v.pipe(
  v.strictObject({ index: POSITION, count: POSITION }),
  v.check(({ index, count }) => index <= count, 'Expected an index of at most the count'),
);

const REPORT = v.looseObject({
  schema: v.literal(1),
  tool: v.looseObject({ name: v.literal('gradcheck'), version: v.string() }),
  environment: v.record(v.string(), v.string()),
  seed: v.string(),
  shard: v.optional(SHARD),
  verdict: VERDICT,
  skipped: v.array(v.looseObject({ id: v.string(), reason: v.string() })),
  findings: v.array(FINDING),
});

/**
 * The report in a JSON text; keys that this version does not know are kept. Words for numbers become numbers again, but for
 * those in a config.
 * @throws UsageError when it is none; the message names `where`, the line and the key.
 */
export function reportFromJson(text: string, where: string): Report {
  let texts: readonly string[] = [];
  const parse = (whole: string): unknown => {
    const parts = takenApart(whole);
    if (!parts) return JSON.parse(whole);
    texts = parts.findings;
    return { ...(JSON.parse(parts.head) as object), findings: texts.map(finding => JSON.parse(finding) as unknown) };
  };
  // What changed since a baseline is found out anew.
  const { changes: _, ...report } = readJson(text, where, REPORT, parse);
  for (const [at, finding] of texts.entries()) Object.defineProperty(report.findings[at], TEXT, { value: finding });
  return report as unknown as Report;
}

/** The texts of findings that have a line each, as reportToJson writes them, and what is around them. */
function takenApart(text: string): { head: string; findings: readonly string[] } | undefined {
  const [begin, end] = ['\n  "findings": [\n    ', '\n  ]\n}\n'];
  const start = text.indexOf(begin) + begin.length;
  if (start < begin.length || !text.endsWith(end)) return undefined;
  const findings = text.slice(start, -end.length).split(',\n    ');
  return { head: `${text.slice(0, start)}${end}`, findings };
}
