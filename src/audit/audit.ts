import type { Finding } from '../finding.ts';
import type { Dtype } from '../tensor.ts';
import { AUDIT_VERDICTS, type Audited, type AuditVerdict } from './audited.ts';
import { type Entry, idOf } from './entry.ts';
import type { Library } from './library.ts';
import { type Which, whichConfigurations } from './which.ts';

/** An audit of a library. */
export interface Audit {
  readonly schema: 'gradcheck-audit/1';
  readonly library: string;
  readonly version: string;
  readonly seed: string;
  readonly environment: string;
  readonly entries: readonly Audited[];
  /** Gradients, or kinds of layers, that the library has registered: how many, and which of them no entry has run, for whatever reason. */
  readonly gradients: { readonly registered: number; readonly notRun: readonly string[] };
  /** What has a gradient or is a layer, but is not differentiable, and why. */
  readonly notDifferentiable: Readonly<Record<string, string>>;
  /** By operation and verdict, in which of its configurations it is so. */
  readonly operations: readonly (Which & { readonly operation: string; readonly verdict: AuditVerdict })[];
}

/** By operation, what is not right of it, and since which configurations. */
export function byOperation(catalogue: readonly Entry[], found: readonly Audited[]): Audit['operations'] {
  return [...new Set(catalogue.map(({ operation }) => operation))].flatMap(operation => {
    const entries = catalogue.filter(entry => entry.operation === operation);
    const own = found.filter(one => one.operation === operation);
    const all = new Set(own.map(({ dtype }) => dtype));
    return AUDIT_ORDER.filter(verdict => verdict !== 'right' && own.some(one => one.verdict === verdict)).map(
      verdict => {
        const alike = own.filter(one => one.verdict === verdict);
        const ids = new Set(alike.map(idOf));
        const which = whichConfigurations(entries, entry => ids.has(idOf(entry)));
        const [dtype, ...others] = new Set(alike.map(one => one.dtype));
        const only = others.length === 0 && all.size > 1 ? `, in ${dtype} only` : '';
        return { operation, verdict, ...which, text: `${which.text}${only}` };
      },
    );
  });
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
  { library, version, entries, gradients, environment, seed, operations, notDifferentiable }: Audit,
  { title, notes, dtypes }: Pick<Library, 'title' | 'notes' | 'dtypes'>,
): string {
  const count = (verdict: AuditVerdict, dtype: Dtype) =>
    entries.filter(one => one.verdict === verdict && one.dtype === dtype).length;
  const told = (verdict: AuditVerdict) => entries.filter(one => one.verdict === verdict);
  const line = (one: Audited) => {
    const { dtype, arguments: args, reason, diagnosis, pattern, relativeError } = one;
    const said = [pattern, diagnosis ?? reason].filter(Boolean).join('; ');
    return row([idOf(one), dtype, args.join(', '), relativeError?.toPrecision(3) ?? '', said]);
  };
  const isFirst = (one: Audited) => told('wrong').find(({ operation }) => operation === one.operation) === one;
  const programs = told('wrong')
    .filter(one => one.reproduction && isFirst(one))
    .flatMap(one => [
      `### ${idOf(one)}, by itself`,
      '',
      ...(notes[one.operation] ? [notes[one.operation], ''] : []),
      '```js',
      one.reproduction ?? '',
      '```',
      '',
    ]);
  const sections = AUDIT_ORDER.filter(verdict => verdict !== 'right' && told(verdict).length > 0).flatMap(verdict => [
    `## ${verdict}: ${told(verdict).length}`,
    '',
    ...table(['operation', 'precision', 'arguments', 'error', 'what is said'], told(verdict).map(line)),
    '',
    ...(verdict === 'wrong' ? programs : []),
  ]);
  const { registered, notRun } = gradients;
  const missed = notRun.filter(name => !(name in notDifferentiable));
  const ran = `Of the ${registered} that the library has registered, ${registered - notRun.length} were run, ${notRun.length - missed.length} are not differentiable${missed.length > 0 ? `; not run: ${missed.join(', ')}` : ''}.`;
  return [
    `# Audit of ${title} ${version}`,
    '',
    `${entries.length} checks of ${new Set(entries.map(({ operation }) => operation)).size} operations and layers; ${environment}; seed ${seed}. Made by \`gradcheck audit ${library}\`.`,
    '',
    ...(registered > 0 ? [ran, ''] : []),
    ...table(
      ['verdict', ...dtypes],
      AUDIT_VERDICTS.map(verdict => row([verdict, ...dtypes.map(dtype => `${count(verdict, dtype)}`)])),
    ),
    '',
    ...(operations.length > 0
      ? [
          '## By operation',
          '',
          ...table(
            ['operation', 'is', 'in', 'namely'],
            operations.map(({ operation, verdict, failing, of, text }) =>
              row([operation, verdict, `${failing} of ${of}`, text]),
            ),
          ),
          '',
        ]
      : []),
    ...sections,
    ...(Object.keys(notDifferentiable).length > 0
      ? [
          `## Not differentiable, or run under another name: ${Object.keys(notDifferentiable).length}`,
          '',
          ...table(['name', 'why'], Object.entries(notDifferentiable).map(row)),
          '',
        ]
      : []),
  ].join('\n');
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

const table = (head: readonly string[], rows: readonly string[]): readonly string[] => [
  row(head),
  row(head.map(() => '---')),
  ...rows,
];
