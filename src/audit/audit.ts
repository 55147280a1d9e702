import type { Finding } from '../finding.ts';
import type { Dtype } from '../tensor.ts';
import { type Entry, idOf } from './entry.ts';

/** What may be said of an operation in a configuration. */
export const AUDIT_VERDICTS = [
  'right',
  'wrong',
  'missing',
  'kink',
  'undecided',
  'non-deterministic',
  'non-finite',
  'hangs',
  'throws',
] as const;

export type AuditVerdict = (typeof AUDIT_VERDICTS)[number];

/** What was found of one. */
export interface Audited {
  readonly operation: string;
  readonly configuration: string;
  readonly code: string;
  readonly dtype: Dtype;
  readonly verdict: AuditVerdict;
  readonly arguments: readonly string[];
  readonly reason?: string;
  readonly relativeError?: number;
  readonly pattern?: string;
  readonly diagnosis?: string;
  readonly reproduction?: string;
}

/** An audit of a library. */
export interface Audit {
  readonly schema: 'gradcheck-audit/1';
  readonly library: string;
  readonly version: string;
  readonly seed: string;
  readonly environment: string;
  readonly entries: readonly Audited[];
  /** Gradients that the library has registered: how many, and which of them no entry has run. */
  readonly gradients: { readonly registered: number; readonly notRun: readonly string[] };
}

/** What findings on an entry come to: the first bad one tells. */
export function audited(entry: Entry, dtype: Dtype, findings: readonly Finding[]): Audited {
  const { operation, configuration, code } = entry;
  const bad = findings.filter(({ verdict }) => verdict !== 'pass');
  const rank = (finding: Finding) => AUDIT_ORDER.indexOf(verdictOf(finding));
  const [worst] = bad.toSorted((a, b) => rank(a) - rank(b));
  const verdict = worst ? verdictOf(worst) : 'right';
  const alike = bad.filter(finding => verdictOf(finding) === verdict);
  const args = [...new Set(alike.flatMap(({ argument }) => argument ?? []))];
  const base = { operation, configuration, code, dtype, verdict, arguments: args };
  if (!worst) return base;
  const telling = alike.find(({ diagnoses }) => diagnoses.length > 0) ?? worst;
  const [diagnosis] = telling.diagnoses;
  return {
    ...base,
    reason: worst.reason,
    ...(verdict === 'wrong' && {
      relativeError: worst.relativeError,
      ...(telling.wrong?.pattern && { pattern: telling.wrong.pattern }),
      ...(diagnosis && { diagnosis: diagnosis.text }),
    }),
  };
}

const AUDIT_ORDER: readonly AuditVerdict[] = [
  'hangs',
  'wrong',
  'throws',
  'non-deterministic',
  'missing',
  'non-finite',
  'kink',
  'undecided',
  'right',
];

function verdictOf({ verdict, code, reason }: Finding): AuditVerdict {
  if (/did not answer within/.test(reason)) return 'hangs';
  if (/nondeterministic/i.test(code)) return 'non-deterministic';
  if (verdict === 'fail') return 'wrong';
  if (code === 'missing') return 'missing';
  if (verdict === 'error') return 'throws';
  if (code === 'kink') return 'kink';
  return /finite/i.test(code) ? 'non-finite' : 'undecided';
}

/** An error below this is one of the library's own precision, float32, in which it approximates some functions. */
const OWN_PRECISION = 1e-5;

/**
 * What is off in float64 by no more than float32 allows, and right in float32, is right: the library was written for that, and
 * approximates erf, or cuts softplus off, as far as it shows.
 */
export function inOwnPrecision(entries: readonly Audited[]): Audited[] {
  const right = new Set(
    entries.filter(({ dtype, verdict }) => dtype === 'float32' && verdict === 'right').map(({ code }) => code),
  );
  return entries.map(one => {
    const { dtype, verdict, relativeError = Infinity, code } = one;
    if (dtype !== 'float64' || verdict !== 'wrong' || !(relativeError <= OWN_PRECISION) || !right.has(code)) return one;
    const { pattern: _pattern, diagnosis: _diagnosis, reproduction: _reproduction, ...rest } = one;
    const reason = `accurate to float32 only: off by ${relativeError.toPrecision(2)} of the gradient in float64`;
    return { ...rest, verdict: 'right', arguments: [], reason };
  });
}

export function auditToMarkdown(
  { library, version, entries, gradients, environment, seed }: Audit,
  notes: Readonly<Record<string, string>> = {},
): string {
  const operations = [...new Set(entries.map(({ operation }) => operation))];
  const count = (verdict: AuditVerdict, dtype: Dtype) =>
    entries.filter(one => one.verdict === verdict && one.dtype === dtype).length;
  const told = (verdict: AuditVerdict) => entries.filter(one => one.verdict === verdict);
  const line = ({
    operation,
    configuration,
    dtype,
    arguments: args,
    reason,
    diagnosis,
    pattern,
    relativeError,
  }: Audited) =>
    `| ${idOf({ operation, configuration } as Entry)} | ${dtype} | ${args.join(', ')} | ${relativeError?.toPrecision(3) ?? ''} | ${[pattern, diagnosis ?? reason].filter(Boolean).join('; ').replaceAll('|', '\\|').replaceAll('\n', ' ')} |`;
  const sections = AUDIT_ORDER.filter(verdict => verdict !== 'right' && told(verdict).length > 0).flatMap(verdict => [
    `## ${verdict}: ${told(verdict).length}`,
    '',
    '| operation | precision | arguments | error | what is said |',
    '| --- | --- | --- | --- | --- |',
    ...told(verdict).map(line),
    '',
    ...(verdict === 'wrong'
      ? told('wrong')
          .filter(
            (one, at, all) => one.reproduction && all.findIndex(other => other.operation === one.operation) === at,
          )
          .flatMap(one => [
            `### ${idOf(one as unknown as Entry)}, by itself`,
            '',
            ...(notes[one.operation] ? [notes[one.operation], ''] : []),
            '```js',
            one.reproduction ?? '',
            '```',
            '',
          ])
      : []),
  ]);
  return [
    `# Audit of ${library} ${version}`,
    '',
    `${entries.length} checks of ${operations.length} operations and Layers; ${environment}; seed ${seed}. Made by \`gradcheck audit ${library}\`.`,
    '',
    `Of ${gradients.registered} gradients that the library has registered, ${gradients.registered - gradients.notRun.length} were run${gradients.notRun.length > 0 ? `; not: ${gradients.notRun.join(', ')}` : ''}.`,
    '',
    '| verdict | float64 | float32 |',
    '| --- | --: | --: |',
    ...AUDIT_VERDICTS.map(verdict => `| ${verdict} | ${count(verdict, 'float64')} | ${count(verdict, 'float32')} |`),
    '',
    ...sections,
  ].join('\n');
}
