import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { swish } from '../examples/tfjs/swish.ts';
import { fromTf, fromTfLayer } from '../src/adapters/tfjs.ts';
import { check, type Layer } from '../src/index.ts';

const blamed = async (layer: Layer) => {
  const { verdict, findings } = await check(layer, { seed: '1' });
  const bad = findings.filter(finding => finding.verdict !== 'pass');
  return { verdict, wrong: [...new Set(bad.map(({ argument, code }) => `${argument}: ${code}`))] };
};

describe('functions of TensorFlow.js', () => {
  test('a right one passes, in its own precision', async () => {
    const layer = fromTf(tf, (a: tf.Tensor2D, b: tf.Tensor2D) => tf.matMul(a, b, false, true), {
      args: { a: [2, 3], b: [4, 3] },
    });
    expect(layer.dtype).toBe('float32');
    expect(await blamed(layer)).toEqual({ verdict: 'pass', wrong: [] });
    expect((await check(swish)).verdict).toBe('pass');
  });

  test('a wrong gradient is found, in the argument that it is of', async () => {
    const op = tf.customGrad((a, b) => ({
      value: tf.mul(a as tf.Tensor, b as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => [tf.mul(dy, b as tf.Tensor), tf.mul(dy, b as tf.Tensor)],
    }));
    const layer = fromTf(tf, (a: tf.Tensor, b: tf.Tensor) => op(a, b), { name: 'product', args: { a: [3], b: [3] } });
    const { verdict, wrong } = await blamed(layer);
    expect(verdict).toBe('fail');
    expect(wrong).toEqual(['b: mismatch']);
  });

  test('what is not connected is missing, not wrong', async () => {
    const layer = fromTf(tf, (a: tf.Tensor, _b: tf.Tensor) => tf.mul(a, 2), {
      name: 'half',
      args: { a: [3], b: [3] },
    });
    const { verdict, wrong } = await blamed(layer);
    expect(verdict).toBe('error');
    expect(wrong).toContain('b: missing');
  });

  test('indices arrive as whole numbers; several outputs are outputs', async () => {
    const layer = fromTf(tf, (x: tf.Tensor2D, i: tf.Tensor1D) => [tf.gather(x, i), tf.square(x)], {
      name: 'two',
      args: { x: [3, 2], i: { shape: [4], integer: true, range: [0, 2] } },
    });
    expect(await blamed(layer)).toEqual({ verdict: 'pass', wrong: [] });
  });

  test('no tensor is left behind', async () => {
    const before = tf.memory().numTensors;
    await check(fromTf(tf, (x: tf.Tensor) => tf.tanh(x), { args: { x: [2, 2] } }));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('Layers of TensorFlow.js', () => {
  test('one that was not built, with all its weights', async () => {
    const layer = fromTfLayer(tf, tfLayers.layers.dense({ units: 3, activation: 'tanh' }), { input: [2, 4] });
    const [{ args }] = layer.cases as unknown as { args: object }[];
    expect(Object.keys(args)).toEqual(['input', 'kernel', 'bias']);
    expect(await blamed(layer)).toEqual({ verdict: 'pass', wrong: [] });
  });

  test('moving statistics are written back before every call', async () => {
    const layer = fromTfLayer(tf, tfLayers.layers.batchNormalization(), { input: [3, 4], training: false });
    expect(await blamed(layer)).toEqual({ verdict: 'pass', wrong: [] });
  });
});
