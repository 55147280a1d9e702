import { describe, expect, test } from 'vitest';
import { type CheckName, check, type Report } from '../src/index.ts';
import type { Expected } from './faults/fault.ts';
import { table } from './faults/table.ts';
import { named } from './named.ts';

/** The order in which checks are named when several of them fail. */
const ORDER: readonly CheckName[] = ['contract', 'examples', 'agreement', 'exact', 'gradient', 'symbolic', 'adjoint'];

describe.each(table)('a fault in %s is seen and blamed on nothing else:', (_topic, faults) => {
  test.each(named(faults))('%s', async (_name, { layer, expected, options }) => {
    const report = await check(layer, { explain: false, ...options });

    expect(said(report, expected)).toEqual(wanted(expected));
  });
});

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
