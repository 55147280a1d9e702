/**
 * An operation of TensorFlow.js with a gradient of its own: Swish, x sigmoid(x).
 *
 *     npx gradcheck check examples/tfjs/swish.ts
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { fromTf } from 'gradcheck/adapters/tfjs';

const op = tf.customGrad((x, save) => {
  const input = x as tf.Tensor;
  (save as tf.GradSaveFunc)([input]);
  return {
    value: tf.mul(input, tf.sigmoid(input)),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
      const s = tf.sigmoid(saved);
      return tf.mul(dy, tf.mul(s, tf.add(1, tf.mul(saved, tf.sub(1, s)))));
    },
  };
});

export const swish = fromTf(tf, (x: tf.Tensor) => op(x), { name: 'swish', args: { x: [3, 4] } });
