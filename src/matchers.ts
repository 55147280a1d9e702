import { isLayer } from './layer.ts';
import { failureText } from './report/failure.ts';
import { check, type CheckOptions, type Report } from './run.ts';
import { describe } from './tensor.ts';

/** What the test runners' entry points add to `expect`. */
export interface GradcheckMatchers<R> {
  /**
   * Checks a layer: its contract, its examples, the agreement of its implementations, and its gradients. Passes where the
   * verdict of every check is `pass`; an inconclusive one does not pass.
   */
  toPassGradcheck(options?: CheckOptions): Promise<R>;
}

/** What a runner asks of a matcher. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
  /** What was found. */
  readonly report: Report;
}

/**
 * Whether a layer passes every check.
 * @throws TypeError when what is received is no layer.
 */
export async function toPassGradcheck(received: unknown, options?: CheckOptions): Promise<MatcherResult> {
  if (!isLayer(received)) {
    throw new TypeError(`expect(…).toPassGradcheck() takes a layer (see defineLayer), not ${describe(received)}`);
  }
  const report = await check(received, options);
  return { pass: report.verdict === 'pass', message: () => messageOf(report), report };
}

function messageOf({ findings, seed, verdict }: Report): string {
  const bad = findings.filter(finding => finding.verdict !== 'pass');
  if (bad.length === 0)
    return `expected the layer not to pass gradcheck, but ${findings.length} findings pass (seed ${seed})`;
  const shown = bad.filter(finding => finding.verdict === verdict).slice(0, 3);
  const rest = bad.length - shown.length;
  return [
    ...shown.map(finding => failureText(finding)),
    ...(rest > 0 ? [`and ${rest} more findings that do not pass`] : []),
  ].join('\n\n');
}
