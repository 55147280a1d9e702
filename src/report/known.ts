import * as v from 'valibot';
import { worstVerdict } from '../checks/observation.ts';
import type { Finding } from '../finding.ts';
import { readJson } from '../readJson.ts';
import { REFERENCE, type Report } from '../run.ts';
import { type Key, keyText } from './key.ts';
import { KEY } from './schema.ts';

/** A finding that is expected not to pass, and why. */
export interface Known {
  readonly key: Key;
  readonly reason: string;
}

/** The name of the schema of a file of them. */
export const KNOWN_SCHEMA = 'gradcheck-known/1';

const KNOWN = v.object({
  schema: v.literal(KNOWN_SCHEMA),
  known: v.array(
    v.strictObject({
      ...KEY,
      implementation: v.optional(v.string(), REFERENCE),
      reason: v.pipe(v.string(), v.trim(), v.nonEmpty('Say why it is expected not to pass')),
    }),
  ),
});

/**
 * What is expected not to pass, in a JSON text.
 * @throws UsageError when it is none; the message names `where` and the line or key.
 */
export function knownFromJson(text: string, where: string): Known[] {
  return readJson(text, where, KNOWN).known.map(({ reason, ...key }) => ({ key, reason }));
}

/**
 * The report in which what is expected not to pass does not count where it fails or cannot be checked, and is a fail where it
 * passes all the same. `where` is the file that expects it.
 */
export function withKnown(report: Report, known: readonly Known[], where: string): Report {
  const reasons = new Map(known.map(({ key, reason }) => [keyText(key), reason]));
  const findings = report.findings.map((finding): Finding => {
    const reason = reasons.get(keyText(finding));
    if (reason === undefined || finding.verdict === 'inconclusive') return finding;
    return finding.verdict === 'pass' ? passesAgain(finding, reason, where) : { ...finding, known: reason };
  });
  const counted = findings.filter(finding => finding.known === undefined);
  return { ...report, findings, verdict: worstVerdict(counted.map(({ verdict }) => verdict)) };
}

function passesAgain(finding: Finding, reason: string, where: string): Finding {
  return {
    ...finding,
    verdict: 'fail',
    code: 'passes-again',
    reason: `it passes, though ${where} says that it does not (${reason}); take it off that list`,
  };
}
