import { check } from '../../src/index.ts';
import { firstOf } from '../../src/network/digits.ts';
import { NETWORKS } from '../../src/network/networks.ts';
import { lossLayer } from '../../src/network/pass.ts';
import type { Data, Recipe, Settings } from '../../src/network/recipe.ts';
import { type Run, trained } from './curve.ts';
import { FAULTS, type Said, said, withFault } from './faults.ts';

/** What a part may be given: pictures, and somewhere to say how far it is. */
interface Given {
  readonly data: Data;
  readonly tell: (line: string) => void;
}

/** What the harness says of a network under the settings that it trains with. */
export interface Checked {
  readonly network: string;
  readonly verdict: string;
  readonly compared: number;
  readonly milliseconds: number;
}

export interface Faulty {
  readonly fault: string;
  readonly said?: Said;
  readonly runs: readonly Run[];
}

export interface Runs {
  readonly checked?: readonly Checked[];
  readonly runs: readonly Run[];
}

export interface Faults {
  readonly faults: readonly Faulty[];
}

/** Of each batch the sum or the mean; of one image they are the same. */
const BATCHES = [
  { batch: 1, reduction: 'sum' },
  { batch: 10, reduction: 'sum' },
  { batch: 50, reduction: 'sum' },
  { batch: 10, reduction: 'mean' },
  { batch: 50, reduction: 'mean' },
] as const;

const under = (recipe: Recipe, settings: Partial<Settings>): Recipe => ({
  ...recipe,
  settings: { ...recipe.settings, ...settings },
});

const atRate = (recipe: Recipe, learningRate: number): Recipe =>
  under(recipe, { optimizer: { ...recipe.settings.optimizer, learningRate } });

const some = ({ training, test }: Data, count: number, tested?: number): Data => ({
  training: firstOf(training, count),
  test: firstOf(test, tested),
});

/** Trains, and says what came of it. */
function run(name: string, recipe: Recipe, data: Data, epochs: number, { tell }: Given): Run {
  const start = performance.now();
  const result = trained(name, recipe, data, epochs);
  const accuracy = result.test.at(-1)?.accuracy;
  const came = result.diverged?.reason ?? `${(100 * (accuracy ?? Number.NaN)).toFixed(2)} %`;
  tell(`${recipe.name}, ${name}: ${came} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  return result;
}

async function checked(recipe: Recipe): Promise<Checked> {
  const start = performance.now();
  const { verdict, findings } = await check(lossLayer(recipe, 2), { explain: false });
  return {
    network: recipe.name,
    verdict,
    compared: findings.reduce((sum, finding) => sum + finding.compared, 0),
    milliseconds: Math.round(performance.now() - start),
  };
}

/** A network with the person's settings, and right gradients: whole epochs, batches of 1, 10 and 50. */
const original =
  (network: string) =>
  async (given: Given): Promise<Runs> => {
    const recipe = NETWORKS[network]();
    const checks = [await checked(recipe)];
    const runs = BATCHES.map(({ batch, reduction }) =>
      run(`batch ${batch}, ${reduction}`, under(recipe, { batch, reduction }), given.data, 2, given),
    );
    return { checked: checks, runs };
  };

/** What else was not stated: whether squares are halved, how grey becomes a number, how the weights begin. */
async function settings(given: Given): Promise<Runs> {
  const data = some(given.data, 20_000);
  const runs: Run[] = [];
  for (const network of ['perceptron-original', 'convolutional-original', 'lenet5-original']) {
    const recipe = NETWORKS[network]();
    const others: Readonly<Record<string, Recipe>> = {
      'as in a, b, c': recipe,
      'squares not halved': atRate(recipe, 2 * recipe.settings.optimizer.learningRate),
      'inputs 0 to 255': under(recipe, { scale: 'raw' }),
      'variance 2 / volume': under(recipe, { initialiser: 'volume' }),
      'variance 2 / volume, inputs 0 to 255': under(recipe, { initialiser: 'volume', scale: 'raw' }),
    };
    for (const [name, other] of Object.entries(others)) {
      for (const { batch, reduction } of BATCHES.slice(1)) {
        runs.push(run(`${name}, batch ${batch}, ${reduction}`, under(other, { batch, reduction }), data, 1, given));
      }
    }
  }
  return { runs };
}

/** The first images, at the person's two rates, in larger batches. */
async function exploded(given: Given): Promise<Runs> {
  const data = some(given.data, 6000, 2000);
  const runs: Run[] = [];
  for (const network of ['convolutional-original', 'lenet5-original']) {
    for (const scale of ['unit', 'raw'] as const) {
      for (const rate of [5e-4, 1e-3]) {
        for (const batch of [10, 50, 100, 200]) {
          const recipe = atRate(under(NETWORKS[network](), { scale, batch, reduction: 'sum' }), rate);
          runs.push(run(`${scale}, rate ${rate}, batch ${batch}, sum`, recipe, data, 1, given));
        }
      }
    }
  }
  return { runs };
}

/** One mistake at a time: LeNet-5 with sensible settings, and the person's two networks. */
async function faults(given: Given): Promise<Faults> {
  const data = some(given.data, 20_000);
  const networks = ['lenet5', 'lenet5-original', 'convolutional-original'].map(name => NETWORKS[name]());
  const results: Faulty[] = [{ fault: 'none', runs: networks.map(recipe => run('no fault', recipe, data, 1, given)) }];
  for (const fault of FAULTS) {
    const there = networks.filter(({ nodes }) => nodes.some(({ layer }) => layer === fault.layer));
    const runs = there.map(recipe => run(fault.name, withFault(recipe, fault), data, 1, given));
    results.push({ fault: fault.name, said: await said(fault), runs });
  }
  return { faults: results };
}

/** What the answers stand on. */
async function answers(given: Given): Promise<Runs> {
  const [whole, short] = [given.data, some(given.data, 20_000)];
  const lenet = NETWORKS['lenet5']();
  const weights = lenet.nodes.flatMap(({ name, args }) => (args?.['weight'] ? [`${name}.weight`] : []));
  const biases = lenet.nodes.flatMap(({ name, args }) => (args?.['bias'] ? [`${name}.bias`] : []));
  const penalised = (lambda: number, of: readonly string[]) => under(lenet, { penalty: { lambda, of } });
  const runs = [
    run('sensible', NETWORKS['perceptron'](), whole, 1, given),
    run('sensible', NETWORKS['convolutional'](), whole, 1, given),
    run('sensible', lenet, whole, 3, given),
    run('as it is', lenet, short, 2, given),
    run('inputs from 0 to 1', under(lenet, { scale: 'unit' }), short, 2, given),
    run('inputs from 0 to 255', under(lenet, { scale: 'raw' }), short, 2, given),
    run('initialiser volume', under(lenet, { initialiser: 'volume' }), short, 2, given),
    run('biases frozen', under(lenet, { frozen: biases }), short, 2, given),
    ...[1e-5, 1e-4, 1e-3, 1e-2].map(lambda =>
      run(`L2 ${lambda} on weights`, penalised(lambda, weights), short, 2, given),
    ),
    ...[1e-4, 1e-3, 1e-2].map(lambda =>
      run(`L2 ${lambda} on weights and biases`, penalised(lambda, [...weights, ...biases]), short, 2, given),
    ),
    ...['perceptron-original', 'convolutional-original', 'lenet5-original'].flatMap(name =>
      [5e-3, 2e-2].map(rate =>
        run(
          `mean of 10, rate ${rate}`,
          atRate(under(NETWORKS[name](), { reduction: 'mean', scale: 'standard' }), rate),
          short,
          2,
          given,
        ),
      ),
    ),
  ];
  return { runs };
}

export const PARTS: Readonly<Record<string, (given: Given) => Promise<Runs | Faults>>> = {
  a: original('perceptron-original'),
  b: original('convolutional-original'),
  c: original('lenet5-original'),
  settings,
  exploded,
  faults,
  answers,
};
