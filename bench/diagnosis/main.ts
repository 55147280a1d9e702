/**
 * How well a wrong layer is told about: `npm run bench:diagnosis`. Writes bench/diagnosis/RESULTS.md.
 *
 * Over the further faults, which were written and committed by somebody who had not read src/diagnosis before any of them was
 * run: whether each is seen and the right argument blamed, whether the cause that is named first is a true one, and whether the
 * wrong elements are found.
 */
import { writeFileSync } from 'node:fs';
import { casesOf, type Case, drawPoint, type PointKind } from '../../src/cases.ts';
import { check, type Finding, type Report } from '../../src/index.ts';
import { shrunkCase } from '../../src/shrink.ts';
import { sizeOf } from '../../src/tensor.ts';
import type { FurtherFault } from './further/fault.ts';
import { furtherFaults } from './further/index.ts';

const SEED = '42';

/** What was made of one fault. */
interface Told {
  readonly topic: string;
  readonly fault: FurtherFault;
  readonly detected: boolean;
  readonly argumentRight: boolean;
  /** The causes that are named, the first first; none where nothing is. */
  readonly named: readonly string[];
  /** Undefined where what is wrong is not determined. */
  readonly located?: boolean;
}

async function tell(topic: string, fault: FurtherFault): Promise<Told> {
  const report = await check(fault.layer, { seed: SEED });
  const bad = report.findings.filter(({ verdict }) => verdict === 'fail' || verdict === 'error');
  const blamed = [...new Set(bad.map(({ argument }) => argument))];
  const shown = mostTelling(report, fault.argument);
  return {
    topic,
    fault,
    detected: bad.length > 0,
    argumentRight: blamed.every(argument => argument === undefined || argument === fault.argument) && bad.length > 0,
    named: shown?.diagnoses.map(({ cause }) => cause) ?? [],
    ...(shown && fault.wrong && { located: await isLocated(shown, fault) }),
  };
}

/** The finding that a report shows of an argument: that of the contract, or else of the gradient check. */
function mostTelling({ findings }: Report, argument: string): Finding | undefined {
  const wrong = findings.filter(
    finding => finding.verdict !== 'pass' && (finding.argument === argument || finding.argument === undefined),
  );
  return ['contract', 'gradient'].flatMap(name => wrong.filter(({ check: own }) => own === name))[0] ?? wrong[0];
}

/** Whether the wrong elements are those that are found: exactly, or nearly where more than a tenth is wrong. */
async function isLocated(finding: Finding, { layer, wrong: truth, argument }: FurtherFault): Promise<boolean> {
  const { wrong, shapes } = finding;
  if (!wrong || !truth) return false;
  const kase = await caseOfFinding(layer, finding);
  const [, base, kind, attempt] = /^(.*)\/([a-z]+)\/(\d+)$/.exec(finding.seed) ?? [];
  if (!kase || base === undefined) return false;
  const { args } = drawPoint(kase, kind as PointKind, base, Number(attempt));
  const told = truth(shapes[argument], args, kase.config);
  const size = sizeOf(shapes[argument]);
  const right = Array.from({ length: size }, (_, i) => i).filter(i => told === 'all' || told[i]);
  if (!wrong.positions) return wrong.estimated && right.length >= 0.95 * size && wrong.count >= 0.95 * size;
  const found = new Set(wrong.positions);
  const common = right.filter(i => found.has(i)).length;
  const overlap = common / (right.length + found.size - common);
  return right.length > size / 10 ? overlap >= 0.95 : overlap === 1;
}

async function caseOfFinding(layer: FurtherFault['layer'], { case: id }: Finding): Promise<Case | undefined> {
  return (await shrunkCase(layer, SEED, id)) ?? (await casesOf(layer, SEED)).find(kase => kase.id === id);
}

const told: Told[] = [];
for (const [topic, faults] of Object.entries(furtherFaults)) {
  for (const fault of faults) told.push(await tell(topic, fault));
}

const first = ({ named, fault }: Told) => named.length > 0 && fault.causes.includes(named[0]);
const onlyWrong = ({ named, fault }: Told) =>
  named.length > 0 && !named.includes('unknown') && !named.some(cause => fault.causes.includes(cause));
const part = (count: number, of: number) => `${count} of ${of} (${((100 * count) / of).toFixed(0)} %)`;
const row = (name: string, rows: readonly Told[]) => {
  const determined = rows.filter(({ located }) => located !== undefined);
  const cells = [
    part(rows.filter(({ detected }) => detected).length, rows.length),
    part(rows.filter(({ argumentRight }) => argumentRight).length, rows.length),
    part(rows.filter(first).length, rows.length),
    String(rows.filter(onlyWrong).length),
    determined.length > 0 ? part(determined.filter(({ located }) => located).length, determined.length) : '–',
  ];
  return `| ${[name, ...cells].join(' | ')} |`;
};
const misses = told.flatMap(one => {
  const { topic, fault, detected, argumentRight, named, located } = one;
  const what = [
    !detected && 'not seen',
    detected && !argumentRight && 'another argument is blamed too',
    !first(one) && `told: ${named.join(', ') || 'nothing'}; true: ${fault.causes.join(', ')}`,
    located === false && 'located otherwise',
  ].filter(text => text !== false);
  return what.length > 0 ? [`- ${topic}: ${fault.name} — ${what.join('; ')}`] : [];
});
const text = `# Diagnosis

Made by \`npm run bench:diagnosis\` on Node ${process.versions.node}.

## Faults that were written by somebody who had not read the diagnosis

| topic | seen | and no other argument blamed | first cause right | a wrong cause as the only one | located |
| --- | --- | --- | --- | --- | --- |
${[
  ...Object.keys(furtherFaults).map(topic =>
    row(
      topic,
      told.filter(one => one.topic === topic),
    ),
  ),
  row('all', told),
].join('\n')}

Otherwise than wished:

${misses.join('\n')}
`;
writeFileSync(new URL('RESULTS.md', import.meta.url), text);
console.log(text);
