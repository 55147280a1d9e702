import { type Case, caseOf, casesOf, UsageError } from './cases.ts';
import { checkAdjoint } from './checks/adjoint.ts';
import { checkAgreement } from './checks/agreement.ts';
import { checkContract } from './checks/contract.ts';
import { checkExact } from './checks/exact.ts';
import { checkExample, exampleSpec } from './checks/examples.ts';
import { checkGradient, type GradientObservation } from './checks/gradient.ts';
import { type CheckName, type Observation, observation, type Verdict, worstVerdict } from './checks/observation.ts';
import { LayerError, Subject } from './checks/subject.ts';
import { checkSymbolic } from './checks/symbolic.ts';
import { diagnosisOf } from './diagnosis/contract.ts';
import { diagnose } from './diagnosis/diagnose.ts';
import type { Diagnosis } from './diagnosis/hypothesis.ts';
import { locate } from './diagnosis/locate.ts';
import { type Finding, findingKey, joinFinding, quoted, representative, type Seen } from './finding.ts';
import type { Example, Implementation, Layer } from './layer.ts';
import { positionOf } from './tensor.ts';
import { VERSION } from './version.ts';

/** How a layer is checked. */
export interface CheckOptions {
  /** Everything random follows from it; "42" unless said. */
  readonly seed?: string | number;
  /** How many cases are drawn of a layer whose cases are an arbitrary. */
  readonly cases?: number;
  /** Only this case. */
  readonly case?: string;
  /** Only this argument's gradient. */
  readonly argument?: string;
  /** Golden values beside the layer's own examples. */
  readonly fixtures?: readonly Example[];
  /** Only these checks. The contract is always looked at first. */
  readonly checks?: readonly CheckName[];
  /** The command that checks this layer, to which the options that replay one finding are added. */
  readonly command?: string;
  /** Called before every step with what is done next. */
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly layer: string;
  readonly implementation: string;
  readonly case: string;
  readonly check: CheckName;
}

/** All findings of a run. Plain data. */
export interface Report {
  readonly schema: 1;
  readonly tool: { readonly name: 'gradcheck'; readonly version: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly seed: string;
  readonly verdict: Verdict;
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  readonly findings: readonly Finding[];
}

/** An option names an argument or a case that the layer does not have; another layer may. */
export class NotThereError extends UsageError {}

/** The name of a layer's own implementation, beside those of its alternatives. */
export const REFERENCE = 'reference';

/** The seed of a run that names none. */
export const DEFAULT_SEED = '42';

/**
 * Checks a layer: its contract, examples, agreement of its implementations, exactness, gradients, and what second oracles it
 * has, in every case.
 * A layer that misbehaves is a finding, not an exception.
 * @throws UsageError when the layer has no cases or malformed ones, or an option names what is not there.
 */
export async function check(layer: Layer, options: CheckOptions = {}): Promise<Report> {
  const seed = String(options.seed ?? DEFAULT_SEED);
  const findings: Finding[] = [];
  try {
    const cases = await selectCases(layer, seed, options);
    for (const [name, functions] of implementationsOf(layer)) {
      findings.push(...(await checkImplementation(layer, name, functions, cases, seed, options)));
    }
  } finally {
    await layer.close?.();
  }
  return report(findings, seed);
}

/** The implementations of a layer by name: its own first, then its alternatives. */
export function implementationsOf(layer: Layer): [string, Implementation][] {
  return [[REFERENCE, layer], ...Object.entries(layer.alternatives ?? {})];
}

/** A report over findings. */
export function report(findings: readonly Finding[], seed: string, skipped: Report['skipped'] = []): Report {
  return {
    schema: 1,
    tool: { name: 'gradcheck', version: VERSION },
    environment: environment(),
    seed,
    verdict: worstVerdict(findings.map(({ verdict }) => verdict)),
    skipped,
    findings,
  };
}

function environment(): Record<string, string> {
  const { process, navigator } = globalThis as { process?: NodeJS.Process; navigator?: { userAgent?: string } };
  if (process?.versions?.node) return { node: process.version, platform: process.platform, arch: process.arch };
  return { agent: navigator?.userAgent ?? 'unknown' };
}

async function selectCases(layer: Layer, seed: string, options: CheckOptions): Promise<Case[]> {
  const fromExamples = layer.cases === undefined && layer.examples && layer.examples.length > 0;
  const cases = fromExamples
    ? (layer.examples ?? []).map((example, index) => caseOf(layer, exampleSpec(example), String(index)))
    : await casesOf(layer, seed, options.cases);
  const { argument } = options;
  if (argument !== undefined && !cases.some(({ primals }) => primals.includes(argument))) {
    const names = [...new Set(cases.flatMap(({ primals }) => primals))].join(', ');
    throw new NotThereError(
      `layer "${layer.name}" has no argument "${argument}" with a gradient; it has ${names || 'none'}`,
    );
  }
  if (options.case === undefined) return cases;
  const chosen = cases.filter(({ id }) => id === options.case);
  if (chosen.length === 0) {
    throw new NotThereError(`layer "${layer.name}" has no case ${options.case}; it has 0 to ${cases.length - 1}`);
  }
  return chosen;
}

async function checkImplementation(
  layer: Layer,
  name: string,
  functions: Implementation,
  cases: readonly Case[],
  seed: string,
  options: CheckOptions,
): Promise<Finding[]> {
  const seen = new Map<string, Seen[]>();
  const add = (kase: Case, observations: readonly Observation[]) => {
    for (const one of observations) {
      if (options.argument !== undefined && one.argument !== undefined && one.argument !== options.argument) continue;
      const key = findingKey(one);
      seen.set(key, [...(seen.get(key) ?? []), { kase, observation: one }]);
    }
  };
  const wanted = (check: CheckName) => !options.checks || options.checks.includes(check);
  const attempt = async (kase: Case, check: CheckName, run: () => Promise<readonly Observation[]>) => {
    options.onProgress?.({ layer: layer.name, implementation: name, case: kase.id, check });
    try {
      const observations = await run();
      add(kase, observations);
      return observations.some(
        ({ verdict, argument }) => verdict === 'fail' || (verdict === 'error' && argument === undefined),
      );
    } catch (error) {
      if (!(error instanceof LayerError)) throw error;
      const { code, message, argument } = error;
      add(kase, [observation({ check, verdict: 'error', code, reason: message, argument })]);
      return true;
    }
  };

  const golden = [
    ...(layer.examples ?? []).map(example => ['examples', example] as const),
    ...(options.fixtures ?? []).map(example => ['fixtures', example] as const),
  ];
  for (const [check, example] of options.case === undefined ? golden : []) {
    if (!wanted(check)) continue;
    const kase = caseOf(layer, exampleSpec(example), example.name);
    await attempt(kase, check, () => checkExample(new Subject(layer, name, functions, kase), example, check));
  }
  for (const kase of cases) {
    const caseSeed = `${seed}/${layer.name}/${kase.id}`;
    const subject = new Subject(layer, name, functions, kase);
    const broken = await attempt(kase, 'contract', () => checkContract(subject, caseSeed));
    if (broken) continue;
    if (options.argument !== undefined) subject.primals = subject.primals.filter(primal => primal === options.argument);
    if (name !== REFERENCE && wanted('agreement')) {
      const reference = new Subject(layer, REFERENCE, layer, kase);
      await attempt(kase, 'agreement', () => checkAgreement(subject, reference, caseSeed));
    }
    if (wanted('exact')) await attempt(kase, 'exact', () => checkExact(subject, caseSeed));
    if (wanted('gradient')) await attempt(kase, 'gradient', () => checkGradient(subject, caseSeed));
    // The alternatives are held against the reference, and so through it.
    if (name !== REFERENCE) continue;
    if (layer.expression !== undefined && wanted('symbolic')) {
      await attempt(kase, 'symbolic', () => checkSymbolic(subject, caseSeed));
    }
    if (wanted('adjoint')) await attempt(kase, 'adjoint', () => checkAdjoint(subject, caseSeed));
  }

  const findings: Finding[] = [];
  for (const one of seen.values()) {
    const replay = (kase: Case) => replayCommand(layer, kase, one[0].observation, seed, options);
    const { seen: explained, diagnoses } = await explain(one);
    findings.push(joinFinding(layer, name, explained, diagnoses, replay));
  }
  return findings.map(finding => withDiagnosis(finding, findings));
}

/** A finding without a diagnosis has that of the gradient check of the same argument. */
function withDiagnosis(finding: Finding, findings: readonly Finding[]): Finding {
  if (finding.verdict !== 'fail' || finding.diagnoses.length > 0 || finding.argument === undefined) return finding;
  const gradient = findings.find(({ check, argument }) => check === 'gradient' && argument === finding.argument);
  return gradient ? { ...finding, diagnoses: gradient.diagnoses } : finding;
}

/** The same observations, the one that will be shown with its wrong elements located, and what explains them. */
async function explain(seen: readonly Seen[]): Promise<{ seen: readonly Seen[]; diagnoses: readonly Diagnosis[] }> {
  const shown = representative(seen);
  const { verdict, code } = shown.observation;
  const { disagreement } = shown.observation as GradientObservation;
  const known = verdict === 'fail' ? diagnosisOf(code) : [];
  if (!disagreement) return { seen, diagnoses: known };
  try {
    const wrong = await locate(disagreement);
    const located = { ...shown, observation: { ...shown.observation, wrong } };
    const explained = seen.map(one => (one === shown ? located : one));
    if (known.length > 0) return { seen: explained, diagnoses: known };
    const elsewhere = seen.find(
      ({ kase, observation: { disagreement: other } }: Seen & { observation: GradientObservation }) =>
        other !== undefined && kase !== shown.kase,
    )?.observation as GradientObservation | undefined;
    const positions = wrong.elements.map(({ index }) => positionOf(index, shown.kase.args[disagreement.primal].shape));
    return { seen: explained, diagnoses: await diagnose(disagreement, positions, elsewhere?.disagreement) };
  } catch (error) {
    if (error instanceof LayerError) return { seen, diagnoses: known };
    throw error;
  }
}

function replayCommand(
  layer: Layer,
  kase: Case,
  { check, argument }: Observation,
  seed: string,
  options: CheckOptions,
): string {
  const parts = [options.command ?? 'gradcheck check FILE', `--layer ${quoted(layer.name)}`, `--seed ${quoted(seed)}`];
  if (check !== 'examples' && check !== 'fixtures') parts.push(`--case ${quoted(kase.id)}`);
  if (options.cases !== undefined) parts.push(`--cases ${options.cases}`);
  if (argument !== undefined && check !== 'contract') parts.push(`--argument ${quoted(argument)}`);
  return parts.join(' ');
}
