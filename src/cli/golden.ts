import { fileURLToPath } from 'node:url';
import { readFixtures, type Fixture } from '../fixtures.ts';

/** The folders of golden fixtures that come with this package. */
const FOLDERS = ['torch', 'tiny-dnn', 'analytic'];

/**
 * The fixtures that come with this package, by folder.
 * @throws UsageError when one of them is malformed or missing: the package is damaged.
 */
export async function ownFixtures(): Promise<Map<string, readonly Fixture[]>> {
  const found = new Map<string, readonly Fixture[]>();
  for (const folder of FOLDERS) {
    const { fixtures, problems } = await readFixtures(
      fileURLToPath(new URL(`../../fixtures/${folder}`, import.meta.url)),
    );
    for (const problem of problems) throw problem;
    found.set(folder, fixtures);
  }
  return found;
}
