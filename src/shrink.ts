import { type Case, caseOf } from './cases.ts';
import type { CaseSpec, Layer } from './layer.ts';
import { random } from './numeric/random.ts';

/** Further cases of a layer whose cases are an arbitrary. */
export interface Drawn {
  readonly fresh: (count: number) => Promise<readonly Case[]>;
  /** The smallest case that fails, as fast-check finds it; its id is the path that leads there again. */
  readonly smallest: (fails: (kase: Case) => Promise<boolean>) => Promise<Case | undefined>;
}

/** Cases that are looked at on the way to the smallest. */
const BUDGET = 60;

/** What the ids of cases that were found by shrinking begin with. */
const SHRUNK = '~';

/** Further cases of a layer; nothing for one whose cases are a list. */
export function drawnFrom(layer: Layer, seed: string): Drawn | undefined {
  const { cases } = layer;
  if (typeof cases !== 'function') return undefined;
  const number = numberOf(layer, seed);
  return {
    async fresh(count) {
      const fc = await import('fast-check');
      const specs = fc.sample(cases(fc), { seed: number + 1, numRuns: count });
      return specs.map((spec, at) => caseOf(layer, spec, `fresh ${at}`));
    },
    async smallest(fails) {
      const fc = await import('fast-check');
      let left = BUDGET;
      const passes = async (spec: CaseSpec) => left-- <= 0 || !(await fails(caseOf(layer, spec, 'shrinking')));
      const found = await fc.check(fc.asyncProperty(cases(fc), passes), { seed: number, numRuns: BUDGET });
      if (!found.counterexample || !found.counterexamplePath) return undefined;
      return caseOf(layer, found.counterexample[0], `${SHRUNK}${found.counterexamplePath}`);
    },
  };
}

/** The case that an id of `smallest` stands for; nothing where it is no such id. */
export async function shrunkCase(layer: Layer, seed: string, id: string): Promise<Case | undefined> {
  const { cases } = layer;
  if (typeof cases !== 'function' || !id.startsWith(SHRUNK)) return undefined;
  const fc = await import('fast-check');
  const seen: CaseSpec[] = [];
  const property = fc.asyncProperty(cases(fc), async spec => {
    seen.push(spec);
    return false;
  });
  const path = id.slice(SHRUNK.length);
  await fc.check(property, { seed: numberOf(layer, seed), path, numRuns: 1, endOnFailure: true });
  return seen.length > 0 ? caseOf(layer, seen[0], id) : undefined;
}

function numberOf(layer: Layer, seed: string): number {
  return random(`${seed}/${layer.name}/smallest`).integer(0, 2 ** 31 - 2);
}
