import { describe, expect, test } from 'vitest';
import { defineLayer, elu, relu, tensor } from '../src/index.ts';
import { examine } from '../src/network/doctor.ts';
import { drawnDigits } from '../src/network/drawnDigits.ts';
import { NETWORKS } from '../src/network/networks.ts';
import type { Recipe, Settings } from '../src/network/recipe.ts';
import { sharpness } from '../src/network/sharpness.ts';
import { random } from '../src/numeric/random.ts';
import { beginning } from '../src/network/pass.ts';
import { batchOf } from '../src/network/batch.ts';

const training = drawnDigits(600, '1');
const pictures = { training, test: drawnDigits(100, '2') };
const healthy = NETWORKS['perceptron']();

async function illnesses(recipe: Recipe, own = pictures): Promise<string[]> {
  const ill: string[] = [];
  for await (const { name, isIll } of examine(recipe, own, '42')) if (isIll) ill.push(name);
  return ill;
}

const under = (settings: Partial<Settings>): Recipe => ({ ...healthy, settings: { ...healthy.settings, ...settings } });

const withSecond = (layer: Recipe['nodes'][number]['layer'], more: Partial<Recipe> = {}): Recipe => ({
  ...healthy,
  nodes: healthy.nodes.map(node => (node.name === 'sigmoid1' ? { name: 'sigmoid1', layer } : node)),
  ...more,
});

/** A loss of 1/2 sum of d w^2, whose Hessian has the eigenvalues d. */
function saddle(curvatures: readonly number[]): Recipe {
  const curved = defineLayer({
    name: 'curved',
    args: { input: [1, 1024], weight: [curvatures.length, 1] },
    forward: ({ input, weight }) => {
      const value = curvatures.reduce((sum, d, i) => sum + (d / 2) * weight.data[i] ** 2, 0);
      return {
        output: tensor(
          [input.shape[0], 10],
          Array.from({ length: 10 * input.shape[0] }, () => value),
        ),
      };
    },
    vjp: ({ input, weight }, { output }) => ({
      input: tensor(input.shape),
      weight: tensor(
        weight.shape,
        curvatures.map((d, i) => d * weight.data[i] * output.data[0]),
      ),
    }),
  });
  const first = defineLayer({
    name: 'first',
    args: { input: [1, 10], target: { shape: [1], integer: true, range: [0, 9] } },
    forward: ({ input }) => ({ loss: tensor([], [input.data[0]]) }),
    vjp: ({ input }, { loss }) => ({ input: tensor(input.shape, [loss.data[0], ...input.data.slice(1).fill(0)]) }),
  });
  const nodes = [{ name: 'curved', layer: curved, args: { weight: [curvatures.length, 1] } }];
  return { ...healthy, name: 'saddle', nodes, loss: { layer: first, target: 'label' } };
}

describe('gradcheck doctor', () => {
  test.each(['perceptron', 'convolutional', 'lenet5', 'lenet5-partial'])('%s is healthy', async name => {
    expect(await illnesses(NETWORKS[name]())).toEqual([]);
  });

  const forgetful = {
    ...elu,
    alternatives: {},
    vjp: (_: unknown, upstream: Readonly<Record<string, never>>) => ({ input: upstream['output'] }),
  };
  const shuffled = () => {
    const stream = random('labels');
    return { ...pictures, training: { ...training, labels: training.labels.map(() => stream.integer(0, 9)) } };
  };
  const dead = {
    ...relu,
    forward: (args: Parameters<typeof relu.forward>[0]) =>
      relu.forward({ input: { ...args['input'], data: args['input'].data.map(x => x - 50) } }, {}),
  };

  test.each<[ailment: string, symptom: string, recipe: Recipe, own?: typeof pictures]>([
    ['a wrong gradient', 'gradients', withSecond(forgetful as unknown as typeof elu)],
    ['a rate that is too high', 'learning rate', under({ optimizer: { name: 'sgd', learningRate: 5 } })],
    ['a rate that is too low', 'updates', under({ optimizer: { name: 'sgd', learningRate: 1e-7 } })],
    ['inputs that are not scaled', 'inputs', under({ scale: 'raw' })],
    ['a saturated start', 'activations', under({ scale: 'raw' })],
    ['dead relus', 'activations', withSecond(dead as typeof relu)],
    ['shuffled labels', 'labels', healthy, shuffled()],
    ['frozen biases', 'parameters', under({ frozen: ['fc1.bias', 'fc2.bias'] })],
    [
      'targets out of range',
      'targets',
      {
        ...NETWORKS['perceptron-original'](),
        settings: { ...NETWORKS['perceptron-original']().settings, targets: [-1, 1] },
      },
    ],
    [
      'a sum over a large batch',
      'learning rate',
      under({ batch: 200, reduction: 'sum', optimizer: { name: 'sgd', learningRate: 0.1 } }),
    ],
    ['settings under which it is too slow', 'ten samples', NETWORKS['perceptron-original']()],
  ])('finds %s', async (_, symptom, recipe, own) => {
    expect(await illnesses(recipe, own)).toContain(symptom);
  });

  // With right gradients they learn, but take their time: see docs/case-study.md.
  test.each(['perceptron-original', 'convolutional-original', 'lenet5-original'])(
    'the settings of %s are told from sensible ones: the rate is too low',
    async name => {
      for await (const { name: symptom, isIll, advice } of examine(NETWORKS[name](), pictures, '42')) {
        if (symptom !== 'learning rate') expect([symptom, isIll]).toEqual([symptom, false]);
        else {
          expect([isIll, advice]).toEqual([true, 'raise it (--rate): it learns, but slowly']);
          break;
        }
      }
    },
  );

  // Of the two by magnitude alone a power iteration would find neither: it swings between them.
  test('the sharpness is the largest eigenvalue where the smallest is as far from 0', () => {
    const recipe = saddle([-3, 3, 1, 0.5]);
    expect(sharpness(recipe, beginning(recipe, '1'), batchOf(recipe, training, [0]), '1')).toBeCloseTo(3, 3);
  });

  test('the sharpness is that of the whole loss: twice the loss, twice the sharpness', () => {
    const sum = under({ reduction: 'sum' });
    const batch = batchOf(healthy, training, [0, 1, 2, 3]);
    const [mean, all] = [healthy, sum].map(recipe => sharpness(recipe, beginning(recipe, '1'), batch, '1'));
    expect(all / mean).toBeCloseTo(4, 3);
  });
});
