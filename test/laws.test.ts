import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../src/finding.ts';
import type { CaseSpec, Layer } from '../src/layer.ts';
import { layers } from '../src/layers/index.ts';
import { check } from '../src/run.ts';

/** The cases of a layer as an arbitrary, whichever way it gives them. */
function casesOf(layer: Layer): fc.Arbitrary<CaseSpec> {
  if (typeof layer.cases === 'function') return layer.cases(fc);
  return fc.constantFrom(...(layer.cases ?? []));
}

/** How many configurations are tried; half as many of a layer of many arguments, each of which is checked by itself. */
function runsOf({ examples = [] }: Layer): number {
  const { numRuns = 20 } = fc.readConfigureGlobal();
  const most = Math.max(...examples.map(({ args }) => Object.keys(args).length));
  return most < 5 ? numRuns : Math.ceil(numRuns / 2);
}

const wrong = ({ verdict }: Finding) => verdict === 'fail' || verdict === 'error';

const short = ({ implementation, check: name, argument, output, code, reason, config, shapes }: Finding) =>
  JSON.stringify({ implementation, check: name, argument, output, code, reason, config, shapes });

/** Every check on every implementation of every layer, over configurations that shrink and values that do not. */
describe.each(layers.map(layer => ({ name: layer.name, layer })))('$name', ({ layer }) => {
  test('passes every check in every configuration', async () => {
    await fc.assert(
      fc.asyncProperty(casesOf(layer), fc.noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 })), async (spec, seed) => {
        const report = await check({ ...layer, cases: [spec] }, { seed });
        expect(report.findings.filter(wrong).map(short)).toEqual([]);
        expect(report.findings.some(({ check: name, compared }) => name === 'gradient' && compared > 0)).toBe(true);
      }),
      { numRuns: runsOf(layer) },
    );
  });
});
