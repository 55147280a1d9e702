import { type Case, drawPoint, pointKinds } from '../cases.ts';
import { random } from '../numeric/random.ts';
import { extremes, largest } from '../numeric/sum.ts';
import { copyTensors, type Data, dtypeOf, type Tensor, type Tensors } from '../tensor.ts';
import { type Observation, observation } from './observation.ts';
import { notDefined, type Subject } from './subject.ts';

/** Differences of up to this many units in the last place of a tensor's maximum are noise, not a broken contract. */
const NOISE_ULPS = 8;

/** vjp(c u) = c vjp(u) to 2^-40 of the largest entry. */
const HOMOGENEITY = 2 ** -40;

/** A gradient that is off by less than this of its largest entry lacks digits; by more, its formula is another. */
const DIGITS = 2 ** -10;

/** vjp(u) + vjp(w) = vjp(u + w) to this of the largest entry: a sum rounds otherwise than its parts. */
const ADDITIVITY = { float64: 2 ** -36, float32: 2 ** -12 } as const;

/**
 * Whether the layer is a pair of pure functions of the right names and shapes: the same answers to the same questions,
 * nothing changed that was handed over or handed out, a vjp that is homogeneous in the upstream. What is seen here
 * would look like a wrong gradient later on, so it is named first.
 *
 * Leaves `subject.primals` without the arguments whose gradient is missing, so that the others can still be checked.
 *
 * Cannot see: state that shows only after more than a few calls; a dependence on time or on machines; whether any number is
 * right.
 */
export async function checkContract(subject: Subject, seed: string): Promise<Observation[]> {
  const before = subject.forwards;
  const seen: Observation[] = [];
  const report = (verdict: Observation['verdict'], code: string, reason: string, argument?: string, ulps?: number) =>
    seen.push(
      observation({ check: 'contract', verdict, code, reason, argument, seed, ...(ulps !== undefined && { ulps }) }),
    );
  const finish = (): Observation[] => {
    const evaluations = subject.forwards - before;
    const compared = seen.length === 0 ? numbers : 0;
    if (seen.length === 0) {
      seen.push(
        observation({ check: 'contract', verdict: 'pass', code: 'ok', reason: '', compared, evaluations, notes, seed }),
      );
    }
    return seen;
  };
  let numbers = 0;
  const notes: string[] = [];

  const { kase } = subject;
  const [kind] = pointKinds(kase);
  const args = drawPoint(kase, kind, `${seed}/contract`).args;
  const others = otherArgs(kase, args, seed);
  const kept = { args: copyTensors(args), config: fingerprint(kase.config) };

  const outputs = await subject.forward(args);
  if (changedArgument(args, kept.args)) return fail('forward', args, kept.args);
  const keptOutputs = copyTensors(outputs);
  numbers += count(outputs);
  const flat = flatUpstream(kase, subject, outputs, seed);
  const upstream = subject.upstream(outputs, flat);
  const keptUpstream = copyTensors(upstream);

  const gradients = await subject.vjpUnchecked(args, upstream, outputs);
  for (const problem of subject.gradientProblems(gradients))
    report('error', problem.code, problem.message, problem.argument);
  const faulty = new Set(seen.map(({ argument }) => argument));
  subject.primals = subject.primals.filter(name => !faulty.has(name));
  if (changedArgument(args, kept.args)) return fail('vjp', args, kept.args);
  if (changedArgument(outputs, keptOutputs)) {
    report(
      'fail',
      'mutates-input',
      `vjp changes the outputs that it is given ("${changedArgument(outputs, keptOutputs)}")`,
    );
    return finish();
  }
  if (changedArgument(upstream, keptUpstream)) {
    report(
      'fail',
      'mutates-input',
      `vjp changes the upstream that it is given ("${changedArgument(upstream, keptUpstream)}")`,
    );
    return finish();
  }
  if (fingerprint(kase.config) !== kept.config) {
    report('fail', 'mutates-input', 'the layer changes the config that it is given');
    return finish();
  }
  const keptGradients = copyTensors(pick(gradients, subject.primals));
  numbers += count(keptGradients);
  notes.push(...aliases(args, outputs, upstream, keptGradients, gradients));

  const second = copyTensors(pick(await subject.vjp(args, upstream, outputs), subject.primals));
  const third = copyTensors(pick(await subject.vjp(args, upstream, outputs), subject.primals));
  for (const name of subject.primals) {
    const what = growth(keptGradients[name].data, second[name].data, third[name].data);
    if (what)
      report('fail', 'accumulates-across-calls', `the gradient of "${name}" ${what} at every call of vjp`, name);
  }
  if (seen.some(({ verdict }) => verdict === 'fail')) return finish();

  const again = await subject.forward(args);
  const unlike = firstDifference(again, keptOutputs);
  if (unlike) {
    report('fail', 'nondeterministic', `forward, called twice with the same arguments, gives ${unlike}`);
    return finish();
  }
  const gradientsAgain = await subject.vjp(args, upstream, outputs);
  for (const name of subject.primals) {
    const want = { [name]: keptGradients[name] };
    const difference = [second, third, gradientsAgain]
      .map(got => firstDifference({ [name]: got[name] }, want))
      .find(found => found !== undefined);
    if (!difference) continue;
    report('fail', 'nondeterministic', `vjp, called twice with the same arguments, gives ${difference}`, name);
  }
  if (seen.some(({ verdict }) => verdict === 'fail')) return finish();

  // Other arguments in between: what the layer remembers of them must not show.
  const otherOutputs = await subject.forwardOrNaN(others[0]);
  await subject.vjp(others[0], upstream, otherOutputs).catch(notDefined);
  await subject.forwardOrNaN(others[0]);
  const overwritten = firstDifference(outputs, keptOutputs);
  if (overwritten)
    report('fail', 'overwrites-results', `outputs that were handed out change in later calls: ${overwritten}`);
  for (const name of subject.primals) {
    const changed = firstDifference({ [name]: gradients[name] }, { [name]: keptGradients[name] });
    if (changed)
      report('fail', 'overwrites-results', `a gradient that was handed out changes in later calls: ${changed}`, name);
  }
  if (seen.some(({ verdict }) => verdict === 'fail')) return finish();
  for (const between of others) {
    await subject.forwardOrNaN(between);
    const afterOthers = await subject.vjp(args, upstream, outputs);
    for (const name of subject.primals) {
      const difference = firstDifference({ [name]: afterOthers[name] }, { [name]: keptGradients[name] });
      if (!difference || seen.some(({ argument }) => argument === name)) continue;
      const what = 'vjp answers for an earlier forward, not for the arguments that it is given';
      report('fail', 'stale-forward', `${what}: ${difference}`, name);
    }
  }
  const outputsAfterOthers = await subject.forward(args);
  const drifted = firstDifference(outputsAfterOthers, keptOutputs);
  if (drifted) report('fail', 'depends-on-earlier-calls', `forward gives ${drifted} after a call with other arguments`);
  if (seen.some(({ verdict }) => verdict === 'fail')) return finish();

  for (const factor of [0, -2, 2 ** 10, 2 ** -7]) {
    const scaled = await subject.vjp(
      args,
      subject.upstream(
        outputs,
        flat.map(u => factor * u),
      ),
      outputs,
    );
    for (const name of subject.primals) {
      const broken = unlikeMultiple(scaled[name].data, keptGradients[name].data, factor);
      if (!broken || seen.some(({ argument }) => argument === name)) continue;
      const law =
        factor === 0
          ? 'a zero upstream does not give a zero gradient'
          : `${factor} times the upstream does not give ${factor} times the gradient`;
      report('fail', codeOf(factor, broken), `${law} of "${name}": ${broken.text}`, name, broken.ulps);
    }
  }
  // Two halves of the upstream, each zero where the other is not, add up to the whole.
  const half = flat.map((u, i) => (i % 2 === 0 ? u : 0));
  const one = await subject.vjp(args, subject.upstream(outputs, half), outputs);
  const other = await subject.vjp(
    args,
    subject.upstream(
      outputs,
      flat.map((u, i) => u - half[i]),
    ),
    outputs,
  );
  for (const name of subject.primals) {
    const parts = [one[name].data, other[name].data, keptGradients[name].data] as const;
    // How the gradient rounds is looked at only where it matters.
    const broken = unlikeSum(...parts, 0) && unlikeSum(...parts, await roundingOf(name));
    if (!broken || seen.some(({ argument }) => argument === name)) continue;
    const law = 'the gradients of two upstreams do not add up to that of their sum';
    report('fail', 'nonlinear-in-upstream', `${law}, for "${name}": ${broken}`, name);
  }
  return finish();

  /** How far vjp(c u) / c spreads over several c. */
  async function roundingOf(name: string): Promise<number> {
    let spread = 0;
    for (const factor of [3, 5, 7]) {
      const scaled = await subject.vjp(
        args,
        subject.upstream(
          outputs,
          flat.map(u => factor * u),
        ),
        outputs,
      );
      const off = scaled[name].data.map((value, i) => value / factor - keptGradients[name].data[i]);
      spread = Math.max(spread, largest(off));
    }
    return spread;
  }

  function fail(where: string, now: Tensors, then: Tensors): Observation[] {
    const name = changedArgument(now, then) as string;
    report('fail', 'mutates-input', `${where} changes the argument "${name}" that it is given`, name);
    return finish();
  }
}

/**
 * Arguments that other calls bring in between, unlike the first in sign and size: drawn, and mirrored within their own extremes or
 * their range where values are given.
 */
function otherArgs(kase: Case, args: Tensors, seed: string): Tensors[] {
  const kinds = pointKinds(kase).includes('large') ? (['normal', 'large', 'negative'] as const) : [pointKinds(kase)[0]];
  const drawn = kinds.map(kind => drawPoint(kase, kind, `${seed}/contract/other`).args);
  const given = kase.primals.filter(name => kase.args[name].values);
  if (given.length === 0) return drawn;
  const mirrored = (name: string): Tensor => {
    const { shape, data } = args[name];
    const [low, high] = kase.args[name].range ?? extremes(data);
    const alike = !(low < high);
    return { shape, data: data.map(value => (alike ? 1.5 * value : low + high - value)) };
  };
  const others = Object.fromEntries(given.map(name => [name, mirrored(name)]));
  return drawn.map(one => ({ ...one, ...others }));
}

function flatUpstream(kase: Case, subject: Subject, outputs: Tensors, seed: string): Float64Array {
  const stream = random(`${seed}/contract/upstream/${kase.id}`);
  return Float64Array.from(subject.flatten(outputs), () => stream.component() + 2 ** -20 * (stream.uniform() - 0.5));
}

/** A config as text, to see whether it changes; what JSON has no word for is named by its type. */
function fingerprint(config: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(config, (_key, value: unknown) => {
    if (typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '(seen before)';
    seen.add(value);
    return value;
  });
}

function count(tensors: Tensors): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
}

function pick(tensors: Tensors, names: readonly string[]): Tensors {
  return Object.fromEntries(names.map(name => [name, tensors[name]]));
}

/** The name of a tensor that is not bit for bit what it was; NaN is equal to itself. */
function changedArgument(now: Tensors, then: Tensors): string | undefined {
  return Object.keys(then).find(name => {
    const a = now[name]?.data;
    const b = then[name].data;
    if (a?.length !== b.length || String(now[name].shape) !== String(then[name].shape)) return true;
    for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) return true;
    return false;
  });
}

/** The first difference that is more than noise, in words. Both must hold the same names. */
function firstDifference(got: Tensors, want: Tensors): string | undefined {
  for (const [name, { data }] of Object.entries(want)) {
    const allowed = NOISE_ULPS * ulpOf(want[name]);
    for (let i = 0; i < data.length; i++) {
      const same = Object.is(got[name].data[i], data[i]) || Math.abs(got[name].data[i] - data[i]) <= allowed;
      if (!same) return `"${name}"[${i}] = ${got[name].data[i]} instead of ${data[i]}`;
    }
  }
  return undefined;
}

function ulpOf({ data }: Tensor): number {
  const size = largest(data);
  return Number.isFinite(size) ? size * (data instanceof Float32Array ? 2 ** -23 : 2 ** -52) : 0;
}

function closeTo(got: Data, want: Data, factor: number): boolean {
  const allowed = HOMOGENEITY * largest(want) * factor;
  return largest(want) > 0 && got.every((value, i) => Math.abs(value - factor * want[i]) <= allowed);
}

/** How one + other differs from their sum, or nothing; rounding is relative to the larger of all three. */
function unlikeSum(one: Data, other: Data, sum: Data, rounding: number): string | undefined {
  const size = Math.max(largest(one), largest(other), largest(sum));
  if (!(largest(sum) < Infinity)) return undefined;
  const allowed = ADDITIVITY[dtypeOf(sum)] * size + 256 * rounding + 1024 * Number.MIN_VALUE;
  for (let i = 0; i < sum.length; i++) {
    if (!(Math.abs(one[i] + other[i] - sum[i]) <= allowed))
      return `element ${i}: ${one[i]} + ${other[i]} is not ${sum[i]}`;
  }
  return undefined;
}

/** How one call adds to the next: what the second adds to the first the third adds again, whole or in part. */
function growth(first: Data, second: Data, third: Data): string | undefined {
  const noise = NOISE_ULPS * (dtypeOf(third) === 'float32' ? 2 ** -23 : 2 ** -52) * largest(third);
  const [added, again] = [second.map((value, i) => value - first[i]), third.map((value, i) => value - second[i])];
  const most = largest(added);
  if (!(most > noise)) return undefined;
  const factor =
    again[added.findIndex(value => Math.abs(value) === most)] / added.find(value => Math.abs(value) === most)!;
  if (!added.every((value, i) => Math.abs(again[i] - factor * value) <= 4 * noise)) return undefined;
  if (Math.abs(factor - 1) * most <= 4 * noise) return 'grows by as much';
  // Of one number any change is a part of the one before.
  const some = added.filter(value => Math.abs(value) > noise).length > 1;
  return some && factor > 0 && factor < 1 ? `grows by ${factor.toPrecision(3)} of what it grew by before,` : undefined;
}

/** How a gradient differs from the multiple that it should be. */
interface Unlike {
  readonly text: string;
  /** Whether the upstream makes no difference. */
  readonly unchanged: boolean;
  readonly finite: boolean;
  /** By how many units in the last place of the largest number; nothing where that is no question of digits. */
  readonly ulps?: number;
}

/** What a broken multiple is called. */
function codeOf(factor: number, { unchanged, finite, ulps }: Unlike): string {
  if (unchanged) return 'upstream-ignored';
  if (!finite) return 'non-finite';
  if (factor === 0) return 'weight-decay';
  return ulps === undefined ? 'nonlinear-in-upstream' : 'precision-loss';
}

/** How `got` differs from factor * want, or nothing; nothing too where the product underflows or overflows. */
function unlikeMultiple(got: Data, want: Data, factor: number): Unlike | undefined {
  const size = largest(want);
  const float32 = dtypeOf(want) === 'float32';
  const tiny = float32 ? 2 ** -100 : 2 ** -900;
  if (!Number.isFinite(size) || (factor !== 0 && size * Math.abs(factor) < tiny) || size > 1 / tiny) return undefined;
  const allowed = HOMOGENEITY * size * Math.abs(factor);
  const unlike = want.findIndex((value, i) => !(Math.abs(got[i] - factor * value) <= allowed));
  if (unlike < 0) return undefined;
  const unchanged = closeTo(got, want, 1);
  const text = `element ${unlike} is ${got[unlike]}, not ${factor * want[unlike]}`;
  if (unchanged) return { text: `${text} (the upstream makes no difference)`, unchanged, finite: true };
  const error = largest(got.map((value, i) => value / factor - want[i])) / size;
  const finite = got.every(Number.isFinite);
  return { text, unchanged, finite, ...(error <= DIGITS && { ulps: error / (float32 ? 2 ** -23 : 2 ** -52) }) };
}

function aliases(args: Tensors, outputs: Tensors, upstream: Tensors, copies: Tensors, gradients: Tensors): string[] {
  const notes: string[] = [];
  const handedIn = new Map(
    [...Object.entries(args), ...Object.entries(upstream)].map(([name, { data }]) => [data.buffer, name]),
  );
  for (const [name, { data }] of Object.entries(outputs)) {
    const source = data.length > 0 && handedIn.get(data.buffer);
    if (source) notes.push(`output "${name}" shares its memory with "${source}"`);
  }
  for (const name of Object.keys(copies)) {
    const { data } = gradients[name];
    const source = data.length > 0 && handedIn.get(data.buffer);
    if (source) notes.push(`the gradient of "${name}" shares its memory with "${source}"`);
  }
  return notes;
}
