/**
 * `import 'gradcheck/jest'`, or name it among Jest's setupFilesAfterEnv, adds `expect(layer).toPassGradcheck(options?)`.
 */
import { type GradcheckMatchers, toPassGradcheck } from './matchers.ts';

declare global {
  namespace jest {
    // oxlint-disable-next-line typescript/no-empty-object-type, typescript/no-unused-vars -- merged into the types of @types/jest
    interface Matchers<R> extends GradcheckMatchers<R> {}
  }
}

/** Jest's own, which is global in its tests. */
interface Expect {
  extend(matchers: Readonly<Record<string, unknown>>): void;
}

const { expect } = globalThis as { readonly expect?: Expect };
if (!expect)
  throw new TypeError(
    "gradcheck/jest needs Jest's global expect; name it in setupFilesAfterEnv, or import it in a test",
  );
expect.extend({ toPassGradcheck });
