/**
 * `import 'gradcheck/vitest'`, or name it among vitest's setupFiles, adds `expect(layer).toPassGradcheck(options?)`.
 */
import { expect } from 'vitest';
import { type GradcheckMatchers, toPassGradcheck } from './matchers.ts';

declare global {
  namespace Chai {
    // oxlint-disable-next-line typescript/no-empty-object-type -- merged into chai's own, in vitest 3, 4 and 5 alike
    interface Assertion extends GradcheckMatchers<void> {}
  }
}

expect.extend({ toPassGradcheck });
