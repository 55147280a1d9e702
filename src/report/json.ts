import * as v from 'valibot';
import { UsageError } from '../cases.ts';
import type { Report } from '../run.ts';
import { plain } from '../plain.ts';

/** A report as JSON of schema 1, a finding a line. Numbers that JSON lacks are "NaN", "Infinity", "-Infinity". */
export function reportToJson(report: Report): string {
  const { skipped, findings, ...head } = report;
  const fields = Object.entries(head).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(plain(value))}`,
  );
  const list = (items: readonly object[]) => {
    const lines = items.map(item => `\n    ${JSON.stringify(plainFields(item))}`);
    return lines.length === 0 ? '[]' : `[${lines.join(',')}\n  ]`;
  };
  return `{\n${[...fields, `  "skipped": ${list(skipped)}`, `  "findings": ${list(findings)}`].join(',\n')}\n}\n`;
}

/** Only a config may hold what JSON cannot, so only that is cut and marked; the rest of a finding is data as it is. */
function plainFields(item: object): object {
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => [key, key === 'config' ? plain(value) : withWords(value)]),
  );
}

function withWords(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(withWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withWords(inner)]));
}

const NUMBER = v.union([
  v.number(),
  v.pipe(
    v.picklist(['NaN', 'Infinity', '-Infinity']),
    v.transform(word => Number(word)),
  ),
]);
const VERDICT = v.picklist(['pass', 'fail', 'inconclusive', 'error']);
const SHAPE = v.array(v.number());

const WRONG = v.looseObject({
  count: NUMBER,
  of: NUMBER,
  estimated: v.boolean(),
  pattern: v.optional(v.string()),
  elements: v.array(v.looseObject({ index: SHAPE, actual: NUMBER, expected: NUMBER, errorBound: NUMBER })),
});

const PARTS = v.looseObject({
  shape: SHAPE,
  length: v.number(),
  joint: v.boolean(),
  positions: v.array(v.number()),
  actual: v.array(NUMBER),
  expected: v.array(NUMBER),
  errorBound: v.array(NUMBER),
});

const FINDING = v.looseObject({
  layer: v.string(),
  implementation: v.string(),
  check: v.string(),
  argument: v.optional(v.string()),
  output: v.optional(v.string()),
  verdict: VERDICT,
  code: v.string(),
  reason: v.string(),
  case: v.string(),
  cases: v.number(),
  config: v.unknown(),
  shapes: v.record(v.string(), SHAPE),
  seed: v.string(),
  compared: v.number(),
  evaluations: v.number(),
  relativeError: NUMBER,
  errorBound: NUMBER,
  resolution: NUMBER,
  unresolved: v.optional(v.number()),
  points: v.optional(
    v.array(v.looseObject({ kind: v.string(), verdict: v.string(), code: v.string(), resolution: NUMBER })),
  ),
  notes: v.optional(v.array(v.string()), []),
  wrong: v.optional(WRONG),
  parts: v.optional(PARTS),
  axes: v.optional(v.array(v.string())),
  diagnoses: v.optional(
    v.array(v.looseObject({ cause: v.string(), factor: v.optional(NUMBER), text: v.string() })),
    [],
  ),
  replay: v.string(),
});

const REPORT = v.looseObject({
  schema: v.literal(1),
  tool: v.looseObject({ name: v.literal('gradcheck'), version: v.string() }),
  environment: v.record(v.string(), v.string()),
  seed: v.string(),
  verdict: VERDICT,
  skipped: v.array(v.looseObject({ id: v.string(), reason: v.string() })),
  findings: v.array(FINDING),
});

/**
 * The report in a JSON text; keys that this version does not know are kept. Words for numbers become numbers again, but for
 * those in a config.
 * @throws UsageError when it is none; the message names `where` and the key.
 */
export function reportFromJson(text: string, where: string): Report {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${where}: this is not JSON: ${(error as Error).message}`);
  }
  const { output, issues } = v.safeParse(REPORT, json);
  if (issues) throw new UsageError(`${where}: ${v.getDotPath(issues[0]) ?? 'the report'}: ${issues[0].message}`);
  return output as unknown as Report;
}
