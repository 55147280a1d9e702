import { describe, expect, test } from 'vitest';
import { check, defineLayer, type Layer, type Tensor, tensor } from '../src/index.ts';
import { avgPool2d } from '../src/layers/avgPool2d.ts';
import { conv2d } from '../src/layers/conv2d.ts';
import { mapTensor, zerosLike } from '../src/tensor.ts';
import { rightGradients, rightOutputs, wrong } from './faults/fault.ts';

/** What is said of an output that an example gives otherwise. */
async function saidOf(layer: Layer): Promise<string[]> {
  const { findings } = await check(layer, { checks: ['examples', 'agreement'] });
  const output = findings.find(one => one.output !== undefined && one.verdict === 'fail');
  return (output?.diagnoses ?? []).map(({ cause, text }) => `${cause}: ${text}`);
}

const input = tensor([2, 3], [1, -2, 3, 5, -7, 11]);

function withExample(wanted: Tensor, forward: (x: Tensor) => Tensor): Layer {
  return defineLayer({
    name: 'given',
    args: { input: [2, 3] },
    axes: { input: ['batch', 'feature'], output: ['batch', 'feature'] },
    forward: ({ input: x }) => ({ output: forward(x) }),
    vjp: (_args, { output }) => ({ input: output }),
    examples: [{ name: 'by hand', source: 'by hand', config: {}, args: { input }, outputs: { output: wanted } }],
  });
}

describe('an output that is not the one that is wanted', () => {
  test('of a convolution that turns its kernel', async () => {
    const turned = wrong(conv2d, {
      examples: conv2d.examples,
      forward: ({ weight, ...args }, config) =>
        rightOutputs(conv2d, { ...args, weight: { ...weight, data: inPlanes(weight) } }, config),
    });
    const said = await saidOf(turned);
    expect(said[0]).toMatch(/^flipped-kernel: what is wanted is what it gives with "weight" reversed along kernel/);
  });

  test('of an implementation that forgets an argument', async () => {
    const without = wrong(conv2d, {
      alternatives: {
        other: {
          forward: (args, config) =>
            rightOutputs(conv2d, { ...args, ...(args.bias && { bias: zerosLike(args.bias) }) }, config),
          vjp: (args, upstream, config) => rightGradients(conv2d, args, upstream, config),
        },
      },
    });
    expect(await saidOf(without)).toEqual(['argument-ignored: it is what the reference gives without "bias"']);
  });

  test('of an implementation with other settings', async () => {
    const padded = wrong(avgPool2d, {
      alternatives: {
        other: {
          forward: (args, config) => rightOutputs(avgPool2d, args, { ...config, countIncludePad: false }),
          vjp: (args, upstream, config) => rightGradients(avgPool2d, args, upstream, config),
        },
      },
    });
    const [said] = await saidOf(padded);
    expect(said).toMatch(
      /^another-config: it is what the reference gives under other settings: "countIncludePad" is taken/,
    );
  });

  test('by one factor, as so many times what it should be', async () => {
    const { findings } = await check(
      withExample(
        mapTensor(input, x => 2 * x),
        x => mapTensor(x, value => 6 * value),
      ),
      { checks: ['examples'] },
    );
    expect(findings[0].diagnoses).toEqual([
      { cause: 'scaled', factor: 3, text: 'what is wanted is what it gives times 1/3' },
    ]);
  });

  test('with its axes exchanged, or in reverse', async () => {
    const columns = tensor([2, 3], [1, 5, -2, -7, 3, 11]);
    expect(await saidOf(withExample(columns, x => x))).toEqual([
      'transposed: what is wanted is what it gives with batch and feature exchanged in memory',
    ]);
    const backwards = tensor([2, 3], [3, -2, 1, 11, -7, 5]);
    expect((await saidOf(withExample(backwards, x => x)))[0]).toBe(
      'flipped-kernel: what is wanted is what it gives in reverse along feature',
    );
  });

  test('nothing is said where nothing explains all of it', async () => {
    const odd = tensor([2, 3], [1, -2, 3, 5, -7, 12]);
    expect(await saidOf(withExample(odd, x => x))).toEqual([]);
  });
});

/** The numbers of each plane of a kernel in reverse. */
function inPlanes({ shape, data }: Tensor): Float64Array {
  const size = shape[2] * shape[3];
  return Float64Array.from(data, (_, i) => data[i - (i % size) + (size - 1 - (i % size))]);
}
