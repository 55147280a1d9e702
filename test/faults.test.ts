import { describe, expect, test, vi } from 'vitest';
import { type CheckName, check, type Finding, layers, type Report } from '../src/index.ts';
import { activations } from './faults/activations.ts';
import { adversary } from './faults/adversary.ts';
import { compositions } from './faults/compositions.ts';
import { contract } from './faults/contract.ts';
import { convolution } from './faults/convolution.ts';
import { convolutions } from './faults/convolutions.ts';
import { dense } from './faults/dense.ts';
import type { Expected, Fault } from './faults/fault.ts';
import { lossFunctions } from './faults/lossFunctions.ts';
import { losses } from './faults/losses.ts';
import { normalisation } from './faults/normalisation.ts';
import { pointwise } from './faults/pointwise.ts';
import { pooling } from './faults/pooling.ts';
import { pools } from './faults/pools.ts';
import { products } from './faults/products.ts';
import { reductions } from './faults/reductions.ts';
import { rightByOtherConventions } from './faults/right.ts';
import { shapes } from './faults/shapes.ts';
import { unusual } from './faults/unusual.ts';

// Some layers are large.
vi.setConfig({ testTimeout: 60_000 });

const table: [topic: string, faults: readonly Fault[]][] = [
  ['a convolution', convolution],
  ['a convolution of another kind', convolutions],
  ['a pooling', pooling],
  ['another pooling', pools],
  ['a dense layer', dense],
  ['a product or a look-up', products],
  ['a reduction or a softmax', reductions],
  ['an activation', activations],
  ['an elementwise layer', pointwise],
  ['a layer of shapes', shapes],
  ['a normalisation', normalisation],
  ['a loss', losses],
  ['a built-in loss', lossFunctions],
  ['the contract', contract],
  ['a composition', compositions],
  ['a dark corner', adversary],
];

/** The order in which checks are named when several of them fail. */
const ORDER: readonly CheckName[] = ['contract', 'examples', 'agreement', 'exact', 'gradient', 'symbolic', 'adjoint'];

describe.each(table)('a fault in %s is seen and blamed on nothing else:', (_topic, faults) => {
  test.each(named(faults))('%s', async (_name, { layer, expected, options }) => {
    const report = await check(layer, { explain: false, ...options });

    expect(said(report, expected)).toEqual(wanted(expected));
  });
});

describe.each(['1', '2', '3'])('under seed %s, with nothing wrong,', seed => {
  test.each(named(layers))('%s passes every check', async (_name, layer) => {
    const report = await check(layer, { seed });

    expect(report.findings.filter(({ verdict }) => verdict !== 'pass').map(inWords)).toEqual([]);
    expect(report.verdict).toBe('pass');
  });

  test.each(named(rightByOtherConventions))('a layer in which %s passes every check', async (_name, { layer }) => {
    const report = await check(layer, { seed });

    expect(report.findings.filter(({ verdict }) => verdict !== 'pass').map(inWords)).toEqual([]);
    expect(report.verdict).toBe('pass');
  });
});

describe.each(['1', '2', '3'])('under seed %s', seed => {
  test.each(named(unusual))('a layer in which %s is not called wrong', async (_name, { layer, verdict }) => {
    const report = await check(layer, { seed });

    expect([report.verdict, ...report.findings.filter(one => one.verdict === 'fail').map(inWords)]).toEqual([verdict]);
  });
});

/** Rows under their own names, which a title then shows in full. */
function named<T extends { readonly name: string }>(rows: readonly T[]): [string, T][] {
  return rows.map(row => [row.name, row]);
}

/** What a report says, in the words of an expectation: only what the expectation speaks of. */
function said(report: Report, expected: Expected) {
  const bad = report.findings
    .filter(({ verdict }) => verdict !== 'pass')
    .toSorted((a, b) => ORDER.indexOf(a.check) - ORDER.indexOf(b.check));
  const [first] = bad;
  const located = bad.find(({ wrong }) => wrong)?.wrong;
  return {
    verdict: report.verdict,
    // Beside a check that fails another may be undecided; it must then speak of the same argument.
    verdicts: unique(bad.map(({ verdict }) => (verdict === 'inconclusive' ? expected.verdict : verdict))),
    check: first?.check,
    ...(expected.code !== undefined && { code: first?.code }),
    arguments: unique(bad.map(({ argument }) => argument)),
    outputs: unique(bad.map(({ output }) => output)),
    implementations: unique(bad.map(({ implementation }) => implementation)),
    ...(expected.wrong && { count: located?.count }),
    ...(expected.wrong?.index && { index: located?.elements.map(({ index }) => [...index]) }),
    reasons: bad.length === 0 ? 'nothing is said' : bad.every(({ reason }) => reason !== '') && 'given',
  };
}

function wanted({ verdict, check: first, argument = [], output, code, implementation = 'reference', wrong }: Expected) {
  return {
    verdict,
    verdicts: [verdict],
    check: first,
    ...(code !== undefined && { code }),
    arguments: [argument].flat().toSorted(),
    outputs: output === undefined ? [] : [output],
    implementations: [implementation],
    ...(wrong && { count: wrong.count }),
    ...(wrong?.index && { index: wrong.count === 1 ? [wrong.index] : expect.arrayContaining([wrong.index]) }),
    reasons: 'given',
  };
}

function unique<T extends string>(values: readonly (T | undefined)[]): T[] {
  return [...new Set(values.filter(value => value !== undefined))].toSorted();
}

function inWords({ implementation, check: name, argument, verdict, code, reason }: Finding): string {
  return `${implementation}, ${name} of ${argument}: ${verdict}, ${code}: ${reason}`;
}
