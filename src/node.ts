import { AssertionError } from 'node:assert';
import { toPassGradcheck } from './matchers.ts';
import type { CheckOptions, Report } from './run.ts';

/**
 * Checks a layer in a test of node:test, or of any runner that takes an exception for a failure; returns the report.
 * @throws AssertionError where a check does not pass: its message says what is wrong, and where, when and why.
 * @throws TypeError when what is given is no layer.
 */
export async function assertGradcheck(layer: unknown, options?: CheckOptions): Promise<Report> {
  const { pass, message, report } = await toPassGradcheck(layer, options);
  if (pass) return report;
  throw new AssertionError({
    message: message(),
    actual: report.verdict,
    expected: 'pass',
    operator: 'gradcheck',
    stackStartFn: assertGradcheck,
  });
}
