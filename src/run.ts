import type { Diagnosis } from './diagnosis/hypothesis.ts';
import { type Case, caseOf, casesOf, type PointKind, UsageError } from './cases.ts';
import { checkAdjoint } from './checks/adjoint.ts';
import { checkAgreement } from './checks/agreement.ts';
import { checkContract } from './checks/contract.ts';
import { checkExact } from './checks/exact.ts';
import { checkExample, exampleSpec } from './checks/examples.ts';
import { checkGradient } from './checks/gradient.ts';
import { type CheckName, type Observation, observation, type Verdict, worstVerdict } from './checks/observation.ts';
import type { GradientObservation } from './checks/outcome.ts';
import { LayerError, Subject } from './checks/subject.ts';
import { checkSymbolic } from './checks/symbolic.ts';
import {
  type Finding,
  findingKey,
  hashOfCases,
  joinFinding,
  quoted,
  representative,
  type Seen,
  type Told,
} from './finding.ts';
import type { Example, Implementation, Layer } from './layer.ts';
import { drawnFrom, shrunkCase } from './shrink.ts';
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
  /** Whether what is wrong is also explained (`diagnoses`); true unless said. */
  readonly explain?: boolean;
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

/** Which of the parts of a run, from 1 on, that several machines share. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** All findings of a run. Plain data. */
export interface Report {
  readonly schema: 1;
  readonly tool: { readonly name: 'gradcheck'; readonly version: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly seed: string;
  /** The part of a run that this is, where it is not all of it. */
  readonly shard?: Shard;
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
  const shrunk = await shrunkCase(layer, seed, options.case);
  const chosen = shrunk ? [shrunk] : cases.filter(({ id }) => id === options.case);
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
  ].map(([check, example]) => ({ check, example, kase: caseOf(layer, exampleSpec(example), example.name) }));
  for (const { check, example, kase } of options.case === undefined ? golden : []) {
    if (!wanted(check)) continue;
    await attempt(kase, check, () => checkExample(new Subject(layer, name, functions, kase), example, check));
  }
  for (const kase of cases) {
    const caseSeed = `${seed}/${layer.name}/${kase.id}`;
    const subject = new Subject(layer, name, functions, kase);
    const broken = await attempt(kase, 'contract', () => checkContract(subject, caseSeed));
    if (broken) continue;
    if (options.argument !== undefined) subject.primals = subject.primals.filter(primal => primal === options.argument);
    const exact = new Set<string | undefined>();
    for (const check of applicable(layer, name)) {
      if (!wanted(check)) continue;
      await attempt(kase, check, async () => {
        const seen = await runCheck(check, subject, caseSeed);
        for (const { code, argument } of seen) if (code === 'exact') exact.add(argument);
        return seen.map(one => (exact.has(one.argument) ? decidedExactly(one) : one));
      });
    }
  }

  const groups = [...seen.values()];
  const told = new Map(groups.filter(wrong).map(group => [tellingOf(group, groups), undefined as Told | undefined]));
  // What is right needs no explaining, and the dictionary of causes no loading.
  const explaining = groups.some(untold) ? await import('./explain.ts') : undefined;
  if (explaining && options.explain !== false) {
    for (const group of told.keys()) {
      const look = lookerFor(layer, name, functions, group, seed);
      const gradientIn = lookerFor(layer, name, functions, group, seed, 'gradient');
      told.set(group, await explaining.explain(layer, group, { look, gradientIn, drawn: drawnFrom(layer, seed) }));
    }
  }
  const drawn = hashOfCases(cases, seed);
  const given = (check: CheckName) => golden.filter(one => one.check === check).map(({ kase }) => kase);
  const findings: Finding[] = [];
  for (const group of groups) {
    const { check } = group[0].observation;
    const hash = check === 'examples' || check === 'fixtures' ? hashOfCases(given(check), '') : drawn;
    const replay = (kase: Case) => replayCommand(layer, kase, group[0].observation, seed, options);
    const own = told.get(group) ?? (await explaining?.located(group)) ?? { seen: group, diagnoses: [] };
    // What explains one check's finding explains those of the others about the same argument.
    const { diagnoses, condition } = (wrong(group) && told.get(tellingOf(group, groups))) || own;
    const all = diagnoses.length > 0 || !wrong(group) ? diagnoses : followed(group, told);
    findings.push(joinFinding(layer, name, { ...own, diagnoses: all, condition, hash }, replay));
  }
  return findings;
}

/** The checks of an implementation in each case after its contract. Alternatives are held against the reference, and so through it. */
function applicable(layer: Layer, implementation: string): CheckName[] {
  if (implementation !== REFERENCE) return ['agreement', 'exact', 'gradient'];
  return ['exact', 'gradient', ...(layer.expression === undefined ? [] : ['symbolic' as const]), 'adjoint'];
}

/** What rounding or flatness leaves undecided is decided where differences of whole numbers are exact, and agree. */
function decidedExactly(seen: Observation): Observation {
  if (seen.verdict !== 'inconclusive' || !['flat', 'noise'].includes(seen.code)) return seen;
  return {
    ...seen,
    verdict: 'pass',
    code: 'exact',
    reason: '',
    resolution: 0,
    notes: [...seen.notes, `decided by the exact check: ${seen.reason}`],
  };
}

/** Whether there is more to say of it than that it passes. */
function untold(group: readonly Seen[]): boolean {
  return group.some(({ observation }) => observation.verdict !== 'pass' || 'disagreement' in observation);
}

/** What explains a gradient that is that of a wrong forward: what explains the output in the same check. */
function followed(group: readonly Seen[], told: ReadonlyMap<readonly Seen[], Told | undefined>): readonly Diagnosis[] {
  const [{ observation: own }] = group;
  const outputs = [...told].filter(
    ([[{ observation }]]) => observation.check === own.check && observation.output !== undefined,
  );
  return outputs
    .flatMap(([, explained]) => explained?.diagnoses ?? [])
    .map(one => ({ ...one, text: `it follows forward: ${one.text}` }));
}

function wrong(group: readonly Seen[]): boolean {
  return group.some(({ observation: { verdict } }) => verdict === 'fail');
}

/** Of the failing groups about the same argument and output the one that tells most: what the gradient check saw, if it is there. */
function tellingOf(group: readonly Seen[], groups: readonly (readonly Seen[])[]): readonly Seen[] {
  const [{ observation: own }] = group;
  const same = groups.filter(
    ([{ observation: other }, ...rest]) =>
      wrong([{ observation: other } as Seen, ...rest]) &&
      other.argument === own.argument &&
      other.output === own.output,
  );
  return same.find(([{ observation: other }]) => other.check === 'gradient') ?? same[0] ?? group;
}

/** What is seen of one check and argument in another case, at points of the kind at which it was seen first. */
function lookerFor(
  layer: Layer,
  name: string,
  functions: Implementation,
  seen: readonly Seen[],
  seed: string,
  how?: CheckName,
) {
  const { observation: shown } = representative(seen);
  const { argument, output } = shown;
  const check = how ?? shown.check;
  const { disagreement } = shown as GradientObservation;
  return async (kase: Case): Promise<Seen | undefined> => {
    if (argument !== undefined && !kase.primals.includes(argument)) return undefined;
    const subject = new Subject(layer, name, functions, kase);
    if (argument !== undefined) subject.primals = [argument];
    const kinds = disagreement && [disagreement.probe.point.kind];
    const all = await runCheck(check, subject, `${seed}/${layer.name}/${kase.id}`, kinds);
    const observed = all.find(one => one.argument === argument && one.output === output);
    return observed && { kase, observation: observed };
  };
}

/** One check of one implementation in one case. */
async function runCheck(
  check: CheckName,
  subject: Subject,
  seed: string,
  kinds?: readonly PointKind[],
): Promise<readonly Observation[]> {
  const { layer, kase } = subject;
  switch (check) {
    case 'contract':
      return checkContract(subject, seed);
    case 'agreement':
      return checkAgreement(subject, new Subject(layer, REFERENCE, layer, kase), seed);
    case 'exact':
      return checkExact(subject, seed);
    case 'gradient':
      return checkGradient(subject, seed, kinds);
    case 'symbolic':
      return checkSymbolic(subject, seed);
    case 'adjoint':
      return checkAdjoint(subject, seed);
    default:
      return [];
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
