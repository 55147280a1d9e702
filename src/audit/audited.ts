import type { Dtype } from '../tensor.ts';

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
