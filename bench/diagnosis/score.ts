import { caseOf as caseFrom, type Case, casesOf, drawPoint, type PointKind } from '../../src/cases.ts';
import { exampleSpec } from '../../src/checks/examples.ts';
import { check, type Finding, type Layer, type Tensors } from '../../src/index.ts';
import { DEFAULT_SEED } from '../../src/run.ts';
import { shrunkCase } from '../../src/shrink.ts';
import { positionOf, sizeOf } from '../../src/tensor.ts';
import type { Row } from './rows.ts';

/**
 * What is said of the cause: for every argument for which one is named, the one named first is right; none is named; a wrong one is
 * named first, before others; a wrong one, and no other.
 */
export type Said = 'right' | 'nothing' | 'wrong first' | 'wrong alone';

export interface Score {
  readonly row: Row;
  readonly detected: boolean;
  /** Undefined where nothing fails. */
  readonly said?: Said;
  /** Whether the word that says it best is what is named first. */
  readonly best: boolean;
  /** The causes that were named for each argument. */
  readonly named: readonly string[];
  /** Whether the wrong elements were found; undefined where it is not known which they are, or where nothing is said of elements. */
  readonly located?: boolean;
}

/** A set that is sampled, not listed, may be estimated this far off. */
const OVERLAP = 0.95;

/** Checks a wrong layer at default settings and holds what is said of it against what is true. */
export async function scoreOf(row: Row): Promise<Score> {
  const report = await check(row.layer, row.options);
  const failing = report.findings.filter(({ verdict }) => verdict === 'fail');
  const stated = failing
    .map(({ diagnoses }) => diagnoses.map(({ cause }) => cause).filter(cause => cause !== 'unknown'))
    .filter(causes => causes.length > 0);
  const located =
    failing.find(({ check: own, wrong }) => own === 'gradient' && wrong) ?? failing.find(({ wrong }) => wrong);
  const named = failing.map(
    ({ argument = '', diagnoses }) => `${argument}: ${diagnoses.map(({ cause }) => cause).join(', ')}`,
  );
  return {
    row,
    detected: row.detected(report),
    named: [...new Set(named)],
    ...(failing.length > 0 && { said: saidOf(stated, row.causes) }),
    best: stated.length > 0 && stated.every(([first]) => first === row.causes[0]),
    ...(located && row.wrong && { located: await isLocated(located, row.layer, row.wrong) }),
  };
}

function saidOf(stated: readonly (readonly string[])[], causes: readonly string[]): Said {
  const wrong = stated.filter(([first]) => !causes.includes(first));
  if (wrong.some(({ length }) => length === 1)) return 'wrong alone';
  if (wrong.length > 0) return 'wrong first';
  return stated.length > 0 || causes.length === 0 ? 'right' : 'nothing';
}

/** Whether the elements that a finding calls wrong are those that are: all of them, or nearly where they are too many to list. */
async function isLocated(finding: Finding, layer: Layer, truth: NonNullable<Row['wrong']>): Promise<boolean> {
  const { wrong, argument = '', config } = finding;
  const kase = await caseOf(finding, layer);
  if (!wrong || !kase) return false;
  const { shape } = kase.args[argument];
  const right = truth(shape, argsOf(finding, kase), config);
  const count = typeof right === 'number' ? right : right.filter(Boolean).length;
  const isWrong = (position: number) => typeof right === 'number' || right[position];
  if (!wrong.elements.every(({ index }) => isWrong(positionOf(index, shape)))) return false;
  if (wrong.positions) return wrong.positions.length === count && wrong.positions.every(isWrong);
  if (!wrong.estimated) return wrong.count === count;
  return count > sizeOf(shape) / 10 && Math.min(wrong.count, count) >= OVERLAP * Math.max(wrong.count, count);
}

/** The case that a finding shows: that of an example, a shrunk one, or one of the layer's own. */
async function caseOf({ case: id, check: own }: Finding, layer: Layer): Promise<Case | undefined> {
  const example = own === 'examples' ? layer.examples?.find(({ name }) => name === id) : undefined;
  if (example) return caseFrom(layer, exampleSpec(example), id);
  return (
    (await shrunkCase(layer, DEFAULT_SEED, id)) ?? (await casesOf(layer, DEFAULT_SEED)).find(kase => kase.id === id)
  );
}

/** The numbers at which it was seen: its seed is that of the case, the kind of point and the attempt. */
function argsOf({ seed }: Finding, kase: Case): Tensors {
  const parts = seed.split('/');
  const [kind, attempt] = parts.slice(-2);
  return drawPoint(kase, kind as PointKind, parts.slice(0, -2).join('/'), Number(attempt)).args;
}
