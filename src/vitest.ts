/**
 * `import 'gradcheck/vitest'`, or name it among vitest's setupFiles, adds `expect(layer).toPassGradcheck(options?)`.
 * What it finds is left for `gradcheck/reporter`, where a run has that.
 */
import { expect } from 'vitest';
import { type GradcheckMatchers, toPassGradcheck } from './matchers.ts';
import { record } from './recorded.ts';
import type { CheckOptions } from './run.ts';

declare global {
  namespace Chai {
    // oxlint-disable-next-line typescript/no-empty-object-type -- merged into chai's own, in vitest 3, 4 and 5 alike
    interface Assertion extends GradcheckMatchers<void> {}
  }
}

expect.extend({
  async toPassGradcheck(received: unknown, options?: CheckOptions) {
    // Asked for before anything is waited for: after that another test may be the current one.
    const { isNot } = this;
    const test = await currentTest(this);
    const result = await toPassGradcheck(received, options);
    // What a test expects to be wrong is no finding.
    if (test && !isNot) record(test.meta, result.report);
    return result;
  },
});

interface Test {
  readonly meta: object;
}

/** Where vitest has it before 4.1; a name that bundlers do not follow, since later versions lack it. */
const SUITE: string = 'vitest/suite';

/**
 * The test that an assertion is in. Of tests that run at the same time it is right in vitest 4.1 and later, for the `expect` that
 * each of them is given.
 */
async function currentTest({ task }: { readonly task?: Test }): Promise<Test | undefined> {
  if (task) return task;
  const suite: { readonly getCurrentTest?: () => Test | undefined } = await import(SUITE).catch(() => ({}));
  return suite.getCurrentTest?.();
}
