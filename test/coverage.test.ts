import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exampleSpec } from '../src/checks/examples.ts';
import { ownFixtures } from '../src/cli/golden.ts';
import { argSpec, type CaseSpec, isLayer, type Layer, primalNames } from '../src/layer.ts';
import { layers } from '../src/layers/index.ts';
import { check } from '../src/run.ts';
import { table } from './faults/table.ts';
import { layerTable } from './layerTable.ts';
import { named } from './named.ts';

/** What a layer takes and gives, as its cases and examples show it. */
async function shownBy(layer: Layer) {
  const { cases, examples = [] } = layer;
  const drawn = typeof cases === 'function' ? fc.sample(cases(fc), { numRuns: 100, seed: 1 }) : (cases ?? []);
  const specs: readonly CaseSpec[] = [...drawn, ...examples.map(exampleSpec)];
  const config = specs.flatMap(({ config }) => Object.keys(config ?? {}));
  const primals: string[] = [];
  const constants: string[] = [];
  for (const { args } of specs) {
    const own = Object.fromEntries(Object.entries(args).map(([name, spec]) => [name, argSpec(spec)]));
    const differentiable = primalNames(layer, own);
    primals.push(...differentiable);
    constants.push(...Object.keys(own).filter(name => !differentiable.includes(name)));
  }
  const outputs: string[] = [];
  for (const { args, config } of examples) outputs.push(...Object.keys(await layer.forward(args, config)));
  return { config, primals, constants, outputs };
}

/** The names of a list that none of those given matches. */
function missingFrom(given: readonly string[], list: string): string[] {
  const names = list.split(', ').filter(name => name !== '' && name !== '*');
  const pattern = (name: string) => new RegExp(`^${name.replace('{k}', '\\d+').replace('[_reverse]', '(_reverse)?')}$`);
  return names.filter(name => !given.some(one => pattern(name).test(one)));
}

describe('the layers that there are to be', () => {
  test.each(named(layerTable))(
    '%s is there, with what its row says',
    async (name, { config, primals, constants, outputs }) => {
      const layer = layers.find(one => one.name === name);
      if (!layer) throw new Error(`there is no layer "${name}"`);
      const shown = await shownBy(layer);
      expect({
        config: missingFrom(shown.config, config),
        primals: missingFrom(shown.primals, primals),
        constants: missingFrom(shown.constants, constants),
        outputs: missingFrom(shown.outputs, outputs),
      }).toEqual({ config: [], primals: [], constants: [], outputs: [] });
    },
  );

  test('are all, and no other is exported', () => {
    expect(layers.map(({ name }) => name).toSorted()).toEqual(layerTable.map(({ name }) => name).toSorted());
  });
});

describe('every layer', () => {
  test.each(named(layers))('%s has a reference, cases, and worked examples forward and backward', (_name, layer) => {
    expect(isLayer(layer)).toBe(true);
    expect(layer.cases).toBeDefined();
    expect(layer.formula).toBeTruthy();
    const both = (layer.examples ?? []).filter(({ outputs, gradients }) => outputs && gradients);
    expect(both.length).toBeGreaterThanOrEqual(2);
    expect(both.filter(({ source }) => !source).map(({ name }) => name)).toEqual([]);
  });

  test.each(named(layers))(
    '%s is held against finite differences, every implementation of it',
    async (_name, layer) => {
      const { findings } = await check(layer, { cases: 1, checks: ['gradient'], explain: false });
      const compared = findings.filter(one => one.check === 'gradient' && one.compared > 0);
      const implementations = ['reference', ...Object.keys(layer.alternatives ?? {})];
      expect([...new Set(compared.map(({ implementation }) => implementation))]).toEqual(implementations);
    },
  );

  test('with a formula has a table of its values and derivatives', async () => {
    const analytic = (await ownFixtures()).get('analytic') ?? [];
    const withFormula = layers.filter(({ expression }) => expression !== undefined).map(({ name }) => name);
    expect([...new Set(analytic.map(({ layer }) => layer))].toSorted()).toEqual(withFormula.toSorted());
  });

  test('has three faults or more in the tables', () => {
    const faults = table.flatMap(([, rows]) => rows);
    const few = layers
      .map(({ name }) => ({ name, number: faults.filter(({ layer }) => layer.name === name).length }))
      .filter(({ number }) => number < 3);
    expect(few).toEqual([]);
  });
});
