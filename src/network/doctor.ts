import { check } from '../run.ts';
import type { Data, Tensors } from '../tensor.ts';
import { batchOf, rightOnes } from './batch.ts';
import { type Digits, firstOf } from './digits.ts';
import { type BatchPass, batchPass, beginning, lossLayer } from './pass.ts';
import type { Data as Pictures, Recipe } from './recipe.ts';
import { sharpness } from './sharpness.ts';
import { begin, Diverged, epochOf } from './training.ts';

/** What was measured of one thing that may be wrong. */
export interface Symptom {
  readonly name: string;
  readonly isIll: boolean;
  /** The number, in words. */
  readonly measured: string;
  /** What it should be, and who says so. */
  readonly threshold: string;
  /** What to do, where it is ill. */
  readonly advice: string;
}

/** A network before training, on one batch of its pictures. */
interface Patient {
  readonly recipe: Recipe;
  readonly pictures: Pictures;
  readonly seed: string;
  readonly parameters: Tensors;
  readonly batch: Tensors;
  readonly pass: BatchPass;
}

type Examination = (patient: Patient) => Symptom | Promise<Symptom>;

const SAMPLES = 100;

/** Why a network does not learn, from measurements, in the order in which one would look. Yields as they are made. */
export async function* examine(recipe: Recipe, pictures: Pictures, seed: string): AsyncGenerator<Symptom> {
  const parameters = beginning(recipe, seed);
  const batch = batchOf(recipe, pictures.training, counted(Math.min(SAMPLES, pictures.training.labels.length)));
  const pass = batchPass(recipe, { ...parameters, ...batch });
  for (const examination of EXAMINATIONS) yield examination({ recipe, pictures, seed, parameters, batch, pass });
}

const gradients: Examination = async ({ recipe, seed }) => {
  const { findings } = await check(lossLayer(recipe, 2), { seed, checks: ['gradient'], explain: false });
  const wrong = [
    ...new Set(findings.flatMap(({ verdict, argument }) => (verdict === 'fail' ? (argument ?? 'all') : []))),
  ];
  return {
    name: 'gradients',
    isIll: wrong.length > 0,
    measured: wrong.length > 0 ? `wrong: ${wrong.join(', ')}` : `right: ${findings.length} findings`,
    threshold: 'none wrong',
    advice: 'a backward pass is wrong: gradcheck check the layers, the last one first',
  };
};

const inputs: Examination = ({ batch: { input } }) => {
  const { mean, deviation } = moments(input.data);
  return {
    name: 'inputs',
    isIll: !(Math.abs(mean) <= 1 && deviation >= 0.1 && deviation <= 3),
    measured: `mean ${mean.toPrecision(3)}, deviation ${deviation.toPrecision(3)}`,
    threshold: 'mean within ±1, deviation 0.1 to 3 (LeCun et al. 1998, "Efficient BackProp", section 4.3)',
    advice: 'scale them to mean 0 and deviation 1: --scale standard',
  };
};

/** Whether the labels are of these pictures: the nearest mean of a class, without any network, reads some of them. */
const labels: Examination = ({ pictures: { training } }) => {
  const right = nearestMean(firstOf(training, 2000));
  return {
    name: 'labels',
    isIll: !(right >= 0.3),
    measured: `the nearest class mean reads ${percent(right)} of pictures it has not seen`,
    threshold: 'at least 30 %, chance being 10 %',
    advice: 'the labels do not belong to the pictures: look at how they are read and shuffled',
  };
};

const targets: Examination = ({ recipe: { nodes, loss, settings } }) => {
  const last = nodes[nodes.length - 1].layer.name;
  const range = { sigmoid: [0, 1], tanh: [-1, 1] }[last];
  const [wrong, right] = settings.targets ?? [0, 1];
  const isOutside = range !== undefined && (Math.min(wrong, right) < range[0] || Math.max(wrong, right) > range[1]);
  const compares = loss.target === 'numbers';
  return {
    name: 'targets',
    isIll: compares && isOutside,
    measured: compares
      ? `${wrong} and ${right}; the outputs are ${range ? `${range[0]} to ${range[1]}` : 'any numbers'}`
      : 'labels',
    threshold: 'within the range of the last activation (LeCun et al. 1998, "Efficient BackProp", section 4.5)',
    advice: 'choose targets that the outputs can reach, or leave the last activation out',
  };
};

/** ln 10 for probabilities; for squares the loss of the best constant, c = (9 wrong + right) / 10. */
const firstLoss: Examination = ({ recipe: { loss, settings }, pass }) => {
  const perSample = settings.reduction === 'mean' ? pass.loss : pass.loss / SAMPLES;
  const [wrong, right] = settings.targets ?? [0, 1];
  const expected = loss.target === 'label' ? Math.log(10) : (0.9 * (right - wrong) ** 2) / 2;
  return {
    name: 'loss at the start',
    isIll: !(perSample <= 10 * expected),
    measured: perSample.toPrecision(3),
    threshold: `at most ten times ${expected.toPrecision(3)}, that of knowing nothing (CS231n, "Sanity checks")`,
    advice: 'the first weights or the inputs are too large',
  };
};

/** Activations that hardly move with their input: tanh and sigmoid near their ends, units of relu that are 0 for every picture. */
const activations: Examination = ({ recipe: { nodes }, pass: { values } }) => {
  const bad: string[] = [];
  for (const { name, layer } of nodes) {
    const output = values[`${name}.output`];
    if (!output) continue;
    const { data, shape } = output;
    if (layer.name === 'tanh' || layer.name === 'sigmoid') {
      const flat = layer.name === 'tanh' ? (y: number) => 1 - y ** 2 : (y: number) => 4 * y * (1 - y);
      const saturated = part(data, y => flat(y) < 0.05);
      if (saturated > 0.5) bad.push(`${name}: ${percent(saturated)} saturated`);
    } else if (layer.name.toLowerCase().includes('relu')) {
      const units = data.length / shape[0];
      const dead = part(counted(units), unit => counted(shape[0]).every(n => data[n * units + unit] === 0));
      if (dead > 0.4) bad.push(`${name}: ${percent(dead)} dead`);
    }
  }
  return {
    name: 'activations',
    isIll: bad.length > 0,
    measured: bad.join(', ') || 'alive',
    threshold: 'less than half saturated, less than 40 % dead (Glorot and Bengio 2010, section 3)',
    advice: 'begin with smaller weights (--initialiser xavier, or he for relu), biases at 0, and scaled inputs',
  };
};

/** What arrives at the first layer beside the last: root mean squares. */
const flow: Examination = ({ recipe: { nodes }, pass: { arriving } }) => {
  const sizes = nodes.flatMap(({ name }) => {
    const gradient = arriving[`${name}.output`];
    return gradient ? [Math.sqrt(gradient.data.reduce((sum, g) => sum + g ** 2, 0))] : [];
  });
  const ratio = sizes[0] / sizes[sizes.length - 1];
  return {
    name: 'gradients by depth',
    isIll: !(ratio >= 1e-3 && ratio <= 1e3),
    measured: `${ratio.toPrecision(3)} times as large at the first layer as at the last`,
    threshold: '1e-3 to 1e3 (Glorot and Bengio 2010, section 4.2)',
    advice:
      ratio < 1
        ? 'they vanish: smaller weights where activations are saturated, fewer layers, or relu'
        : 'they explode: smaller weights',
  };
};

const frozen: Examination = ({ recipe, parameters, pictures: { training }, seed }) => {
  const state = begin(recipe, seed);
  const few = firstOf(training, recipe.settings.batch);
  try {
    for (const _ of epochOf(recipe, few, state, seed));
  } catch (error) {
    if (!(error instanceof Diverged)) throw error;
  }
  const still = Object.keys(parameters).filter(
    name =>
      !name.endsWith('connections') && parameters[name].data.every((w, i) => w === state.parameters[name].data[i]),
  );
  return {
    name: 'parameters',
    isIll: still.length > 0,
    measured: still.length > 0 ? `not moved by a step: ${still.join(', ')}` : 'all are moved by a step',
    threshold: 'all of them',
    advice: 'update them too, biases among them',
  };
};

/** η |g| / |w| of the weights, as plain gradient descent moves them. */
const updates: Examination = ({ recipe: { settings }, parameters, pass: { gradients: found } }) => {
  const share = settings.reduction === 'sum' ? settings.batch / SAMPLES : 1;
  const isAdaptive = settings.optimizer.name !== 'sgd';
  const { learningRate, momentum = 0 } = settings.optimizer;
  const ratios = Object.entries(parameters).flatMap(([name, { data, shape }]) => {
    const size = norm(data);
    if (shape.length < 2 || !(size > 0) || !found[name]) return [];
    const step = isAdaptive ? Math.sqrt(data.length) : (share * norm(found[name].data)) / (1 - momentum);
    return [(learningRate * step) / size];
  });
  const largest = Math.max(...ratios);
  return {
    name: 'updates',
    isIll: !(largest >= 1e-5),
    measured: `at most ${largest.toPrecision(2)} of the weights in a step`,
    threshold: 'about 1e-3, not below 1e-5 (CS231n, "Ratio of weights:updates")',
    advice: 'the learning rate is too low: nothing moves',
  };
};

/** A rate of less than this of the best for the steepest direction, 1 / sharpness, leaves all others standing. */
const LOWEST_RATE = 0.5;

/** η against 2 (1 + μ) / λ, above which the steepest direction swings up, and η / (1 - μ), its pace, against 1 / λ. */
const stability: Examination = ({ recipe, parameters, batch, seed }) => {
  const { settings } = recipe;
  const { name, learningRate, momentum = 0 } = settings.optimizer;
  const share = settings.reduction === 'sum' ? settings.batch / SAMPLES : 1;
  const largest = sharpness(recipe, parameters, batch, seed) * share;
  const limit = (2 * (1 + momentum)) / largest;
  const bySum = settings.reduction === 'sum' && learningRate <= limit * settings.batch;
  const isTooHigh = !(learningRate <= limit);
  const best = (1 - momentum) / largest;
  const isTooLow = !(learningRate >= LOWEST_RATE * best);
  const tooHigh = bySum
    ? `average over the batch (--reduction mean): the sum makes the rate ${settings.batch} times as large`
    : 'lower it (--rate)';
  return {
    name: 'learning rate',
    isIll: name === 'sgd' && (isTooHigh || isTooLow),
    measured: `${learningRate}; the best is near ${best.toPrecision(2)}, the largest stable one ${limit.toPrecision(2)} (sharpness ${largest.toPrecision(2)} for a batch of ${settings.batch} by ${settings.reduction})`,
    threshold:
      'at least half of (1 - momentum) / sharpness, below 2 (1 + momentum) / sharpness (LeCun et al. 1998, section 5.1; Cohen et al. 2021, section 2)',
    advice: isTooHigh ? tooHigh : 'raise it (--rate): it learns, but slowly',
  };
};

const TEN = 10;
const PASSES = 300;

const overfits: Examination = ({ recipe, pictures: { training }, seed }) => {
  const few = firstOf(training, TEN);
  const own = { ...recipe, settings: { ...recipe.settings, batch: TEN, rateDecay: 1 } };
  const state = begin(own, seed);
  let [first, last, right] = [Number.NaN, Number.NaN, 0];
  try {
    for (let pass = 0; pass < PASSES; pass++) {
      state.position = state.loss = state.right = 0;
      for (const result of epochOf(own, few, state, seed)) {
        last = result.loss;
        if (pass === 0) first = result.loss;
      }
      right = state.right / TEN;
    }
  } catch (error) {
    if (!(error instanceof Diverged)) throw error;
    last = Infinity;
  }
  return {
    name: 'ten samples',
    isIll: !(last <= first / 10 || right === 1),
    measured: `after ${PASSES} steps the loss is ${(last / first).toPrecision(2)} of what it was, ${percent(right)} are read`,
    threshold: 'a tenth, or all of them read (CS231n, "Overfit a tiny subset of data")',
    advice: 'it cannot even learn ten samples by heart: look at what stands above, and at the learning rate',
  };
};

const EXAMINATIONS: readonly Examination[] = [
  gradients,
  inputs,
  labels,
  targets,
  firstLoss,
  activations,
  flow,
  frozen,
  updates,
  stability,
  overfits,
];

function nearestMean(digits: Digits): number {
  const { rows, columns, images, labels: known } = digits;
  const size = rows * columns;
  const half = Math.floor(known.length / 2);
  const means = new Float64Array(10 * size);
  const counts = new Float64Array(10);
  for (let n = 0; n < half; n++) {
    counts[known[n]]++;
    for (let i = 0; i < size; i++) means[known[n] * size + i] += images[n * size + i];
  }
  const rest = counted(known.length - half).map(n => n + half);
  const scores = rest.flatMap(n =>
    counted(10).map(k => {
      let distance = 0;
      for (let i = 0; i < size; i++) distance += (means[k * size + i] / (counts[k] || 1) - images[n * size + i]) ** 2;
      return -distance;
    }),
  );
  return rightOnes(scores, known, rest) / rest.length;
}

const counted = (count: number) => Array.from({ length: count }, (_, n) => n);
const percent = (of: number) => `${(100 * of).toFixed(0)} %`;
const norm = (data: Data) => Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0));

function part(values: ArrayLike<number>, holds: (value: number) => boolean): number {
  return Array.from(values).filter(holds).length / values.length;
}

function moments(data: Data): { mean: number; deviation: number } {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  return { mean, deviation: Math.sqrt(data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length) };
}
