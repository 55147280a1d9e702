import * as built from '../../src/index.ts';
import type { CheckName, CheckOptions, Config, Layer, Tensors } from '../../src/index.ts';
import { broadcastPositions } from '../../src/broadcast.ts';
import { decisionsOf } from '../../src/kernels/classTargets.ts';
import { logistic } from '../../src/kernels/logistic.ts';
import { spreadUpstream } from '../../src/kernels/lossReduction.ts';
import { mapTensor, type Tensor, zerosLike } from '../../src/tensor.ts';
import { type Fault, rightGradients, wrong } from './fault.ts';

/** Finite differences show these by themselves, without the formulas that layers declare and what is exact in whole numbers. */
const options: CheckOptions = { checks: ['gradient'] };

/** A call of a vjp and what it would be right to answer. */
interface Call {
  readonly args: Tensors;
  /** What arrives at the loss. */
  readonly upstream: Tensor;
  readonly config: Config;
  readonly right: Tensors;
}

/** What a wrong vjp answers: the gradients that differ from the right ones. */
type Spoil = (call: Call) => Tensors;

interface Row {
  readonly what: string;
  readonly causes?: readonly string[];
  readonly spoil: Spoil;
  /** All primals unless said. */
  readonly argument?: string | readonly string[];
  readonly check?: CheckName;
  readonly code?: string;
}

/** Faults of a built-in loss, in the settings that it draws itself. */
function faultsOf<C>(layer: Layer<C>, primals: readonly string[], rows: readonly Row[]): Fault[] {
  return rows.map(({ what, causes = [], spoil, argument = primals, check = 'gradient', code }) => ({
    name: `${layer.name} ${what}`,
    layer: wrong(layer, {
      vjp: (args, upstream, config) => {
        const right = rightGradients(layer, args, upstream, config);
        return { ...right, ...spoil({ args, upstream: upstream.loss, config, right }) };
      },
    }) as Layer,
    expected: { verdict: 'fail', check, argument, ...(code !== undefined && { code }), causes },
    options,
  }));
}

/** Every gradient times a factor that is 1 at a lazy setting. */
function times(factor: (call: Call) => number): Spoil {
  return call =>
    Object.fromEntries(
      Object.entries(call.right).map(([name, own]) => [name, mapTensor(own, value => value * factor(call))]),
    );
}

/** Another derivative of a term by the input x, with target t, element by element. */
function slope(of: (x: number, t: number, config: Config, i: number, call: Call) => number): Spoil {
  return call => {
    const { args, upstream, config, right } = call;
    const dTerms = spreadUpstream(upstream, args.input.shape, config.reduction);
    const input = mapTensor(dTerms, (d, i) => d * of(args.input.data[i], args.target.data[i], config, i, call));
    return { input, ...(right.target && { target: mapTensor(input, dx => -dx) }) };
  };
}

/** A slope of the residual x - t. */
function ofResidual(of: (r: number, config: Config) => number): Spoil {
  return slope((x, t, config) => of(x - t, config));
}

/** Of a loss that takes itself to be the last layer: whatever arrives counts as 1. */
function upstreamAsOne<C>(layer: Layer<C>): Row {
  return {
    what: 'takes the upstream to be 1',
    causes: ['upstream-ignored'],
    spoil: ({ args, upstream, config }) => rightGradients(layer, args, { loss: mapTensor(upstream, () => 1) }, config),
    check: 'contract',
    code: 'upstream-ignored',
  };
}

/** Of a loss whose terms, where they stay, all take what arrives at the first. */
function firstUpstreamForAll<C>(layer: Layer<C>): Row {
  return {
    what: 'gives every term the upstream of the first',
    causes: ['wrong-channel'],
    spoil: ({ args, upstream, config }) =>
      rightGradients(layer, args, { loss: mapTensor(upstream, () => upstream.data[0]) }, config),
  };
}

const isMean = ({ reduction = 'mean' }: Config) => reduction === 'mean';

/** By what a mean over elements divides, where the config has one. */
const elements = ({ args, config }: Call) => (isMean(config) ? Object.values(args)[0].data.length : 1);
const samples = ({ args, config }: Call) => (isMean(config) ? (Object.values(args)[0].shape[0] ?? 1) : 1);

const both = ['input', 'target'] as const;

/** The weight of an element by this name, which broadcasts; 1 where there is none. */
function weightAt({ args }: Call, name: string, i: number): number {
  const weight = args[name];
  return weight ? weight.data[broadcastPositions(weight.shape, args.input.shape)[i]] : 1;
}

/** The mean of a tensor, 1 where there is none. */
function mean(weight: Tensor | undefined): number {
  return weight ? weight.data.reduce((sum, w) => sum + w, 0) / weight.data.length : 1;
}

/** A slope of a logit x: of the target t and the weight p of its positive part, under the other weights. */
function logits(of: (x: number, t: number, p: number) => number): Spoil {
  return slope((x, t, _config, i, call) => weightAt(call, 'weight', i) * of(x, t, weightAt(call, 'posWeight', i)));
}

/** A slope by the variance v, of the residual r. What is shared by a row is summed, or overwritten. */
function ofVariance(of: (r: number, v: number) => number, summed = true): Spoil {
  return ({ args: { input, target, var: variance }, upstream, config }) => {
    const at = broadcastPositions(variance.shape, input.shape);
    const dVar = zerosLike(variance);
    for (const [i, d] of spreadUpstream(upstream, input.shape, config.reduction).data.entries()) {
      const own = d * of(input.data[i] - target.data[i], variance.data[at[i]]);
      dVar.data[at[i]] = summed ? dVar.data[at[i]] + own : own;
    }
    return { var: dVar };
  };
}

/** A class of a decision in a loss over classes. */
interface Place {
  readonly k: number;
  /** The label; of probabilities, that of the class itself. */
  readonly t: number;
  readonly ignored: boolean;
  /** Softmax of the class. */
  readonly p: number;
  /** The weight of the log-probability of the class, and the sum of those of all classes: a right gradient is p * mass - q. */
  readonly q: number;
  readonly mass: number;
  /** The weight of the class, that of the label, and the mean of all. */
  readonly w: number;
  readonly wt: number;
  readonly meanWeight: number;
  readonly classes: number;
  readonly smoothing: number;
}

/** Another gradient of a loss over classes: `of` times what arrives at the decision. Of the other kind of targets it stays right. */
function perClass(of: (place: Place) => number, kind: 'labels' | 'probabilities' = 'labels'): Spoil {
  return call => {
    const { args, upstream, config, right } = call;
    const { input, target, weight } = args;
    if (isSoft(call) !== (kind === 'probabilities')) return right;
    const { lanes, shape, classes } = decisionsOf('a loss', input);
    const { reduction, ignoreIndex = -100, labelSmoothing: smoothing = 0 } = config;
    const d = spreadUpstream(upstream, shape, reduction, isSoft(call) ? lanes.length : labelWeight(call)).data;
    const weights = Array.from({ length: classes }, (_, k) => weight?.data[k] ?? 1);
    const meanWeight = mean(weight);
    const dInput = zerosLike(input);
    for (const [n, { start, step }] of lanes.entries()) {
      const at = weights.map((_, k) => start + k * step);
      const powers = at.map(each => Math.exp(input.data[each]));
      const labels = at.map(each => target.data[isSoft(call) ? each : n]);
      const shares = labels.map((t, k) => (isSoft(call) ? t : onLabel(k, t)));
      const qs = shares.map((share, k) => weights[k] * ((1 - smoothing) * share + smoothing / classes));
      for (const [k, t] of labels.entries()) {
        const place: Place = {
          k,
          t,
          ignored: !isSoft(call) && t === ignoreIndex,
          p: powers[k] / sum(powers),
          q: qs[k],
          mass: sum(qs),
          w: weights[k],
          wt: weights[t] ?? 1,
          meanWeight,
          classes,
          smoothing,
        };
        dInput.data[at[k]] = d[n] * of(place);
      }
    }
    return { input: dInput };
  };
}

const onLabel = (k: number, t: number) => (k === t ? 1 : 0);
const sum = (numbers: ArrayLike<number>) => Array.from(numbers).reduce((total, each) => total + each, 0);

/** The sum of the weights of all labels that are not ignored, by which a mean divides. */
function labelWeight({ args: { target, weight }, config }: Call): number {
  const kept = target.data.filter(label => label !== (config.ignoreIndex ?? -100));
  return kept.reduce((sum, label) => sum + (weight?.data[label] ?? 1), 0);
}

const labelCount = ({ args: { target }, config: { ignoreIndex = -100 } }: Call) =>
  target.data.filter(label => label !== ignoreIndex).length;

/** A mean over labels that divides by something else than what is right. */
function meanOver(wrongly: (call: Call) => number, rightly = labelWeight): Spoil {
  return times(call => (isMean(call.config) && !isSoft(call) ? rightly(call) / wrongly(call) : 1));
}

/** The gradients that would be right with some settings other. */
function underConfig<C>(layer: Layer<C>, change: Partial<C>): Spoil {
  return ({ args, upstream, config }) => rightGradients(layer, args, { loss: upstream }, { ...config, ...change });
}

/** What a class k other than the label has to do with it in multiMargin. */
interface Rivalry {
  /** What the class gets and the label loses. */
  readonly right: number;
  readonly wk: number;
  readonly wt: number;
}

/** Another gradient of multiMargin: what the other class gets and what the label loses. */
function margins(of: (rivalry: Rivalry) => readonly [number, number]): Spoil {
  return ({ args: { input, target, weight }, upstream, config }) => {
    const { lanes, shape, classes } = decisionsOf('multiMargin', input);
    const d = spreadUpstream(upstream, shape, config.reduction).data;
    const dInput = zerosLike(input);
    const weightOf = (k: number) => weight?.data[k] ?? 1;
    for (const [n, { start }] of lanes.entries()) {
      const t = target.data[n];
      for (let k = 0; k < classes; k++) {
        const missing = config.margin - input.data[start + t] + input.data[start + k];
        if (k === t || !(missing > 0)) continue;
        const right = (d[n] * weightOf(t) * config.p * missing ** (config.p - 1)) / classes;
        const [other, own] = of({ right, wk: weightOf(k), wt: weightOf(t) });
        dInput.data[start + k] += other;
        dInput.data[start + t] -= own;
      }
    }
    return { input: dInput };
  };
}

/** Another slope of the cosine between two vectors, by an element x of the one at which the other is y. */
function cosines(of: (pair: { x: number; y: number; xx: number; norms: number; cosine: number }) => number): Spoil {
  return ({ args: { a, b, target }, upstream, config }) => {
    const d = spreadUpstream(upstream, target.shape, config.reduction).data;
    const features = a.shape.at(-1) as number;
    const row = (data: Tensor['data'], n: number) => data.subarray(n * features, (n + 1) * features);
    const dot = (x: Tensor['data'], y: Tensor['data']) => sum(x.map((each, i) => each * y[i]));
    const byFirst = (first: Tensor, second: Tensor) =>
      mapTensor(first, (x, i) => {
        const n = Math.floor(i / features);
        const [u, v] = [row(first.data, n), row(second.data, n)];
        const norms = Math.sqrt(dot(u, u) * dot(v, v));
        const cosine = dot(u, v) / norms;
        const sign = target.data[n] === 1 ? -1 : target.data[n] === -1 && cosine > config.margin ? 1 : 0;
        return sign * d[n] * of({ x, y: second.data[i], xx: dot(u, u), norms, cosine });
      });
    return { a: byFirst(a, b), b: byFirst(b, a) };
  };
}

const isSoft = ({ args }: Call) => args.target.shape.length === args.input.shape.length;

const residualFaults: readonly Fault[] = [
  ...faultsOf(built.mse, both, [
    { what: 'forgets the factor 2', causes: ['scaled'], spoil: ofResidual(r => r) },
    { what: 'forgets the mean in backward', causes: ['scaled'], spoil: times(elements) },
    { what: 'divides by the elements twice', causes: ['scaled'], spoil: times(call => 1 / elements(call)) },
    {
      what: 'divides by the samples, not by the elements',
      causes: ['scaled'],
      spoil: times(call => elements(call) / samples(call)),
    },
    {
      what: 'gives the target the gradient of the input',
      causes: ['another-argument', 'sign-flipped'],
      spoil: ({ right }) => ({ target: right.input }),
      argument: 'target',
    },
    firstUpstreamForAll(built.mse),
    upstreamAsOne(built.mse),
  ]),
  ...faultsOf(built.l1, both, [
    { what: 'has the residual itself for a gradient', causes: ['another-derivative'], spoil: ofResidual(r => r) },
    { what: 'forgets the sign', causes: ['another-derivative', 'sign-flipped'], spoil: ofResidual(() => 1) },
    {
      what: 'divides 0 by 0 where the error is 0',
      causes: ['non-finite'],
      spoil: ofResidual(r => r / Math.abs(r)),
      code: 'non-finite',
    },
    { what: 'forgets the mean in backward', causes: ['scaled'], spoil: times(elements) },
  ]),
  ...faultsOf(built.smoothL1, both, [
    {
      what: 'forgets to divide by beta',
      causes: ['scaled', 'wrong-branch'],
      spoil: ofResidual((r, { beta }) => (Math.abs(r) < beta ? r : Math.sign(r))),
    },
    {
      what: 'ends its parabola at 1, whatever beta',
      causes: ['wrong-branch', 'another-derivative'],
      spoil: ofResidual((r, { beta }) => (Math.abs(r) < 1 ? r / (beta || 1) : Math.sign(r))),
    },
    {
      what: 'puts the threshold on the signed difference',
      causes: ['wrong-branch', 'another-derivative'],
      spoil: ofResidual((r, { beta }) => (r < beta ? r / (beta || 1) : 1)),
    },
    {
      what: 'has no parabola in backward',
      causes: ['wrong-branch', 'another-derivative', 'another-config'],
      spoil: ofResidual(Math.sign),
    },
  ]),
  ...faultsOf(built.huber, both, [
    {
      what: 'puts the threshold on the signed difference',
      causes: ['wrong-branch', 'another-derivative'],
      spoil: ofResidual((r, { delta }) => (r <= delta ? r : delta)),
    },
    {
      what: 'loses delta in its linear part',
      causes: ['scaled', 'wrong-branch'],
      spoil: ofResidual((r, { delta }) => (Math.abs(r) <= delta ? r : Math.sign(r))),
    },
    {
      what: 'has the gradient of smoothL1',
      causes: ['scaled', 'another-derivative'],
      spoil: ofResidual((r, { delta }) => (Math.abs(r) <= delta ? r / delta : Math.sign(r))),
    },
    {
      what: 'ends its parabola at 1, whatever delta',
      causes: ['wrong-branch', 'another-derivative'],
      spoil: ofResidual((r, { delta }) => (Math.abs(r) <= 1 ? r : delta * Math.sign(r))),
    },
  ]),
  ...faultsOf(
    built.absoluteError,
    ['input'],
    [
      {
        what: 'forgets its band in backward',
        causes: ['wrong-branch', 'another-config', 'another-derivative'],
        spoil: ofResidual(Math.sign),
      },
      {
        what: 'puts the band on the signed difference',
        causes: ['wrong-branch', 'another-derivative'],
        spoil: ofResidual((r, { band }) => (r > band ? 1 : -1)),
      },
      {
        what: 'takes the band off the error',
        causes: ['another-derivative'],
        spoil: ofResidual((r, { band }) => Math.sign(r) * Math.max(Math.abs(r) - band, 0)),
      },
      {
        what: 'divides by the samples, not by the elements',
        causes: ['scaled'],
        spoil: times(call => elements(call) / samples(call)),
      },
    ],
  ),
];

const probabilityFaults: readonly Fault[] = [
  ...faultsOf(
    built.bce,
    ['input'],
    [
      {
        what: 'has the gradient of one of logits',
        causes: ['missing-activation-derivative', 'another-derivative'],
        spoil: slope((x, t, _config, i, call) => weightAt(call, 'weight', i) * (x - t)),
      },
      {
        what: 'forgets the weights in backward',
        causes: ['argument-ignored'],
        spoil: slope((x, t) => (x - t) / (x * (1 - x))),
      },
      {
        what: 'divides by the sum of the weights',
        causes: ['scaled'],
        spoil: times(call => (isMean(call.config) ? 1 / mean(call.args.weight) : 1)),
      },
      {
        what: 'forgets its second term',
        causes: ['missing-term', 'another-derivative'],
        spoil: slope((x, t, _config, i, call) => (-weightAt(call, 'weight', i) * t) / x),
      },
      {
        what: 'rounds its targets',
        causes: ['argument-rounded'],
        spoil: slope((x, t, _config, i, call) => (weightAt(call, 'weight', i) * (x - Math.round(t))) / (x * (1 - x))),
      },
      {
        what: 'guards its division with 1e-7',
        causes: ['another-derivative'],
        spoil: slope((x, t, _config, i, call) => (weightAt(call, 'weight', i) * (x - t)) / (x * (1 - x) + 1e-7)),
      },
    ],
  ),
  ...faultsOf(
    built.bceWithLogits,
    ['input'],
    [
      {
        what: 'puts posWeight on the whole loss',
        causes: ['another-derivative'],
        spoil: logits((x, t, p) => p * (logistic(x) - t)),
      },
      { what: 'forgets posWeight in backward', causes: ['argument-ignored'], spoil: logits((x, t) => logistic(x) - t) },
      {
        what: 'puts posWeight on the negative part',
        causes: ['another-derivative'],
        spoil: logits((x, t, p) => p * (1 - t) * logistic(x) - t * logistic(-x)),
      },
      {
        what: 'multiplies with the slope of the sigmoid once more',
        causes: ['another-derivative'],
        spoil: logits((x, t, p) => ((1 - t) * logistic(x) - p * t * logistic(-x)) * logistic(x) * logistic(-x)),
      },
      {
        what: 'takes soft targets for hard ones',
        causes: ['argument-rounded'],
        spoil: logits((x, t, p) => (t > 0.5 ? -p * logistic(-x) : logistic(x))),
      },
      {
        what: 'forgets the weights in backward',
        causes: ['argument-ignored'],
        spoil: slope(
          (x, t, _config, i, call) => (1 - t) * logistic(x) - weightAt(call, 'posWeight', i) * t * logistic(-x),
        ),
      },
      { what: 'forgets the mean in backward', causes: ['scaled'], spoil: times(elements) },
    ],
  ),
  ...faultsOf(
    built.klDiv,
    ['input'],
    [
      { what: 'has the wrong sign', causes: ['sign-flipped'], spoil: times(() => -1) },
      {
        what: 'takes the logarithms of targets for targets',
        causes: ['sign-flipped'],
        spoil: times(({ config }) => (config.logTarget ? -1 : 1)),
      },
      {
        what: 'divides by the elements where the samples are asked for',
        causes: ['scaled'],
        spoil: times(({ args: { input }, config }) =>
          config.reduction === 'batchmean' ? (input.shape[0] ?? 1) / input.data.length : 1,
        ),
      },
      {
        what: 'has the gradient by the target',
        causes: ['another-argument', 'another-derivative'],
        spoil: ({ args: { input, target }, right }) => ({
          input: mapTensor(right.input, (dx, i) => -dx * (Math.log(target.data[i] || 1) + 1 - input.data[i])),
        }),
      },
    ],
  ),
  ...faultsOf(
    built.poissonNll,
    ['input'],
    [
      {
        what: 'takes rates for their logarithms',
        causes: ['another-config', 'another-derivative'],
        spoil: slope((x, t) => Math.exp(x) - t),
      },
      {
        what: 'takes logarithms for rates',
        causes: ['another-config', 'another-derivative'],
        spoil: slope((x, t, { epsilon }) => 1 - t / (x + epsilon)),
      },
      {
        what: 'forgets its epsilon in backward',
        causes: ['another-config'],
        spoil: slope((x, t, { logInput }) => (logInput ? Math.exp(x) - t : 1 - t / x)),
      },
      {
        what: 'differentiates what Stirling adds by the input',
        causes: ['another-derivative', 'wrong-branch'],
        spoil: slope(
          (x, t, { logInput, full, epsilon }) =>
            (logInput ? Math.exp(x) - t : 1 - t / (x + epsilon)) + (full && t > 1 ? Math.log(t) : 0),
        ),
      },
      {
        what: 'forgets the target',
        causes: ['argument-ignored', 'another-derivative'],
        spoil: slope((x, _t, { logInput }) => (logInput ? Math.exp(x) : 1)),
      },
    ],
  ),
  ...faultsOf(
    built.gaussianNll,
    ['input', 'var'],
    [
      {
        what: 'forgets the half of the variance',
        causes: ['scaled'],
        spoil: ({ right }) => ({ var: mapTensor(right.var, dv => 2 * dv) }),
        argument: 'var',
      },
      {
        what: 'forgets the logarithm of the variance',
        causes: ['missing-term', 'another-derivative'],
        spoil: ofVariance((r, v) => -(r ** 2) / v ** 2 / 2),
        argument: 'var',
      },
      {
        what: 'takes the variance for a deviation',
        causes: ['another-derivative'],
        spoil: ofVariance((r, v) => 1 / v - r ** 2 / v ** 3),
        argument: 'var',
      },
      {
        what: 'keeps the last of a variance that serves a row',
        causes: ['overwritten-not-accumulated'],
        spoil: ofVariance((r, v) => (1 / v - r ** 2 / v ** 2) / 2, false),
        argument: 'var',
      },
      {
        what: 'averages what arrives at a variance that serves a row',
        causes: ['scaled', 'wrongly-reduced'],
        spoil: ({ args, right }) => ({
          var: mapTensor(right.var, dv => (dv * args.var.data.length) / args.input.data.length),
        }),
        argument: 'var',
      },
      {
        what: 'forgets the variance in the gradient of the mean',
        causes: ['argument-ignored'],
        spoil: ofResidual(r => r),
        argument: 'input',
      },
    ],
  ),
];

const classFaults: readonly Fault[] = [
  ...faultsOf(
    built.crossEntropy,
    ['input'],
    [
      {
        what: 'gives what is ignored a gradient',
        causes: ['wrong-branch'],
        spoil: perClass(({ p, mass, q }) => p * mass - q),
      },
      {
        what: 'smooths what is ignored',
        causes: ['wrong-branch'],
        spoil: perClass(({ ignored, p, mass, q, w, meanWeight, smoothing, classes }) =>
          ignored ? smoothing * (p * meanWeight - w / classes) : p * mass - q,
        ),
      },
      {
        what: 'counts what is ignored in its mean',
        causes: ['scaled'],
        spoil: meanOver(({ args }) => args.target.data.length),
      },
      {
        what: 'divides by the number of labels, not by their weights',
        causes: ['scaled'],
        spoil: meanOver(labelCount),
      },
      { what: 'forgets the mean in backward', causes: ['scaled'], spoil: meanOver(() => 1) },
      {
        what: 'forgets the weights of classes in backward',
        causes: ['argument-ignored'],
        spoil: perClass(({ ignored, k, t, p, smoothing, classes }) =>
          ignored ? 0 : p - (1 - smoothing) * onLabel(k, t) - smoothing / classes,
        ),
      },
      {
        what: 'weighs every class by the label',
        causes: ['wrong-channel'],
        spoil: perClass(({ ignored, k, t, p, wt, smoothing, classes }) =>
          ignored ? 0 : wt * (p - (1 - smoothing) * onLabel(k, t) - smoothing / classes),
        ),
      },
      {
        what: 'forgets to smooth in backward',
        causes: ['another-config'],
        spoil: perClass(({ ignored, k, t, p, wt }) => (ignored ? 0 : wt * (p - onLabel(k, t)))),
      },
      {
        what: 'takes what is spread over other classes off twice',
        causes: ['another-derivative'],
        spoil: perClass(({ ignored, k, t, p, mass, q, w, smoothing, classes }) =>
          ignored ? 0 : p * mass - q + (k === t ? (w * smoothing) / classes : 0),
        ),
      },
      {
        what: 'takes probabilities to sum to 1',
        causes: ['another-derivative'],
        spoil: perClass(({ p, q }) => p - q, 'probabilities'),
      },
      {
        what: 'forgets the softmax',
        causes: ['missing-mean-term', 'missing-term'],
        spoil: perClass(({ ignored, q }) => (ignored ? 0 : -q)),
      },
      {
        what: 'passes the diagonal of the softmax only',
        causes: ['diagonal-only'],
        spoil: perClass(({ ignored, p, q }) => (ignored ? 0 : -q * (1 - p))),
      },
      firstUpstreamForAll(built.crossEntropy),
      upstreamAsOne(built.crossEntropy),
    ],
  ),
  ...faultsOf(
    built.nll,
    ['input'],
    [
      {
        what: 'has the gradient of logits',
        causes: ['another-derivative'],
        spoil: perClass(({ ignored, k, t, p, wt }) => (ignored ? 0 : wt * (p - onLabel(k, t)))),
      },
      { what: 'has the wrong sign', causes: ['sign-flipped'], spoil: times(() => -1) },
      {
        what: 'counts labels from 1',
        causes: ['shifted', 'wrong-channel'],
        spoil: perClass(({ ignored, k, t, wt }) => (ignored ? 0 : -wt * onLabel(k + 1, t))),
      },
      {
        what: 'lets a negative label count from the end, which is to be ignored',
        causes: ['wrong-branch'],
        spoil: perClass(({ k, t, wt, classes }) => -wt * onLabel(k, t < 0 ? classes + (t % classes) : t)),
      },
      {
        what: 'forgets the weights of classes in backward',
        causes: ['argument-ignored'],
        spoil: perClass(({ ignored, k, t }) => (ignored ? 0 : -onLabel(k, t))),
      },
      {
        what: 'divides by the number of labels, not by their weights',
        causes: ['scaled'],
        spoil: meanOver(labelCount),
      },
      {
        what: 'counts what is ignored in its mean',
        causes: ['scaled'],
        spoil: meanOver(({ args }) => args.target.data.length),
      },
      firstUpstreamForAll(built.nll),
    ],
  ),
  ...faultsOf(
    built.multiMargin,
    ['input'],
    [
      {
        what: 'gives the right class no gradient',
        causes: ['missing-term', 'zero'],
        spoil: margins(({ right: own }) => [own, 0]),
      },
      {
        what: 'forgets to divide by the classes',
        causes: ['scaled'],
        spoil: times(({ args: { input } }) => input.shape.at(-1) as number),
      },
      { what: 'forgets the factor 2 of a square', causes: ['scaled'], spoil: times(({ config }) => 1 / config.p) },
      {
        what: 'weighs by the other class',
        causes: ['wrong-channel'],
        spoil: margins(({ right: own, wk, wt }) => [(own * wk) / wt, (own * wk) / wt]),
      },
      {
        what: 'divides by the sum of the weights',
        causes: ['scaled'],
        spoil: meanOver(labelWeight, ({ args }) => args.target.data.length),
      },
      {
        what: 'has its margin at 1, whatever it is',
        causes: ['another-config'],
        spoil: underConfig(built.multiMargin, { margin: 1 }),
      },
    ],
  ),
];

const vectorFaults: readonly Fault[] = [
  ...faultsOf(
    built.cosineEmbedding,
    ['a', 'b'],
    [
      {
        what: 'forgets that the norms change',
        causes: ['missing-variance-term'],
        spoil: cosines(({ y, norms }) => y / norms),
      },
      {
        what: 'takes the norm itself for its square',
        causes: ['missing-variance-term'],
        spoil: cosines(({ x, y, norms, cosine, xx }) => y / norms - (cosine * x) / Math.sqrt(xx)),
      },
      {
        what: 'forgets the margin in backward',
        causes: ['another-config', 'wrong-branch'],
        spoil: underConfig(built.cosineEmbedding, { margin: -2 }),
      },
      {
        what: 'pulls unlike vectors together',
        causes: ['argument-sign'],
        spoil: ({ args, upstream, config }) =>
          rightGradients(
            built.cosineEmbedding,
            { ...args, target: mapTensor(args.target, Math.abs) },
            { loss: upstream },
            config,
          ),
      },
      {
        what: 'gives b the gradient of a',
        causes: ['another-argument'],
        spoil: ({ right }) => ({ b: right.a }),
        argument: 'b',
      },
    ],
  ),
  ...faultsOf(
    built.tripletMargin,
    ['anchor', 'positive', 'negative'],
    [
      {
        what: 'forgets to swap in backward',
        causes: ['another-config'],
        spoil: underConfig(built.tripletMargin, { swap: false }),
      },
      {
        what: 'pushes what is beyond the margin',
        causes: ['another-config', 'wrong-branch'],
        spoil: underConfig(built.tripletMargin, { margin: 1e9 }),
      },
      {
        what: 'takes every norm for the Euclidean one',
        causes: ['another-config'],
        spoil: underConfig(built.tripletMargin, { p: 2 }),
      },
      { what: 'has squared distances in backward', causes: ['scaled'], spoil: times(() => 2) },
      {
        what: 'gives the anchor the share of the positive only',
        causes: ['missing-term'],
        spoil: ({ right }) => ({ anchor: mapTensor(right.positive, value => -value) }),
        argument: 'anchor',
      },
    ],
  ),
  ...faultsOf(
    built.hingeEmbedding,
    ['input'],
    [
      {
        what: 'pushes unlike pairs whatever their distance',
        causes: ['wrong-branch', 'another-derivative', 'another-config'],
        spoil: slope((_x, t) => Math.sign(t)),
      },
      {
        what: 'has its margin at 1, whatever it is',
        causes: ['another-config'],
        spoil: underConfig(built.hingeEmbedding, { margin: 1 }),
      },
      {
        what: 'pulls unlike pairs together',
        causes: ['sign-flipped', 'argument-sign', 'another-derivative', 'wrong-branch'],
        spoil: slope((x, t, { margin }) => (t === -1 && x > margin ? 0 : 1)),
      },
      { what: 'forgets the mean in backward', causes: ['scaled'], spoil: times(elements) },
    ],
  ),
  ...faultsOf(
    built.l2Penalty,
    ['weight', 'bias', 'conv1.weight'],
    [
      { what: 'forgets its half in backward', causes: ['scaled'], spoil: times(() => 2) },
      { what: 'forgets lambda', causes: ['scaled'], spoil: times(({ config }) => 1 / config.lambda) },
      {
        what: 'leaves biases out',
        causes: ['zero'],
        spoil: ({ args }): Tensors => (args.bias ? { bias: zerosLike(args.bias) } : {}),
        argument: 'bias',
      },
      {
        what: 'has the gradient of absolute values',
        causes: ['another-derivative'],
        spoil: ({ args, upstream, config }) =>
          Object.fromEntries(
            Object.entries(args).map(([name, own]) => [
              name,
              mapTensor(own, w => config.lambda * upstream.data[0] * Math.sign(w)),
            ]),
          ),
      },
      upstreamAsOne(built.l2Penalty),
    ],
  ),
];

const alternativeFaults: readonly Fault[] = [
  {
    name: 'huber without a branch clips from above only',
    layer: wrong(built.huber, {
      alternatives: {
        clipped: {
          forward: (args, config) => built.huber.forward(args, config),
          vjp: (args, { loss }, config) => {
            const spoil = ofResidual((r, { delta }) => Math.min(r, delta));
            return spoil({ args, upstream: loss, config, right: args });
          },
        },
      },
    }) as Layer,
    expected: {
      verdict: 'fail',
      check: 'agreement',
      argument: both,
      implementation: 'clipped',
      causes: ['wrong-branch'],
    },
  },
];

/** Built-in losses that are wrong. */
export const lossFunctions: readonly Fault[] = [
  ...residualFaults,
  ...probabilityFaults,
  ...classFaults,
  ...vectorFaults,
  ...alternativeFaults,
];
