import type { CheckOptions, Config, Layer, Report, Tensors } from '../../src/index.ts';
import type { Expected } from '../../test/faults/fault.ts';
import { table } from '../../test/faults/table.ts';
import type { FurtherFault } from './further/fault.ts';
import { furtherFaults } from './further/index.ts';

/** A wrong layer, and what is true of it. */
export interface Row {
  readonly topic: string;
  readonly name: string;
  readonly layer: Layer;
  readonly options?: CheckOptions;
  /** The words for what is wrong, the best first; none where no word is right. */
  readonly causes: readonly string[];
  readonly detected: (report: Report) => boolean;
  /** How many elements are wrong, or which, in the case and at the numbers that a finding shows; where it is known. */
  readonly wrong?: (shape: readonly number[], args: Tensors, config: Config) => number | readonly boolean[];
}

/** The rows of the faults table, by which the checks are tested. */
export const tableRows: readonly Row[] = table.flatMap(([topic, faults]) =>
  faults.map(({ name, layer, options, expected }) => ({
    topic,
    name,
    layer,
    ...(options && { options }),
    causes: expected.causes ?? [],
    detected: (report: Report) => isExpected(report, expected),
    ...(expected.wrong && { wrong: () => expected.wrong?.count ?? 0 }),
  })),
);

/** The further faults, written by somebody else before any report on them was seen. */
export const furtherRows: readonly Row[] = Object.entries(furtherFaults).flatMap(([topic, faults]) =>
  faults.map(fault => ({
    topic,
    name: fault.name,
    layer: fault.layer,
    causes: fault.causes,
    detected: ({ findings }: Report) => blames(findings, [fault.argument]),
    ...(fault.wrong && { wrong: maskOf(fault.wrong) }),
  })),
);

function isExpected({ verdict, findings }: Report, { verdict: expected, argument = [] }: Expected): boolean {
  return verdict === expected && blames(findings, [argument].flat());
}

/** Whether what does not pass names these arguments and no others; or none, where the layer as a whole is blamed. */
function blames(findings: Report['findings'], names: readonly string[]): boolean {
  const bad = findings.filter(({ verdict }) => verdict !== 'pass');
  const blamed = new Set(bad.flatMap(({ argument }) => argument ?? []));
  return (
    bad.length > 0 && (blamed.size === 0 || (blamed.size === names.length && names.every(name => blamed.has(name))))
  );
}

function maskOf(wrong: NonNullable<FurtherFault['wrong']>): NonNullable<Row['wrong']> {
  return (shape, args, config) => {
    const mask = wrong(shape, args, config);
    return mask === 'all' ? shape.reduce((size, extent) => size * extent, 1) : mask;
  };
}
